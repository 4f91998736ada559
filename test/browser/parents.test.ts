import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openBrowser, opened, payOnStripe, phone } from '../../infra/local/browser.ts';
import { operations } from '../../infra/local/club/operations.ts';
import { type LocalClub, startLocalClub } from '../../infra/local/start.ts';
import { headingOf, overflowOf, textOf } from '../support/browser.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const ALREADY_PAID = 'Already paid. Thank you!';

const { browser, why } = await openBrowser();

describe.skipIf(browser === undefined)(`a parent with a small phone ${why}`.trim(), () => {
  let local: LocalClub;

  beforeAll(async () => {
    local = await startLocalClub();
    const { stack } = local;
    const mailing = operations(stack);
    for (const productId of ['utah-invitational', 'monthly-fee']) {
      const { hash } = await mailing.previewMailing({ productId });
      await mailing.sendMailing({ hash, createdBy: 'test' });
    }
    await stack.settled();
    // Nothing recurs in it: a run of the schedule every ten days is enough.
    await stack.clock.advance(30 * DAY_MS, { tickEveryMs: 10 * DAY_MS });
  }, 120_000);

  afterAll(async () => {
    await local?.stop();
    await browser?.close();
  });

  /** The mail of a family as a mail program shows it, and a click on its button. */
  const openMail = async (
    address: string,
    { javaScriptEnabled = true } = {},
  ): Promise<{ mail: Page; click: () => Promise<Page> }> => {
    if (browser === undefined) throw new Error(why);
    const received = (await local.stack.inbox()).find(({ to }) => to.includes(address));
    if (received === undefined) throw new Error(`Nobody wrote to ${address}.`);
    const mail = await phone(browser, { javaScriptEnabled });
    onTestFinished(() => mail.context().close());
    await mail.goto(`${local.desk.url}/inbox/${encodeURIComponent(received.messageId)}/alone`);
    return {
      mail,
      click: () => opened(mail, () => mail.getByRole('link', { name: /^Pay/ }).first().click()),
    };
  };

  it.each([
    ['with scripts', 'alvarez@family.example', true],
    ['with JavaScript switched off', 'bennett@family.example', false],
  ])(
    'opens the mail a month later %s: clicks, pays, and is told "already paid" from then on',
    async (_, address, javaScriptEnabled) => {
      const { click } = await openMail(address, { javaScriptEnabled });
      const page = await click();
      expect(page.url()).toContain(local.stack.stripe.url);
      await payOnStripe(page);
      expect(page.url()).toContain(`${local.stack.apiUrl}/pay/`);
      await local.stack.settled();
      // In another window: this one refreshes itself, whenever that is.
      const later = await page.context().newPage();
      await later.goto(page.url());
      expect(await headingOf(later)).toBe(ALREADY_PAID);
      expect(await textOf(later.getByRole('main'))).toContain('$55.00');

      expect(await headingOf(await click())).toBe(ALREADY_PAID);
      await local.stack.clock.advance(DAY_MS);
      expect(await headingOf(await click())).toBe(ALREADY_PAID);
    },
  );

  it('reads beside the card, before a monthly fee is paid, that later fees are charged and how', async () => {
    const { click } = await openMail('whitaker@family.example');
    const page = await click();
    expect(page.url()).toContain(local.stack.stripe.url);
    const text = await textOf(page.getByRole('main'));
    expect(text).toMatch(/your card is kept for later fees/i);
    expect(text).toContain('on its 1st, in the amount of your contract');
  });

  it('never has to scroll sideways', async () => {
    const { mail, click } = await openMail('castillo@family.example');
    expect(await overflowOf(mail)).toBe(0);
    const page = await click();
    expect(await overflowOf(page)).toBe(0);
    await payOnStripe(page);
    expect(await overflowOf(page)).toBe(0);
    await local.stack.settled();
    const again = await click();
    expect(await headingOf(again)).toBe(ALREADY_PAID);
    expect(await overflowOf(again)).toBe(0);
  });
});
