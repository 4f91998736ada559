import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Table from 'cli-table3';
import { dynamoOrders } from '../../lib/adapters/dynamodb/orders.ts';
import { instant } from '../../lib/domain/ids.ts';
import { money } from '../../lib/domain/money.ts';
import { openSurface } from '../../lib/domain/order.ts';
import { newOrder, recordSurface } from '../../lib/domain/order-changes.ts';
import type { RecoveryPlan } from '../../lib/domain/recovery-plan.ts';
import type { AppliedSlice, ApplyPlace } from '../../lib/usecases/apply-recovery.ts';
import { OPS_REQUESTS_PER_SECOND, PLACES_PER_SECOND } from '../../lib/usecases/paced-stripe.ts';
import type { PlannedSlice } from '../../lib/usecases/plan-recovery.ts';
import { startDynalite } from '../support/dynalite.ts';
import type { LocalDynamo } from '../support/dynamodb.ts';
import type { TableName } from '../support/tables.ts';
import { rounded } from './rounds.ts';

const ORDERS = { base: 1_000, many: 10_000 };
/** Otherwise the pace would have this take most of an hour. */
const TIMES_FASTER = 5;
/** A worker dies after so long, by chance: in the middle of a slice, most of the time. */
const KILLED_AFTER_MS = { least: 2_000, most: 15_000 };
/** The most memory that many orders may take of what few do. */
const AT_MOST = 1.2;

/** What a worker is told. */
export type Job = {
  endpoint: string;
  tables: Record<TableName, string>;
  epochMs: number;
  timesFaster: number;
} & ({ step: 'plan'; planId?: string } | { step: 'apply'; hash: string; from?: ApplyPlace });
type Place = Pick<Job, 'endpoint' | 'tables' | 'epochMs' | 'timesFaster'>;

type Heard = {
  /** When a request was sent, in the workers' time. */
  calls: number[];
  peak: number;
  killed: number;
};
type Run = Heard & { orders: number; recovered: number };

/** Recovery of few and of many orders, by workers that are killed at random: memory, pace, and whether all is done once. */
export const recover = async (): Promise<object> => {
  const seed = Date.now() % 100_000;
  console.log(`Seed of the kills: ${seed}`);
  const chance = chanceFrom(seed);
  const base = await runOf(ORDERS.base, chance);
  const many = await runOf(ORDERS.many, chance);
  const table = new Table({
    head: [
      'orders',
      'recovered',
      'killed',
      'requests',
      'most in a second',
      'minutes at the pace',
      'peak MB',
      '',
    ],
    colAligns: [...Array<'right'>(7).fill('right'), 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const run of [base, many]) {
    const good =
      run.recovered === run.orders &&
      busiest(run.calls) <= OPS_REQUESTS_PER_SECOND &&
      run.peak <= AT_MOST * base.peak;
    table.push([
      run.orders,
      run.recovered,
      run.killed,
      run.calls.length,
      busiest(run.calls),
      minutesOf(run),
      rounded(run.peak, 1),
      good ? '' : 'not as it should be',
    ]);
  }
  console.log(table.toString());
  return {
    orders: many.orders,
    recovered: many.recovered,
    killed: many.killed,
    requests: many.calls.length,
    mostInASecond: busiest(many.calls),
    minutes: minutesOf(many),
    peakMb: rounded(many.peak, 1),
    baseMb: rounded(base.peak, 1),
    memoryRatio: rounded(many.peak / base.peak),
  };
};

/** At the pace that is kept. */
const minutesOf = ({ calls }: Heard): number => rounded(calls.length / PLACES_PER_SECOND / 60, 1);

const runOf = async (count: number, chance: () => number): Promise<Run> => {
  const dynamo = await startDynalite();
  try {
    const tables = await dynamo.createTables();
    const epochMs = Date.now();
    const place = { endpoint: dynamo.endpoint, tables, epochMs, timesFaster: TIMES_FASTER };
    await fill(count, dynamo, tables);
    const heard: Heard = { calls: [], peak: 0, killed: 0 };
    const plan = await planned(place, heard, chance);
    const applied = await appliedTo(plan.hash, place, heard, chance);
    if (applied.counts.recovered !== (await withOneLink(count, dynamo, tables))) {
      throw new Error('What was reported is not what stands.');
    }
    return { ...heard, orders: count, recovered: applied.counts.recovered };
  } finally {
    await dynamo.stop();
  }
};

/** Killed by chance, and begun again with what its last slice said, until it has come to its end. */
const planned = async (place: Place, heard: Heard, chance: () => number): Promise<RecoveryPlan> => {
  for (let planId: string | undefined; ; ) {
    const last = await worker<PlannedSlice>(
      { ...place, step: 'plan', ...(planId !== undefined && { planId }) },
      heard,
      chance,
    );
    if (last?.done) return last.plan;
    planId = last?.planId ?? planId;
  }
};

const appliedTo = async (hash: string, place: Place, heard: Heard, chance: () => number) => {
  for (let from: ApplyPlace | undefined; ; ) {
    const last = await worker<AppliedSlice>(
      { ...place, step: 'apply', hash, ...(from !== undefined && { from }) },
      heard,
      chance,
    );
    if (last?.done) return last;
    from = last?.from ?? from;
  }
};

/** Resolves to the last slice that it finished, or to nothing. */
const worker = async <S>(job: Job, heard: Heard, chance: () => number): Promise<S | undefined> => {
  const child = spawn(
    process.execPath,
    [
      '--max-semi-space-size=1',
      '--max-old-space-size=64',
      join(import.meta.dirname, 'recover-run.ts'),
      JSON.stringify(job),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const { least, most } = KILLED_AFTER_MS;
  const death = setTimeout(() => child.kill('SIGKILL'), least + chance() * (most - least));
  let slice: S | undefined;
  const exited = new Promise<NodeJS.Signals | number | null>((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  );
  for await (const line of createInterface({ input: child.stdout })) {
    // The last line of one that was killed may be cut off.
    if (!line.endsWith('}')) continue;
    const said = JSON.parse(line) as { call?: number; rss?: number; slice?: S };
    if (said.call !== undefined) heard.calls.push(said.call);
    if (said.rss !== undefined) heard.peak = Math.max(heard.peak, said.rss / 2 ** 20);
    if (said.slice !== undefined) slice = said.slice;
  }
  clearTimeout(death);
  const end = await exited;
  if (end === 'SIGKILL') heard.killed += 1;
  else if (end !== 0) throw new Error(`A worker ended with ${end}.`);
  return slice;
};

const idOf = (i: number): string => `ord_${String(i).padStart(6, '0')}`;

/** Orders that an older system has mailed, whose sessions have expired. */
const fill = async (
  count: number,
  { client }: LocalDynamo,
  tables: Record<TableName, string>,
): Promise<void> => {
  const orders = dynamoOrders({ client, table: tables.orders });
  const now = instant(Date.now());
  const create = async (i: number): Promise<void> => {
    const orderId = idOf(i);
    const order = newOrder(
      {
        ...{ orderId, familyId: `fam_${i}`, playerId: `ply_${i}`, productId: 'utah', category: 'tournament' },
        ...{ period: null, amount: money(5_500), payBy: null, closesAt: null, test: false },
      },
      now,
    );
    await orders.create(
      recordSurface(
        order,
        {
          ...{ kind: 'checkout_session', stripeId: `cs_test_${orderId}`, url: null, generation: 1 },
          ...{
            amount: order.originalAmount,
            mintedAt: now,
            expiresAt: null,
            retiredAt: null,
            imported: true,
          },
        },
        now,
      ),
    );
  };
  for (let i = 0; i < count; i += 16) {
    await Promise.all(Array.from({ length: Math.min(16, count - i) }, (_, n) => create(i + n)));
  }
};

/** Orders with an old object that is retired and one link that is open, which no other order has. */
const withOneLink = async (
  count: number,
  { client }: LocalDynamo,
  tables: Record<TableName, string>,
): Promise<number> => {
  const orders = dynamoOrders({ client, table: tables.orders });
  const links = new Set<string>();
  for (let i = 0; i < count; i += 100) {
    for (const order of await orders.getMany(Array.from({ length: 100 }, (_, n) => idOf(i + n)))) {
      const open = openSurface(order, order.createdAt);
      if (open !== undefined && order.surfaces.length === 2) links.add(open.stripeId);
    }
  }
  return links.size;
};

/** The most that fall into any second, wherever it begins. */
const busiest = (times: readonly number[]): number => {
  const sorted = times.toSorted((a, b) => a - b);
  let most = 0;
  for (let first = 0, next = 0; first < sorted.length; first++) {
    while (next < sorted.length && (sorted[next] ?? 0) < (sorted[first] ?? 0) + 1_000) next++;
    most = Math.max(most, next - first);
  }
  return most;
};

/** The same numbers for the same seed, between 0 and 1 (mulberry32). */
const chanceFrom = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
};
