import { type Blast, deliveryTagOf } from '../../domain/blast.ts';
import { dueShardNumbers, type Instant, instantAfter } from '../../domain/ids.ts';
import { OVERDUE_MS, type Run } from '../../domain/reconciliation.ts';
import { itemsOf } from '../pages.ts';
import type { ReconcileDeps } from './deps.ts';
import { type Step, suspect, type Work } from './work.ts';

const PAGE = 100;
const after = (cursor: string | null) => ({ limit: PAGE, ...(cursor !== null && { after: cursor }) });

/** Payments that are kept for a person, and not settled. */
export const unmatchedStep = async (cursor: string | null, work: Work): Promise<Step> => {
  const page = await work.deps.orders.pageOfUnmatched(after(cursor));
  for (const { stripeId, orderId, amount } of page.items) {
    await suspect({ kind: 'unmatched', about: stripeId, via: null, orderId, amount }, work);
  }
  return { next: page.next };
};

export const heldStep = async (cursor: string | null, work: Work): Promise<Step> => {
  const page = await work.deps.blasts.pageOfHeld(after(cursor));
  for (const delivery of page.items) {
    const about = deliveryTagOf(delivery);
    const { orderId } = delivery;
    await suspect({ kind: 'held_delivery', about, via: null, orderId, amount: null }, work);
  }
  return { next: page.next };
};

export const overdueStep = async (work: Work): Promise<Step> => {
  const before = instantAfter(work.deps.clock.now(), -OVERDUE_MS);
  const overdue = await Promise.all(
    dueShardNumbers.map(async (dueShard) => {
      const orderIds: string[] = [];
      const page = { dueShard, before, limit: PAGE };
      for await (const orderId of itemsOf((next) => work.deps.orders.pageOfDueWork({ ...page, ...next }))) {
        orderIds.push(orderId);
      }
      return orderIds;
    }),
  );
  for (const orderId of overdue.flat()) {
    await suspect({ kind: 'overdue_work', about: orderId, via: null, orderId, amount: null }, work);
  }
  return {};
};

/** Compared with how far they had come when the last daily run looked, if that was long enough ago to tell. */
export const blastsStep = async (work: Work): Promise<Step> => {
  const { deps } = work;
  const before = await lastDaily(work);
  const blasts: Record<string, number> = {};
  for await (const blast of itemsOf((page) => deps.blasts.pageOfOpen({ limit: 50, ...page }))) {
    const progress = await progressOf(blast, deps);
    blasts[blast.blastId] = progress;
    if (!isStuck(blast, { progress, before: before?.blasts[blast.blastId] }, deps.clock.now())) continue;
    await suspect(
      { kind: 'stuck_blast', about: blast.blastId, via: null, orderId: null, amount: null },
      work,
    );
  }
  return { also: (run) => ({ ...run, blasts }), looked: { mailings: Object.keys(blasts).length } };
};

/** How far a mailing has come, to be compared with how far it had come. */
export const progressOf = async (
  { blastId }: Blast,
  { blasts }: Pick<ReconcileDeps, 'blasts'>,
): Promise<number> => (await blasts.shards(blastId)).reduce((sum, { revision }) => sum + revision, 0);

const TELLING_MS = 12 * 60 * 60 * 1000;

/** Whether a mailing that has not moved since this run looked does not move at all. */
export const isTelling = ({ startedAt }: Run, now: Instant): boolean =>
  startedAt <= instantAfter(now, -TELLING_MS);

const lastDaily = async ({ hold, deps }: Work): Promise<Run | undefined> => {
  const runId = await deps.runs.last('daily');
  if (runId === undefined || runId === hold.run().runId) return undefined;
  const run = await deps.runs.get(runId);
  return run !== undefined && isTelling(run, deps.clock.now()) ? run : undefined;
};

/** @param moved how far it has come, and how far it had come long enough ago; `before` is absent where nobody looked */
export const isStuck = (
  blast: Blast,
  moved: { progress: number; before: number | undefined },
  now: Instant,
): boolean => {
  const { state, startsAt, waiting } = blast;
  const longAgo = instantAfter(now, -OVERDUE_MS);
  if (state === 'planned') return startsAt < longAgo;
  // Somebody who pauses a mailing knows why; what SES refuses, only a person can put right.
  if (state === 'paused') {
    return (
      waiting !== null &&
      (waiting.reason === 'sender_refused' || waiting.reason === 'mails_refused') &&
      waiting.since < longAgo
    );
  }
  if (waiting?.until != null && waiting.until > longAgo) return false;
  return state === 'sending' && moved.before === moved.progress;
};
