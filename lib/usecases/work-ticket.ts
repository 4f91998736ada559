import {
  addressKeyOf,
  type Blast,
  type Delivery,
  type ShardProgress,
  type UnclearClaim,
} from '../domain/blast.ts';
import { MailRefused } from '../domain/errors.ts';
import { epochMs, type Instant, instantAfter } from '../domain/ids.ts';
import { addressesOf, type Product } from '../domain/roster.ts';
import type { BlastTicket, OrderKey, Page } from '../ports.ts';
import { type Addressee, type DeliverDeps, deliver, NO_ADDRESS, type Stop } from './deliver.ts';
import type { Deps } from './deps.ts';
import { openPacer, type Pacer } from './pacer.ts';
import { holdShard, type ShardHold } from './shard-hold.ts';
import { reviewUnclear } from './unclear-claims.ts';

export type TicketDeps = DeliverDeps & Pick<Deps, 'plans' | 'blastQueue' | 'pace'>;

export type TicketInput = BlastTicket & {
  /** Names the worker that holds a shard's lease. */
  worker: string;
  /** How long this worker may go on, in milliseconds; then it passes a ticket on. */
  budgetMs: number;
  /** The most mails per second that this stage may send, whatever the account may; absent: as many as that. */
  limitPerSecond?: number;
};

const PAGE = 50;
/** How many mails of a worker may be under way at once: enough for the account's whole rate if each takes half a second. */
const LANES = { most: 32, seconds: 0.5 };
/** A pause is noticed within this time. */
const LOOK_EVERY_MS = 2_000;
const REVIEW_EVERY_MS = 60_000;
/** The index of a product's orders lags: a closing pass that begins later than this sees what the one before could not. */
const BEFORE_CLOSING_MS = 60_000;
const UNCLEAR_AGAIN_MS = 5 * 60 * 1000;
const QUOTA_AGAIN_MS = 60 * 60 * 1000;

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
  const pacer = openPacer({ limitPerSecond: input.limitPerSecond }, deps);
  const watch = openWatch({ blast, untilMs }, deps);

  if (blast.waiting !== null) {
    // Its time has come. Should there still be no quota, it is parked again.
    await deps.blasts.advance(
      blast.blastId,
      ['sending'],
      { state: 'sending', waiting: null },
      deps.clock.now(),
    );
  }
  let hold = await holdShard({ ...input, blastId: blast.blastId }, deps);
  hold ??= await holdAny(blast, input.worker, deps);
  while (hold !== undefined) {
    const stopped = await workShard({ blast, product, hold, pacer, watch }, deps).catch(async (error) => {
      await hold?.release({});
      throw error;
    });
    if (stopped === 'lost') return;
    if (stopped !== null) return await leave({ blast, hold, stopped }, deps);
    if (hold.progress().done && (await completeIfLast(blast, deps))) return;
    hold = await holdAny(blast, input.worker, deps);
  }
};

/** Waiting for quota is over when its time has come; waiting for a person is not. */
export const mayGoOn = ({ state, waiting }: Blast, now: Instant): boolean =>
  state === 'sending' && (waiting === null || (waiting.until !== null && waiting.until <= now));

/** A shard with something to do that nobody works on. */
const holdAny = async (blast: Blast, worker: string, deps: TicketDeps): Promise<ShardHold | undefined> => {
  const now = deps.clock.now();
  const free = (await deps.blasts.shards(blast.blastId)).filter((shard) => isFree(shard, now));
  for (const { shard } of free) {
    const hold = await holdShard({ blastId: blast.blastId, shard, worker }, deps);
    if (hold !== undefined) return hold;
  }
  return undefined;
};

/** Whether there is something to do in a shard that nobody does. */
export const isFree = ({ done, wakeAt, lease }: ShardProgress, now: Instant): boolean =>
  !done && (wakeAt === null || wakeAt <= now) && (lease === null || lease.until <= now);

/** Why a shard is left before its end. `lost`: somebody else has it, and nothing of it is ours to change. */
type Left = Stop | 'budget' | 'state' | 'lost';

type Watch = {
  /** Whether work has to end, asked before each mail. Looks at the blast every two seconds. */
  left(): Promise<Left | null>;
};

const openWatch = ({ blast, untilMs }: { blast: Blast; untilMs: number }, deps: TicketDeps): Watch => {
  let lookedAtMs = epochMs(deps.clock.now());
  let state = blast.state;
  return {
    left: async () => {
      const nowMs = epochMs(deps.clock.now());
      if (nowMs >= untilMs) return 'budget';
      if (nowMs - lookedAtMs >= LOOK_EVERY_MS) {
        lookedAtMs = nowMs;
        state = (await deps.blasts.get(blast.blastId))?.state ?? 'canceled';
      }
      return state === 'sending' ? null : 'state';
    },
  };
};

type ShardJob = { blast: Blast; product: Product; hold: ShardHold; pacer: Pacer; watch: Watch };

/** Works to the end of the shard, or of its pass. Resolves to why it was left before, or null. */
const workShard = async (job: ShardJob, deps: TicketDeps): Promise<Left | null> => {
  const { blast, hold } = job;
  let reviewedAtMs = Number.NEGATIVE_INFINITY;
  for (;;) {
    const nowMs = epochMs(deps.clock.now());
    if (hold.progress().unclear.length > 0 && nowMs - reviewedAtMs >= REVIEW_EVERY_MS) {
      reviewedAtMs = nowMs;
      if (!(await hold.save({ unclear: await reviewUnclear(hold.progress(), deps) }))) return 'lost';
    }
    if (hold.progress().swept) return await endPass({ ...job, gained: hold.progress() }, deps);
    const page = await audiencePage(blast, hold.progress(), deps);
    const { added, unclear, left } = await mailPage({ ...job, page }, deps);
    const { addedInPass, unclear: known } = hold.progress();
    const gained = { addedInPass: addedInPass + added, unclear: together(known, unclear) };
    if (left !== null) return (await hold.save(gained)) ? left : 'lost';
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
): Promise<Left | null> => {
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
  if (!(await hold.release(next))) return 'lost';
  await deps.blastQueue.send([{ blastId, shard }], BEFORE_CLOSING_MS / 1000);
  return null;
};

const together = (known: readonly UnclearClaim[], more: readonly UnclearClaim[]): UnclearClaim[] => [
  ...known,
  ...more.filter(
    (claim) =>
      !known.some(
        ({ orderId, addressKey, claimedAt }) =>
          orderId === claim.orderId && addressKey === claim.addressKey && claimedAt === claim.claimedAt,
      ),
  ),
];

/** Gives the shard back, and sees to it that somebody goes on when there is something to do. */
const leave = async (
  { blast, hold, stopped }: { blast: Blast; hold: ShardHold; stopped: Exclude<Left, 'lost'> },
  deps: TicketDeps,
): Promise<void> => {
  const now = deps.clock.now();
  const { blastId, shard } = hold.progress();
  switch (stopped) {
    case 'budget':
      await hold.release({});
      await deps.blastQueue.send([{ blastId, shard }]);
      return;
    case 'state':
      // Paused or canceled; whoever resumes it sends tickets.
      await hold.release({});
      return;
    case 'daily_quota': {
      // No message waits for it, which could outlive its queue: the tick makes new tickets when the time has come.
      const until = instantAfter(now, QUOTA_AGAIN_MS);
      await hold.release({ wakeAt: until });
      const since = blast.waiting?.since ?? now;
      await deps.blasts.advance(
        blastId,
        ['sending'],
        { state: 'sending', waiting: { reason: stopped, since, until } },
        now,
      );
      deps.log('blast.parked', { blastId, until });
      return;
    }
    case 'sender':
      await hold.release({});
      await deps.blasts.advance(
        blastId,
        ['sending'],
        { state: 'paused', waiting: { reason: 'sender_refused', since: now, until: null } },
        now,
      );
      deps.log('blast.sender_refused', { blastId });
  }
};

const completeIfLast = async (blast: Blast, deps: TicketDeps): Promise<boolean> => {
  const shards = await deps.blasts.shards(blast.blastId);
  if (!shards.every((shard) => shard.done)) return false;
  const ended = { state: 'complete', waiting: null } as const;
  if (await deps.blasts.advance(blast.blastId, ['sending'], ended, deps.clock.now())) {
    deps.log('blast.complete', { blastId: blast.blastId });
  }
  return true;
};

const audiencePage = async (
  { audience }: Blast,
  { shard, cursor }: ShardProgress,
  deps: TicketDeps,
): Promise<Page<OrderKey>> => {
  const where = { shard, limit: PAGE, ...(cursor === null ? {} : { after: cursor }) };
  switch (audience.kind) {
    case 'plan':
      return deps.plans.pageOfRecovered({ hash: audience.planHash, ...where });
    case 'first_mailed':
      return deps.orders.pageOfFirstMailed({ productId: audience.productId, on: audience.on, ...where });
    case 'product': {
      const page = await deps.orders.pageOfShard({ productId: audience.productId, ...where });
      const { period } = audience.filter;
      // What came later is not in it; and where is the next page is not decided by who belongs to this one.
      const items = page.items.filter(
        (order) => order.createdAt <= audience.asOf && (period === null || order.period === period),
      );
      return { ...page, items };
    }
  }
};

type PageJob = ShardJob & { page: Page<OrderKey> };

/** How many deliveries the ledger gained, what is unclear, and why the page was left, if it was. */
const mailPage = async (
  job: PageJob,
  deps: TicketDeps,
): Promise<{ added: number; unclear: UnclearClaim[]; left: Left | null }> => {
  const { hold, page, pacer, watch } = job;
  const result = { added: 0, unclear: [] as UnclearClaim[], left: null as Left | null };
  if (page.items.length === 0) return result;
  const known = await ledgerOf(job, deps);
  result.unclear.push(...known.claimed);
  const due = await addresseesOf(job, known, deps);

  const mailOne = async (to: Addressee): Promise<void> => {
    for (;;) {
      result.left ??= await watch.left();
      if (result.left !== null) return;
      if ((await pacer.next()) === 'daily_quota') {
        result.left ??= 'daily_quota';
        return;
      }
      const done = await deliver(to, pacer, deps);
      if (done.kind === 'too_fast') continue;
      if (done.kind === 'stopped') result.left ??= done.why;
      if (done.kind === 'settled' || done.kind === 'unclear') result.added += 1;
      if (done.kind === 'unclear') result.unclear.push(done.claim);
      return;
    }
  };

  try {
    const lanes = Math.min(LANES.most, Math.ceil((await pacer.perSecond()) * LANES.seconds));
    const ended = () => result.left !== null;
    await inLanes(due, Math.max(1, lanes), ended, async (one) => {
      if (await hold.keep()) await mailOne(one);
      else result.left = 'lost';
    });
  } catch (error) {
    // The account can't be asked for its quota: for now, or until a person has put something right.
    if (!(error instanceof MailRefused)) throw error;
    result.left ??= error.scope === 'rate' ? 'budget' : 'sender';
  }
  return result;
};

/** Does all items, several at once; the first failure lets those under way finish, begins no more, and is thrown. */
const inLanes = async <T>(
  items: readonly T[],
  lanes: number,
  ended: () => boolean,
  work: (item: T) => Promise<void>,
): Promise<void> => {
  const queue = [...items];
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && !ended(); item = queue.shift()) {
      try {
        await work(item);
      } catch (error) {
        failures.push(error);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length > 0) throw failures[0];
};

type Ledger = {
  /** Orders with a row. */
  orders: Set<string>;
  /** Rows that need nothing more from a worker. */
  rows: Set<string>;
  /** Claims of others, whose end nobody has recorded. */
  claimed: UnclearClaim[];
};
const rowKey = (orderId: string, addressKey: string): string => `${orderId}#${addressKey}`;

/** What the ledger holds of a page's orders. */
const ledgerOf = async ({ blast, hold, page }: PageJob, deps: TicketDeps): Promise<Ledger> => {
  const ledger: Ledger = { orders: new Set(), rows: new Set(), claimed: [] };
  const [first, last] = [page.items.at(0), page.items.at(-1)];
  if (first === undefined || last === undefined) return ledger;
  const range = {
    blastId: blast.blastId,
    shard: hold.progress().shard,
    from: first.orderId,
    to: last.orderId,
  };
  let after: string | undefined;
  do {
    const rows = await deps.blasts.deliveries({
      ...range,
      limit: 200,
      ...(after !== undefined && { after }),
    });
    for (const row of rows.items) addRow(ledger, row);
    after = rows.next;
  } while (after !== undefined);
  return ledger;
};

const addRow = (ledger: Ledger, { orderId, addressKey, state, claimedAt }: Delivery): void => {
  // One that was released has to be mailed, in a closing pass too.
  if (state === 'released') return;
  ledger.orders.add(orderId);
  ledger.rows.add(rowKey(orderId, addressKey));
  if (state === 'claimed') ledger.claimed.push({ orderId, addressKey, claimedAt });
};

/** Whom of a page nobody has mailed yet. */
const addresseesOf = async (
  { blast, product, hold, page }: PageJob,
  ledger: Ledger,
  deps: TicketDeps,
): Promise<Addressee[]> => {
  const { shard } = hold.progress();
  const keys = await withoutMailed(blast, page.items, ledger, deps);
  const [families, players] = await Promise.all([
    deps.roster.families(keys.map(({ familyId }) => familyId)),
    deps.roster.players(keys.map(({ playerId }) => playerId)),
  ]);
  const due = keys.flatMap(({ orderId, familyId, playerId }) => {
    const family = families.get(familyId);
    const player = players.get(playerId);
    const addresses = family === undefined ? [] : addressesOf(family);
    return (addresses.length === 0 ? [NO_ADDRESS] : addresses)
      .filter((address) => !ledger.rows.has(rowKey(orderId, addressKeyOf(address))))
      .map((address) => ({ blast, shard, product, orderId, address, family, player }));
  });
  const readAt = deps.clock.now();
  const standings = await deps.roster.addresses(
    due.flatMap(({ address }) => (address === NO_ADDRESS ? [] : [address])),
  );
  return due.map((to) => ({ ...to, standing: standings.get(to.address), readAt }));
};

/** Where only families are mailed who came later: without those whom another blast has mailed. */
const withoutMailed = async (
  { audience }: Blast,
  keys: readonly OrderKey[],
  ledger: Ledger,
  deps: TicketDeps,
): Promise<readonly OrderKey[]> => {
  if (audience.kind !== 'product' || !audience.filter.onlyNeverMailed) return keys;
  const orders = await deps.orders.getMany(keys.map(({ orderId }) => orderId));
  const mailed = new Set(
    orders.filter((order) => order.firstMailedOn !== null).map(({ orderId }) => orderId),
  );
  // With a row of this blast it was mailed by this one, perhaps not yet at all of its addresses.
  return keys.filter(({ orderId }) => ledger.orders.has(orderId) || !mailed.has(orderId));
};
