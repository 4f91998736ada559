import type { Locator, Page } from 'playwright-core';

/** What is written there, with each run of white space as one blank. */
export const textOf = async (place: Locator): Promise<string> =>
  ((await place.textContent()) ?? '').replaceAll(/\s+/g, ' ').trim();

export const headingOf = (page: Page): Promise<string> => textOf(page.locator('h1, h2').first());

/** Pixels by which a page is wider than its window: anything above 0 has to be scrolled sideways. */
export const overflowOf = async (page: Page): Promise<number> =>
  Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));
