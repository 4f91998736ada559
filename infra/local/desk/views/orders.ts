import { html, raw } from 'hono/html';
import type { Product } from '../../../../lib/domain/roster.ts';
import type { ClubAtHand } from '../../club/club.ts';
import { type Entry, totalsOf } from '../books.ts';
import { amountWords, counted, statusWords, surfaceWords } from '../words.ts';
import type { Html } from './layout.ts';

export const ordersPage = (view: {
  club: ClubAtHand;
  products: readonly Product[];
  chosen: Product;
  entries: readonly Entry[];
}): Html => {
  const { club, products, chosen, entries } = view;
  const { owed, owing, paid, payers } = totalsOf(entries);
  return html`
    <div class="head">
      <h1>Orders</h1>
      <p class="quiet number">
        ${amountWords(owed, club)} owed on ${counted(owing, 'order')}, ${amountWords(paid, club)} paid on ${payers}
      </p>
    </div>
    <nav class="tabs" aria-label="Products">
      ${products.map(
        ({ productId, name }) =>
          html`<a href="/orders?product=${productId}" ${productId === chosen.productId ? raw('aria-current="page"') : ''}
            >${name}</a
          >`,
      )}
    </nav>
    <section class="card flush">
      <ul class="rows orders">
        <li class="heads" aria-hidden="true">
          <span>No.</span><span>Player, parents</span><span>Payment page</span><span class="side">Amount</span>
          <span class="side">Status</span>
        </li>
        ${entries.map((entry) => row(entry, club))}
      </ul>
    </section>
  `;
};

const row = (entry: Entry, club: ClubAtHand): Html => {
  const { order, player, family, due } = entry;
  return html`<li>
    <a href="/orders/${order.orderId}">
      <span class="id sub number">${order.orderId}</span>
      <span class="main">
        ${player?.name ?? order.playerId}
        <span class="more">${family?.parents.map(({ name }) => name).join(' and ')}</span>
      </span>
      <span class="side">${amountWords(due, club)}</span>
      <span class="sub"
        ><span class="number-inline">No. ${order.orderId}, </span>${surfaceWords(order, club.clock.now())}</span
      >
      <span class="state">${statusBadge(entry)}</span>
    </a>
  </li>`;
};

export const statusBadge = ({ status, standing, order, attention }: Entry): Html =>
  html`${order.test ? html`<span class="badge">club’s test</span> ` : ''}${
    attention.length > 0 && status !== 'review' ? html`<span class="badge review">needs a look</span> ` : ''
  }<span class="badge ${status}">${standing === 'closed' ? 'closed' : statusWords[status]}</span>`;
