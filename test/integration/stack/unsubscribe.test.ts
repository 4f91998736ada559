import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addressKeyOf } from '../../../lib/domain/blast.ts';
import { unsubscribeUrl } from '../../../lib/usecases/unsubscribe.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

let test: TestStack;
beforeAll(async () => {
  test = await startTestStack();
});
afterAll(() => test.stop());
beforeEach(() => test.forget());

const urlFor = (address: string): string =>
  unsubscribeUrl(addressKeyOf(address), test.keys, { baseUrl: test.stack.apiUrl });
const stopped = async (address: string): Promise<boolean> =>
  (await test.roster.address(address)).unsubscribedAt !== null;
const writes = (): string[] => test.callsOf('unsubscribe').filter((call) => call.startsWith('dynamodb'));

describe('the link in a reminder', () => {
  it('by GET and HEAD is a page in the reader’s language, and changes nothing', async () => {
    const url = urlFor('scanned@family.example');
    const page = await fetch(url, { headers: { 'accept-language': 'es' } });
    expect([page.status, page.headers.get('content-language')]).toEqual([200, 'es']);
    expect(await page.text()).toContain('<form method="post">');
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect(writes()).toEqual([]);
    expect(await stopped('scanned@family.example')).toBe(false);
  });

  it.each([
    ['the button of the page', () => new URLSearchParams({ 'List-Unsubscribe': 'One-Click' })],
    [
      'the button of a mailbox',
      () => {
        const form = new FormData();
        form.set('List-Unsubscribe', 'One-Click');
        return form;
      },
    ],
    ['who sends no body', () => null],
  ])('is followed by %s: one write', async (who, body) => {
    const address = `${who.replaceAll(' ', '-')}@family.example`;
    const answer = await fetch(urlFor(address), { method: 'POST', body: body() });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('Reminders are stopped');
    expect(writes()).toEqual(['dynamodb UpdateItem Roster']);
    expect(await stopped(address)).toBe(true);
  });

  it('that is garbage is a page, costs nothing, and stops nothing', async () => {
    for (const method of ['GET', 'POST']) {
      const answer = await fetch(`${test.stack.apiUrl}/unsubscribe/k1-${'0'.repeat(32)}`, { method });
      expect(answer.status).toBe(404);
      expect(await answer.text()).toContain('<h1>This link is not complete</h1>');
    }
    expect(writes()).toEqual([]);
  });

  it('says so while nothing can be kept, and works afterwards', async () => {
    const where = { functionName: 'unsubscribe', service: 'dynamodb' } as const;
    const outage = test.stack.faults.inject('before', where, { kind: 'status', status: 503 });
    const url = urlFor('later@family.example');
    const failed = await fetch(url, { method: 'POST' });
    outage.remove();
    expect([failed.status, await failed.text()]).toEqual([503, expect.stringContaining('did not work')]);
    expect(await stopped('later@family.example')).toBe(false);
    expect((await fetch(url, { method: 'POST' })).status).toBe(200);
    expect(await stopped('later@family.example')).toBe(true);
  });
});
