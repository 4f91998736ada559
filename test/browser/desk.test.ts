import type { Page } from 'playwright-core';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { leave, openBrowser, opened, payOnStripe, phone } from '../../infra/local/browser.ts';
import { storesOf } from '../../infra/local/club/at-hand.ts';
import { type LocalClub, startLocalClub } from '../../infra/local/start.ts';
import { clockAt } from '../../lib/usecases/local-start.ts';
import { headingOf, overflowOf, textOf } from '../support/browser.ts';
import { aLedgerRow } from '../support/ledger.ts';

const { browser, why } = await openBrowser();

/** What the stack holds, to put there what seldom happens. */
const stores = (stack: LocalClub['stack']): ReturnType<typeof storesOf> => {
  const opened = storesOf(stack);
  onTestFinished(opened.close);
  return opened;
};

/** Each walk starts a club of its own, and most let a month go by in it. */
const timeout = 600_000;

describe.skipIf(browser === undefined)(`a volunteer at the front desk ${why}`.trim(), { timeout }, () => {
  afterAll(() => browser?.close());

  const walkIn = async ({ javaScriptEnabled = true } = {}): Promise<LocalClub & { page: Page }> => {
    if (browser === undefined) throw new Error(why);
    const local = await startLocalClub();
    onTestFinished(local.stop);
    const page = await phone(browser, { javaScriptEnabled });
    onTestFinished(() => page.context().close());
    // A button may let thirty days pass.
    page.setDefaultTimeout(timeout / 2);
    page.setDefaultNavigationTimeout(timeout / 2);
    await page.goto(local.desk.url);
    return { ...local, page };
  };

  const press = (page: Page, name: string): Promise<void> =>
    leave(page, page.getByRole('button', { name, exact: true }));
  const follow = (page: Page, name: string): Promise<void> =>
    leave(page, page.getByRole('link', { name, exact: true }));
  const said = (page: Page): Promise<string> => textOf(page.getByRole('status'));

  /** On the page that shows a mailing before it leaves. */
  const send = (page: Page): Promise<void> =>
    leave(page, page.getByRole('button', { name: /^Send \d+ mails?$/ }));

  /** The button in the mail, inside the frame in which the desk shows it. */
  const clickInMail = (page: Page): Promise<Page> =>
    opened(page, () => page.frameLocator('iframe').getByRole('link', { name: /^Pay/ }).first().click());
  const clickInText = (page: Page): Promise<Page> => opened(page, () => page.locator('pre a').click());

  it('walks the new way: a mailing, thirty days, a click that pays, and a click that says so', async () => {
    const { page, desk, stack } = await walkIn();
    await press(page, 'Utah Invitational');
    expect(await said(page)).toBe('This is what would happen. Nothing has been sent.');
    expect(await stack.inbox()).toEqual([]);
    await send(page);
    expect(await said(page)).toBe('The mailing is out.');
    await press(page, 'Wait thirty days');
    expect(await said(page)).toBe('Thirty days have passed.');

    await follow(page, 'Open a mail');
    const atStripe = await clickInMail(page);
    expect(atStripe.url()).toContain(stack.stripe.url);
    await payOnStripe(atStripe);
    expect(atStripe.url()).toContain(stack.apiUrl);
    await stack.settled();

    await page.goto(desk.url);
    await follow(page, 'Open that mail again');
    expect(await headingOf(await clickInMail(page))).toBe('Already paid. Thank you!');

    await page.goto(desk.url);
    await follow(page, 'See the order');
    const order = await textOf(page.getByRole('main'));
    expect(order).toContain('A page says: already paid');
    expect(order).toMatch(/Payment link 1\s+closed/);
    // The others' are minted ahead, and nobody has paid on them.
    expect(stack.stripe.objects.paymentLinks.filter(({ active }) => !active)).toHaveLength(1);
  });

  it('sends a mailing, finds its mails and pays with JavaScript switched off', async () => {
    const { page, desk, stack } = await walkIn({ javaScriptEnabled: false });
    await press(page, 'Monthly training fee');
    await send(page);
    expect(await said(page)).toBe('The mailing is out.');
    const openMail = async (): Promise<Page> => {
      await page.goto(desk.url);
      await follow(page, 'Inbox');
      await leave(page, page.locator('.rows a'));
      return clickInMail(page);
    };
    const atStripe = await openMail();
    expect(atStripe.url()).toContain(stack.stripe.url);
    await payOnStripe(atStripe);
    await stack.settled();
    expect(await headingOf(await openMail())).toBe('Already paid. Thank you!');
  });

  it('sees the old way strand 17 families of the tournament and 6 of the monthly fee, and helps them all', async () => {
    const { page, desk, stack } = await walkIn();
    await press(page, 'Send it the old way');
    await press(page, 'Let the day pass');
    await follow(page, 'Open the mail of one who came late');
    const dead = await clickInText(page);
    expect(dead.url()).toContain(stack.stripe.url);
    expect(await headingOf(dead)).toBe('This checkout session has expired');

    await page.goto(desk.url);
    await press(page, 'Take them over');
    // As a club's own file comes in.
    expect(stack.calls.all({ functionName: 'import-orders' })).not.toEqual([]);
    await press(page, 'Look');
    const found = await Promise.all((await page.locator('.found').all()).map(textOf));
    expect(found[0]).toContain('$985.00');
    expect(found[0]).toContain('17 stranded orders of 17 families');
    expect(found[0]).toContain('Left out: order 93');
    expect(found[1]).toContain('$610.00');
    expect(found[1]).toContain('6 stranded orders of 6 families');

    await press(page, 'Apply exactly this plan');
    expect(await said(page)).toBe('17 orders recovered.');
    await press(page, 'Apply exactly this plan');
    expect(await said(page)).toBe('6 orders recovered.');

    await press(page, 'Advance one day');
    await follow(page, 'Open a new mail');
    const atStripe = await clickInMail(page);
    expect(atStripe.url()).toContain(stack.stripe.url);
    await payOnStripe(atStripe);
    await stack.settled();
    expect(await headingOf(await clickInMail(page))).toBe('Already paid. Thank you!');
  });

  it('lets one day pass on the clock, and the link of the old mail is dead', async () => {
    const { page, desk } = await walkIn();
    await press(page, 'Send it the old way');
    await follow(page, 'Open one of these mails');
    const alive = await clickInText(page);
    expect(await alive.getByRole('button', { name: /^Pay / }).isVisible()).toBe(true);

    await page.goto(desk.url);
    await press(page, 'Advance one day');
    await follow(page, 'Open one of these mails');
    expect(await headingOf(await clickInText(page))).toBe('This checkout session has expired');
  });

  it('cancels an order with a name and a reason, and its payment page is closed at Stripe', async () => {
    const { page, stack, desk } = await walkIn();
    await page.goto(`${desk.url}/orders/71`);
    await follow(page, 'Click as the family');
    expect(page.url()).toContain(stack.stripe.url);
    const payPage = page.url();

    await page.goto(`${desk.url}/orders/71`);
    await page.getByLabel('Your name').fill('Kim');
    await page.getByLabel('Why').fill('moved away');
    await press(page, 'Cancel order 71');
    expect(await said(page)).toBe('Order 71 is canceled.');
    const order = await textOf(page.getByRole('main'));
    expect(order).toContain('Canceled by Kim');
    expect(order).toContain('moved away');
    expect(order).toMatch(/Payment link 1\s+closed/);

    await follow(page, 'Click as the family');
    expect(page.url()).toContain(stack.apiUrl);
    await page.goto(payPage);
    expect(await page.getByRole('button', { name: /^Pay / }).count()).toBe(0);
  });

  it('sees whom a mailing would reach before it leaves, and stops it and lets it go on', async () => {
    const { page, stack, desk } = await walkIn();
    await follow(page, 'Mailings');
    await press(page, 'Write to those who owe: Utah Invitational');
    const shown = await textOf(page.getByRole('main'));
    expect(shown).toContain('Before it leaves: Utah Invitational');
    expect(shown).toMatch(/Orders\s+22/);
    expect(shown).toMatch(/They owe\s+\$1,260\.00/);
    expect(shown).toMatch(/Left out\s+1 of the club's own tests/);
    const mail = page.frameLocator('iframe').getByRole('link', { name: /^(Pay|Pagar)/ });
    expect(await mail.first().getAttribute('href')).toContain(`${stack.apiUrl}/pay/`);
    expect(await overflowOf(page)).toBe(0);

    await page.getByLabel(/^When/).fill('2036-01-01 09:00');
    await send(page);
    expect(await textOf(page.getByRole('alert'))).toContain('more than a year away');
    const later = new Date(stack.clock.now() + 2 * 60 * 60 * 1000);
    await page.getByLabel(/^When/).fill(clockAt(later.toISOString(), 'America/Denver'));
    await send(page);
    expect(await said(page)).toMatch(/^The mailing starts at \d{4}-\d\d-\d\d \d\d:\d\d\.$/);

    await follow(page, 'Utah Invitational');
    await press(page, 'Pause it');
    expect(await said(page)).toBe('The mailing is paused.');
    expect(await textOf(page.getByRole('main'))).toContain('Paused by front desk');
    await press(page, 'Advance one day');
    expect(await stack.inbox()).toEqual([]);
    await press(page, 'Let it go on');
    expect(await said(page)).toBe('The mailing goes on.');
    expect((await stack.inbox()).length).toBeGreaterThan(20);
    await press(page, 'Advance one day');

    const [blast] = (await stores(stack).blasts.pageOfEnded({ limit: 1 })).items;
    const order = await stores(stack).orders.get('71');
    const blastId = blast?.blastId ?? '';
    const at = { blastId, shard: order?.shard ?? 0, orderId: '71' };
    for (const address of ['one@family.example', 'two@family.example']) {
      const row = aLedgerRow({ ...at, address, state: 'claimed' });
      await stores(stack).blasts.claim(row);
      await stores(stack).blasts.settle({ ...row, state: 'held' });
    }
    await page.goto(desk.url);
    expect(await textOf(page.getByRole('main'))).toContain('1 mail of which nobody knows whether it left');
    await leave(page, page.getByRole('link', { name: '1 mail of which nobody knows' }));
    expect(new URL(page.url()).pathname).toBe(`/mailings/${blastId}`);
    expect(await textOf(page.getByRole('main'))).toContain('Held: did these arrive?');
    for (const [button, answer] of [
      ['It arrived', 'It counts as sent.'],
      ['Send it again', 'It is sent again.'],
    ] as const) {
      await page.getByLabel('How you know').first().fill('called them');
      await press(page, button);
      expect(await said(page)).toBe(answer);
    }
    // Both went to their end, and that is not to be undone.
    const tooLate = await fetch(`${desk.url}/mailings/${blastId}/cancel`, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ actor: 'front desk' }),
    });
    expect(decodeURIComponent(tooLate.headers.get('location') ?? '')).toContain("can't+be+canceled");
  });

  it('finds every page of the desk to fit a phone, and to load nothing from elsewhere', async () => {
    const { page, desk } = await walkIn();
    await press(page, 'Monthly training fee');
    const shown = new URL(page.url()).pathname;
    await send(page);
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== desk.url) elsewhere.push(request.url());
    });
    await follow(page, 'Inbox');
    const mail = (await page.locator('.rows a').first().getAttribute('href')) ?? '';
    const paths = [
      '/',
      '/orders',
      '/orders?product=monthly-fee',
      '/orders/201',
      '/mailings',
      shown,
      '/inbox',
      mail,
    ];
    for (const path of paths) {
      await page.goto(`${desk.url}${path}`);
      expect([path, await overflowOf(page)]).toEqual([path, 0]);
    }
    expect(elsewhere).toEqual([]);
  });

  it('is the only one who can press its buttons: another site is refused', async () => {
    const { desk, stack } = await walkIn();
    const before = stack.clock.now();
    const answer = await fetch(`${desk.url}/clock`, {
      method: 'POST',
      headers: { origin: 'https://elsewhere.example' },
      body: new URLSearchParams({ days: '30' }),
    });
    expect(answer.status).toBe(403);
    expect(stack.clock.now() - before).toBeLessThan(60_000);
  });
});
