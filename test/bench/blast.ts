import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Table from 'cli-table3';
import { type Instant, instant, SHARDS } from '../../lib/domain/ids.ts';
import { startTestStack, type TestStack } from '../support/stack.ts';
import { type CostPerMillion, costPerMillion } from './blast-cost.ts';
import { rounded } from './rounds.ts';

/** What the account allows, in mails per second, and for how long mails leave at that rate. */
const RATES: readonly { perSecond: number; seconds: number }[] = [
  { perSecond: 14, seconds: 40 },
  { perSecond: 50, seconds: 40 },
  { perSecond: 200, seconds: 40 },
];
/**
 * In the second run of each rate a worker is killed so often, while the first part of the mails leaves: what the last
 * one leaves behind is free again after its lease, and so before the others have nothing more to do.
 */
const KILL_EVERY_MS = 4_000;
const KILLS_UNTIL = 0.6;
/** When nothing has left for so long, it is looked whether there is anything to leave. */
const QUIET_MS = 1_000;
/** At this rate the run is counted for what it costs, with links that are made ahead, at Stripe's rate: that takes a while. */
const COUNTED = 50;
const ORDERS = { base: 10_000, many: 1_000_000 };

/** The least that may leave of what the account allows, and the most memory that the planner may take with many orders. */
const AT_LEAST = 0.95;
const AT_MOST = 1.2;

type Run = {
  perSecond: number;
  /** The share of the allowed rate at which mails left, between the first and the last. */
  achieved: number;
  throttled: number;
  duplicates: number;
  /** Families with neither a mail nor a row that is held. */
  missed: number;
  held: number;
  /** Deliveries under way at the kills, together. */
  underWay: number;
  killed: number;
};

/** Mails at the account's rate through the local stack; what the planner takes with many orders; what a million mails cost. */
export const blast = async (): Promise<object> => {
  const rates: Run[] = [];
  let cost: CostPerMillion | undefined;
  for (const { perSecond, seconds } of RATES) {
    for (const kills of [false, true]) {
      const test = await startTestStack({ throttling: false });
      try {
        const counted = perSecond === COUNTED && !kills;
        rates.push(
          await mailing(test, { perSecond, seconds, kills, category: counted ? 'tournament' : 'generic' }),
        );
        if (counted) cost = costPerMillion(test, perSecond * seconds);
      } finally {
        await test.stop();
      }
    }
  }
  console.log(tableOf(rates).toString());
  const planner = plannerRun();
  const costRounded = { ses: rounded(cost?.ses ?? 0), rest: rounded(cost?.rest ?? 0) };
  console.log(`A million mails: $${costRounded.ses} for SES, $${costRounded.rest} for everything else.`);
  return {
    rates: rates.map(({ underWay: _, achieved, ...run }) => ({ ...run, achieved: rounded(achieved, 3) })),
    planner,
    costPerMillion: costRounded,
  };
};

const mailing = async (
  test: TestStack,
  {
    perSecond,
    seconds,
    kills,
    category,
  }: { perSecond: number; kills: boolean; category: 'tournament' | 'generic'; seconds: number },
): Promise<Run> => {
  const { stack } = test;
  Object.assign(stack.ses.quota, { maxSendRate: perSecond, max24HourSend: 1_000_000 });
  const count = perSecond * seconds;
  // Told when all are sent: the runner shares this machine's cores with the sender, whose rate is what is measured.
  stack.ses.events.pause();
  for (let from = 0; from < count; from += 16) {
    await Promise.all(Array.from({ length: Math.min(16, count - from) }, () => test.order({ category })));
  }
  test.forget();
  const { result } = (await stack.invoke('plan-blast', { action: 'preview', productId: category })) as {
    result: { hash: string };
  };
  const { result: sent } = (await stack.invoke('plan-blast', {
    action: 'send',
    hash: result.hash,
    createdBy: 'bench',
  })) as { result: { blast: { blastId: string } } };
  const { blastId } = sent.blast;

  let killed = 0;
  const killedAt: Instant[] = [];
  let lastKillAt = performance.now();
  const begun = performance.now();
  let out = 0;
  let lastOutAt = begun;
  let ended = false;
  // Everybody is mailed, or it has taken three times as long as it should: what then is missing is missed.
  while (!ended && performance.now() - begun < 3_000 * seconds) {
    await sleep(50);
    const outBefore = out;
    out = stack.ses.taken().length;
    if (out > outBefore) lastOutAt = performance.now();
    // A mail that a worker had begun when it was killed does not leave by itself: all others have.
    const quiet = killed > 0 && performance.now() - lastOutAt > QUIET_MS;
    ended = out === count || (quiet && (await begunBy(test, blastId)) === count);
    if (!kills || out === 0 || out > KILLS_UNTIL * count) continue;
    if (performance.now() - lastKillAt < KILL_EVERY_MS) continue;
    killed += await stack.crash('send-blast', 1);
    killedAt.push(instant(stack.clock.now()));
    lastKillAt = performance.now();
  }
  const at = stack.ses.taken().map((mail) => mail.at);
  // A mailing that came to a stop has taken all of the time that it was given.
  const windowMs = ended ? Math.max(...at) - Math.min(...at) : performance.now() - begun;
  const achieved = ((at.length - 1) * 1_000) / windowMs / perSecond;

  stack.ses.events.resume();
  // The closing passes, and the hour after which a delivery that nobody has heard of is held.
  for (let hour = 0; hour < 3 && (await test.blasts.get(blastId))?.state !== 'complete'; hour++) {
    await stack.clock.advance(60 * 60 * 1_000);
  }
  const rows = await ledgerOf(test, blastId);
  const mailed = stack.ses.taken().flatMap(({ to }) => to);
  const held = rows.filter(({ state }) => state === 'held');
  const known = new Set([...mailed, ...held.map(({ address }) => address)]);
  // Told by the ledger when all is over: reading its thousands of rows at each kill would slow down what is measured.
  const underWay = rows.filter(
    ({ state, claimedAt, sentAt }) =>
      (state === 'held' || sentAt !== null) &&
      killedAt.some((at) => claimedAt <= at && (sentAt === null || sentAt > at)),
  );
  const throttled = stack.ses.throttled;
  return {
    perSecond,
    achieved,
    throttled: throttled.rate + throttled.dailyQuota,
    duplicates: mailed.length - new Set(mailed).size,
    missed: count - known.size,
    held: held.length,
    underWay: underWay.length,
    killed,
  };
};

/** How many deliveries somebody has claimed, whatever became of them. */
const begunBy = async (test: TestStack, blastId: string): Promise<number> =>
  (await ledgerOf(test, blastId)).filter(({ state }) => state !== 'released').length;

const ledgerOf = async (test: TestStack, blastId: string) => {
  const rows = [];
  for (let shard = 0; shard < SHARDS; shard++) {
    let after: string | undefined;
    do {
      const page = await test.blasts.deliveries({ blastId, shard, limit: 500, ...(after && { after }) });
      rows.push(...page.items);
      after = page.next;
    } while (after !== undefined);
  }
  return rows;
};

const tableOf = (runs: readonly Run[]): Table.Table => {
  const table = new Table({
    head: ['mails a second', 'killed', 'achieved', 'throttled', 'twice', 'missed', 'held', 'under way', ''],
    colAligns: ['right', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const run of runs) {
    const good =
      run.achieved >= AT_LEAST &&
      run.throttled + run.duplicates + run.missed === 0 &&
      run.held <= run.underWay;
    table.push([
      run.perSecond,
      run.killed,
      run.achieved.toFixed(3),
      run.throttled,
      run.duplicates,
      run.missed,
      run.held,
      run.underWay,
      good ? '' : 'not as it should be',
    ]);
  }
  return table;
};

type Planned = { orders: number; peakMb: number; seconds: number };

/** Each in a process of its own, so that neither holds what the other has made. */
const planned = (orders: number): Planned => {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [
      '--max-semi-space-size=1',
      '--max-old-space-size=64',
      join(import.meta.dirname, 'planner.ts'),
      String(orders),
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`The planner failed: ${stderr}`);
  return JSON.parse(stdout) as Planned;
};

const plannerRun = (): { orders: number; peakMb: number; baseMb: number } => {
  const base = planned(ORDERS.base);
  const many = planned(ORDERS.many);
  const table = new Table({
    head: ['orders planned', 'peak MB', 'seconds', 'µs an order', ''],
    colAligns: ['right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  for (const run of [base, many]) {
    table.push([
      run.orders,
      run.peakMb.toFixed(1),
      run.seconds.toFixed(2),
      ((run.seconds * 1e6) / run.orders).toFixed(1),
      run.peakMb <= AT_MOST * base.peakMb ? '' : 'too much',
    ]);
  }
  console.log(table.toString());
  return { orders: many.orders, peakMb: rounded(many.peakMb, 1), baseMb: rounded(base.peakMb, 1) };
};
