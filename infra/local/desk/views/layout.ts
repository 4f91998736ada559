import { html, raw } from 'hono/html';
import type { ClubAtHand } from '../../club/club.ts';
import { dayWords, timeWords } from '../words.ts';
import { style } from './style.ts';

export type Html = ReturnType<typeof html>;

/** What a page says at its head about the button that led to it. */
export type Said = { done?: string | undefined; problem?: string | undefined };

export type Frame = {
  club: ClubAtHand;
  /** Where the page is, so that the clock's buttons lead back to it. */
  path: string;
  said: Said;
};

const places = [
  ['/', 'Desk'],
  ['/orders', 'Orders'],
  ['/mailings', 'Mailings'],
  ['/inbox', 'Inbox'],
] as const;

export const page = (title: string, { club, path, said }: Frame, body: Html): Html => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title} · ${club.name}</title>
    <style>${raw(style)}</style>
  </head>
  <body>
    <a class="skip" href="#main">To the page</a>
    <header>
      <div class="top">
        <div class="wide">
          <a class="name" href="/">${club.name} <span>front desk</span></a>
          <nav aria-label="Pages">
            ${places.map(
              ([href, name]) =>
                html`<a href="${href}" ${isAt(path, href) ? raw('aria-current="page"') : ''}>${name}</a>`,
            )}
          </nav>
        </div>
      </div>
      <div class="clock">
        <form class="wide" method="post" action="/clock">
          <p>
            <strong>${dayWords(club.clock.now(), club)}</strong>
            <span>${timeWords(club.clock.now(), club)} on the club’s clock</span>
          </p>
          <input type="hidden" name="back" value="${path}" />
          <div>
            <button name="days" value="1">Advance one day</button>
            <button name="days" value="30">Advance thirty days</button>
          </div>
        </form>
      </div>
    </header>
    <main class="wide" id="main">
      ${said.problem === undefined ? '' : html`<p class="note problem" role="alert">${said.problem}</p>`}
      ${said.done === undefined ? '' : html`<p class="note" role="status">${said.done}</p>`}
      ${body}
    </main>
    <footer class="wide">
      Everything here runs on this machine: no money moves, no mail leaves it.
      <a href="${club.links.stripeDashboard}">Stripe simulator</a> ·
      <a href="${club.links.inboxPage}">Mail emulator</a>
    </footer>
  </body>
</html>`;

const isAt = (path: string, place: string): boolean =>
  place === '/'
    ? path === '/'
    : path === place || path.startsWith(`${place}/`) || path.startsWith(`${place}?`);

/** A form of one button. */
export const button = (
  action: string,
  label: string,
  {
    fields = {},
    kind = '',
  }: { fields?: Readonly<Record<string, string>>; kind?: '' | 'plain' | 'danger' } = {},
): Html =>
  html`<form method="post" action="${action}">
    ${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
    <button class="${kind}">${label}</button>
  </form>`;

export const apology = (text: string): Html => html`<section class="card">
  <h1>${text}</h1>
  <p><a href="/">Back to the desk</a></p>
</section>`;
