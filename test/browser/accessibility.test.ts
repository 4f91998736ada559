import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, phone } from '../../infra/local/browser.ts';
import { Language } from '../../lib/domain/roster.ts';
import { renderMail } from '../../lib/email/render.ts';
import { samples } from '../../lib/email/samples.ts';
import { renderPage } from '../../lib/pages/page.ts';
import { pageContents } from '../support/page-contents.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const { browser, why } = await openBrowser();

const club = { name: 'Riverside', contact: 'office@club.example', timeZone: 'America/Denver' };
/** What axe is asked in each: of all its rules, a scheme changes what one comes to. */
const schemes = { light: {}, dark: { runOnly: ['color-contrast'] } };
type Scheme = keyof typeof schemes;
const pages = Object.values(pageContents).flatMap((content) =>
  Language.options.map((language) => ({
    name: `the page "${content.kind}" in ${language}`,
    html: renderPage(content, { language, club }).body,
  })),
);
const mails = Object.entries(samples).flatMap(([name, content]) =>
  Language.options.map((language) => ({
    name: `the mail "${name}" in ${language}`,
    html: renderMail({ ...content, language }).html,
  })),
);

/** What axe finds, each as `rule: the element`. @see https://github.com/dequelabs/axe-core */
const findingsOf = async (page: Page, html: string, options: object = {}): Promise<string[]> => {
  await page.setContent(html);
  await page.addScriptTag({ path: AXE });
  const found = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as AxeResults;
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html}`));
};

describe.skipIf(browser === undefined)(`for parents who see, hear or touch differently ${why}`, () => {
  let windows: Record<Scheme, Page>;
  beforeAll(async () => {
    if (browser === undefined) return;
    windows = {
      light: await phone(browser, { colorScheme: 'light' }),
      dark: await phone(browser, { colorScheme: 'dark' }),
    };
  });
  afterAll(() => browser?.close());

  it.each([...pages, ...mails])('axe finds nothing on $name, light or dark', async ({ html }) => {
    for (const [scheme, options] of Object.entries(schemes)) {
      expect(await findingsOf(windows[scheme as Scheme], html, options), scheme).toEqual([]);
    }
  });

  it('axe is really asked: it finds what can be read in light only', async () => {
    const grey =
      '<!doctype html><html lang="en"><title>x</title><style>body { color: #333 } @media (prefers-color-scheme: dark) { body { background: #222 } }</style><main><h1>What is owed</h1></main>';
    expect(await findingsOf(windows.light, grey, schemes.light)).toEqual([]);
    expect((await findingsOf(windows.dark, grey, schemes.dark)).join()).toContain('color-contrast');
  });

  it('axe is really asked: it finds an image without words', async () => {
    const findings = await findingsOf(
      windows.light,
      '<!doctype html><html lang="en"><title>x</title><main><h1>x</h1><img src="data:,"></main>',
    );
    expect(findings.join()).toContain('image-alt');
  });
});
