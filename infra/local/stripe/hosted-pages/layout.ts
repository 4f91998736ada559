import { html, raw } from 'hono/html';

export type Html = ReturnType<typeof html>;

/** One column that fits a small phone; no script, no font from elsewhere. */
const STYLE = `
:root { color-scheme: light; --ink: #1a1f36; --soft: #596171; --line: #d9dde3; --action: #0b5fff; --alarm: #b3261e; --paper: #fff; }
* { box-sizing: border-box; }
body { margin: 0; background: #f6f8fa; color: var(--ink); font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
main { max-width: 26rem; margin: 0 auto; padding: 1.25rem 1rem 3rem; }
.card { background: var(--paper); border: 1px solid var(--line); border-radius: 12px; padding: 1.25rem; }
h1 { font-size: 1.05rem; font-weight: 600; margin: 0; color: var(--soft); }
h2 { font-size: 1.2rem; margin: 0 0 .5rem; }
.amount { font-size: 2rem; font-weight: 650; margin: .1rem 0 .5rem; letter-spacing: -.02em; }
ul.items { list-style: none; margin: 0 0 1rem; padding: 0; color: var(--soft); font-size: .9rem; }
ul.items li { display: flex; justify-content: space-between; gap: 1rem; padding: .2rem 0; }
label, legend { display: block; font-weight: 600; font-size: .85rem; margin: .9rem 0 .3rem; }
fieldset { border: 0; padding: 0; margin: .9rem 0 0; }
legend { padding: 0; }
.choice { display: flex; gap: .5rem; align-items: center; font-weight: 400; font-size: 1rem; margin: .2rem 0; }
input[type=text], input[type=email] { width: 100%; font: inherit; padding: .6rem .7rem; border: 1px solid #8a93a3; border-radius: 8px; background: var(--paper); color: inherit; }
input[readonly] { background: #f0f2f5; color: var(--soft); }
button { font: inherit; font-weight: 600; cursor: pointer; border-radius: 8px; border: 1px solid transparent; padding: .7rem 1rem; min-height: 44px; }
button.pay { width: 100%; margin-top: 1.2rem; background: var(--action); color: #fff; }
button.plain { background: var(--paper); color: var(--ink); border-color: #8a93a3; }
a { color: var(--action); }
:focus-visible { outline: 3px solid #8ab4ff; outline-offset: 2px; }
.hint, .text, footer { color: var(--soft); font-size: .85rem; }
.refusal { background: #fdecea; color: var(--alarm); border-radius: 8px; padding: .6rem .8rem; margin: .5rem 0; }
footer { text-align: center; margin-top: 1.5rem; }
.row { display: flex; gap: .6rem; flex-wrap: wrap; margin-top: 1rem; }
`;

export const page = (title: string, body: Html): Html => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="robots" content="noindex" />
    <title>${title}</title>
    <style>
      ${raw(STYLE)}
    </style>
  </head>
  <body>
    <main>
      ${body}
      <footer>Stripe simulator — test mode. No money moves.</footer>
    </main>
  </body>
</html>`;

/** A page with one thing to say. */
export const notice = (title: string, text: string, more: Html | '' = ''): Html =>
  page(title, html`<section class="card"><h2>${title}</h2><p>${text}</p>${more}</section>`);
