import { addressKeyOf, type Blast, type Delivery } from '../../lib/domain/blast.ts';
import { NOON } from './orders.ts';

/** A mailing about a product, on its way. */
export const aMailing = (over: Partial<Blast> = {}): Blast => {
  const productId = over.productId ?? 'utah';
  const filter = { period: null, onlyNeverMailed: false };
  return {
    blastId: 'bls_1',
    purpose: 'notice',
    audience: { kind: 'product', productId, filter, asOf: NOON },
    productId,
    template: 'payment-request',
    replacesDeadLink: false,
    state: 'sending',
    waiting: null,
    approved: null,
    startsAt: NOON,
    createdAt: NOON,
    createdBy: 'office',
    endedAt: null,
    ...over,
  };
};

/** A row of its ledger; sent at noon, unless it is in another state. */
export const aLedgerRow = (over: Partial<Delivery> = {}): Delivery => {
  const { address = 'ana@family.example', state = 'sent' } = over;
  return {
    blastId: 'bls_1',
    shard: 5,
    orderId: 'ord_1',
    addressKey: addressKeyOf(address),
    address,
    state,
    reason: null,
    messageId: null,
    claimedAt: NOON,
    sentAt: state === 'sent' ? NOON : null,
    settledAt: NOON,
    ...over,
  };
};
