import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import sparticuz from '@sparticuz/chromium';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';

/** A small phone held upright, as many parents have one. */
export const PHONE = { width: 360, height: 740 };

/** Of the arguments that come with it: one process would end with its first window, the others soften its rules. */
const unwanted = new Set(['--single-process', '--disable-web-security', '--allow-running-insecure-content']);

export const npmBringsOne = process.platform === 'linux' && process.arch === 'x64';

const unpack =
  'const { default: chromium } = await import("@sparticuz/chromium"); await chromium.executablePath();';

/** The folder of its package. */
const packed = (): string => dirname(findPackageJSON('@sparticuz/chromium', import.meta.url) as string);

/**
 * The path of the Chromium that npm brings, unpacked once beside what it is unpacked from. Its library unpacks into the
 * folder for temporary files, where it takes for whole what another process is still writing, or one that was stopped has
 * left. So it is given such a folder of its own, which gets its name when it is whole.
 */
export const unpackedBrowser = async (unpacked = join(packed(), 'unpacked')): Promise<string> => {
  const program = join(unpacked, 'chromium');
  if (existsSync(program)) return program;
  const own = await mkdtemp(`${unpacked}-`);
  try {
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', unpack], {
      cwd: packed(),
      env: { ...process.env, TMPDIR: own },
    });
    await rename(own, unpacked);
  } catch (error) {
    // Another process may have been first.
    if (!existsSync(program)) throw error;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
  return program;
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
        executablePath: await unpackedBrowser(),
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

/** Clicks on the first of what leads to another page, and waits for all of that one: a click itself ends when it begins to come. */
export const leave = async (page: Page, through: Locator): Promise<void> => {
  await through.first().click();
  await page.waitForLoadState();
};

/** Fills in what Stripe's page asks for, the test card being there already, and presses the button. */
export const payOnStripe = async (page: Page): Promise<void> => {
  await page.getByLabel('Email').fill('parent@family.example');
  await page.getByLabel('Name', { exact: true }).fill('Pat Parent');
  await leave(page, page.getByRole('button', { name: /^Pay / }));
};
