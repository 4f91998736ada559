import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { opsOf } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

let test: TestStack;
let ops: ReturnType<typeof opsOf>;
beforeAll(async () => {
  test = await startTestStack();
  ops = opsOf(test.stack);
});
afterAll(() => test.stop());
afterEach(() => test.stack.stripe.faults.clear());

const COMMAND = 'setup stripe-key';
const stored = () => test.stack.secrets.get(test.stack.secretId('StripeKey'));
const store = (value: string) => test.stack.secrets.put(test.stack.secretId('StripeKey'), value);
const click = async () => (await fetch(test.payUrl(await test.order()), { redirect: 'manual' })).status;

describe('setup stripe-key', () => {
  it('stores a key that works, and a function that had none before starts anew with it', async () => {
    const { apiKey } = test.stack.stripe;
    store('not-set');
    expect(await click()).toBe(503);
    expect((await ops.json('check stripe')).text).toContain('has no Stripe key yet');
    const { code, text } = await ops.json(COMMAND, `${apiKey}\n`);
    expect(code).toBe(0);
    expect(text).toContain('it may do all that is needed');
    expect(text).toContain('A restricted key (rk_…)');
    expect(stored()).toBe(apiKey);
    expect(await click()).toBe(303);
  });

  it('the same key again changes nothing, and looking changes nothing at Stripe', async () => {
    test.forget();
    const linksBefore = JSON.stringify(test.stack.stripe.objects.paymentLinks);
    const { code, text } = await ops.json(COMMAND, test.stack.stripe.apiKey);
    expect(code).toBe(0);
    expect(text).toContain('is stored already');
    const changes = test.stack.calls.all().filter(({ action }) => /^(Put|Update)/.test(action));
    expect(changes).toEqual([]);
    expect(JSON.stringify(test.stack.stripe.objects.paymentLinks)).toBe(linksBefore);
  });

  it.each([
    ['rk_live_abcdefghijklmnop', 'This is a live key, and the stage "dev" is for trying'],
    ['rk_test_abcdefghijklmnop', 'Stripe does not know this key'],
  ])('%s is refused in a sentence, and nothing is stored', async (key, sentence) => {
    const before = stored();
    const { code, text } = await ops.json(COMMAND, key);
    expect(code).toBe(1);
    expect(text).toContain(sentence);
    expect(stored()).toBe(before);
  });

  it('nothing entered is wrong usage', async () => {
    const { code, text } = await ops.json(COMMAND, '\n');
    expect(code).toBe(2);
    expect(text).toContain('No Stripe key was entered');
  });

  it('names every permission that a restricted key lacks, and does not store it', async () => {
    store('not-set');
    test.stack.stripe.faults.before('POST /v1/payment_links/:id', { status: 403 });
    test.stack.stripe.faults.before('POST /v1/refunds', { status: 403 });
    const { code, text } = await ops.json(COMMAND, test.stack.stripe.apiKey);
    expect(code).toBe(1);
    expect(text).toContain('It lacks: Payment Links: Write; Charges and Refunds: Write.');
    expect(stored()).toBe('not-set');
    store(test.stack.stripe.apiKey);
  });
});

describe('setup token-key', () => {
  it('rotates in two steps, and links of the old key live on until it is revoked', async () => {
    const order = await test.order();
    const oldLink = test.payUrl(order);
    const linkWorks = async () => (await fetch(oldLink, { redirect: 'manual' })).status;
    const stands = async (options = '') => {
      const { told } = await ops.json(`setup token-key${options}`);
      return told.tokenKeys;
    };
    expect(await stands()).toEqual([{ id: 'k1', revoked: false, signs: true }]);
    expect((await ops.json('setup token-key --revoke k1')).code).toBe(1);
    expect(await stands(' --add')).toEqual([
      { id: 'k1', revoked: false, signs: true },
      { id: 'k2', revoked: false, signs: false },
    ]);
    const once = test.stack.secrets.get(test.stack.secretId('TokenKeys'));
    await stands(' --add');
    expect(test.stack.secrets.get(test.stack.secretId('TokenKeys'))).toBe(once);
    await stands(' --sign-with k2');
    expect(await linkWorks()).toBe(303);
    const made = await ops.json('test-order --to coach@club.example --no-mail');
    expect(String(made.told.payUrl)).toContain('/pay/k2-');
    expect(await stands(' --revoke k1')).toEqual([
      { id: 'k1', revoked: true, signs: false },
      { id: 'k2', revoked: false, signs: true },
    ]);
    expect(await linkWorks()).toBe(410);
  });

  it('takes one step at a time', async () => {
    expect((await ops.json('setup token-key --add --revoke k1')).code).toBe(2);
    expect((await ops.json('setup token-key --sign-with k9')).text).toContain(
      'There is no key k9. There are: k1, k2.',
    );
  });
});

describe('restart', () => {
  it('lets the functions read a secret again that was changed by hand', async () => {
    const id = test.stack.secretId('TokenKeys');
    const { revoked: _, ...unrevoked } = JSON.parse(test.stack.secrets.get(id) ?? '') as Record<
      string,
      unknown
    >;
    expect(await click()).toBe(410);
    test.stack.secrets.put(id, JSON.stringify(unrevoked));
    expect(await click()).toBe(410);
    expect((await ops.json('restart')).code).toBe(0);
    expect(await click()).toBe(303);
  });
});
