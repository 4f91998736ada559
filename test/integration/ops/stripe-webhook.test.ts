import Stripe from 'stripe';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { noteFingerprint } from '../../../infra/ops/stripe-webhook.ts';
import { statusOf } from '../../../lib/domain/order.ts';
import { handledEventTypes } from '../../../lib/domain/payment-notice.ts';
import { forgetFingerprint, opsOf, webhookSecretsOf } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import { stripeAt } from '../../support/stripe-client.ts';

/** One endpoint's life, told in order: each test begins where the one before it ended. */
let test: TestStack;
let ops: ReturnType<typeof opsOf>;
let stripe: Stripe;
beforeAll(async () => {
  test = await startTestStack();
  ops = opsOf(test.stack);
  stripe = stripeAt(test.stack.stripe);
});
afterAll(() => test.stop());

const COMMAND = 'setup stripe-webhook';
const endpoints = () => test.stack.stripe.objects.webhookEndpoints;
const enabled = () => endpoints().filter(({ status }) => status === 'enabled');
const newest = () => endpoints().at(-1);
const everything = () => JSON.stringify([endpoints(), webhookSecretsOf(test.stack)]);

const payAnOrder = async (): Promise<string> => {
  const order = await test.order();
  const answer = await fetch(test.payUrl(order), { redirect: 'manual' });
  await visitor.payOn(await visitor.open(answer.headers.get('location') ?? ''));
  await test.stack.settled();
  return statusOf(await test.mustGet(order.orderId));
};

it('leaves an endpoint alone that was made by hand, and offers to replace it', async () => {
  await forgetFingerprint(test.stack);
  const before = everything();
  const { code, told, text } = await ops.json(COMMAND);
  expect(code).toBe(1);
  expect(told.ok).toBe(false);
  expect(text).toContain(`${newest()?.id}, whose signing secret is not the one that the stage holds`);
  expect(text).toContain('setup stripe-webhook --stage dev --replace');
  expect(everything()).toBe(before);
});

it('--replace makes one with exactly the handled events and the version of the library, and accepts both secrets', async () => {
  const [byHand] = webhookSecretsOf(test.stack);
  const { code, text } = await ops.json(`${COMMAND} --replace`);
  expect(text).toContain('was taken in');
  expect(code).toBe(0);
  expect(newest()).toMatchObject({
    url: `${test.stack.webhookUrl}/`,
    enabled_events: [...handledEventTypes],
    api_version: Stripe.API_VERSION,
    status: 'enabled',
  });
  expect(enabled()).toHaveLength(2);
  expect(webhookSecretsOf(test.stack)).toHaveLength(2);
  expect(webhookSecretsOf(test.stack)[1]).toBe(byHand);
  expect(await payAnOrder()).toBe('paid');
});

it('run again in the middle of a replacement, changes nothing and says how to finish it', async () => {
  const before = everything();
  for (const command of [COMMAND, `${COMMAND} --replace`]) {
    const { code, text } = await ops.json(command);
    expect(code).toBe(0);
    expect(text).toContain('--finish');
    expect(everything()).toBe(before);
  }
});

it('--finish disables the old endpoint and forgets its secret; payments go on', async () => {
  const [fresh] = webhookSecretsOf(test.stack);
  const { code, text } = await ops.json(`${COMMAND} --finish`);
  expect(code).toBe(0);
  expect(text).toContain('is disabled');
  expect(enabled().map(({ id }) => id)).toEqual([newest()?.id]);
  expect(webhookSecretsOf(test.stack)).toEqual([fresh]);
  expect(await payAnOrder()).toBe('paid');
});

it('changes nothing when all is as it should be', async () => {
  const before = everything();
  for (const command of [COMMAND, `${COMMAND} --finish`]) {
    expect((await ops.json(command)).code).toBe(0);
    expect(everything()).toBe(before);
  }
});

it('puts the events back when somebody has changed them in the dashboard', async () => {
  await stripe.webhookEndpoints.update(newest()?.id ?? '', { enabled_events: ['*'] });
  expect((await ops.json('check stripe')).code).toBe(1);
  expect((await ops.json(COMMAND)).text).toContain('now sends exactly');
  expect(newest()?.enabled_events).toEqual([...handledEventTypes]);
  expect((await ops.json('check stripe')).code).toBe(0);
});

it('rotates the secret with --replace and --finish', async () => {
  const before = webhookSecretsOf(test.stack);
  expect((await ops.json(`${COMMAND} --replace`)).code).toBe(0);
  expect(webhookSecretsOf(test.stack).slice(1)).toEqual(before);
  expect((await ops.json(`${COMMAND} --finish`)).code).toBe(0);
  expect(webhookSecretsOf(test.stack)).toHaveLength(1);
  expect(webhookSecretsOf(test.stack)).not.toEqual(before);
  expect(enabled()).toHaveLength(1);
});

it('says so when the stored secret is that of another endpoint', async () => {
  const id = test.stack.secretId('StripeWebhook');
  const held = test.stack.secrets.get(id) ?? '';
  test.stack.secrets.put(id, '["whsec_ofAnotherEndpointAltogether"]');
  for (const command of [COMMAND, 'check stripe']) {
    const { code, text } = await ops.json(command);
    expect(code).toBe(1);
    expect(text).toMatch(/not the one that the stage holds|not that of its endpoint/);
  }
  test.stack.secrets.put(id, 'whsec_notAList');
  expect((await ops.json(COMMAND)).text).toContain('is not a list of signing secrets');
  test.stack.secrets.put(id, held);
});

it('asks for a replacement when the endpoint has another API version than the library', async () => {
  for (const { id } of enabled()) await stripe.webhookEndpoints.update(id, { disabled: true });
  const made = await stripe.webhookEndpoints.create({
    url: test.stack.webhookUrl,
    enabled_events: [...handledEventTypes],
  });
  await noteFingerprint(stripe, made.id, made.secret ?? '');
  test.stack.secrets.put(test.stack.secretId('StripeWebhook'), JSON.stringify([made.secret]));
  const { code, text } = await ops.json(COMMAND);
  expect(code).toBe(1);
  expect(text).toContain(Stripe.API_VERSION);
  expect((await ops.json(`${COMMAND} --replace`)).code).toBe(0);
  expect((await ops.json(`${COMMAND} --finish`)).code).toBe(0);
  expect(enabled().map(({ api_version }) => api_version)).toEqual([Stripe.API_VERSION]);
});

it('makes the first one where Stripe has none, with a key that is entered for this once', async () => {
  for (const { id } of endpoints()) await stripe.webhookEndpoints.del(id);
  test.stack.secrets.put(test.stack.secretId('StripeWebhook'), '[]');
  expect((await ops.json('check stripe')).text).toContain('would not believe Stripe');
  test.stack.stripe.clearRequests();
  const { code } = await ops.json(`${COMMAND} --ask-key`, `${test.stack.stripe.apiKey}\n`);
  expect(code).toBe(0);
  expect(enabled()).toHaveLength(1);
  expect(await payAnOrder()).toBe('paid');
});

it('refuses to believe that all is well when the stage does not take in what is signed with the secret', async () => {
  test.stack.faults.inject(
    'before',
    { service: 'sqs', action: 'SendMessage' },
    { kind: 'status', status: 500 },
  );
  const { code, text } = await ops.json('check stripe');
  test.stack.faults.clear();
  expect(code).toBe(1);
  expect(text).toContain('does not take in what is signed');
});
