import { html, raw } from 'hono/html';
import type { ClubAtHand } from '../../club/club.ts';
import type { ReceivedMail } from '../../runner.ts';
import { counted, momentWords } from '../words.ts';
import type { Html } from './layout.ts';

const SHOWN = 80;

export const inboxPage = (view: {
  club: ClubAtHand;
  mails: readonly ReceivedMail[];
  whose: string | null;
}): Html => {
  const { club, mails, whose } = view;
  return html`
    <div class="head">
      <h1>${whose === null ? 'Inbox' : `Mails to ${whose}`}</h1>
      <p class="quiet">
        ${counted(mails.length, 'mail')}${mails.length > SHOWN ? `, the newest ${SHOWN} shown` : ''}
        ${whose === null ? '' : html`· <a href="/inbox">all mails</a>`}
      </p>
    </div>
    ${
      mails.length === 0
        ? html`<section class="card">
            <p>No mail has been sent${whose === null ? '' : ' to this family'} yet.</p>
            <p class="small"><a href="/mailings">Start a mailing</a>, and it arrives here.</p>
          </section>`
        : html`<section class="card flush">
            <ul class="rows">
              ${mails
                .toReversed()
                .slice(0, SHOWN)
                .map((mail) => row(mail, club))}
            </ul>
          </section>`
    }
    <p class="small quiet">
      These are the mails of all families. The same are in the
      <a href="${club.links.inboxPage}">mail emulator’s own inbox</a>.
    </p>
  `;
};

const row = (mail: ReceivedMail, club: ClubAtHand): Html => html`<li>
  <a href="/inbox/${encodeURIComponent(mail.messageId)}">
    <span class="main">${mail.subject}</span>
    <span class="side sub">${momentWords(mail.at, club)}</span>
    <span class="sub whole">to ${mail.to.join(', ')}</span>
  </a>
</li>`;

export const mailPage = (view: { club: ClubAtHand; mail: ReceivedMail; as: 'html' | 'text' }): Html => {
  const { club, mail, as } = view;
  const path = `/inbox/${encodeURIComponent(mail.messageId)}`;
  return html`
    <p class="small"><a href="/inbox">← Inbox</a></p>
    <div>
      <h1>${mail.subject}</h1>
      <p class="quiet small">${mail.from} → ${mail.to.join(', ')} · ${momentWords(mail.at, club)}</p>
    </div>
    ${
      mail.html === ''
        ? ''
        : html`<nav class="tabs" aria-label="Form of the mail">
            <a href="${path}" ${as === 'html' ? raw('aria-current="page"') : ''}>As the family sees it</a>
            <a href="${path}?as=text" ${as === 'text' ? raw('aria-current="page"') : ''}>As text</a>
            <a href="${path}/alone">By itself</a>
          </nav>`
    }
    <section class="card ${as === 'html' ? 'flush' : ''}">
      ${
        as === 'html'
          ? html`<iframe
              title="The mail"
              src="${path}/alone"
              sandbox="allow-popups allow-popups-to-escape-sandbox"
            ></iframe>`
          : html`<pre>${linked(mail.text)}</pre>`
      }
    </section>
  `;
};

/** Addresses in the text of a mail can be clicked, as in any mail program. */
const linked = (text: string): (Html | string)[] =>
  text
    .trim()
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, i) =>
      i % 2 === 1 ? html`<a href="${part}" target="_blank" rel="noopener">${part}</a>` : part,
    );
