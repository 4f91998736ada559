import { html } from 'hono/html';
import type { SeenPreview } from '../../../mailing.ts';
import { leftOutWords } from '../../../mailing-words.ts';
import type { ClubAtHand } from '../../club/club.ts';
import { amountWords, counted } from '../words.ts';
import { button, type Html } from './layout.ts';

/** What a mailing would do, and the button that does exactly that. */
export const previewPage = (view: { club: ClubAtHand; preview: SeenPreview; back: string }): Html => {
  const { club, preview, back } = view;
  return html`
    <p class="small"><a href="${back}">← Back</a></p>
    <div>
      <h1>Before it leaves: ${preview.productName}</h1>
      <p class="lead">Nothing has been sent. This is whom the mailing would reach now, and what they would read.</p>
    </div>
    ${preview.warnings.map((warning) => html`<p class="note problem">${warning}</p>`)}
    <div class="columns halves">
      <div class="stack">${numbers(preview, club)} ${leftOut(preview)} ${sending(view)}</div>
      ${sampleCard(preview)}
    </div>
  `;
};

const numbers = (
  { deliveries, orders, families, amount, usual }: SeenPreview,
  club: ClubAtHand,
): Html => html`<section class="card" aria-label="The numbers">
  <dl class="facts">
    <div>
      <dt>Mails</dt>
      <dd>${deliveries}</dd>
    </div>
    <div>
      <dt>Orders</dt>
      <dd>${orders}</dd>
    </div>
    <div>
      <dt>Families</dt>
      <dd>${families}</dd>
    </div>
    <div>
      <dt>They owe</dt>
      <dd>${amount === null ? '–' : amountWords(amount, club)}</dd>
    </div>
    <div>
      <dt>Usual audience</dt>
      <dd>${usual === null ? 'this is the first' : counted(usual, 'mail')}</dd>
    </div>
  </dl>
</section>`;

const leftOut = ({ leftOut: reasons }: SeenPreview): Html => {
  const rows = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  return html`<section class="card" aria-labelledby="left-out">
    <h2 id="left-out">Left out</h2>
    ${
      rows.length === 0
        ? html`<p class="quiet">Nobody.</p>`
        : html`<ul class="plainlist">
            ${rows.map(
              ([reason, count]) =>
                html`<li><strong class="number">${count}</strong> ${leftOutWords[reason] ?? reason}</li>`,
            )}
          </ul>`
    }
  </section>`;
};

const sending = ({ preview, back }: { preview: SeenPreview; back: string }): Html => {
  const { hash, productId, deliveries, filter, unusual } = preview;
  const again = (label: string, onlyNeverMailed: boolean) =>
    button('/mailings/previews', label, {
      fields: { productId, back, ...(onlyNeverMailed && { onlyNeverMailed: 'yes' }) },
      kind: 'plain',
    });
  return html`<section class="card" aria-labelledby="send">
    <h2 id="send">Send it</h2>
    ${
      deliveries === 0
        ? html`<p>There is nobody to write to.</p>`
        : html`<form method="post" action="/mailings" class="fields">
            <input type="hidden" name="hash" value="${hash}" />
            <input type="hidden" name="back" value="${back}" />
            <label
              >Who sends it
              <input type="text" name="createdBy" value="front desk" required maxlength="60" autocomplete="off" />
            </label>
            <label
              >When, if not now (2026-05-01 09:00)
              <input
                type="text"
                name="at"
                pattern="\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d"
                title="A day and a time, as 2026-05-01 09:00"
                autocomplete="off"
              />
            </label>
            ${
              unusual
                ? html`<label
                    ><input type="checkbox" name="acceptUnusualSize" value="yes" /> So many are meant</label
                  >`
                : ''
            }
            <div class="actions">
              <button>Send ${counted(deliveries, 'mail')}</button>
              <code>preview ${hash.slice(0, 8)}</code>
            </div>
          </form>`
    }
    <div class="actions">
      ${again('Look again', filter.onlyNeverMailed)}
      ${filter.onlyNeverMailed ? again('Everyone who owes', false) : again('Only who was never mailed', true)}
    </div>
  </section>`;
};

const sampleCard = ({ hash, sample }: SeenPreview): Html =>
  sample === null
    ? html``
    : html`<section class="card flush" aria-labelledby="sample">
        <h2 id="sample">${sample.subject}</h2>
        <p class="small quiet">The first of them, to ${sample.to}</p>
        <iframe title="The mail" src="/mailings/previews/${hash}/mail" sandbox="allow-popups"></iframe>
      </section>`;
