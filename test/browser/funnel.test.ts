import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openBrowser, phone } from '../../infra/local/browser.ts';
import type { ClubAtHand } from '../../infra/local/club/club.ts';
import { type Desk, openDesk } from '../../infra/local/desk/desk.ts';
import { type Blast, newShard } from '../../lib/domain/blast.ts';
import type { BlastReport } from '../../lib/domain/blast-report.ts';
import { epochMs, instantAfter, shardNumbers, shardOf } from '../../lib/domain/ids.ts';
import { recordFact } from '../../lib/domain/order-changes.ts';
import { reportBlast } from '../../lib/usecases/report-blast.ts';
import { overflowOf, textOf } from '../support/browser.ts';
import { keptLog } from '../support/kept-log.ts';
import { aLedgerRow, aMailing } from '../support/ledger.ts';
import { memoryBlasts } from '../support/memory/blasts.ts';
import { settableClock } from '../support/memory/clock.ts';
import { memoryOrders } from '../support/memory/orders.ts';
import { memoryRoster } from '../support/memory/roster.ts';
import { anOrder, NOON, payment } from '../support/orders.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const DAY_MS = 24 * 60 * 60 * 1000;
const ID = 'bls_1';

const { browser, why } = await openBrowser();

/**
 * A desk over a ledger with something of everything: 40 orders, one mail each.
 * @param pass how often the audience was begun to be gone through
 */
const deskOverLedger = async (state: Blast['state'] = 'sending', pass = 1): Promise<Desk> => {
  const [orders, blasts] = [memoryOrders(), memoryBlasts()];
  const clock = settableClock(instantAfter(NOON, 10 * DAY_MS));
  const approved = { hash: 'h', orders: 40, deliveries: 40, leftOut: 0, amount: null };
  await blasts.create(aMailing({ blastId: ID, approved, state }));
  for (const shard of shardNumbers) await blasts.createShard({ ...newShard(ID, shard), pass });
  const states = ['skipped', 'failed', 'held', 'claimed', 'bounced', 'complained', 'sent'] as const;
  for (let i = 0; i < 40; i++) {
    const orderId = `${100 + i}`;
    const state = states[i] ?? 'delivered';
    const clickedAt = i >= 10 && i < 30 ? instantAfter(NOON, (i % 5) * DAY_MS) : null;
    const order = { ...anOrder({ orderId }), clickedAt, scannedAt: i === 9 ? NOON : null };
    const paidAt = instantAfter(NOON, (i % 7) * DAY_MS);
    await orders.create(i >= 20 && i < 30 ? recordFact(order, payment({ at: paidAt }), paidAt) : order);
    const row = {
      orderId,
      shard: shardOf(orderId),
      sentAt: i < 4 ? null : NOON,
      reason: i === 0 ? 'paid' : null,
    };
    await blasts.claim(aLedgerRow({ ...row, state }));
  }
  const place = { name: 'Riverside', timeZone: 'America/Denver', locale: 'en-US' };
  const deps = {
    orders,
    blasts,
    clock,
    club: { ...place, contact: '' },
    log: keptLog,
  };
  const club = {
    ...place,
    clock: { now: () => epochMs(clock.now()) },
    orders,
    blasts,
    roster: memoryRoster(),
    links: { inboxPage: '/', stripeDashboard: '/' },
    older: {},
    invoke: async (_name: string, input: { blastId: string }) => ({
      ok: true,
      result: await reportBlast(input, deps),
    }),
  };
  return openDesk(club as unknown as ClubAtHand, { products: [] });
};

describe.skipIf(browser === undefined)(`what became of a mailing ${why}`.trim(), () => {
  let desk: Desk;
  beforeAll(async () => {
    desk = await deskOverLedger();
  });
  afterAll(async () => {
    await desk?.stop();
    await browser?.close();
  });

  const open = async (options: Parameters<typeof phone>[1] = {}): Promise<Page> => {
    if (browser === undefined) throw new Error(why);
    const page = await phone(browser, options);
    onTestFinished(() => page.context().close());
    await page.goto(`${desk.url}/mailings/${ID}`);
    return page;
  };

  it('is a picture with its numbers and shares, and needs no script', async () => {
    const page = await open({ javaScriptEnabled: false });
    const texts = (await page.locator('svg').first().locator('text').allTextContents()).filter(Boolean);
    expect(texts).toEqual([
      ...['Audience', '41 mails', '1 left out', '1 failed', '1 held', '2 to come'],
      ...['Sent', '36 mails', '88 %', 'of all', '1 bounced', '1 no word'],
      ...['Delivered', '34 mails', '94 %', 'of sent', '1 as spam', '1 scanned'],
      ...['Clicked', '20 orders', '56 %', 'of 36'],
      ...['Paid', '10 orders', '28 %', 'of 36'],
    ]);
    const main = await textOf(page.getByRole('main'));
    expect(main).toContain('Collected since$550.00');
    expect(main).toContain('Money at risk$220.00');
    const [, strips] = await page.locator('svg').all();
    expect(await strips?.locator('rect.sent').count()).toBe(1);
    expect(await strips?.locator('rect.clicked').count()).toBe(5);
    expect(await strips?.locator('rect.paid').count()).toBe(7);
  });

  it('is told in words to whoever does not see it, and axe finds nothing, light or dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open({ colorScheme, bypassCSP: true });
      const funnel = page.getByRole('img', { name: 'From the audience to those who paid' });
      const words = await textOf(funnel.locator('desc'));
      expect(words).toContain(
        '41 mails: 36 sent, of which 34 delivered and 1 bounced; 1 left out, 1 failed, 1 held, 2 to come.',
      );
      expect(words).toContain('20 clicked, 10 paid, 1 whose link only a program followed.');
      await page.getByText('The same in numbers').click();
      await page.addScriptTag({ path: AXE });
      const { violations } = (await page.evaluate('axe.run()')) as AxeResults;
      expect(violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))).toEqual([]);
    }
  });

  it('fits a phone, and can be read there', async () => {
    const page = await open();
    await page.getByText('The same in numbers').click();
    expect(await overflowOf(page)).toBe(0);
    const texts = await page.locator('svg text').all();
    const sizes = await Promise.all(texts.map((text) => text.boundingBox()));
    const card = await page.locator('svg').first().boundingBox();
    for (const size of sizes.filter((one) => one !== null && one.width > 0)) {
      expect((size?.x ?? 0) + (size?.width ?? 0)).toBeLessThanOrEqual(
        (card?.x ?? 0) + (card?.width ?? 0) + 0.5,
      );
      expect(size?.height).toBeGreaterThanOrEqual(11);
    }
  });

  it('names the mails that failed or came back, with what to do', async () => {
    const page = (await (await fetch(`${desk.url}/mailings/${ID}`)).text()).replaceAll(/\s+/g, ' ');
    expect(page).toContain('<summary>2 mails failed or came back</summary>');
    expect(page).toContain('<a href="/orders/101">Order 101</a>, ana@family.example: SES refused it');
    expect(page).toContain('<a href="/orders/104">Order 104</a>, ana@family.example: came back');
    expect(page).toContain('Where the address is wrong, ask the family of the order for another');
  });

  it('of a mailing that was canceled says that the rest will not come', async () => {
    const canceled = await deskOverLedger('canceled');
    onTestFinished(() => canceled.stop());
    const page = (await (await fetch(`${canceled.url}/mailings/${ID}`)).text()).replaceAll(/\s+/g, ' ');
    expect(page).toContain('1 held, 1 will not come, 1 not settled yet.');
    expect(page).not.toContain('to come');
  });

  it('that is under way tells how far it is, and when all have been written to', async () => {
    const mailed = await deskOverLedger('sending', 2);
    onTestFinished(() => mailed.stop());
    const [begun, written] = await Promise.all(
      [desk, mailed].map(async ({ url }) => (await fetch(`${url}/mailings/${ID}`)).text()),
    );
    expect(begun).toContain('<progress value="0" max="16"');
    expect(begun).not.toContain('All have been written to.');
    expect(written).toContain('<progress value="16" max="16"');
    expect(written).toContain('All have been written to.');
  });

  it('is the same as JSON', async () => {
    const answer = await fetch(`${desk.url}/mailings/${ID}/funnel.json`);
    expect(answer.headers.get('content-type')).toContain('application/json');
    const { funnel, parts } = (await answer.json()) as BlastReport;
    expect(funnel).toMatchObject({
      audience: 41,
      sent: 36,
      delivered: 34,
      orders: { clicked: 20, paid: 10 },
    });
    expect(parts).toHaveLength(16);
    expect((await fetch(`${desk.url}/mailings/bls_none/funnel.json`)).status).toBe(404);
    expect((await fetch(`${desk.url}/mailings/bls_none`)).status).toBe(404);
  });
});
