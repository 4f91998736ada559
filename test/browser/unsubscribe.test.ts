import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { leave, openBrowser, phone } from '../../infra/local/browser.ts';
import { addressKeyOf } from '../../lib/domain/blast.ts';
import { unsubscribeUrl } from '../../lib/usecases/unsubscribe.ts';
import { headingOf, overflowOf } from '../support/browser.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';

const { browser, why } = await openBrowser();

describe.skipIf(browser === undefined)(`a parent who wants no more reminders ${why}`.trim(), () => {
  let test: TestStack;
  beforeAll(async () => {
    test = await startTestStack();
  });
  afterAll(async () => {
    await test?.stop();
    await browser?.close();
  });

  it('presses one button on a small phone without scripts, and has them stopped', async () => {
    if (browser === undefined) throw new Error(why);
    const page = await phone(browser, { javaScriptEnabled: false });
    onTestFinished(() => page.context().close());
    const address = 'alex@family.example';
    await page.goto(unsubscribeUrl(addressKeyOf(address), test.keys, { baseUrl: test.stack.apiUrl }));
    expect(await headingOf(page)).toBe('Stop reminders?');
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect((await test.roster.address(address)).unsubscribedAt).toBeNull();
    await leave(page, page.getByRole('button', { name: 'Stop reminders' }));
    expect(await headingOf(page)).toBe('Reminders are stopped');
    expect((await test.roster.address(address)).unsubscribedAt).not.toBeNull();
  });
});
