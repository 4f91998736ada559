import { money } from '../../lib/domain/money.ts';
import type { PageContent } from '../../lib/pages/page.ts';

/** One of each kind: a new kind of page does not compile until it has one here, and with it every test of pages. */
export const pageContents: { [K in PageContent['kind']]: Extract<PageContent, { kind: K }> } = {
  not_found: { kind: 'not_found' },
  replaced: { kind: 'replaced' },
  unavailable: { kind: 'unavailable' },
  sign_contract: { kind: 'sign_contract', playerName: 'Maya', signUrl: 'https://club.example/sign?p=1&q=2' },
  on_its_way: { kind: 'on_its_way', amount: money(5_500) },
  processing: { kind: 'processing', amount: money(5_500) },
  paid: { kind: 'paid', amount: money(5_500), at: '2026-04-27T03:00:00.000Z' },
  review: { kind: 'review', received: money(6_000) },
  canceled: { kind: 'canceled' },
  waived: { kind: 'waived' },
  refunded: { kind: 'refunded', amount: money(5_500) },
  closed: { kind: 'closed', payBy: '2026-04-30' },
  unsubscribe: { kind: 'unsubscribe' },
  unsubscribed: { kind: 'unsubscribed' },
  unsubscribe_not_found: { kind: 'unsubscribe_not_found' },
  unsubscribe_replaced: { kind: 'unsubscribe_replaced' },
  unsubscribe_unavailable: { kind: 'unsubscribe_unavailable' },
};
