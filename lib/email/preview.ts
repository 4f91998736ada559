/** `npm run email:preview`: every mail as a family would see it, on a phone, in the dark and as plain text. */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { html } from '../pages/html.ts';
import { renderMail } from './render.ts';
import { samples } from './samples.ts';

const mails = Object.entries(samples).map(([name, content]) => ({ name, ...renderMail(content) }));

const index = html`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Mails</title>
<style>
body{margin:2rem;font:1rem/1.5 system-ui,sans-serif;color:#222;background:#d9dcd8}
section{margin-bottom:3rem}h2{margin:0}p{margin:.25rem 0 1rem}
div{display:flex;gap:1rem;overflow-x:auto}
iframe{flex:none;width:360px;height:860px;border:0;border-radius:1rem;background:#fff}
iframe.text{width:560px}
</style>
<h1>Mails</h1>
${mails.map(
  (
    { name, subject },
    number,
  ) => html`<section><h2>${name}</h2><p>Subject: <strong>${subject}</strong></p><div>
<iframe title="${name}, light" src="/${String(number)}/light"></iframe>
<iframe title="${name}, dark" src="/${String(number)}/dark"></iframe>
<iframe title="${name}, text" class="text" src="/${String(number)}/text"></iframe>
</div></section>`,
)}
</html>`;

/** The rules for one colour scheme made to hold whatever the browser prefers. */
const forced = (mail: string, scheme: 'light' | 'dark'): string =>
  mail.replace('@media (prefers-color-scheme:dark)', scheme === 'dark' ? '@media all' : '@media not all');

const app = new Hono()
  .get('/', (c) => c.html(index.text))
  .get('/:number/:as{light|dark|text}', (c) => {
    const mail = mails[Number(c.req.param('number'))];
    if (mail === undefined) return c.notFound();
    const as = c.req.param('as');
    return as === 'light' || as === 'dark' ? c.html(forced(mail.html, as)) : c.text(mail.text);
  });

const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) => {
  console.log(`Mails: http://127.0.0.1:${port}/  (Ctrl-C ends it)`);
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}
