import type { Blast, Delivery, UnclearClaim } from '../domain/blast.ts';
import { MailRefused } from '../domain/errors.ts';
import { instantAfter } from '../domain/ids.ts';
import type { AudiencePage } from './audience-page.ts';
import { type Addressee, type DeliverDeps, type Delivered, deliver, type Stop } from './deliver.ts';
import { BACK_OFF_MS, type Pacer } from './pacer.ts';
import type { ReadOrder } from './read-together.ts';
import type { RunOfMails } from './run-of-mails.ts';
import type { ShardHold } from './shard-hold.ts';

/** Why work on a shard ends before its end. `lost`: somebody else has it, and nothing of it is ours to change. */
export type Halt = Stop | 'no_answer' | 'mails_refused' | 'budget' | 'state' | 'lost';

/** What one worker has in hand while it works on a shard. */
export type Work = {
  blast: Blast;
  hold: ShardHold;
  pacer: Pacer;
  readOrder: ReadOrder;
  /** Whether work has to end. Asked before each mail and each page. */
  watch: () => Promise<Halt | null>;
  run: RunOfMails;
};

export type MailedPage = {
  /** Deliveries that the ledger gained. */
  added: number;
  unclear: UnclearClaim[];
  /** Why the page was not mailed to its end, if it was not. */
  halt: Halt | null;
};

/** How many mails of a worker may be under way at once: enough for the account's whole rate if each takes half a second. */
const LANES = { most: 32, seconds: 0.5 };

/** Mails whomever on a page nobody has mailed yet, at the pace that all workers share. */
export const mailPage = async (
  { blast, hold, pacer, readOrder, watch, run, page }: Work & { page: AudiencePage },
  deps: DeliverDeps,
): Promise<MailedPage> => {
  const result: MailedPage = { added: 0, unclear: [...page.claimed], halt: null };

  const note = async (to: Addressee, done: Delivered): Promise<void> => {
    if (done.kind === 'stopped') result.halt ??= done.why;
    if (done.kind === 'taken') result.unclear.push(...(await claimOfAnother(to, deps)));
    if (done.kind === 'settled' || done.kind === 'unclear') result.added += 1;
    if (done.kind === 'unclear') result.unclear.push(done.claim);
    result.halt ??= run.note(done);
  };

  const mailOne = async (to: Addressee): Promise<void> => {
    for (;;) {
      result.halt ??= (await hold.keep()) ? await watch() : 'lost';
      if (result.halt !== null) return;
      if ((await pacer.next()) === 'daily_quota') {
        result.halt ??= 'daily_quota';
        return;
      }
      const done = await deliver(to, { pacer, readOrder }, deps);
      if (done.kind !== 'too_fast') return await note(to, done);
      const now = deps.clock.now();
      const waiting = { reason: 'rate', since: now, until: instantAfter(now, BACK_OFF_MS) } as const;
      await deps.blasts.advance(blast.blastId, ['sending'], { state: 'sending', waiting }, now);
    }
  };

  try {
    for (const row of page.orphaned) await giveUp(row, deps);
    if (page.due.length === 0) return result;
    const lanes = Math.min(LANES.most, Math.ceil((await pacer.perSecond()) * LANES.seconds));
    await inLanes(page.due, Math.max(1, lanes), () => result.halt !== null, mailOne);
  } catch (error) {
    // The account can't be asked for its quota: for now, or until a person has put something right.
    if (!(error instanceof MailRefused)) throw error;
    result.halt ??= error.scope === 'rate' ? 'budget' : 'sender';
  }
  return result;
};

/** Whoever took it may have died since: then its claim is as unclear as one that was found with the page. */
const claimOfAnother = async (to: Addressee, deps: DeliverDeps): Promise<UnclearClaim[]> => {
  const { shard, orderId, addressKey } = to;
  const row = await deps.blasts.delivery({ blastId: to.blast.blastId, shard, orderId, addressKey });
  return row?.state === 'claimed' ? [{ orderId, addressKey, claimedAt: row.claimedAt }] : [];
};

/** It was to be sent again, to an address that the family has no more. */
const giveUp = async (row: Delivery, deps: DeliverDeps): Promise<void> => {
  const claimed: Delivery = { ...row, state: 'claimed', claimedAt: deps.clock.now() };
  if ((await deps.blasts.claim(claimed)) === 'taken') return;
  await deps.blasts.settle({
    ...claimed,
    state: 'skipped',
    reason: 'no_address',
    settledAt: claimed.claimedAt,
  });
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
