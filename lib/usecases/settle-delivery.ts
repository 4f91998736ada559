import type { Delivery } from '../domain/blast.ts';
import { clubDayOf } from '../domain/calendar.ts';
import { Contention, InvalidInput, NotFound } from '../domain/errors.ts';
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
};
export type SettleDeps = Pick<Deps, 'blasts' | 'orders' | 'blastQueue' | 'clock' | 'log' | 'club'>;

/** `sent` or `send_again`, as it stands now. */
export type Settled = { blastId: string; orderId: string; addressKey: string; as: SettleInput['as'] };

/**
 * A person's word on a mail of which nobody knows whether it left: it did, or it is sent again, which may be the
 * second time for that family. Safe to repeat, after a crash too.
 * @throws {NotFound} @throws {InvalidInput} nothing of that order is held @throws {Contention}
 */
export const settleDelivery = async (input: SettleInput, deps: SettleDeps): Promise<Settled> => {
  const { blastId, orderId, as } = input;
  const blast = await deps.blasts.get(blastId);
  if (blast === undefined) throw new NotFound(`There is no mailing ${blastId}.`, { blastId });
  if (as === 'send_again' && blast.state === 'canceled') {
    throw new InvalidInput('This mailing is canceled: nothing of it is sent any more. Settle it as sent.', {
      blastId,
    });
  }
  const row = await rowToSettle(input, deps);
  const settled: Settled = { blastId, orderId, addressKey: row.addressKey, as };
  if (row.state === 'held') {
    const reason = `${input.actor}: ${input.reason}`;
    const state = as === 'sent' ? 'sent' : 'released';
    const done = await deps.blasts.settleHeld(row, { state, reason, at: deps.clock.now() });
    if (!done) throw new Contention('Somebody else has just settled it. Look again.', { blastId, orderId });
  }
  if (as === 'sent') await noteMailed({ orderId, on: clubDayOf(row.claimedAt, deps.club.timeZone) }, deps);
  deps.log('blast.settled', { blastId, orderId, as });
  // A closing pass finds the row released.
  if (as === 'send_again') await reopenShard({ blastId, shard: row.shard }, deps);
  return settled;
};

const rowToSettle = async (
  { blastId, orderId, addressKey, as }: SettleInput,
  deps: SettleDeps,
): Promise<Delivery> => {
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
  if (found !== undefined) return found;
  const states = rows.map(({ state }) => state).join(', ');
  throw new InvalidInput(
    `No mail about order ${orderId} is held in this mailing${states === '' ? '' : ` (${states})`}.`,
    { blastId, orderId },
  );
};
