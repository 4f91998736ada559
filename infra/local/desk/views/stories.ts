import { html, raw } from 'hono/html';
import { addressesOf } from '../../../../lib/domain/roster.ts';
import { whyLeftAlone } from '../../../recovery-words.ts';
import type { ClubAtHand } from '../../club/club.ts';
import type { ReceivedMail } from '../../runner.ts';
import type { AprilSoFar, Look } from '../april.ts';
import type { Entry } from '../books.ts';
import type { Progress } from '../mailings.ts';
import { amountWords, counted, tally } from '../words.ts';
import { button, type Html } from './layout.ts';

export type StoryView = {
  club: ClubAtHand;
  april: AprilSoFar;
  entries: readonly Entry[];
  mails: readonly ReceivedMail[];
  mailings: readonly Progress[];
};

const MONTH_MS = 30 * 24 * 60 * 60 * 1000;

type StepState = 'done' | 'now' | 'later';
const stateOf = (done: boolean, ready: boolean): StepState => (done ? 'done' : ready ? 'now' : 'later');

const step = (state: StepState, title: string, body: Html): Html =>
  html`<li class="${state}" ${state === 'now' ? raw('aria-current="step"') : ''}>
    <h3>${title}</h3>
    ${body}
  </li>`;

/** April 2026 as it was, and the recovery. */
export const aprilStory = (view: StoryView): Html => {
  const { mailed, dayAfter, takenOver, looks } = view.april;
  const applied = looks?.every((look) => look.applied !== null) ?? false;
  return html`<section class="card" aria-labelledby="april">
    <h2 id="april">April 2026, and how it is put right</h2>
    <p class="quiet small">
      Walk this one first if you want April’s own numbers. Each step takes a few seconds.
    </p>
    <ol class="steps">
      ${step(
        stateOf(mailed !== null, true),
        'Send the April mailing the old way',
        mailed === null
          ? html`<p>
                The older system puts the address of a Stripe page straight into each mail. Stripe closes such a
                page after 24 hours, whatever anyone would like.
              </p>
              <div class="actions">${button('/april/mail', 'Send it the old way')}</div>`
          : html`<p>
              ${counted(mailed.sessions.length, 'order')} mailed.
              ${mailLink(oldMail(view, mailed.sessions[0]?.url), 'Open one of these mails')}
            </p>`,
      )}
      ${step(
        stateOf(dayAfter !== null, mailed !== null),
        'Let the first day pass',
        dayAfter === null
          ? html`<p>Five families open their mail at once and pay. The others are at work, at practice, asleep.</p>
              ${mailed === null ? '' : html`<div class="actions">${button('/april/day', 'Let the day pass')}</div>`}`
          : html`<p>
              ${dayAfter.paid} paid. <strong>${dayAfter.dead.length} links are dead.</strong>
              ${mailLink(oldMail(view, dayAfter.dead[0]?.url), 'Open the mail of one who came late')} and click.
            </p>`,
      )}
      ${step(
        stateOf(takenOver !== null, dayAfter !== null),
        'Take the orders over',
        takenOver === null
          ? html`<p>
                The club’s books learn what the older system did: which page each family was mailed, and who paid.
              </p>
              ${dayAfter === null ? '' : html`<div class="actions">${button('/april/take-over', 'Take them over')}</div>`}`
          : html`<p>
              ${takenOver.paid} paid, ${takenOver.owed} owed, and ${counted(takenOver.canceled, 'try', 'tries')} in
              vain that the older system had made orders of. <a href="/orders">See the orders</a>
            </p>`,
      )}
      ${step(
        stateOf(applied, takenOver !== null),
        'Look for stranded orders',
        looks === null
          ? html`<p>Stripe is asked about every order that is owed. This only looks; nothing is changed.</p>
              ${takenOver === null ? '' : html`<div class="actions">${button('/april/look', 'Look')}</div>`}`
          : html`<p>Stranded: owed, mailed, and with no page left to pay on. Each family gets a new link by mail.</p>
              ${looks.map((look) => lookCard(look, view))}
              ${applied ? '' : html`<div class="actions">${button('/april/look', 'Look again', { kind: 'plain' })}</div>`}`,
      )}
      ${step(
        stateOf(false, applied),
        'Open the new mail, a month later',
        html`<p>Wait as long as you like. The button in the new mail leads to our own address, and that never dies.</p>
          ${
            applied
              ? html`<div class="actions">
                  ${mailButton(newMail(view, firstRecovered(view)), 'Open a new mail')}
                  ${button('/clock', 'Wait thirty days', { fields: { days: '30', back: '/' }, kind: 'plain' })}
                </div>
                <p class="small quiet">Pay with the card that is filled in. Then click in the mail once more.</p>`
              : ''
          }`,
      )}
    </ol>
  </section>`;
};

const lookCard = (
  { product, plan, leftAlone, applied }: Look,
  { club }: StoryView,
): Html => html`<div class="found">
  <h3>${product.name}</h3>
  ${
    plan.rows === 0
      ? html`<p>Nobody is stranded.</p>`
      : html`<p>
          <span class="sum number">${plan.sums.map((sum) => amountWords(sum, club)).join(', ')}</span><br />
          ${counted(plan.rows, 'stranded order')} of ${counted(plan.families, 'family', 'families')}
        </p>`
  }
  ${leftAlone.map((order) => html`<p class="small quiet">Left out: order ${order.orderId}, ${whyLeftAlone(order)}.</p>`)}
  ${Object.keys(plan.others).length === 0 ? '' : html`<p class="small quiet">Not stranded: ${tally(plan.others)}.</p>`}
  ${applied === null ? applyForm(plan.hash, plan.rows) : appliedReport(applied)}
</div>`;

const applyForm = (hash: string, rows: number): Html =>
  html`<form method="post" action="/april/apply" class="fields">
    <input type="hidden" name="hash" value="${hash}" />
    ${
      rows === 0
        ? html`<input type="hidden" name="actor" value="front desk" />`
        : html`<label
            >Who decides it
            <input type="text" name="actor" value="front desk" required maxlength="60" autocomplete="off" />
          </label>`
    }
    <div class="actions">
      <button>${rows === 0 ? 'Nothing to do' : 'Apply exactly this plan'}</button>
      <code>plan ${hash.slice(0, 8)}</code>
    </div>
  </form>`;

const appliedReport = ({ counts, blastIds }: NonNullable<Look['applied']>): Html =>
  html`<p>
    <span class="badge paid">${counts.recovered} recovered</span>
    ${counts.moved === 0 ? '' : html`<span class="badge">${counts.moved} changed meanwhile</span>`}
    ${counts.failed === 0 ? '' : html`<span class="badge dead">${counts.failed} failed</span>`}
    ${blastIds.map((blastId) => html`<a class="small" href="/mailings/${blastId}">The mailing</a>`)}
  </p>`;

/** The way it works now. */
export const newStory = (view: StoryView): Html => {
  const { club, mailings, entries } = view;
  const mailing = mailings.find(({ blast }) => !blast.replacesDeadLink);
  const started = mailing !== undefined;
  const aMonthOn = started && club.clock.now() - Date.parse(mailing.blast.createdAt) >= MONTH_MS;
  const products = [...new Map(entries.map(({ product }) => [product.productId, product])).values()];
  const owing = entries.find(
    (entry) => entry.standing === 'payable' && !entry.order.test && wasMailed(entry, view),
  );
  const paid = entries.find((entry) => paidByClick(entry) && wasMailed(entry, view));
  return html`<section class="card" aria-labelledby="now">
    <h2 id="now">How it works now</h2>
    <p class="quiet small">The mail carries our own address. What it leads to is decided by each click.</p>
    <ol class="steps">
      ${step(
        stateOf(started, true),
        'Start a mailing',
        started
          ? html`<p>
              ${mailing.blast.state === 'complete' ? 'Everybody has been written to.' : 'Mails are going out.'}
              <a href="/mailings/${mailing.blast.blastId}">See the mailing</a>
            </p>`
          : html`<p>
                Everyone who owes gets one mail. Whoever has paid, or is paying, gets none. You see it before it leaves.
              </p>
              <div class="actions">
                ${products.map(({ productId, name }) =>
                  button('/mailings/previews', name, { fields: { productId, back: '/' } }),
                )}
              </div>`,
      )}
      ${step(
        stateOf(aMonthOn, started),
        'Wait thirty days',
        html`<p>Mails lie unread for weeks. With us that costs nothing.</p>
          ${
            started && !aMonthOn
              ? html`<div class="actions">
                  ${button('/clock', 'Wait thirty days', { fields: { days: '30', back: '/' } })}
                </div>`
              : ''
          }`,
      )}
      ${step(
        stateOf(paid !== undefined, aMonthOn),
        'Open a mail, click, and pay',
        html`<p>Stripe’s page opens, as on the first day. The test card is filled in already.</p>
          ${
            aMonthOn && paid === undefined && owing !== undefined
              ? html`<div class="actions">${mailButton(newMail(view, owing), 'Open a mail')}</div>`
              : ''
          }`,
      )}
      ${step(
        stateOf(false, paid !== undefined),
        'Click again',
        html`<p>The same button, in the same mail: now it says that all is paid. Nobody pays twice.</p>
          ${
            paid === undefined
              ? ''
              : html`<div class="actions">
                  ${mailButton(newMail(view, paid), 'Open that mail again')}
                  <a class="button plain" href="/orders/${paid.order.orderId}">See the order</a>
                </div>`
          }`,
      )}
    </ol>
  </section>`;
};

/** Whoever was helped first, by the plans that were applied, and still owes. */
const firstRecovered = ({ april, entries }: StoryView): Entry | undefined => {
  const helped = new Set(
    april.looks
      ?.flatMap((look) => look.applied?.rows ?? [])
      .flatMap(({ row, result }) => (result?.outcome === 'recovered' ? [row.orderId] : [])),
  );
  const theirs = entries.filter(({ order }) => helped.has(order.orderId));
  return theirs.find(({ standing }) => standing === 'payable') ?? theirs[0];
};

const paidByClick = ({ status, order }: Entry): boolean =>
  status === 'paid' &&
  Object.values(order.facts).some((fact) => fact.kind === 'payment' && fact.source === 'stripe_event');

const wasMailed = (entry: Entry, view: StoryView): boolean => newMail(view, entry) !== undefined;

const oldMail = ({ mails }: StoryView, url: string | undefined): ReceivedMail | undefined =>
  url === undefined ? undefined : mails.find((mail) => mail.text.includes(url));

/** The newest mail of ours to the family of an order. */
const newMail = (
  { mails }: StoryView,
  of: { family: Entry['family'] } | undefined,
): ReceivedMail | undefined => {
  const addresses = of?.family === undefined ? [] : addressesOf(of.family);
  return mails.findLast((mail) => mail.html !== '' && mail.to.some((address) => addresses.includes(address)));
};

const mailPath = ({ messageId }: ReceivedMail): string => `/inbox/${encodeURIComponent(messageId)}`;
const mailLink = (mail: ReceivedMail | undefined, label: string): Html =>
  mail === undefined ? html`` : html`<a href="${mailPath(mail)}">${label}</a>`;
const mailButton = (mail: ReceivedMail | undefined, label: string): Html =>
  mail === undefined
    ? html`<a class="button" href="/inbox">To the inbox</a>`
    : html`<a class="button" href="${mailPath(mail)}">${label}</a>`;
