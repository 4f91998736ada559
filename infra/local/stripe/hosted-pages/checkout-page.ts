import { html } from 'hono/html';
import type { Account } from '../account.ts';
import { formatMoney } from '../money.ts';
import type { CheckoutSession } from '../resources/checkout-sessions.ts';
import { type Html, page } from './layout.ts';

/** What the payer typed before, or what the link's address suggests. */
export type Draft = { email: string; name: string; method: string };

/** The page that a parent pays on. */
export function checkoutPage(
  account: Account,
  session: CheckoutSession,
  draft: Draft,
  refusal: string | undefined,
): Html {
  const items = account.lineItems.get(session.id) ?? [];
  const amount = formatMoney(session.amount_total ?? 0, session.currency ?? 'usd');
  const first = items[0]?.description ?? 'Your payment';
  const withDebit = session.payment_method_types.includes('us_bank_account');
  const withCard = session.payment_method_types.includes('card');
  return page(
    `Pay ${amount}`,
    html`<section class="card">
      <h1>${first}</h1>
      <p class="amount">${amount}</p>
      ${
        items.length > 1 || items.some((item) => item.quantity !== 1)
          ? html`<ul class="items">
              ${items.map(
                (item) =>
                  html`<li>
                    <span>${item.description} × ${item.quantity}</span>
                    <span>${formatMoney(item.amount_total, item.currency)}</span>
                  </li>`,
              )}
            </ul>`
          : ''
      }
      ${descriptionOf(account, session)}
      ${refusal === undefined ? '' : html`<p class="refusal" role="alert">${refusal}</p>`}
      <form method="post" action="/c/pay/${session.id}">
        <label for="email">Email</label>
        <input
          id="email"
          name="email"
          type="email"
          autocomplete="email"
          required
          value="${session.customer_email ?? draft.email}"
          ${session.customer_email === null ? '' : 'readonly'}
        />
        <fieldset>
          <legend>Pay with</legend>
          ${withCard ? choice('card', 'Card', draft.method !== 'us_bank_account') : ''}
          ${withDebit ? choice('us_bank_account', 'US bank account (takes about 4 days)', draft.method === 'us_bank_account' || !withCard) : ''}
        </fieldset>
        ${
          withCard
            ? html`<label for="card_number">Card number</label>
                <input
                  id="card_number"
                  name="card_number"
                  type="text"
                  inputmode="numeric"
                  value="4242 4242 4242 4242"
                />`
            : ''
        }
        ${
          withDebit
            ? html`<label for="account_number">Bank account number (for a bank payment)</label>
                <input
                  id="account_number"
                  name="account_number"
                  type="text"
                  inputmode="numeric"
                  value="000123456789"
                />`
            : ''
        }
        <label for="name">Name</label>
        <input id="name" name="name" type="text" autocomplete="name" value="${draft.name}" />
        ${textBlock(session.custom_text.submit?.message)}
        ${textBlock(session.custom_text.terms_of_service_acceptance?.message)}
        <button class="pay" type="submit">${verb(session.submit_type)} ${amount}</button>
        ${textBlock(session.custom_text.after_submit?.message)}
      </form>
      ${session.cancel_url === null ? '' : html`<p><a href="${session.cancel_url}">← Back</a></p>`}
    </section>`,
  );
}

const choice = (value: string, label: string, chosen: boolean): Html =>
  html`<label class="choice"
    ><input type="radio" name="method" value="${value}" ${chosen ? 'checked' : ''} /> ${label}</label
  >`;

const textBlock = (message: string | undefined): Html | '' =>
  message === undefined ? '' : html`<p class="text">${message}</p>`;

function descriptionOf(account: Account, session: CheckoutSession): Html | '' {
  const product = account.products.get(account.lineItems.get(session.id)?.[0]?.price.product ?? '');
  return product?.description ? html`<p class="text">${product.description}</p>` : '';
}

const verb = (submitType: string | null): string =>
  submitType === 'book' ? 'Book' : submitType === 'donate' ? 'Donate' : 'Pay';

/** The bank's own page, between the payer and the payment. */
export const authenticationPage = (session: CheckoutSession): Html =>
  page(
    'Confirm your payment',
    html`<section class="card">
      <h2>Confirm your payment</h2>
      <p>
        Your bank asks you to approve ${formatMoney(session.amount_total ?? 0, session.currency ?? 'usd')}.
      </p>
      <form class="row" method="post" action="/c/pay/${session.id}/authenticate">
        <button class="pay" type="submit" name="answer" value="approve">Approve</button>
        <button class="plain" type="submit" name="answer" value="fail">Refuse</button>
      </form>
    </section>`,
  );
