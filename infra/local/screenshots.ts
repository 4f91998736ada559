import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { addressesOf } from '../../lib/domain/roster.ts';
import { openBrowser, opened, PHONE, payOnStripe } from './browser.ts';
import { clubAtHand, storesOf } from './club/at-hand.ts';
import { operations } from './club/operations.ts';
import * as incident from './seed/incident.ts';
import { startLocalClub } from './start.ts';
import { visitor } from './stripe/visitor.ts';

/** Draws the pictures of the README and of docs/blasts.md anew, by walking the story at the desk: `node infra/local/screenshots.ts`. */
const IMAGES = resolve(import.meta.dirname, '../../docs/images');
const LAPTOP = { width: 1200, height: 1185 };

const draw = async (browser: Browser): Promise<void> => {
  await mkdir(IMAGES, { recursive: true });
  const local = await startLocalClub();
  try {
    const desk = await windowOf(browser, LAPTOP, 1);
    await desk.goto(local.desk.url);
    for (const step of ['Send it the old way', 'Let the day pass', 'Take them over', 'Look']) {
      await press(desk, step);
    }
    await desk.goto(local.desk.url);
    await picture(desk, 'front-desk');

    for (const _product of ['tournament', 'monthly fee']) await press(desk, 'Apply exactly this plan');
    await press(desk, 'Wait thirty days');
    const path = await desk.getByRole('link', { name: 'Open a new mail' }).getAttribute('href');

    const mail = await windowOf(browser, PHONE, 1.5);
    await mail.goto(`${local.desk.url}${path}/alone`);
    await picture(mail, 'mail');
    const click = () =>
      opened(mail, () =>
        mail
          .getByRole('link', { name: /^(Pay|Pagar)/ })
          .first()
          .click(),
      );
    const page = await click();
    await picture(page, 'payment-page');
    await payOnStripe(page);
    await local.stack.settled();
    await picture(await click(), 'already-paid');
  } finally {
    await local.stop();
  }
};

const DAY_MS = 24 * 60 * 60 * 1000;
/** A mail scanner says what it is; a browser says that it is one. */
const SCANNER = { 'user-agent': 'Barracuda Sentinel' };
const BROWSER = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Safari/604.1' };

/** What became of a mailing: two addresses are wrong, families click and pay one after the other. */
const drawFunnel = async (browser: Browser): Promise<void> => {
  const local = await startLocalClub();
  const stores = storesOf(local.stack);
  try {
    const { stack, desk } = local;
    const mailing = operations(stack);
    const orders = incident.tournamentOrders.filter(({ test }) => !test);
    const [someone, other] = incident.families.flatMap(addressesOf);
    for (const address of [someone, other]) stack.ses.outcomes.set(address ?? '', 'bounce');
    const { hash } = await mailing.previewMailing({ productId: orders[0]?.productId ?? '' });
    const { blast } = await mailing.sendMailing({ hash, createdBy: 'Kim' });
    await stack.settled();
    const { payUrl } = clubAtHand(stack, stores);
    for (const [i, { orderId }] of orders.slice(2).entries()) {
      const order = await stores.orders.get(orderId);
      if (order === undefined) continue;
      // Every day two or three; every fifth family is only scanned, and every third of the others looks and leaves.
      if (i % 3 === 2) await stack.clock.advance(DAY_MS);
      const headers = i % 5 === 4 ? SCANNER : BROWSER;
      const { headers: answered } = await fetch(await payUrl(order), { headers, redirect: 'manual' });
      const page = answered.get('location');
      if (headers === BROWSER && i % 3 !== 0 && page !== null) await visitor.pay(page);
    }
    await stack.settled();
    const phone = await windowOf(browser, PHONE, 1.5);
    await phone.goto(`${desk.url}/mailings/${blast.blastId}`);
    await pictureOf(phone.getByRole('region', { name: 'What became of it' }), 'mailing-funnel');
  } finally {
    stores.close();
    await local.stop();
  }
};

const windowOf = async (
  browser: Browser,
  viewport: { width: number; height: number },
  deviceScaleFactor: number,
): Promise<Page> => {
  const context = await browser.newContext({ viewport, deviceScaleFactor, colorScheme: 'light' });
  context.setDefaultTimeout(120_000);
  return context.newPage();
};

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole('button', { name, exact: true }).first().click();

const picture = async (page: Page, name: string): Promise<void> => {
  const path = join(IMAGES, `${name}.png`);
  await page.screenshot({ path });
  console.log(path);
};

const pictureOf = async (part: Locator, name: string): Promise<void> => {
  const path = join(IMAGES, `${name}.png`);
  await part.screenshot({ path });
  console.log(path);
};

const { browser, why } = await openBrowser();
if (browser === undefined) {
  console.error(why);
  process.exitCode = 1;
} else {
  try {
    await draw(browser);
    await drawFunnel(browser);
  } finally {
    await browser.close();
  }
}
