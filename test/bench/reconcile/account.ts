import type { Account } from '../../../infra/local/stripe/account.ts';
import { paySession } from '../../../infra/local/stripe/payments/pay-session.ts';
import { openSessionOfLink } from '../../../infra/local/stripe/resources/checkout-sessions.ts';
import { closeDispute, createDispute } from '../../../infra/local/stripe/resources/disputes.ts';
import {
  type PaymentLink,
  paymentLinkEndpoints,
} from '../../../infra/local/stripe/resources/payment-links.ts';
import { createPrice } from '../../../infra/local/stripe/resources/prices.ts';
import { createRefund } from '../../../infra/local/stripe/resources/refunds.ts';
import { startStripeSimulator } from '../../../infra/local/stripe/simulator.ts';
import { clubOf, isPaid, NOW_MS, SYSTEM } from './club.ts';

/** A process of its own: what the club's account holds, behind the simulator's HTTP. Says where, and how often it was asked. */

const [total = 0, perKind = 0, seed = 0] = process.argv.slice(2).map(Number);
const club = clubOf(total, perKind, seed);

const FORM = {
  email: 'parent@example.com',
  name: 'Pat Parent',
  method: 'card',
  cardNumber: '4242 4242 4242 4242',
  accountNumber: '',
};

let nowMs = NOW_MS;

const fill = (account: Account): void => {
  // Nobody is told of what happened before.
  account.emit = () => ({}) as never;
  const { next } = account.ids;
  const named = new Set(['plink_', 'cs_test_', 'pi_', 're_', 'du_']);
  let name = '';
  account.ids.next = (prefix) => (named.has(prefix) ? `${prefix}${name}` : next(prefix));
  const price = createPrice(
    account,
    { currency: 'usd', unit_amount: 5_500, product_data: { name: 'Fee' } },
    '',
  );
  const createLink = paymentLinkEndpoints.find(
    ({ method, path }) => method === 'POST' && !path.includes(':'),
  );

  const link = (as: string, metadata: Record<string, string>): PaymentLink => {
    name = as;
    const raw = {
      line_items: [{ price: price.id, quantity: '1' }],
      metadata,
      payment_intent_data: { metadata },
      restrictions: { completed_sessions: { limit: '1' } },
    };
    return createLink?.prepare(account, '', raw)() as PaymentLink;
  };

  for (let index = 0; index < total; index++) {
    nowMs = Date.parse(club.madeAt(index));
    const fault = club.faults.get(index);
    const metadata = {
      system: SYSTEM,
      order_id: club.idOf(index),
      player_id: `ply_${index}`,
      product_id: 'utah',
      generation: '1',
    };
    if (fault === 'orphan_link') link(`stray${index}`, metadata);
    // Another system of the club's sells something on the same account.
    if (index % 50 === 0) link(`other${index}`, { system: 'another' });
    if (!club.hasOwnLink(index)) continue;
    const own = link(String(index), metadata);
    if (isPaid(index)) {
      nowMs = Date.parse(club.paidAt(index));
      name = String(index);
      paySession(account, openSessionOfLink(account, own, { email: null, clientReferenceId: null }), FORM);
      const charge = account.charges.get(account.paymentIntents.get(`pi_${index}`)?.latest_charge ?? '');
      if (charge === undefined) throw new Error(`Order ${index} was not paid.`);
      if (club.refunded(index)) createRefund(account, { charge: charge.id, amount: 500 });
      if (fault === 'lost_refund') createRefund(account, { charge: charge.id });
      if (fault === 'lost_dispute') createDispute(account, charge);
      if (club.disputed(index)) {
        createDispute(account, account.charges.get(charge.id) ?? charge);
        closeDispute(account, `du_${index}`, 'won');
      }
    }
    const active = fault === 'active_on_closed' || (!isPaid(index) && fault !== 'inactive_surface');
    account.paymentLinks.update(own.id, { active });
  }
  nowMs = NOW_MS;
  account.ids.next = next;
};

const simulator = await startStripeSimulator({ now: () => nowMs, fill });
process.on('message', () => {
  process.send?.({ requests: simulator.requests.length });
  simulator.clearRequests();
});
process.send?.({ url: simulator.url, apiKey: simulator.apiKey });
