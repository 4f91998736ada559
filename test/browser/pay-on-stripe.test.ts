import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { openBrowser, payOnStripe, phone } from '../../infra/local/browser.ts';
import { headingOf } from '../support/browser.ts';

const { browser, why } = await openBrowser();

const checkout = `<!doctype html><form method="post">
  <label>Email <input></label> <label>Name <input></label> <button>Pay $1.00</button>
</form>`;

describe.skipIf(browser === undefined)(`a payment in a browser ${why}`.trim(), () => {
  afterAll(() => browser?.close());

  it('has been made when the page that it leads to is there, however late it comes', async () => {
    if (browser === undefined) throw new Error(why);
    const server = createServer(({ method }, response) => {
      response.setHeader('content-type', 'text/html');
      if (method === 'GET') return void response.end(checkout);
      // Enough for a browser to leave the page before, and nothing to show yet.
      response.write(' ');
      setTimeout(() => response.end('<!doctype html><h1>Thank you</h1>'), 500);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const page = await phone(browser);
    onTestFinished(() => page.context().close());
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await payOnStripe(page);
    expect(await page.evaluate('document.querySelector("h1")?.textContent')).toBe('Thank you');
    expect(await headingOf(page)).toBe('Thank you');
  });
});
