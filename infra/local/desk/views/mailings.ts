import { html } from 'hono/html';
import type { Product } from '../../../../lib/domain/roster.ts';
import type { ClubAtHand } from '../../club/club.ts';
import { newBlastId, type Progress } from '../mailings.ts';
import { counted, momentWords, tally } from '../words.ts';
import { button, type Html } from './layout.ts';

export const mailingsPage = (view: {
  club: ClubAtHand;
  products: readonly Product[];
  mailings: readonly Progress[];
}): Html => {
  const { club, products, mailings } = view;
  return html`
    <div>
      <h1>Mailings</h1>
      <p class="lead">One mail to each address of a family that owes. Nobody who has paid, or is paying, is written to.</p>
    </div>
    <section class="card">
      <h2>Start a mailing</h2>
      <div class="actions">
        ${products.map(({ productId, name }) =>
          button('/mailings', `Write to those who owe: ${name}`, {
            fields: {
              productId,
              blastId: newBlastId(club.clock.now()),
              createdBy: 'front desk',
              back: '/mailings',
            },
          }),
        )}
      </div>
    </section>
    ${
      mailings.length === 0
        ? html`<p class="quiet">None has been started yet.</p>`
        : mailings.map((progress) => mailingCard(progress, view))
    }
  `;
};

export const mailingPage = (view: {
  club: ClubAtHand;
  products: readonly Product[];
  progress: Progress;
}): Html => html`
  <p class="small"><a href="/mailings">← Mailings</a></p>
  ${mailingCard(view.progress, view)}
`;

const mailingCard = (
  { blast, shards, sent, skipped, others }: Progress,
  { club, products }: { club: ClubAtHand; products: readonly Product[] },
): Html => {
  const name = products.find(({ productId }) => productId === blast.productId)?.name ?? blast.productId;
  return html`<section class="card">
    <div class="head">
      <h2><a href="/mailings/${blast.blastId}">${name}</a></h2>
      <span class="badge ${blast.state === 'complete' ? 'paid' : 'processing'}">${blast.state}</span>
    </div>
    <p>
      ${counted(sent, 'mail')} sent${blast.replacesDeadLink ? ', in place of dead links' : ''}.
      ${isEmpty(skipped) ? '' : html`<span class="quiet">Left out: ${tally(skipped)}.</span>`}
      ${isEmpty(others) ? '' : html`<span class="badge late">${tally(others)}</span>`}
    </p>
    ${
      blast.state === 'complete'
        ? ''
        : html`<progress value="${shards.done}" max="${Math.max(shards.of, 1)}" aria-label="How far it is"></progress>`
    }
    <p class="small quiet">
      Started ${momentWords(blast.createdAt, club)} by
      ${blast.createdBy}${blast.completedAt === null ? '' : `, done ${momentWords(blast.completedAt, club)}`}.
      <code>${blast.blastId}</code>
    </p>
  </section>`;
};

const isEmpty = (counts: Readonly<Record<string, number>>): boolean => Object.keys(counts).length === 0;
