import { html } from 'hono/html';
import type { Unmatched } from '../../../../lib/domain/unmatched.ts';
import { totalsOf } from '../books.ts';
import { amountWords, attentionWords, counted, momentWords } from '../words.ts';
import type { Html } from './layout.ts';
import { aprilStory, newStory, type StoryView } from './stories.ts';

type FrontView = StoryView & { unmatched: readonly Unmatched[] };

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

const glance = ({ club, entries, mails, unmatched }: FrontView): Html => {
  const totals = totalsOf(entries);
  const toDecide = unmatched.length + entries.reduce((sum, { attention }) => sum + attention.length, 0);
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

const attention = ({ club, entries, unmatched }: FrontView): Html => {
  const items = entries.flatMap((entry) => entry.attention.map((item) => ({ entry, item })));
  if (items.length + unmatched.length === 0) return html``;
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
    </ul>
  </section>`;
};
