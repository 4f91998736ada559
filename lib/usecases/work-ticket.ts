import type { Blast, ShardProgress } from '../domain/blast.ts';
import { epochMs, type Instant, instantAfter, SHARDS, shardNumbers } from '../domain/ids.ts';
import type { Product } from '../domain/roster.ts';
import type { BlastTicket } from '../ports.ts';
import { type AudienceDeps, ORDERS_OF_A_PAGE, readAudiencePage } from './audience-page.ts';
import type { DeliverDeps } from './deliver.ts';
import type { Deps } from './deps.ts';
import { type Halt, mailPage, type Work } from './mail-page.ts';
import { openPacer } from './pacer.ts';
import { readTogether } from './read-together.ts';
import { openRunOfMails } from './run-of-mails.ts';
import { holdShard, type ShardHold } from './shard-hold.ts';
import { reviewUnclear, together } from './unclear-claims.ts';

export type TicketDeps = DeliverDeps & AudienceDeps & Pick<Deps, 'blastQueue' | 'pace'>;

export type TicketInput = BlastTicket & {
  /** Names the worker that holds a shard's lease. */
  worker: string;
  /** How long this worker may go on, in milliseconds; then it passes a ticket on. */
  budgetMs: number;
  /** The most mails per second that this stage may send, whatever the account may; absent: as many as that. */
  limitPerSecond?: number;
  /** How many orders are looked at together; `ORDERS_OF_A_PAGE` when absent. */
  pageSize?: number;
};

/** A pause is noticed within this time. */
const LOOK_EVERY_MS = 2_000;
/** Whoever works alone for longer than this calls the others, so that somebody goes on at once should it die. */
const ALONE_MS = 2_000;
const REVIEW_EVERY_MS = 60_000;
/** The index of a product's orders lags: a closing pass that begins later than this sees what the one before could not. */
const BEFORE_CLOSING_MS = 60_000;
const UNCLEAR_AGAIN_MS = 5 * 60 * 1000;
const QUOTA_AGAIN_MS = 60 * 60 * 1000;
const NO_ANSWER_AGAIN_MS = 10 * 60 * 1000;

/**
 * Works on the shards of a blast for as long as the budget lasts: first on the ticket's, then on whichever nobody
 * holds, so that what a worker leaves behind that died is taken up within seconds. A page of orders is mailed,
 * then the cursor moves: a crash repeats at most a page, and the ledger keeps that from mailing anybody twice.
 * At the end a shard is read once more from its start (the closing pass) for whoever was not there yet when the
 * cursor went by; it is done when such a pass finds nobody, and nothing is unclear any more.
 */
export const workTicket = async (input: TicketInput, deps: TicketDeps): Promise<void> => {
  const untilMs = epochMs(deps.clock.now()) + input.budgetMs;
  const blast = await deps.blasts.get(input.blastId);
  if (blast === undefined || !mayGoOn(blast, deps.clock.now())) {
    deps.log('blast.ticket_dropped', { blastId: input.blastId, state: blast?.state ?? null });
    return;
  }
  const product = await deps.roster.product(blast.productId);
  if (product === undefined) {
    deps.log('blast.product_missing', { blastId: blast.blastId, productId: blast.productId });
    return;
  }
  if (blast.waiting !== null) {
    // Its time has come. Should there still be no quota, it is parked again.
    await deps.blasts.advance(
      blast.blastId,
      ['sending'],
      { state: 'sending', waiting: null },
      deps.clock.now(),
    );
  }
  const callOthers = input.alone ? openCall(input, deps) : async () => undefined;
  const job = {
    blast,
    product,
    pageSize: input.pageSize ?? ORDERS_OF_A_PAGE,
    pacer: openPacer({ limitPerSecond: input.limitPerSecond }, deps),
    readOrder: readTogether(deps.orders),
    watch: openWatch({ blast, untilMs, callOthers }, deps),
    run: openRunOfMails(),
    callOthers,
  };
  const nextHold = openTurns(input, deps);
  for (let hold = await nextHold(); hold !== undefined; hold = await nextHold()) {
    if (hold === 'all_done') return await complete(blast, deps);
    const held = hold;
    const halt = await workShard({ ...job, hold }, deps).catch(async (error) => {
      await held.release({});
      throw error;
    });
    if (halt === 'lost') return;
    if (halt !== null) return await leave({ ...job, hold, halt }, deps);
  }
};

/** Waiting for quota is over when its time has come; waiting for a person is not. */
export const mayGoOn = ({ state, waiting }: Blast, now: Instant): boolean =>
  state === 'sending' &&
  (waiting === null || waiting.reason === 'rate' || (waiting.until !== null && waiting.until <= now));

/**
 * The shards with something to do that nobody works on, one after the other, beginning with the ticket's. All are looked
 * at together, and again when those that were free then are used up; whoever finishes the last one sees that.
 */
const openTurns = ({ blastId, shard: first, worker }: TicketInput, deps: TicketDeps) => {
  let free: ShardProgress[] = [];
  return async (): Promise<ShardHold | 'all_done' | undefined> => {
    for (;;) {
      if (free.length === 0) {
        const shards = await deps.blasts.shards(blastId);
        if (shards.length === SHARDS && shards.every(({ done }) => done)) return 'all_done';
        const now = deps.clock.now();
        free = shards.filter((shard) => isFree(shard, now));
        if (free.length === 0) await callCloser(shards, deps);
        // Workers that begin at the same moment begin at different ones.
        const turn = ({ shard }: ShardProgress): number => (shard - first + SHARDS) % SHARDS;
        free.sort((a, b) => turn(a) - turn(b));
      }
      const next = free.shift();
      if (next === undefined) return undefined;
      const hold = await holdShard({ found: next, worker }, deps);
      if (hold !== undefined) return hold;
    }
  };
};

/** Whether there is something to do in a shard that nobody does. */
export const isFree = ({ done, wakeAt, lease }: ShardProgress, now: Instant): boolean =>
  !done && (wakeAt === null || wakeAt <= now) && (lease === null || lease.until <= now);

/**
 * Sees to it that somebody begins the closing passes when their time has come: of all shards that wait for it now, for
 * whoever works on another leaves here later.
 */
const callCloser = async (shards: readonly ShardProgress[], deps: TicketDeps): Promise<void> => {
  const now = deps.clock.now();
  const latest = shards
    .filter(({ pass, swept, done, lease }) => pass > 1 && !swept && !done && lease === null)
    .reduce<ShardProgress | undefined>(
      (last, shard) => ((shard.wakeAt ?? now) > (last?.wakeAt ?? now) ? shard : last),
      undefined,
    );
  if (latest === undefined || latest.wakeAt === null) return;
  const waitMs = epochMs(latest.wakeAt) - epochMs(now);
  await deps.blastQueue.send([{ blastId: latest.blastId, shard: latest.shard }], Math.ceil(waitMs / 1000));
};

/** Looks at the blast every two seconds. */
const openWatch = (
  { blast, untilMs, callOthers }: { blast: Blast; untilMs: number; callOthers: () => Promise<void> },
  deps: TicketDeps,
): Work['watch'] => {
  const begunMs = epochMs(deps.clock.now());
  let lookedAtMs = begunMs;
  let state = blast.state;
  return async () => {
    const nowMs = epochMs(deps.clock.now());
    if (nowMs >= untilMs) return 'budget';
    if (nowMs - begunMs >= ALONE_MS) await callOthers();
    if (nowMs - lookedAtMs >= LOOK_EVERY_MS) {
      lookedAtMs = nowMs;
      state = (await deps.blasts.get(blast.blastId))?.state ?? 'canceled';
    }
    return state === 'sending' ? null : 'state';
  };
};

type ShardJob = Work & { product: Product; pageSize: number; callOthers: () => Promise<void> };

/** Calls a worker for each other shard, once, however often it is asked for. */
const openCall = ({ blastId, shard: mine }: BlastTicket, deps: TicketDeps): (() => Promise<void>) => {
  const others = shardNumbers.filter((shard) => shard !== mine).map((shard) => ({ blastId, shard }));
  let calling: Promise<void> | undefined;
  return () => {
    // Asked for by many mails at the same moment; should it fail, by whoever comes next.
    calling ??= deps.blastQueue.send(others).catch((error: unknown) => {
      calling = undefined;
      throw error;
    });
    return calling;
  };
};

/** Works to the end of the shard, or of its pass. Resolves to why it ended before, or null. */
const workShard = async (job: ShardJob, deps: TicketDeps): Promise<Halt | null> => {
  const { blast, product, pageSize, hold, watch, callOthers } = job;
  let reviewedAtMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const nowMs = epochMs(deps.clock.now());
    if (hold.progress().unclear.length > 0 && nowMs - reviewedAtMs >= REVIEW_EVERY_MS) {
      reviewedAtMs = nowMs;
      if (!(await hold.save({ unclear: await reviewUnclear(hold.progress(), deps) }))) return 'lost';
    }
    if (hold.progress().swept) return await endPass({ ...job, gained: hold.progress() }, deps);
    const before = await watch();
    if (before !== null) return before;
    const progress = hold.progress();
    const page = await readAudiencePage({ blast, product, progress, limit: pageSize }, deps);
    if (page.next !== undefined) await callOthers();
    const { added, unclear, halt } = await mailPage({ ...job, page }, deps);
    const { addedInPass, unclear: known } = hold.progress();
    const gained = { addedInPass: addedInPass + added, unclear: together(known, unclear) };
    if (halt !== null) return (await hold.save(gained)) ? halt : 'lost';
    if (page.next !== undefined) {
      if (!(await hold.save({ ...gained, cursor: page.next }))) return 'lost';
      continue;
    }
    return await endPass({ ...job, gained }, deps);
  }
};

/**
 * The end of the shard. Done if this was a closing pass that found nobody and left nothing unclear; else it is
 * looked through once more, not before what was written in the meantime can be seen.
 */
const endPass = async (
  { hold, gained }: Pick<ShardJob, 'hold'> & { gained: Pick<ShardProgress, 'addedInPass' | 'unclear'> },
  deps: TicketDeps,
): Promise<Halt | null> => {
  const { pass, blastId, shard, swept } = hold.progress();
  const unclear = await reviewUnclear({ blastId, shard, unclear: gained.unclear }, deps);
  if (swept || (pass > 1 && gained.addedInPass === 0)) {
    if (unclear.length === 0) {
      return (await hold.release({ swept: true, done: true, unclear })) ? null : 'lost';
    }
    // The tick looks after what is unclear, and wakes the shard when nothing is.
    const wakeAt = instantAfter(deps.clock.now(), UNCLEAR_AGAIN_MS);
    return (await hold.release({ swept: true, unclear, wakeAt })) ? null : 'lost';
  }
  const wakeAt = instantAfter(deps.clock.now(), BEFORE_CLOSING_MS);
  const next = { pass: pass + 1, cursor: null, addedInPass: 0, unclear, wakeAt };
  return (await hold.release(next)) ? null : 'lost';
};

/** Gives the shard back, and sees to it that somebody goes on when there is something to do. */
const leave = async (
  { blast, hold, halt, run }: Work & { halt: Exclude<Halt, 'lost'> },
  deps: TicketDeps,
): Promise<void> => {
  const now = deps.clock.now();
  const { blastId, shard } = hold.progress();
  /** No message waits for it, which could outlive its queue: the tick makes new tickets when the time has come. */
  const park = async (reason: 'daily_quota' | 'no_answer', forMs: number): Promise<void> => {
    const until = instantAfter(now, forMs);
    await hold.release({ wakeAt: until });
    const parkedBefore = blast.waiting?.reason === reason && !run.anySent();
    const since = parkedBefore ? (blast.waiting?.since ?? now) : now;
    await deps.blasts.advance(
      blastId,
      ['sending'],
      { state: 'sending', waiting: { reason, since, until } },
      now,
    );
    deps.log('blast.parked', { blastId, reason, until });
  };
  const pause = async (reason: 'sender_refused' | 'mails_refused'): Promise<void> => {
    await hold.release({});
    await deps.blasts.advance(
      blastId,
      ['sending'],
      { state: 'paused', waiting: { reason, since: now, until: null } },
      now,
    );
    deps.log(`blast.${reason}`, { blastId });
  };
  switch (halt) {
    case 'budget':
      await hold.release({});
      await deps.blastQueue.send([{ blastId, shard }]);
      return;
    case 'state':
      // Paused or canceled; whoever resumes it sends tickets.
      await hold.release({});
      return;
    case 'daily_quota':
      return await park(halt, QUOTA_AGAIN_MS);
    case 'no_answer':
      return await park(halt, NO_ANSWER_AGAIN_MS);
    case 'sender':
      return await pause('sender_refused');
    case 'mails_refused':
      return await pause(halt);
  }
};

const complete = async ({ blastId }: Blast, deps: TicketDeps): Promise<void> => {
  const ended = { state: 'complete', waiting: null } as const;
  if (await deps.blasts.advance(blastId, ['sending'], ended, deps.clock.now())) {
    deps.log('blast.complete', { blastId });
  }
};
