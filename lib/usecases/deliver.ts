import { type Blast, type Delivery, deliveryTagOf, type UnclearClaim } from '../domain/blast.ts';
import { skipReasonOf } from '../domain/eligibility.ts';
import { CorruptRow, MailRefused, MailUnclear, StoreUnavailable, Unmailable } from '../domain/errors.ts';
import { type Instant, instantAfter } from '../domain/ids.ts';
import type { Order } from '../domain/order.ts';
import type { AddressStanding, Family, Player, Product } from '../domain/roster.ts';
import type { Mail } from '../ports.ts';
import type { Deps } from './deps.ts';
import { orderMail } from './order-mail.ts';
import type { Pacer } from './pacer.ts';
import type { ReadOrder } from './read-together.ts';
import { unsubscribeUrl } from './unsubscribe.ts';

export type DeliverDeps = Pick<
  Deps,
  'blasts' | 'orders' | 'roster' | 'mailer' | 'tokens' | 'clock' | 'log' | 'club' | 'site'
>;

/** One e-mail that may have to leave. */
export type Addressee = {
  blast: Blast;
  shard: number;
  product: Product;
  orderId: string;
  /** Normalised; empty when the family has none. */
  address: string;
  addressKey: string;
  /** Of the address, as it was at `readAt`; so are the family and the player. */
  standing: AddressStanding | undefined;
  readAt: Instant;
  family: Family | undefined;
  player: Player | undefined;
};

/** A bounce, an unsubscription or a contract's end of these last seconds is not known yet. */
const READ_AGAIN_AFTER_MS = 5_000;
/** A claim takes milliseconds. If it took longer, the order is read once more. */
const LOOK_AGAIN_AFTER_MS = 1_000;

/** Stands in the ledger for an order that nobody can be written to about. */
export const NO_ADDRESS = '';

/** Why nothing more can leave for now. */
export type Stop = 'daily_quota' | 'sender';

export type Delivered =
  /** It has its end in the ledger. `refused` by SES; `failed` before SES was asked. */
  | { kind: 'settled'; as: 'sent' | 'skipped' | 'failed' | 'refused' }
  /** Somebody else's claim stands. */
  | { kind: 'taken' }
  /** It may have left: SES's own event settles it, or a person. */
  | { kind: 'unclear'; claim: UnclearClaim }
  /** It has not left, and may be claimed again. */
  | { kind: 'stopped'; why: Stop }
  /** SES takes nothing for some seconds: it has not left, and may be claimed again. */
  | { kind: 'too_fast' };

/**
 *   claim      crash after it: nobody sends this mail again. It may have left, so SES's event or a person settles it
 *   re-read    the order, while the claim is written, so that nobody who has paid is asked to pay
 *   send       a refusal that arrived proves that it did not leave; anything else leaves the claim as it is
 *   record     crash before it: SES's event records it
 */
export const deliver = async (
  to: Addressee,
  { pacer, readOrder }: { pacer: Pacer; readOrder: ReadOrder },
  deps: DeliverDeps,
): Promise<Delivered> => {
  const claimed = claimOf(to, deps.clock.now());
  const unclear: Delivered = {
    kind: 'unclear',
    claim: { orderId: to.orderId, addressKey: to.addressKey, claimedAt: claimed.claimedAt },
  };
  const looked = look(to, readOrder, deps);
  // What keeps it from being read is told below, once the claim is ours to release.
  looked.catch(() => undefined);
  if ((await deps.blasts.claim(claimed)) === 'taken') return { kind: 'taken' };
  const tookLong = deps.clock.now() > instantAfter(claimed.claimedAt, LOOK_AGAIN_AFTER_MS);
  const settle = (outcome: Partial<Delivery>): Promise<boolean> =>
    deps.blasts.settle({ ...claimed, settledAt: deps.clock.now(), ...outcome });

  const ready = await prepare(to, tookLong ? look(to, readOrder, deps) : looked, deps).catch(
    async (error: unknown) => {
      // Nothing has left: whoever comes next may claim it. Should this fail too, it is held in the end, not lost.
      await settle({ state: 'released', reason: 'not_prepared' }).catch(() => false);
      throw error;
    },
  );
  if (ready.kind === 'settled') {
    // Its place is somebody else's.
    pacer.giveBack();
    await settle(ready.as);
    return { kind: 'settled', as: ready.as.state };
  }
  const { mail } = ready;
  try {
    const { messageId } = await deps.mailer.send({ ...mail, deliveryTag: deliveryTagOf(claimed) });
    const at = deps.clock.now();
    await settle({ state: 'sent', messageId, sentAt: at, settledAt: at });
    return { kind: 'settled', as: 'sent' };
  } catch (error) {
    if (error instanceof Unmailable) {
      pacer.giveBack();
      deps.log('blast.mail_not_made', { ...idsOf(to), reason: error.reason });
      await settle({ state: 'failed', reason: error.reason });
      return { kind: 'settled', as: 'failed' };
    }
    if (error instanceof MailRefused) return await refused(error, to, settle, pacer, deps);
    // No answer from SES, or none from the store after SES took it: SES's own event will tell.
    if (!(error instanceof MailUnclear || error instanceof StoreUnavailable)) throw error;
    deps.log('blast.mail_unclear', { ...idsOf(to), code: error.code });
    return unclear;
  }
};

type Ready =
  | { kind: 'settled'; as: { state: 'skipped' | 'failed'; reason: string | null } }
  | { kind: 'mail'; mail: Omit<Mail, 'deliveryTag'> };

/** What decides whether the mail leaves, immediately before it does. */
type Look = Pick<Addressee, 'standing' | 'player'> & { order: Order | undefined };

const look = async (to: Addressee, readOrder: ReadOrder, deps: DeliverDeps): Promise<Look> => {
  const [order, { standing, player }] = await Promise.all([readOrder(to.orderId), readAgain(to, deps)]);
  return { order, standing, player };
};

/** Where mails leave slowly, what was read with the page is read again. */
const readAgain = async (
  to: Addressee,
  deps: DeliverDeps,
): Promise<Pick<Addressee, 'standing' | 'player'>> => {
  if (deps.clock.now() <= instantAfter(to.readAt, READ_AGAIN_AFTER_MS)) return to;
  const [standing, player] = await Promise.all([
    to.address === NO_ADDRESS ? undefined : deps.roster.address(to.address),
    to.player === undefined ? undefined : deps.roster.player(to.player.playerId),
  ]);
  return { standing, player };
};

const prepare = async (to: Addressee, looked: Promise<Look>, deps: DeliverDeps): Promise<Ready> => {
  const failed = (reason: string): Ready => ({ kind: 'settled', as: { state: 'failed', reason } });
  let seen: Look;
  try {
    seen = await looked;
  } catch (error) {
    // Somebody has to mend the row; the other families need not wait for that.
    if (!(error instanceof CorruptRow)) throw error;
    deps.log('blast.order_unreadable', { ...idsOf(to), ...error.evidence });
    return failed(error.code);
  }
  const { order, standing, player } = seen;
  // The family that was read with the page had addresses then.
  if (player?.forgottenAt !== undefined) {
    return { kind: 'settled', as: { state: 'skipped', reason: 'no_address' } };
  }
  const reason = skipReasonOf({
    order,
    standing,
    purpose: to.blast.purpose,
    contract: player?.contract,
    now: deps.clock.now(),
  });
  if (order === undefined || reason !== null) return { kind: 'settled', as: { state: 'skipped', reason } };
  const mail = await mailOf(to, order, deps);
  return mail === undefined ? failed('render') : { kind: 'mail', mail };
};

const refused = async (
  error: MailRefused,
  to: Addressee,
  settle: (outcome: Partial<Delivery>) => Promise<boolean>,
  pacer: Pacer,
  deps: DeliverDeps,
): Promise<Delivered> => {
  deps.log('blast.mail_refused', { ...idsOf(to), ...error.evidence });
  if (error.scope === 'message') {
    await settle({ state: 'failed', reason: error.reason });
    return { kind: 'settled', as: 'refused' };
  }
  await settle({ state: 'released', reason: error.scope });
  if (error.scope !== 'rate') return { kind: 'stopped', why: error.scope };
  await pacer.backOff();
  return { kind: 'too_fast' };
};

const claimOf = (to: Addressee, at: string): Delivery => ({
  blastId: to.blast.blastId,
  shard: to.shard,
  orderId: to.orderId,
  addressKey: to.addressKey,
  address: to.address,
  state: 'claimed',
  reason: null,
  messageId: null,
  claimedAt: at,
  sentAt: null,
  settledAt: null,
});

/** `undefined`: this family's mail can't be made; the others' can. */
const mailOf = async (
  to: Addressee,
  order: Order,
  deps: DeliverDeps,
): Promise<Omit<Mail, 'deliveryTag'> | undefined> => {
  const { club, site } = deps;
  const keys = await deps.tokens.keys();
  const stop = to.blast.purpose === 'reminder' ? unsubscribeUrl(to.addressKey, keys, site) : null;
  try {
    return {
      to: to.address,
      ...orderMail({ ...to, order, unsubscribeUrl: stop }, { club, site, keys }),
      ...(stop !== null && { unsubscribeUrl: stop }),
    };
  } catch (error) {
    deps.log('blast.mail_not_made', { ...idsOf(to), error: error instanceof Error ? error.name : 'unknown' });
    return undefined;
  }
};

const idsOf = ({ blast, orderId }: Addressee) => ({ blastId: blast.blastId, orderId });
