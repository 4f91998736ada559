import { createHash } from 'node:crypto';
import type { Delivery } from '../domain/blast.ts';
import { clubDayOf } from '../domain/calendar.ts';
import { Contention, InvalidInput, NotFound, StalePlan } from '../domain/errors.ts';
import { type Instant, instantAfter } from '../domain/ids.ts';
import { type Order, payability } from '../domain/order.ts';
import type { Deps } from './deps.ts';
import { noteMailed } from './note-first-mail.ts';
import { reopenShard } from './reopen-shard.ts';

export type SettleInput = {
  blastId: string;
  orderId: string;
  /** Which of the order's mails; may be left out where only one is held. */
  addressKey?: string;
  as: 'sent' | 'send_again';
  actor: string;
  reason: string;
  /** What a person was shown before (`showHeld`): nothing is done unless it still is so. */
  shown?: string;
};
export type SettleDeps = Pick<Deps, 'blasts' | 'orders' | 'blastQueue' | 'clock' | 'log' | 'club'>;

/** A mail that is held, and a hash over it that holds until it is settled. */
export type HeldMail = {
  hash: string;
  blastId: string;
  orderId: string;
  addressKey: string;
  address: string;
  /** When it may have left. */
  claimedAt: Instant;
  /** Whether it would leave at all: the order is read again before each mail. */
  standing: ReturnType<typeof payability>;
};

/**
 * What sending a held mail again would be about. Changes nothing.
 * @throws {NotFound} @throws {InvalidInput} nothing of that order is held, or nothing of the mailing is sent any more
 */
export const showHeld = async (
  input: Pick<SettleInput, 'blastId' | 'orderId' | 'addressKey'>,
  deps: Pick<Deps, 'blasts' | 'orders' | 'clock'>,
): Promise<HeldMail> => {
  const asked = { ...input, as: 'send_again' } as const;
  await mustTake(asked, deps);
  const { order, row } = await rowToSettle(asked, deps);
  const { blastId, orderId, addressKey, address, claimedAt } = row;
  const standing = payability(order, deps.clock.now());
  return { hash: hashOf(row), blastId, orderId, addressKey, address, claimedAt, standing };
};

/** One that was settled and is held once more is another claim. */
const hashOf = ({ blastId, orderId, addressKey, claimedAt }: Delivery): string =>
  createHash('sha256')
    .update(JSON.stringify(['send_again', blastId, orderId, addressKey, claimedAt]))
    .digest('hex')
    .slice(0, 26);

/** `sent` or `send_again`, as it stands now. */
export type Settled = { blastId: string; orderId: string; addressKey: string; as: SettleInput['as'] };

/**
 * A person's word on a mail of which nobody knows whether it left: it did, or it is sent again, which may be the
 * second time for that family. Safe to repeat, after a crash too.
 * @throws {NotFound} @throws {InvalidInput} nothing of that order is held @throws {Contention}
 * @throws {StalePlan} it is not what was shown
 */
export const settleDelivery = async (input: SettleInput, deps: SettleDeps): Promise<Settled> => {
  const { blastId, orderId, as } = input;
  await mustTake(input, deps);
  const row = await rowAsShown(input, deps);
  const settled: Settled = { blastId, orderId, addressKey: row.addressKey, as };
  if (row.state === 'held') {
    const reason = `${input.actor}: ${input.reason}`;
    const state = as === 'sent' ? 'sent' : 'released';
    if (as === 'send_again') {
      // Before the row: should this end between the two, the pass that is to come finds it.
      const notBefore = instantAfter(deps.clock.now(), LONGEST_RUN_MS);
      await reopenShard({ blastId, shard: row.shard, notBefore }, deps);
    }
    const done = await deps.blasts.settleHeld(row, { state, reason, at: deps.clock.now() });
    if (!done) throw new Contention('Somebody else has just settled it. Look again.', { blastId, orderId });
  }
  if (as === 'sent') await noteMailed({ orderId, on: clubDayOf(row.claimedAt, deps.club.timeZone) }, deps);
  deps.log('blast.settled', { blastId, orderId, as });
  // A closing pass finds the row released.
  if (as === 'send_again') await reopenShard({ blastId, shard: row.shard }, deps);
  return settled;
};

/** No function runs longer: by then the row is released, or will not be. */
const LONGEST_RUN_MS = 15 * 60 * 1000;

type Asked = Pick<SettleInput, 'blastId' | 'orderId' | 'addressKey' | 'as'>;
type Reads = Pick<Deps, 'blasts' | 'orders'>;

const mustTake = async ({ blastId, as }: Asked, { blasts }: Reads): Promise<void> => {
  const blast = await blasts.get(blastId);
  if (blast === undefined) throw new NotFound(`There is no mailing ${blastId}.`, { blastId });
  if (as !== 'send_again' || blast.state !== 'canceled') return;
  throw new InvalidInput('This mailing is canceled: nothing of it is sent any more. Settle it as sent.', {
    blastId,
  });
};

const rowAsShown = async (input: SettleInput, deps: Reads): Promise<Delivery> => {
  const { blastId, orderId, shown } = input;
  try {
    const { row } = await rowToSettle(input, deps);
    if (shown === undefined || hashOf(row) === shown) return row;
  } catch (error) {
    // What was held when it was shown, and is not now, has moved.
    if (shown === undefined || !(error instanceof InvalidInput)) throw error;
  }
  throw new StalePlan(
    'This is not what was shown: the mail has been settled since, or it is another one. Look again, without --apply.',
    { blastId, orderId },
  );
};

const rowToSettle = async (
  { blastId, orderId, addressKey, as }: Asked,
  deps: Reads,
): Promise<{ order: Order; row: Delivery }> => {
  const order = await deps.orders.get(orderId);
  if (order === undefined) throw new NotFound(`There is no order ${orderId}.`, { orderId });
  const range = { blastId, shard: order.shard, from: orderId, to: orderId, limit: 100 };
  const rows = (await deps.blasts.deliveries(range)).items.filter(
    (row) => addressKey === undefined || row.addressKey === addressKey,
  );
  const held = rows.filter(({ state }) => state === 'held');
  const [row, another] = held;
  if (another !== undefined) {
    const keys = held.map((each) => each.addressKey).join(', ');
    throw new InvalidInput(
      `${held.length} mails about order ${orderId} are held. Say which by its address key: ${keys}.`,
      { blastId, orderId },
    );
  }
  // Settled before, by a run that may have ended there: only a person gives a reason for one that was sent.
  const before = as === 'send_again' ? 'released' : 'sent';
  const found = row ?? rows.find(({ state, reason }) => state === before && reason !== null);
  if (found !== undefined) return { order, row: found };
  const states = rows.map(({ state }) => state).join(', ');
  throw new InvalidInput(
    `No mail about order ${orderId} is held in this mailing${states === '' ? '' : ` (${states})`}.`,
    { blastId, orderId },
  );
};
