import { html } from 'hono/html';
import { readDeliveryTag } from '../../../../lib/domain/blast.ts';
import type { Unmatched } from '../../../../lib/domain/unmatched.ts';
import { findingWords } from '../../../finding-words.ts';
import { meaningOf, type WaitingItem } from '../../../waiting.ts';
import { totalsOf } from '../books.ts';
import { amountWords, attentionWords, counted, momentWords } from '../words.ts';
import type { Html } from './layout.ts';
import { aprilStory, newStory, type StoryView } from './stories.ts';

type FrontView = StoryView & { unmatched: readonly Unmatched[]; waiting: readonly WaitingItem[] };

export const frontPage = (view: FrontView): Html => html`
  <div>
    <h1>Payment mails whose links never go dead</h1>
    <p class="lead">
      This is the club’s desk on a pretend day. Send mails, let weeks go by on the clock above, open a family’s mail
      and pay as they would.
    </p>
  </div>
  ${glance(view)} ${attention(view)}
  <div class="columns halves">${aprilStory(view)} ${newStory(view)}</div>
`;

const glance = ({ club, entries, mails, unmatched, waiting }: FrontView): Html => {
  const totals = totalsOf(entries);
  const ofOrders = entries.reduce((sum, { attention }) => sum + attention.length, 0);
  const toDecide = ofOrders + unmatched.length + waiting.length;
  return html`<section class="card" aria-label="At a glance">
    <dl class="glance">
      <div>
        <dt>Owed</dt>
        <dd>${amountWords(totals.owed, club)} <small>${counted(totals.owing, 'order')}</small></dd>
      </div>
      <div>
        <dt>Paid</dt>
        <dd>${amountWords(totals.paid, club)} <small>${counted(totals.payers, 'order')}</small></dd>
      </div>
      <div>
        <dt>Mails sent</dt>
        <dd>${mails.length} <small><a href="/inbox">inbox</a></small></dd>
      </div>
      <div>
        <dt>To decide</dt>
        <dd>${toDecide} <small>${toDecide === 0 ? 'nothing needs a person' : 'see below'}</small></dd>
      </div>
    </dl>
  </section>`;
};

/** Where the desk, or Stripe's dashboard, shows it. */
const placeOf = ({ kind, about, orderId }: WaitingItem, club: FrontView['club']): string => {
  const blastId = kind === 'held_delivery' ? readDeliveryTag(about)?.blastId : about;
  if (kind === 'held_delivery' || kind === 'stuck_blast') return `/mailings/${blastId}`;
  return kind === 'overdue_work' ? `/orders/${orderId}` : club.links.stripeDashboard;
};

const attention = ({ club, entries, unmatched, waiting }: FrontView): Html => {
  const items = entries.flatMap((entry) => entry.attention.map((item) => ({ entry, item })));
  if (items.length + unmatched.length + waiting.length === 0) return html``;
  return html`<section class="card flush" aria-labelledby="attention">
    <h2 id="attention">For a person to decide</h2>
    <ul class="rows">
      ${items.map(
        ({ entry, item }) =>
          html`<li>
            <a href="/orders/${entry.order.orderId}">
              <span class="main">${attentionWords[item.reason]}</span>
              <span class="side"><span class="badge review">order ${entry.order.orderId}</span></span>
              <span class="sub">${entry.player?.name ?? entry.order.playerId}, since ${momentWords(item.since, club)}${item.dueAt > item.since ? `, to be decided by ${momentWords(item.dueAt, club)}` : ''}</span>
            </a>
          </li>`,
      )}
      ${unmatched.map(
        (item) =>
          html`<li>
            <a href="${club.links.stripeDashboard}">
              <span class="main">A payment that no order could be found for</span>
              <span class="side"><span class="badge review">${item.eventType}</span></span>
              <span class="sub">${item.stripeId}, since ${momentWords(item.at, club)}</span>
            </a>
          </li>`,
      )}
      ${waiting.map(
        (item) =>
          html`<li>
            <a href="${placeOf(item, club)}">
              <span class="main">${findingWords[item.kind].title(1)}</span>
              <span class="side"><span class="badge review">${item.orderId === null ? 'mailing' : `order ${item.orderId}`}</span></span>
              <span class="sub">${meaningOf(item)}; ${item.checked ? 'since' : 'as of'} ${momentWords(item.foundAt, club)}</span>
            </a>
          </li>`,
      )}
    </ul>
  </section>`;
};
