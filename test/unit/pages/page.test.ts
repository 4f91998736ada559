import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { money } from '../../../lib/domain/money.ts';
import { Language } from '../../../lib/domain/roster.ts';
import { languageOf, type PageContent, renderPage } from '../../../lib/pages/page.ts';
import { pageContents } from '../../support/page-contents.ts';

const club = {
  name: 'Wasatch Youth Soccer',
  contact: 'office@wasatchyouth.example',
  timeZone: 'America/Denver',
};
const every = Object.values(pageContents).flatMap((content) =>
  Language.options.map((language) => ({ kind: content.kind, content, language })),
);
const english = (content: PageContent) => renderPage(content, { language: 'en', club });
const statuses: Partial<Record<PageContent['kind'], number>> = {
  not_found: 404,
  replaced: 410,
  unavailable: 503,
  unsubscribe_not_found: 404,
  unsubscribe_replaced: 410,
  unsubscribe_unavailable: 503,
};

describe.each(every)('the page "$kind" in $language', ({ kind, content, language }) => {
  const page = renderPage(content, { language, club });

  it('has its status, and the headers of a page that is nobody else’s', () => {
    expect(page.status).toBe(statuses[kind] ?? 200);
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-language': language,
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-robots-tag': 'noindex',
    });
  });

  it('is one document in the parent’s language with one heading, the club and whom to ask', () => {
    expect(page.body).toMatch(/^<!doctype html>\n<html lang="(en|es)">/);
    expect(page.body).toContain(`<html lang="${language}">`);
    expect(page.body.match(/<h1>/g)).toHaveLength(1);
    expect(page.body).toContain(`<header>${club.name}</header>`);
    expect(page.body).toContain(`href="mailto:${club.contact}"`);
    expect(page.body).not.toMatch(/undefined|null|NaN|\[object/);
  });

  it('runs no script and fetches nothing', () => {
    expect(page.body).not.toMatch(/<script|<link|<img|\son\w+=|url\(|@import|src=/i);
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
  });

  it('asks for nothing but by the one button that may', () => {
    const mayAsk = kind === 'unsubscribe';
    expect(page.body.match(/<form/g) ?? []).toHaveLength(mayAsk ? 1 : 0);
    expect(page.headers['content-security-policy']).toContain(`form-action ${mayAsk ? "'self'" : "'none'"};`);
  });

  it('carries exactly the style that its policy allows', () => {
    const styles = [...page.body.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style = '']) => style);
    expect(styles).toHaveLength(1);
    const hash = createHash('sha256')
      .update(styles[0] ?? '')
      .digest('base64');
    expect(page.headers['content-security-policy']).toContain(`'sha256-${hash}'`);
    expect(page.body).not.toContain('style=');
  });

  it('shows markup in names as text, escaped once', () => {
    const hostile = '<b>"R&D\'</b>';
    const named = content.kind === 'sign_contract' ? { ...content, playerName: hostile } : content;
    const { body } = renderPage(named, { language, club: { ...club, name: hostile, contact: hostile } });
    expect(body).toContain('&lt;b&gt;&quot;R&amp;D&#39;&lt;/b&gt;');
    expect(body).not.toContain('<b>');
    expect(body).not.toContain('&amp;lt;');
  });
});

describe('what a parent reads', () => {
  it('names the day of a payment as it was at the club, not in UTC', () => {
    expect(english(pageContents.paid).body).toContain('April 26, 2026');
    expect(renderPage(pageContents.paid, { language: 'es', club }).body).toContain('26 de abril de 2026');
  });

  it('keeps a pay-by date on its day wherever the club is', () => {
    for (const timeZone of ['Pacific/Kiritimati', 'America/Denver', 'Pacific/Pago_Pago']) {
      const { body } = renderPage(pageContents.closed, { language: 'en', club: { ...club, timeZone } });
      expect(body).toContain('Thursday, April 30, 2026');
    }
  });

  it('shows yen without decimals', () => {
    expect(english({ kind: 'paid', amount: money(5_500, 'jpy'), at: null }).body).toContain('¥5,500<');
  });

  it('says nothing of a date or sum that is not known', () => {
    expect(english({ kind: 'paid', amount: money(5_500), at: null }).body).not.toContain('Paid on');
    expect(english({ kind: 'closed', payBy: null }).body).not.toContain('<dl>');
    expect(english({ kind: 'review', received: money(0) }).body).not.toContain('$0.00');
  });

  it('tells nothing of any order on a page for a link that is not good', () => {
    const { not_found, replaced, unsubscribe_not_found, unsubscribe_replaced } = pageContents;
    for (const content of [not_found, replaced, unsubscribe_not_found, unsubscribe_replaced]) {
      expect(english(content).body).not.toContain('<dl>');
    }
  });
});

describe('a page that waits', () => {
  it('loads itself again when the service is down, and tells programs when to', () => {
    const page = english(pageContents.unavailable);
    expect(page.headers['retry-after']).toBe('15');
    expect(page.headers.refresh).toBe('15');
    expect(page.body).toContain('every 15 seconds');
  });

  it('loads itself again after a return from Stripe, at the same address', () => {
    const page = english(pageContents.on_its_way);
    expect(page.headers.refresh).toBe('5');
    expect(page.body).toContain('href=""');
    expect(page.headers).not.toHaveProperty('retry-after');
  });

  it('is only one of these: every other page stays as it is', () => {
    const others = Object.values(pageContents).filter(
      ({ kind }) => kind !== 'unavailable' && kind !== 'on_its_way',
    );
    for (const content of others) expect(english(content).headers).not.toHaveProperty('refresh');
  });
});

describe('the page that offers to stop reminders', () => {
  it('has one button, which posts what a mailbox’s own button does to the page’s own address', () => {
    const { body } = english(pageContents.unsubscribe);
    expect(body).toContain(
      '<form method="post"><button class="button" name="List-Unsubscribe" value="One-Click">Stop reminders</button></form>',
    );
  });

  it('says that a new payment is still told of', () => {
    for (const content of [pageContents.unsubscribe, pageContents.unsubscribed]) {
      expect(english(content).body).toContain('Wasatch Youth Soccer still writes to you once');
    }
  });

  it('after a failure leads back to itself, and sends nothing again by itself', () => {
    const page = english(pageContents.unsubscribe_unavailable);
    expect(page.body).toContain('href=""');
    expect(page.headers).not.toHaveProperty('refresh');
  });
});

describe('the way to the contract', () => {
  it('is a button when the club gave an address', () => {
    const { body } = english(pageContents.sign_contract);
    expect(body).toContain('href="https://club.example/sign?p=1&amp;q=2"');
    expect(body).toContain('signed contract for Maya');
  });

  it.each([null, '', 'not an address', 'javascript:alert(1)', ' JavaScript:alert(1)', 'data:text/html,x'])(
    'is the club’s contact when the address is %j',
    (signUrl) => {
      const { body } = english({ kind: 'sign_contract', playerName: null, signUrl });
      expect(body).toContain('Wasatch Youth Soccer can tell you where to sign it.');
      expect(body).not.toContain('class="button"');
      expect(body).not.toMatch(/javascript:|data:/i);
    },
  );
});

describe('whom to ask', () => {
  const footer = (contact: string): string =>
    /class="contact"[^>]*>/.exec(
      renderPage(pageContents.waived, { language: 'en', club: { ...club, contact } }).body,
    )?.[0] ?? '';

  it.each([
    ['office@club.example', 'href="mailto:office@club.example"'],
    ['team+u12@club.example', 'href="mailto:team%2Bu12@club.example"'],
    ['+1 (801) 555-0123', 'href="tel:+18015550123"'],
    ['801.555.0123', 'href="tel:8015550123"'],
  ])('%s can be tapped', (contact, href) => {
    expect(footer(contact)).toContain(href);
  });

  it.each([
    'the desk in the club house',
    'Ana, 801 555 0123',
    'a@b',
    'x@y.z?bcc=all@club.example',
    '12-34',
    '(1)-(2)-(3)',
  ])('%s stays text', (contact) => {
    expect(footer(contact)).toBe('class="contact">');
  });
});

describe('the language of a page', () => {
  it.each([
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['fr-FR,fr;q=0.9', 'en'],
    ['es', 'es'],
    ['es-MX,es;q=0.9,en;q=0.8', 'es'],
    ['en-US,en;q=0.9,es;q=0.8', 'en'],
    ['en;q=0.3, ES-us;q=0.7', 'es'],
    ['fr, es;q=0.1', 'es'],
    ['es;q=0', 'en'],
    ['es;q=nonsense', 'en'],
  ] as const)('for %j is %s', (header, language) => {
    expect(languageOf(header)).toBe(language);
  });
});
