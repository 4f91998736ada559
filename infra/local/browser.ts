import sparticuz from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

/** A small phone held upright, as many parents have one. */
export const PHONE = { width: 360, height: 740 };

/** Of the arguments that come with it: one process would end with its first window, the others soften its rules. */
const unwanted = new Set(['--single-process', '--disable-web-security', '--allow-running-insecure-content']);

const npmBringsOne = process.platform === 'linux' && process.arch === 'x64';

/** The Chromium that npm brings, made ready to be started. Not by two at once: the second would take it for whole before it is. */
export const unpackBrowser = async (): Promise<void> => {
  if (npmBringsOne) await sparticuz.executablePath();
};

/** A real Chromium: the one that npm brings for Linux, elsewhere the machine's own Chrome; or why there is none. */
export const openBrowser = async (): Promise<{ browser: Browser | undefined; why: string }> => {
  const reasons: string[] = [];
  const attempts: (() => Promise<Browser>)[] = [
    async () => chromium.launch({ channel: 'chrome', headless: true }),
  ];
  if (npmBringsOne) {
    attempts.unshift(async () =>
      chromium.launch({
        executablePath: await sparticuz.executablePath(),
        args: sparticuz.args.filter((arg) => !unwanted.has(arg)),
        headless: true,
      }),
    );
  }
  for (const attempt of attempts) {
    try {
      return { browser: await attempt(), why: '' };
    } catch (error) {
      reasons.push((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '');
    }
  }
  return { browser: undefined, why: `skipped, no browser can be started here: ${reasons.join('; ')}` };
};

/** What somebody holds in their hands; without JavaScript for those who have switched it off. */
export const phone = async (browser: Browser, options: BrowserContextOptions = {}): Promise<Page> => {
  const context = await browser.newContext({ viewport: PHONE, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  return page;
};

/** What a link opens in a window of its own, as links in mails do. */
export const opened = async (page: Page, click: () => Promise<void>): Promise<Page> => {
  const [next] = await Promise.all([page.context().waitForEvent('page'), click()]);
  await next.waitForLoadState();
  return next;
};

/** Fills in what Stripe's page asks for, the test card being there already, and presses the button. */
export const payOnStripe = async (page: Page): Promise<void> => {
  await page.getByLabel('Email').fill('parent@family.example');
  await page.getByLabel('Name', { exact: true }).fill('Pat Parent');
  await page.getByRole('button', { name: /^Pay / }).click();
};
