import { html } from 'hono/html';
import { type Blast, isEnded } from '../../../../lib/domain/blast.ts';
import type { BlastReport } from '../../../../lib/domain/blast-report.ts';
import { waitsWords } from '../../../mailing-words.ts';
import type { ClubAtHand } from '../../club/club.ts';
import type { Progress } from '../mailings.ts';
import { momentWords } from '../words.ts';
import { button, type Html } from './layout.ts';

const DESK = 'front desk';

/** Why nothing leaves just now, and the buttons that change it. */
export const steering = ({ blast, waits }: Pick<BlastReport, 'blast' | 'waits'>, club: ClubAtHand): Html => {
  const ended = isEnded(blast.state);
  if (ended && waits === null) return html``;
  const act = (action: string, label: string, kind: '' | 'plain' | 'danger') =>
    button(`/mailings/${blast.blastId}/${action}`, label, { fields: { actor: DESK }, kind });
  return html`<section class="card" aria-labelledby="steering">
    <h2 id="steering">While it runs</h2>
    <p>${standing(blast, waits, club)}</p>
    ${
      ended
        ? ''
        : html`<div class="actions">
            ${blast.state === 'paused' ? act('resume', 'Let it go on', '') : act('pause', 'Pause it', 'plain')}
            ${act('cancel', 'Cancel it for good', 'danger')}
          </div>`
    }
  </section>`;
};

const standing = ({ state }: Blast, waits: BlastReport['waits'], club: ClubAtHand): Html => {
  if (waits?.reason === 'asked') {
    return html`Paused${waits.by === undefined ? '' : ` by ${waits.by}`}${waits.since === null ? '' : ` since ${momentWords(waits.since, club)}`}.
      Nobody is written to until it goes on.`;
  }
  if (state === 'paused') {
    return html`It has stopped${waits === null ? '' : `: ${waitsWords[waits.reason]}`}. Nothing is lost: put that right
      (<code>npm run ops -- check mail</code> says how), then let it go on.`;
  }
  if (waits === null) return html`Mails are leaving. A mail that is under way when you pause still arrives.`;
  return html`It waits: ${waitsWords[waits.reason]}.
    ${waits.until === null ? '' : `It goes on by itself at ${momentWords(waits.until, club)}.`}`;
};

/** Mails that may have left: only somebody who asks the family knows. */
export const heldMails = ({ blast, held }: Progress, club: ClubAtHand): Html => {
  if (held.length === 0) return html``;
  return html`<section class="card" aria-labelledby="held">
    <h2 id="held">Held: did these arrive?</h2>
    <p class="quiet">
      Their sending was cut off, and SES has not told of them. Ask the family, or look at the mailbox; a mail that is
      sent again may be their second.
    </p>
    <ul class="plainlist">
      ${held.map(
        ({ orderId, address, addressKey, claimedAt }) => html`<li>
          <form method="post" action="/mailings/${blast.blastId}/settle" class="fields">
            <input type="hidden" name="orderId" value="${orderId}" />
            <input type="hidden" name="addressKey" value="${addressKey}" />
            <input type="hidden" name="actor" value="${DESK}" />
            <p>
              <a href="/orders/${orderId}">Order ${orderId}</a>, ${address}, ${momentWords(claimedAt, club)}
            </p>
            <label
              >How you know
              <input type="text" name="reason" required maxlength="200" autocomplete="off" />
            </label>
            <div class="actions">
              <button class="plain" name="as" value="sent">It arrived</button>
              <button class="plain" name="as" value="send_again">Send it again</button>
            </div>
          </form>
        </li>`,
      )}
    </ul>
  </section>`;
};
