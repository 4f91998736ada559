import type { AttentionReason } from '../lib/domain/due-work.ts';
import type { FindingKind, treatments } from '../lib/domain/reconciliation.ts';

/** Where a person reads on who was told of an alarm. */
export const RUNBOOK = 'docs/tournament-billing-runbook.md';

/** Its sections about alarms, as their headings read. A test holds both against each other. */
export const runbookSections = [
  'Families are stranded',
  'Visits end without a payment',
  'Reconciliation found a lost webhook',
  'Webhooks are refused',
  'Webhooks are of another version',
  'Work is overdue',
  'Messages were set aside',
  'A queue is late',
  'What SES tells is lost',
  'Mails bounce',
  'Families complain about mails',
  'The API answers 5xx',
  'The API turns requests away',
  'A function fails',
  'The schedule stands still',
] as const;
export type RunbookSection = (typeof runbookSections)[number];

/** Its section about each thing that waits for a person on an order. */
export const attentionSections: Record<AttentionReason, string> = {
  second_payment: 'A family paid twice',
  wrong_amount: 'Another amount came than was due',
  wrong_currency: 'Money came in another currency',
  payment_on_ended_order: 'Money came for an order that had ended',
  dispute: 'A bank disputes a payment',
  refund_failed: 'A refund failed',
  payment_after_contract: 'Money came after a contract had ended',
};

type ForPerson = { [K in FindingKind]: (typeof treatments)[K] extends 'person' ? K : never }[FindingKind];
/** And about what waits beside orders. */
export const waitingSections: Record<ForPerson, string> = {
  unmatched: 'A payment belongs to no order',
  orphan_without_order: 'A link is open for an order that is not there',
  active_not_ours: 'A link of the older system is open',
  held_delivery: 'Nobody knows whether a mail left',
  stuck_blast: 'A mailing does not move',
};

/** As Markdown viewers make anchors of headings. */
export const anchorOf = (section: RunbookSection): string =>
  `${RUNBOOK}#${section
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')}`;
