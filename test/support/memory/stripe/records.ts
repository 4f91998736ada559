import type { DisputeFact } from '../../../../lib/domain/facts.ts';
import type { StripeMetadata } from '../../../../lib/domain/payment-notice.ts';
import type { RefundAtStripe } from '../../../../lib/ports.ts';

/** What the account holds. Whoever gets one sees it change; only the files of this folder write. Times `…At` in whole seconds. */

export type LinkRecord = {
  readonly id: string;
  readonly url: string;
  readonly metadata: StripeMetadata;
  readonly amountMinor: number;
  readonly currency: string;
  readonly productName: string;
  /** With Stripe's placeholder; null where Stripe's own page ends it. */
  readonly returnUrl: string | null;
  readonly saveCard: boolean;
  /** Of completed sessions; null: without one. */
  readonly limit: number | null;
  active: boolean;
  /** How many of its sessions are complete, paid or not. */
  completed: number;
  /** In sequence. */
  readonly sessions: SessionRecord[];
};

export type SessionRecord = {
  readonly id: string;
  readonly url: string;
  /** Of the link that it was opened from. */
  readonly linkId: string | null;
  readonly metadata: StripeMetadata;
  readonly amountMinor: number;
  readonly currency: string;
  readonly returnUrl: string | null;
  readonly saveCard: boolean;
  readonly createdAt: number;
  readonly expiresAtMs: number;
  state: 'open' | 'complete' | 'expired';
  /** From the first attempt to pay on. */
  paymentId: string | null;
  customerId: string | null;
};

export type PaymentRecord = {
  readonly id: string;
  readonly sessionId: string;
  /** The link, or the session itself. */
  readonly surfaceId: string;
  readonly metadata: StripeMetadata;
  readonly amountMinor: number;
  readonly currency: string;
  /** `failed`: every attempt so far. On a page that is open yet, another may follow. */
  state: 'processing' | 'failed' | 'succeeded';
  /** Of the latest attempt. */
  method: 'card' | 'bank_debit';
  triedAt: number;
  customerId: string | null;
  paymentMethodId: string | null;
  /** By refunds that have not failed. */
  refundedMinor: number;
  /** And stays so, whoever wins: Stripe gives nothing back of it any more. */
  disputed: boolean;
  /** In sequence. */
  readonly refunds: RefundRecord[];
};

export type RefundRecord = {
  readonly id: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly metadata: StripeMetadata;
  readonly createdAt: number;
  state: RefundAtStripe['state'];
};

export type DisputeRecord = {
  readonly id: string;
  readonly paymentId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly createdAt: number;
  readonly dueBy: number;
  state: Extract<DisputeFact['state'], 'needs_response' | 'won' | 'lost'>;
};
