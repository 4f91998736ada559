import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { dynamoBlasts } from '../../lib/adapters/dynamodb/blasts.ts';
import { documentClient } from '../../lib/adapters/dynamodb/client.ts';
import { dynamoOrders } from '../../lib/adapters/dynamodb/orders.ts';
import { dynamoPace } from '../../lib/adapters/dynamodb/pace.ts';
import { dynamoPlans } from '../../lib/adapters/dynamodb/plans.ts';
import { epochMs, instant } from '../../lib/domain/ids.ts';
import { parseTokenKeys } from '../../lib/domain/pay-token.ts';
import type { Product } from '../../lib/domain/roster.ts';
import type { Clock, Roster, Stripe } from '../../lib/ports.ts';
import { applyRecovery } from '../../lib/usecases/apply-recovery.ts';
import { planRecovery } from '../../lib/usecases/plan-recovery.ts';
import { localAws } from '../support/dynamodb.ts';
import type { Job } from './recover.ts';

/**
 * A process of its own, which may be killed at any moment: works slice after slice at a recovery, from where it is told to
 * begin, and prints what it comes to. Its clock runs faster than the world's, and so does its Stripe, which remembers
 * nothing: what it makes follows from the key. The club is made by index; orders and plans lie in a DynamoDB next door.
 */

const job = JSON.parse(process.argv[2] ?? '') as Job;

const clock: Clock = {
  now: () => instant(job.epochMs + (Date.now() - job.epochMs) * job.timesFaster),
  sleep: (ms) => sleep(ms / job.timesFaster),
};
const say = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

let calls = 0;
/** Stripe answers in about a sixth of a second. */
const call = async <T>(answer: T): Promise<T> => {
  say({ call: epochMs(clock.now()) });
  if (++calls % 100 === 0) say({ rss: process.memoryUsage.rss() });
  await clock.sleep(150);
  return answer;
};
const stripe: Pick<Stripe, 'lookUpSurface' | 'createSurface'> = {
  lookUpSurface: (id) => call({ state: 'expired', orderId: id.slice('cs_test_'.length) }),
  createSurface: (_, key) => {
    const id = `plink_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
    return call({ stripeId: id, url: `https://stripe.example/${id}`, expiresAt: null });
  },
};

const product: Product = {
  productId: 'utah',
  category: 'tournament',
  name: 'Utah Invitational',
  description: null,
  stripeProductId: null,
  laterCharges: null,
  price: null,
};
const roster: Pick<Roster, 'product' | 'family'> = {
  product: async () => product,
  family: async (familyId) => ({ familyId, language: 'en', parents: [] }),
};

const client = documentClient(
  { connectMs: 5_000, answerMs: 30_000 },
  { endpoint: job.endpoint, ...localAws },
);
const at = (table: string) => ({ client, table });
const keys = parseTokenKeys(JSON.stringify({ signWith: 'k1', k1: 'k'.repeat(64) }));
const deps = {
  clock,
  log: () => undefined,
  newId: (prefix: string) => `${prefix}_${process.pid}_${Date.now()}`,
  orders: dynamoOrders(at(job.tables.orders)),
  plans: dynamoPlans(at(job.tables.plans)),
  blasts: dynamoBlasts(at(job.tables.blasts)),
  pace: dynamoPace(at(job.tables.blasts)),
  roster: roster as Roster,
  stripe: stripe as Stripe,
  blastQueue: { send: async () => undefined },
  tokens: { keys: async () => keys },
  club: { name: 'Riverside', contact: 'office@club.example', timeZone: 'America/Denver' },
  site: { baseUrl: 'https://pay.club.example', system: 'club-payments/bench', livemode: false },
};

const budgetMs = 60_000;
say({ rss: process.memoryUsage.rss() });
if (job.step === 'plan') {
  let { planId } = job;
  for (;;) {
    const slice = await planRecovery(
      planId === undefined
        ? { scope: { kind: 'product', productId: 'utah' }, mail: true, budgetMs }
        : { planId, budgetMs },
      deps,
    );
    say({ slice });
    if (slice.done) break;
    planId = slice.planId;
  }
} else {
  let { from } = job;
  for (;;) {
    const slice = await applyRecovery(
      { hash: job.hash, actor: 'bench', budgetMs, ...(from !== undefined && { from }) },
      deps,
    );
    say({ slice });
    if (slice.done) break;
    from = slice.from;
  }
}
client.destroy();
