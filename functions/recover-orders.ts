import * as v from 'valibot';
import { OrderId } from '../lib/domain/ids.ts';
import { Integer } from '../lib/domain/integer.ts';
import { RecoveryScope } from '../lib/domain/recovery-plan.ts';
import type { BlastTicket } from '../lib/ports.ts';
import { applyRecovery } from '../lib/usecases/apply-recovery.ts';
import { planRecovery } from '../lib/usecases/plan-recovery.ts';
import { recoveryRows } from '../lib/usecases/recovery-rows.ts';
import { readConfig } from './config.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'STAGE',
  'LIVEMODE',
  'BASE_URL',
  'CLUB_NAME',
  'CLUB_CONTACT',
  'CLUB_TIME_ZONE',
  'ORDERS_TABLE',
  'ROSTER_TABLE',
  'BLASTS_TABLE',
  'PLANS_TABLE',
  'BLAST_QUEUE_URL',
  'TOKEN_KEYS_SECRET_ID',
  'STRIPE_KEY_SECRET_ID',
  'STRIPE_ENDPOINT_URL',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  newId: wiring.newId,
  orders: wiring.orders(config),
  roster: wiring.roster(config),
  blasts: wiring.blasts(config),
  plans: wiring.plans(config),
  pace: wiring.pace(config),
  stripe: wiring.stripeForOps(config),
  blastQueue: wiring.queue<BlastTicket>(config.BLAST_QUEUE_URL),
  tokens: wiring.tokens(config),
  club: wiring.club(config),
  site: wiring.site(config),
};

/** Of one slice: whoever asked asks for the next one, and sees meanwhile how far it has come. */
const SLICE_MS = 60_000;
/** So many rows are far below what one answer may hold. */
const ROWS_AT_MOST = 500;

const Hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, 'is not a hash that "recover" shows'));
const Person = v.pipe(v.string(), v.trim(), v.minLength(1, 'say who it is'), v.maxLength(80));
const budget = { budgetMs: v.exactOptional(v.pipe(Integer, v.minValue(0), v.maxValue(SLICE_MS)), SLICE_MS) };

const Input = v.variant('action', [
  v.strictObject({
    action: v.literal('plan'),
    scope: RecoveryScope,
    mail: v.boolean(),
    objectsAreGone: v.exactOptional(v.boolean()),
    ...budget,
  }),
  /** The next slice of a look that was begun. */
  v.strictObject({ action: v.literal('plan_on'), planId: v.pipe(v.string(), v.minLength(1)), ...budget }),
  v.strictObject({
    action: v.literal('rows'),
    hash: Hash,
    after: v.exactOptional(v.pipe(v.string(), v.maxLength(1000))),
    limit: v.exactOptional(v.pipe(Integer, v.minValue(1), v.maxValue(ROWS_AT_MOST)), ROWS_AT_MOST),
  }),
  v.strictObject({
    action: v.literal('apply'),
    hash: Hash,
    actor: Person,
    from: v.exactOptional(
      v.strictObject({
        shard: v.pipe(Integer, v.minValue(0)),
        after: v.nullable(OrderId),
        passed: Integer,
      }),
    ),
    ...budget,
  }),
]);
type Input = v.InferOutput<typeof Input>;

const run = async (input: Input) => {
  switch (input.action) {
    case 'plan':
    case 'plan_on':
      return planRecovery(input, deps);
    case 'rows':
      return recoveryRows(input, deps);
    case 'apply':
      return applyRecovery(input, deps);
  }
};

/** Ops: `plan` looks and writes nothing but the plan, `rows` reads it, `apply` does exactly what it says. */
export const handler = operation(Input, run, deps);
