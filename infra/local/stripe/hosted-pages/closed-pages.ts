import { html } from 'hono/html';
import type { Account } from '../account.ts';
import { formatMoney } from '../money.ts';
import type { CheckoutSession } from '../resources/checkout-sessions.ts';
import type { PaymentLink } from '../resources/payment-links.ts';
import { type Html, notice } from './layout.ts';

/** What Stripe shows when there is nothing to pay: this is where families were stranded. */
export const expiredPage = (): Html =>
  notice('This checkout session has expired', 'Go back to where you came from and start the payment again.');

/** A link that is off, in its owner's words where it has any. */
export const inactiveLinkPage = (link: PaymentLink | undefined): Html =>
  notice(
    'This link is not active',
    link?.inactive_message ?? 'It takes no payments any more. Please ask whoever sent it to you.',
  );

export function completePage(account: Account, session: CheckoutSession): Html {
  const link = account.paymentLinks.get(session.payment_link ?? '');
  const message = link?.after_completion.hosted_confirmation?.custom_message;
  const amount = formatMoney(session.amount_total ?? 0, session.currency ?? 'usd');
  return session.payment_status === 'paid'
    ? notice(
        'Payment complete',
        `${amount} has been paid. You're all done here.`,
        message ? html`<p>${message}</p>` : '',
      )
    : notice(
        'Payment on its way',
        `Your bank has been asked for ${amount}. That takes a few days; there is nothing more to do.`,
        message ? html`<p>${message}</p>` : '',
      );
}

export const unknownPage = (): Html => notice('Page not found', 'There is nothing at this address.');
