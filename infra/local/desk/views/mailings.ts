import { html } from 'hono/html';
import { isEnded } from '../../../../lib/domain/blast.ts';
import type { BlastReport } from '../../../../lib/domain/blast-report.ts';
import type { Product } from '../../../../lib/domain/roster.ts';
import type { ClubAtHand } from '../../club/club.ts';
import type { Progress } from '../mailings.ts';
import { counted, momentWords, tally } from '../words.ts';
import { funnelCard } from './funnel.ts';
import { button, type Html } from './layout.ts';
import { heldMails, steering } from './steering.ts';

export const mailingsPage = (view: {
  club: ClubAtHand;
  products: readonly Product[];
  mailings: readonly Progress[];
}): Html => {
  const { products, mailings } = view;
  return html`
    <div>
      <h1>Mailings</h1>
      <p class="lead">One mail to each address of a family that owes. Nobody who has paid, or is paying, is written to.</p>
    </div>
    <section class="card">
      <h2>Start a mailing</h2>
      <div class="actions">
        ${products.map(({ productId, name }) =>
          button('/mailings/previews', `Write to those who owe: ${name}`, {
            fields: { productId, back: '/mailings' },
          }),
        )}
      </div>
      <p class="small quiet">You see whom it reaches and what it says before anything leaves.</p>
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
  report: BlastReport;
}): Html => html`
  <p class="small"><a href="/mailings">← Mailings</a></p>
  ${mailingCard(view.progress, view, 'alone')} ${funnelCard(view.report, view.club)}
  ${steering(view.report, view.club)} ${heldMails(view.progress, view.club)}
`;

const mailingCard = (
  { blast, shards, sent, skipped, others }: Progress,
  { club, products }: { club: ClubAtHand; products: readonly Product[] },
  where: 'alone' | 'in the list' = 'in the list',
): Html => {
  const name = products.find(({ productId }) => productId === blast.productId)?.name ?? blast.productId;
  return html`<section class="card">
    <div class="head">
      ${
        where === 'alone'
          ? html`<h1>${name}</h1>`
          : html`<h2><a href="/mailings/${blast.blastId}">${name}</a></h2>`
      }
      <span class="badge ${blast.state === 'complete' ? 'paid' : 'processing'}">${blast.state}</span>
    </div>
    <p>
      ${counted(sent, 'mail')} sent${blast.replacesDeadLink ? ', in place of dead links' : ''}.
      ${isEmpty(skipped) ? '' : html`<span class="quiet">Left out: ${tally(skipped)}.</span>`}
      ${isEmpty(others) ? '' : html`<span class="badge late">${tally(others)}</span>`}
    </p>
    ${isEnded(blast.state) ? '' : howFar(shards)}
    <p class="small quiet">
      Started ${momentWords(blast.createdAt, club)} by
      ${blast.createdBy}${blast.endedAt === null ? '' : `, ended ${momentWords(blast.endedAt, club)}`}.
      <code>${blast.blastId}</code>
    </p>
  </section>`;
};

const howFar = ({ mailed, of }: Progress['shards']): Html => html`
  <progress value="${mailed}" max="${Math.max(of, 1)}" aria-label="How far it is"></progress>
  ${mailed > 0 && mailed === of ? html`<p class="small quiet">All have been written to. In a minute or two it looks once more for whoever has come meanwhile, and ends.</p>` : ''}
`;

const isEmpty = (counts: Readonly<Record<string, number>>): boolean => Object.keys(counts).length === 0;
