import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Stripe from 'stripe';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FunctionName, functionNames } from '../../../infra/functions.ts';
import { visitor } from '../../../infra/local/stripe/visitor.ts';
import { settingsFrom } from '../../../infra/settings.ts';
import { addressKeyOf, newShard } from '../../../lib/domain/blast.ts';
import { sumOf } from '../../../lib/domain/blast-report.ts';
import { instant, instantAfter, SHARDS } from '../../../lib/domain/ids.ts';
import type { Order } from '../../../lib/domain/order.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { newRun } from '../../../lib/domain/reconciliation.ts';
import { dailyRunId } from '../../../lib/usecases/reconcile/daily-run.ts';
import { unsubscribeUrl } from '../../../lib/usecases/unsubscribe.ts';
import { buildFloors } from '../../bench/bundles.ts';
import { assemblyWithFloors } from '../../bench/floor-assembly.ts';
import { aLedgerRow, aMailing } from '../../support/ledger.ts';
import { mailEventObject } from '../../support/mail-events.ts';
import { payment } from '../../support/orders.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import { stripeAt } from '../../support/stripe-client.ts';

/**
 * The benches measure a function against its floor: its SDK clients and its calls, and nothing else. That is only
 * worth something while the floor makes the same calls.
 */

let real: TestStack;
let floors: TestStack;
const scratch = mkdtempSync(join(tmpdir(), 'club-payments-floors-'));
beforeAll(async () => {
  const built = await buildFloors(join(scratch, 'floors'));
  const start = async (name: string, replaced: readonly FunctionName[]): Promise<TestStack> => {
    const assemblyDirectory = await assemblyWithFloors(join(scratch, name), built, replaced);
    disableConsumers(assemblyDirectory);
    return startTestStack({ assemblyDirectory });
  };
  [real, floors] = await Promise.all([start('real', []), start('floor', functionNames)]);
});
afterAll(async () => {
  await Promise.all([real?.stop(), floors?.stop()]);
  rmSync(scratch, { recursive: true, force: true });
});

/** Messages stay in their queues, so that nothing happens but what a test starts. */
const disableConsumers = (assemblyDirectory: string): void => {
  for (const file of globSync(join(assemblyDirectory, '*.template.json'))) {
    const template = JSON.parse(readFileSync(file, 'utf8')) as {
      Resources: Record<string, { Type: string; Properties?: Record<string, unknown> }>;
    };
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Type === 'AWS::Lambda::EventSourceMapping' && Properties) Properties.Enabled = false;
    }
    writeFileSync(file, JSON.stringify(template));
  }
};

/** Both lie in the shard that is looked at last. */
const LAST_SHARD_ORDERS = { planned: 'ord_planned_3', ahead: 'ord_ahead_48' };

/** Sets up what the function will find, and returns what starts it. */
type Event = (test: TestStack) => Promise<() => Promise<unknown>>;

const signed = {
  authorization:
    'AWS4-HMAC-SHA256 Credential=ops/20260414/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0',
};
const post = (url: string, body: unknown, headers: Record<string, string> = signed) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const batch = (...bodies: unknown[]) => ({
  Records: bodies.map((body, index) => ({ messageId: `m${index}`, body: JSON.stringify(body) })),
});

const aStripeLink = (test: TestStack): Promise<Stripe.PaymentLink> =>
  stripeOf(test).paymentLinks.create({
    line_items: [
      { quantity: 1, price_data: { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } } },
    ],
  });
const stripeOf = ({ stack: { stripe } }: TestStack): Stripe => stripeAt(stripe);

const surface = (over: Partial<Order['surfaces'][number]>): Order['surfaces'][number] => ({
  kind: 'payment_link',
  stripeId: 'plink_none',
  url: 'https://buy.stripe.com/x',
  generation: 0,
  amount: { amountMinor: 5_500, currency: 'usd' },
  mintedAt: '2026-04-01T09:00:00.000Z',
  expiresAt: null,
  retiredAt: null,
  imported: false,
  ...over,
});
/** An order with a link that is open at Stripe. */
const linkedOrder = async (test: TestStack): Promise<Order> => {
  const order = await test.order();
  const { id, url } = await aStripeLink(test);
  const saved = await test.orders.save({
    ...order,
    surfaces: [surface({ stripeId: id, url, generation: order.generation })],
  });
  if (saved === 'conflict') throw new Error('Somebody else wrote this order.');
  return saved;
};

const events: Record<FunctionName, Event> = {
  'first-payment': async (test) => {
    // One click that mints, one on a link that is there, and the same again, which is noted by then.
    const minted = test.payUrl(await test.order());
    const linked = test.payUrl(await linkedOrder(test));
    return async () => {
      for (const url of [minted, linked, linked]) await fetch(url, { redirect: 'manual' });
    };
  },
  'mint-link': async (test) => {
    const { orderId } = await test.order();
    return () => post(`${test.stack.apiUrl}/orders/${orderId}/link`, {});
  },
  'start-checkout': async (test) => {
    await test.order({ orderId: 'shop', category: 'jersey' });
    const successUrl = 'https://club.example/thanks';
    const shopping = { productId: 'jersey', clientRequestId: 'request-0001', cancelUrl: successUrl };
    await test.roster.putPlayer({
      playerId: 'ply_new',
      familyId: 'fam_shop',
      name: 'Sam',
      contract: { state: 'signed', signUrl: null },
    });
    return () => post(`${test.stack.apiUrl}/checkout`, { ...shopping, playerId: 'ply_new', successUrl });
  },
  'stripe-webhook': async (test) => {
    const stored = test.stack.secrets.get(test.stack.secretId('StripeWebhook')) ?? '[]';
    const [secret = ''] = JSON.parse(stored) as string[];
    const object = { id: 'cus_1' };
    const event = { id: 'evt_1', object: 'event', type: 'customer.created', created: 1, livemode: false };
    const payload = JSON.stringify({ ...event, data: { object } });
    const timestamp = Math.floor(test.stack.clock.now() / 1_000);
    const header = Stripe.webhooks.generateTestHeaderString({ payload, secret, timestamp });
    return () => post(test.stack.webhookUrl, payload, { 'stripe-signature': header });
  },
  'fulfil-payment': async (test) => {
    const { orderId } = await linkedOrder(test);
    const metadata = { system: 'club-payments/dev', order_id: orderId, generation: '1' };
    const intent = await stripeOf(test).paymentIntents.create({ amount: 5_500, currency: 'usd', metadata });
    const message = (type: string, object: { id: string } & Record<string, unknown>) => ({
      eventId: `evt_${object.id}`,
      type,
      body: JSON.stringify({
        id: `evt_${object.id}`,
        type,
        created: 1_776_000_000,
        livemode: false,
        data: { object },
      }),
    });
    const payment_intent = intent.id;
    const money = { amount_total: 5_500, currency: 'usd', payment_status: 'paid' };
    const refund = { id: 're_1', status: 'pending', amount: 100, currency: 'usd', payment_intent };
    return () =>
      test.stack.invoke(
        'fulfil-payment',
        batch(
          message('checkout.session.completed', { id: 'cs_1', payment_intent, metadata, ...money }),
          message('refund.created', refund),
        ),
      );
  },
  'retire-link': async (test) => {
    const order = await linkedOrder(test);
    const about = order.surfaces[0]?.stripeId ?? '';
    const at = instant(test.stack.clock.now());
    await test.orders.save({
      ...order,
      dueWork: { [`retire:${about}`]: { kind: 'retire', about, dueAt: at, since: at } },
    });
    return () => test.stack.invoke('retire-link', batch({ orderId: order.orderId }));
  },
  tick: async (test) => {
    // A mailing that another works on, and an order of it whose link is not made yet.
    const { productId, shard } = await test.order({
      productId: 'ahead',
      category: 'tournament',
      orderId: LAST_SHARD_ORDERS.ahead,
    });
    expect(shard).toBe(SHARDS - 1);
    const asOf = instant(test.stack.clock.now());
    const filter = { period: null, onlyNeverMailed: false };
    const audience = { kind: 'product', productId, filter, asOf } as const;
    const { blastId } = aMailing({ blastId: 'bls_ahead', productId });
    await test.blasts.create(aMailing({ blastId, productId, audience }));
    const lease = { owner: 'another', until: instantAfter(asOf, 60_000) };
    for (let each = 0; each < SHARDS; each++) {
      await test.blasts.createShard({ ...newShard(blastId, each), lease });
    }
    await test.blasts.saveMintProgress(blastId, { shard, cursor: null });
    // The reconciliation of the day is done.
    const { club } = settingsFrom((key) => (key === 'stage' ? 'dev' : undefined));
    await test.runs.noteLast('daily', dailyRunId(asOf, club.timeZone));
    return () => test.stack.invoke('tick', {});
  },
  'plan-blast': async (test) => {
    // In the shard that is asked for last: of several side by side nobody knows whose call comes first.
    const { productId, shard } = await test.order({
      productId: 'planned',
      orderId: LAST_SHARD_ORDERS.planned,
    });
    expect(shard).toBe(SHARDS - 1);
    return async () => {
      const previewed = (await test.stack.invoke('plan-blast', { action: 'preview', productId })) as {
        result: { hash: string };
      };
      const { hash } = previewed.result;
      await test.stack.invoke('plan-blast', { action: 'send', hash, createdBy: 'office' });
      return test.stack.invoke('plan-blast', { action: 'test', productId, to: 'office@club.example' });
    };
  },
  'send-blast': async (test) => {
    const order = await test.order({ productId: 'mailed', orderId: 'ord_mailed' });
    const asOf = instant(test.stack.clock.now());
    const filter = { period: null, onlyNeverMailed: false };
    const audience = { kind: 'product', productId: 'mailed', filter, asOf } as const;
    const blast = aMailing({ blastId: 'bls_send', productId: 'mailed', audience });
    await test.blasts.create(blast);
    for (let shard = 0; shard < SHARDS; shard++) {
      // Nothing to do in the others.
      const done = shard !== order.shard;
      await test.blasts.createShard({ ...newShard(blast.blastId, shard), done });
    }
    return () => test.stack.invoke('send-blast', batch({ blastId: blast.blastId, shard: order.shard }));
  },
  'report-blast': async (test) => {
    const order = await test.order({ productId: 'counted', orderId: 'ord_counted' });
    const blast = aMailing({ blastId: 'bls_counted', productId: 'counted' });
    const { blastId } = blast;
    await test.blasts.create(blast);
    await test.blasts.claim(aLedgerRow({ blastId, shard: order.shard, orderId: order.orderId }));
    // One part only is counted: of several side by side nobody knows whose call comes first.
    const countedAt = instant(test.stack.clock.now());
    for (let shard = 0; shard < SHARDS; shard++) {
      if (shard !== order.shard) {
        await test.blasts.saveTotals({ blastId, shard, countedAt, totals: sumOf([]) });
      }
    }
    return () => test.stack.invoke('report-blast', { blastId, freshWithinSeconds: 3_600 });
  },
  'ses-feedback': async (test) => {
    const { orderId, shard } = await test.order();
    const address = `${orderId}@family.example`;
    const row = aLedgerRow({ blastId: 'bls_told', orderId, shard, address, state: 'claimed' });
    await test.blasts.claim(row);
    const told = (['Send', 'Delivery', 'Permanent'] as const).map((kind) =>
      mailEventObject(kind, { ref: row, to: address }),
    );
    return () => test.stack.invoke('ses-feedback', batch(...told));
  },
  unsubscribe: async (test) => {
    const url = unsubscribeUrl(addressKeyOf('alex@family.example'), test.keys, {
      baseUrl: test.stack.apiUrl,
    });
    return async () => {
      await fetch(url);
      await fetch(url, { method: 'POST', body: new URLSearchParams({ 'List-Unsubscribe': 'One-Click' }) });
    };
  },
  'recover-orders': async (test) => {
    const order = await test.order({ productId: 'stranding', orderId: 'ord_stranded' });
    const stripeId = 'cs_test_long_gone';
    const mailed = surface({ kind: 'checkout_session', stripeId, generation: 1, imported: true });
    await test.orders.save({ ...order, generation: 1, surfaces: [mailed] });
    return async () => {
      const planned = (await test.stack.invoke('recover-orders', {
        action: 'plan',
        scope: { kind: 'product', productId: 'stranding' },
        mail: false,
      })) as { result: { plan: { hash: string } } };
      const { hash } = planned.result.plan;
      return test.stack.invoke('recover-orders', { action: 'apply', hash, actor: 'office' });
    };
  },
  'look-up': async (test) => {
    const { orderId, familyId, shard } = await test.order({ productId: 'asked', orderId: 'ord_asked' });
    await test.blasts.claim(aLedgerRow({ blastId: 'bls_asked', orderId, shard }));
    return async () => {
      await test.stack.invoke('look-up', { action: 'statement', familyId });
      await test.stack.invoke('look-up', { action: 'story', orderId });
    };
  },
  reconcile: async (test) => {
    // One finding was shown, and is settled by the time that it is applied.
    const { orderId } = await test.order();
    const now = instant(test.stack.clock.now());
    const run = newRun({ runId: 'run_floor', since: now, repairs: null }, now);
    await test.runs.create({ ...run, phase: 'done', endedAt: now });
    const found = { about: orderId, via: null, orderId, amount: null, foundAt: now };
    await test.runs.keepFinding(run.runId, { kind: 'overdue_work', ...found });
    await test.runs.nameHash('floor', run);
    return () => test.stack.invoke('reconcile', { action: 'apply', hash: 'floor', actor: 'office' });
  },
  'set-schedule': async (test) => {
    await test.order({ productId: 'reminded' });
    const schedule = { kind: 'reminders', productId: 'reminded', days: [3, 7], at: '09:00' };
    return async () => {
      await test.stack.invoke('set-schedule', { action: 'set', schedule, actor: 'office' });
      await test.stack.invoke('set-schedule', { action: 'list' });
    };
  },
  'decide-order': async (test) => {
    const { orderId } = await linkedOrder(test);
    const decision = { decision: 'cancel', actor: 'office', reason: 'left the club' };
    return () => test.stack.invoke('decide-order', { orderId, ...decision });
  },
  'settle-payment': async (test) => {
    const { orderId } = await test.order();
    await visitor.pay((await aStripeLink(test)).url);
    const paymentId = test.stack.stripe.objects.paymentIntents.at(-1)?.id ?? '';
    const order = await test.mustGet(orderId);
    await test.orders.save(recordFact(order, payment({ id: paymentId }), order.createdAt));
    const refund = { orderId, paymentId };
    const seen = (await test.stack.invoke('settle-payment', { action: 'look_refund', ...refund })) as {
      result: { plan: { hash: string } };
    };
    const shown = seen.result.plan.hash;
    const word = { actor: 'office', reason: 'left the club' };
    return () => test.stack.invoke('settle-payment', { action: 'refund', ...refund, shown, ...word });
  },
  // Of kinds that refer to others nobody knows whose call comes first.
  'import-orders': async (test) => {
    // In the first shard of an import's rows.
    const family = { familyId: 'fam_5', language: 'en', parents: [] };
    const file = { importId: 'imp_floor', kind: 'families', total: 1 };
    const { importId } = file;
    return async () => {
      await test.stack.invoke('import-orders', {
        action: 'stage',
        ...file,
        rows: [{ line: 2, row: family }],
      });
      const planned = (await test.stack.invoke('import-orders', { action: 'plan', importId })) as {
        result: { hash: string };
      };
      const { hash } = planned.result;
      await test.stack.invoke('import-orders', { action: 'apply', importId, hash, actor: 'office' });
    };
  },
  'keep-record': async (test) => () =>
    fetch(`${test.stack.apiUrl}/families/fam_kept`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...signed },
      body: JSON.stringify({ language: 'en', parents: [] }),
    }),
  'export-records': async (test) => {
    await test.roster.putFamily({ familyId: 'fam_listed', language: 'en', parents: [] });
    return () => test.stack.invoke('export-records', { of: 'families' });
  },
  'forget-family': async (test) => {
    const { orderId, familyId, shard } = await test.order({ productId: 'forget' });
    await test.blasts.claim(aLedgerRow({ blastId: 'bls_forget', orderId, shard }));
    return () => test.stack.invoke('forget-family', { action: 'look', familyId });
  },
  'create-test-order': async (test) => () =>
    test.stack.invoke('create-test-order', { address: 'ops@club.example' }),
};

/** Those that take a place in a pace before each call to Stripe. */
const PACED: ReadonlySet<FunctionName> = new Set(['recover-orders']);
const isPlace = (call: string): boolean => call.startsWith('dynamodb UpdateItem Blasts');

/** What a function asks of AWS and of Stripe when its event arrives in a process of its own. */
const callsOf = async (test: TestStack, name: FunctionName) => {
  const start = await events[name](test);
  await test.stack.crash(name);
  test.forget();
  await start();
  const aws = test.stack.calls
    .all({ functionName: name })
    .map(({ service, action, resource, index }) => [service, action, resource, index].join(' ').trim());
  return {
    // How much time has passed decides whether a place behind the last one is taken by one call or by two.
    aws: PACED.has(name) ? aws.filter((call, i) => !isPlace(call) || call !== aws[i - 1]) : aws,
    stripe: test.stripeCalls().map((call) => call.replace(/(?:plink|pi|cs)_\w+/, '{id}')),
  };
};

describe('a floor makes the calls of its function, in the same sequence', () => {
  // The tick comes first: it looks at whatever the others leave to be done.
  it.each(functionNames.toSorted((a, b) => Number(b === 'tick') - Number(a === 'tick')))(
    '%s',
    async (name) => {
      const [ofFunction, ofFloor] = await Promise.all([callsOf(real, name), callsOf(floors, name)]);
      expect(ofFunction.aws.length).toBeGreaterThan(0);
      expect(ofFloor).toEqual(ofFunction);
    },
  );
});
