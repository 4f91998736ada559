import sparticuz from '@sparticuz/chromium';
import { type Browser, chromium } from 'playwright-core';

/** Why no browser could be had, where none could. */
export type NoBrowser = { unavailable: string };

/** A real Chromium: the one that npm brings for Linux, elsewhere the machine's own Chrome. */
export const openBrowser = async (): Promise<Browser | NoBrowser> => {
  const reasons: string[] = [];
  if (process.platform === 'linux' && process.arch === 'x64') {
    try {
      return await chromium.launch({
        executablePath: await sparticuz.executablePath(),
        args: sparticuz.args,
        headless: true,
      });
    } catch (error) {
      reasons.push(reasonOf(error));
    }
  }
  try {
    return await chromium.launch({ channel: 'chrome', headless: true });
  } catch (error) {
    reasons.push(reasonOf(error));
  }
  return { unavailable: `no browser can be started here: ${reasons.join('; ')}` };
};

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
