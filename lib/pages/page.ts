import { createHash } from 'node:crypto';
import type { Language } from '../domain/roster.ts';
import type { Club } from '../ports.ts';
import { contactHref } from '../words/contact.ts';
import { readerOf } from '../words/reader.ts';
import { words } from '../words/words.ts';
import type { PageContent } from './content.ts';
import { html, Markup, nothing } from './html.ts';
import { style } from './style.ts';
import { type View, viewOf } from './view.ts';

export type { PageContent } from './content.ts';
export { languageOf } from './language.ts';

/** For whom a page is made: the language, and the club to ask. */
export type PageReader = { language: Language; club: Pick<Club, 'name' | 'contact' | 'timeZone'> };
export type Page = { status: View['status']; headers: Record<string, string>; body: string };

/** The answer to whoever opens one of our addresses and is not sent on to pay. The same content is the same page: no clock, no I/O. */
export const renderPage = (content: PageContent, { language, club }: PageReader): Page => {
  const view = viewOf(content, {
    club: club.name,
    words: words[language],
    reader: readerOf(language, club.timeZone),
  });
  return {
    status: view.status,
    headers: headersOf(view, language),
    body: documentOf(view, language, club).text,
  };
};

/**
 * The style's own hash is all that a page may use: no script, no request, no frame around it, and no form but its
 * own button. Not before there is a page: most clicks need none.
 */
const contentSecurityPolicy = ({ button }: View): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    `form-action ${button === undefined ? "'none'" : "'self'"}`,
    "frame-ancestors 'none'",
  ].join('; ');

const headersOf = (view: View, language: Language): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-language': language,
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': contentSecurityPolicy(view),
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
  // Both kinds of page also have a plain link, for whoever would rather decide when to look again.
  ...(view.reloadSeconds === undefined ? {} : { refresh: String(view.reloadSeconds) }),
  ...(view.reloadSeconds !== undefined && view.status === 503
    ? { 'retry-after': String(view.reloadSeconds) }
    : {}),
});

const documentOf = (view: View, language: Language, club: PageReader['club']): Markup => html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${view.heading} – ${club.name}</title>
<style>${new Markup(style)}</style>
</head>
<body>
<header>${club.name}</header>
<main>
<div class="sign">${signs[view.sign]}</div>
<h1>${view.heading}</h1>
${factsOf(view)}${view.paragraphs.map((text) => html`<p>${text}</p>\n`)}${buttonOf(view)}${actionOf(view)}</main>
<footer>
<p>${words[language].contact.ask(club.name)}</p>
${contactOf(club.contact)}
</footer>
</body>
</html>
`;

const factsOf = ({ facts = [] }: View): Markup =>
  facts.length === 0
    ? nothing
    : html`<dl>${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>\n`;

/** Without an address of its own, a form is sent to where the page came from. */
const buttonOf = ({ button }: View): Markup =>
  button === undefined
    ? nothing
    : html`<form method="post"><button class="button" name="${button.name}" value="${button.value}">${button.label}</button></form>\n`;

const actionOf = ({ action }: View): Markup => {
  if (action === undefined) return nothing;
  const classes = action.weight === 'main' ? 'button' : 'button quiet';
  return html`<p><a class="${classes}" href="${action.href}">${action.label}</a></p>\n`;
};

const contactOf = (contact: string): Markup => {
  const href = contactHref(contact);
  return href === null
    ? html`<span class="contact">${contact}</span>`
    : html`<a class="contact" href="${href}">${contact}</a>`;
};

const drawing = (paths: Markup): Markup => html`<svg viewBox="0 0 24 24" aria-hidden="true">${paths}</svg>`;

/** Says at a glance what the heading says in words. */
const signs: Record<View['sign'], Markup> = {
  done: drawing(html`<path d="M5 12.5l4.5 4.5L19 7.5"/>`),
  wait: drawing(html`<circle cx="12" cy="12" r="8.5"/><path d="M12 7.5V12l3 2"/>`),
  note: drawing(html`<circle cx="12" cy="12" r="8.5"/><path d="M12 11.5V16M12 8v.01"/>`),
  mail: drawing(html`<rect x="3.5" y="6" width="17" height="12.5" rx="1.5"/><path d="M4 7.5l8 6 8-6"/>`),
  write: drawing(html`<path d="M5 19l1-4L16 5l3 3L9 18z"/>`),
};
