import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, opened, PHONE, payOnStripe } from './browser.ts';
import { startLocalClub } from './start.ts';

/** Draws the pictures of the README anew, by walking the story at the desk: `node infra/local/screenshots.ts`. */
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

const { browser, why } = await openBrowser();
if (browser === undefined) {
  console.error(why);
  process.exitCode = 1;
} else {
  try {
    await draw(browser);
  } finally {
    await browser.close();
  }
}
