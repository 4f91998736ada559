import { html } from 'hono/html';
import type { Fact } from '../../../../lib/domain/facts.ts';
import { instant } from '../../../../lib/domain/ids.ts';
import { openSurface, type Surface } from '../../../../lib/domain/order.ts';
import type { ClubAtHand } from '../../club/club.ts';
import type { Entry } from '../books.ts';
import { amountWords, attentionWords, clickWords, momentWords } from '../words.ts';
import type { Html } from './layout.ts';
import { statusBadge } from './orders.ts';

export const orderPage = (view: {
  club: ClubAtHand;
  entry: Entry;
  payUrl: string;
  /** Made with the page: a form that is sent twice is one decision. */
  decisionId: string;
}): Html => {
  const { club, entry, payUrl, decisionId } = view;
  const { order, product, player, family, due, attention } = entry;
  return html`
    <p class="small"><a href="/orders?product=${product.productId}">← ${product.name}</a></p>
    <div class="head">
      <h1>${player?.name ?? order.playerId}</h1>
      <p>${statusBadge(entry)}</p>
    </div>
    <div class="columns">
      <div class="stack">
        ${attention.map(
          ({ reason, about }) =>
            html`<p class="note problem">${attentionWords[reason]} <code>${about}</code></p>`,
        )}
        <section class="card">
          <h2>If the family clicks now</h2>
          <p>${clickWords(entry, club.clock.now())}</p>
          <p><code>${payUrl}</code></p>
          <div class="actions"><a class="button" href="${payUrl}">Click as the family</a></div>
        </section>
        <section class="card">
          <h2>Payment pages at Stripe</h2>
          ${
            order.surfaces.length === 0
              ? html`<p class="quiet">None yet. One is made when the family clicks for the first time.</p>`
              : html`<ol class="line">
                  ${order.surfaces.map((surface) => surfaceItem(surface, entry, club))}
                </ol>`
          }
          <p class="small"><a href="${club.links.stripeDashboard}">The same, as Stripe’s dashboard shows it</a></p>
        </section>
        <section class="card">
          <h2>What happened</h2>
          <ol class="line">
            <li>Owed since ${momentWords(order.createdAt, club)}</li>
            ${Object.values(order.facts)
              .sort((a, b) => (a.at < b.at ? -1 : 1))
              .map((fact) => factItem(fact, club))}
          </ol>
        </section>
      </div>
      <aside class="stack">
        <section class="card">
          <dl class="facts">
            <div><dt>Amount</dt><dd>${amountWords(due, club)}</dd></div>
            <div><dt>For</dt><dd>${product.name}${order.period === null ? '' : ` ${order.period}`}</dd></div>
            <div><dt>Order</dt><dd>${order.orderId}</dd></div>
            ${order.payBy === null ? '' : html`<div><dt>Pay by</dt><dd>${order.payBy}</dd></div>`}
            ${(family?.parents ?? []).map(
              (parent) => html`<div><dt>${parent.name}</dt><dd>${parent.addresses.join(', ')}</dd></div>`,
            )}
          </dl>
          <p class="small"><a href="/inbox?family=${order.familyId}">Mails to this family</a></p>
        </section>
        ${entry.status === 'pending' ? cancelForm(order.orderId, decisionId) : ''}
      </aside>
    </div>
  `;
};

const surfaceItem = (surface: Surface, { order }: Entry, club: ClubAtHand): Html => {
  const open = openSurface(order, instant(club.clock.now()))?.stripeId === surface.stripeId;
  const what = surface.kind === 'payment_link' ? 'Payment link' : 'Checkout page';
  const state = open
    ? html`<span class="badge paid">open</span>`
    : surface.retiredAt !== null
      ? html`<span class="badge">closed ${momentWords(surface.retiredAt, club)}</span>`
      : surface.imported && surface.generation === order.generation
        ? html`<span class="badge">only Stripe knows</span>`
        : html`<span class="badge late">closing</span>`;
  return html`<li class="${open ? 'good' : ''}">
    <strong>${what} ${surface.generation}</strong> ${state}<br />
    <span class="small quiet">
      ${amountWords(surface.amount, club)}, made ${momentWords(surface.mintedAt, club)}${surface.imported ? ' by the older system' : ''}
    </span><br />
    <code>${surface.stripeId}</code>
  </li>`;
};

const factItem = (fact: Fact, club: ClubAtHand): Html => {
  const when = html`<span class="small quiet">${momentWords(fact.at, club)}</span>`;
  switch (fact.kind) {
    case 'payment':
      return html`<li class="${fact.state === 'succeeded' ? 'good' : fact.state === 'failed' ? 'bad' : ''}">
        ${amountWords(fact.amount, club)}
        ${fact.state === 'succeeded' ? 'paid' : fact.state === 'failed' ? 'failed' : 'is on its way'} ${when}<br />
        <code>${fact.id}</code>
      </li>`;
    case 'refund':
      return html`<li>Refund of ${amountWords(fact.amount, club)}: ${fact.state.replaceAll('_', ' ')} ${when}<br /><code>${fact.id}</code></li>`;
    case 'dispute':
      return html`<li class="bad">Dispute over ${amountWords(fact.amount, club)}: ${fact.state.replaceAll('_', ' ')} ${when}<br /><code>${fact.id}</code></li>`;
    case 'decision':
      return html`<li>
        ${decisionWords[fact.decision]}${fact.amount === undefined ? '' : ` ${amountWords(fact.amount, club)}`} by
        ${fact.actor} ${when}<br />
        <span class="small quiet">${fact.reason}</span>
      </li>`;
    case 'contract':
      return html`<li class="${fact.state === 'ended' ? 'bad' : ''}">The contract is ${fact.state} ${when}</li>`;
  }
};

const decisionWords = {
  amend: 'Amount changed to',
  cancel: 'Canceled',
  waive: 'Waived',
  reopen: 'Reopened',
  settle: 'Settled',
  refund: 'Given back:',
  close_link: 'A link closed',
} as const;

const cancelForm = (orderId: string, decisionId: string): Html =>
  html`<section class="card">
    <h2>Cancel this order</h2>
    <p class="small quiet">Its payment page is closed at Stripe, and the mailed link says that nothing is owed.</p>
    <form class="fields" method="post" action="/orders/${orderId}/cancel">
      <input type="hidden" name="decisionId" value="${decisionId}" />
      <label>Your name <input type="text" name="actor" required maxlength="60" autocomplete="name" /></label>
      <label>Why <input type="text" name="reason" required maxlength="200" autocomplete="off" /></label>
      <div><button class="danger">Cancel order ${orderId}</button></div>
    </form>
  </section>`;
