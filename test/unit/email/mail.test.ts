import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import { money } from '../../../lib/domain/money.ts';
import { Language } from '../../../lib/domain/roster.ts';
import { type MailContent, renderMail } from '../../../lib/email/render.ts';
import { samples } from '../../../lib/email/samples.ts';

const sources = fileURLToPath(new URL('../../../lib/email/', import.meta.url));
const times = (text: string, part: string): number => text.split(part).length - 1;

const { unsubscribeUrl } = samples['a reminder'];
const full: MailContent = { ...samples['monthly fee'], replacesDeadLink: true, unsubscribeUrl };
const bare: MailContent = {
  ...samples.usual,
  parentName: null,
  period: null,
  payBy: null,
  club: { ...samples.usual.club, contact: 'the desk' },
};
const every = Object.values({ full, bare }).flatMap((content) =>
  (['payment-request', 'monthly-fee'] as const).flatMap((template) =>
    Language.options.map((language): MailContent => ({ ...content, template, language })),
  ),
);

describe.each([...every, ...Object.values<MailContent>(samples)])(
  'the mail $template to $playerName in $language',
  (content) => {
    const mail = renderMail(content);

    it('leads to the order by one button, and by an address to copy', () => {
      expect(times(mail.html, content.payUrl)).toBe(2);
      expect(times(mail.html, `href="${content.payUrl}"`)).toBe(1);
      expect(times(mail.text, content.payUrl)).toBe(1);
    });

    it('leaves nothing open', () => {
      // A name may look like a placeholder: it stays that name.
      const named = ([mail.subject, mail.html, mail.text] as const).map((part) =>
        part.replaceAll('{{payUrl}} &', ''),
      );
      for (const part of named) expect(part).not.toMatch(/\{\{|undefined|\bnull\b|NaN|\[object/);
    });

    it('has a subject of one line, and text without holes', () => {
      expect(mail.subject).toMatch(/^\S.*\S$/);
      expect(mail.text).toMatch(/^\S/);
      expect(mail.text).not.toMatch(/\n{3}|[ \t]\n|\r/);
      expect(mail.text.endsWith('\n')).toBe(true);
    });

    it('shows no picture, follows nobody, and names no other address on the web', () => {
      expect(mail.html).not.toMatch(/<img|<script|<form|<iframe|url\(|@import|stripe/i);
      const addresses = [...mail.html.matchAll(/https?:\/\/[^\s"'<]+/g)].map(([address]) => address);
      expect(new Set(addresses.filter((address) => !address.startsWith('http://www.w3.org/')))).toEqual(
        new Set([content.payUrl, ...(content.unsubscribeUrl === null ? [] : [content.unsubscribeUrl])]),
      );
    });

    it('can be read on a phone and in the dark', () => {
      const sizes = [...mail.html.matchAll(/font-size:(\d+)px/g)].map(([, size]) => Number(size));
      expect(Math.min(...sizes)).toBeGreaterThanOrEqual(16);
      expect(mail.html).toContain('<meta name="color-scheme" content="light dark"/>');
      expect(mail.html).toContain('@media (prefers-color-scheme:dark)');
      expect(mail.html).toContain(`lang="${content.language}"`);
    });
  },
);

describe('what a family reads', () => {
  it('is what it is for, for whom, how much and by when', () => {
    const { html, text, subject } = renderMail(samples.usual);
    expect(subject).toBe('Utah Invitational: payment for Maya Lopez');
    expect(html).toContain('Pay $55.00');
    expect(text).toContain(
      'For: Maya Lopez\nWhat: Utah Invitational\nAmount: $55.00\nPay by: Thursday, April 30, 2026\n',
    );
    expect(text).toContain('office@wasatchyouth.example');
    expect(html).toContain('href="mailto:office@wasatchyouth.example"');
  });

  it('is in Spanish for a family that reads Spanish', () => {
    const { subject, html, text } = renderMail(samples['monthly fee in Spanish']);
    expect(subject).toBe('Nuevo enlace de pago: Cuota mensual, Sofía Muñoz');
    expect(html).toContain('Pagar $110.00');
    expect(text).toContain(
      'Periodo: mayo de 2026\nImporte: $110.00\nFecha límite: viernes, 1 de mayo de 2026\n',
    );
  });

  it('leaves out a date, a period and a name that are not known', () => {
    const { text, html } = renderMail(bare);
    expect(text).toContain('\n\nHello,\n\n');
    expect(text).toContain('For: Maya Lopez\nWhat: Utah Invitational\nAmount: $55.00\n\n');
    for (const part of [text, html]) expect(part).not.toMatch(/pay by|Period:/i);
  });

  it('takes a name of nothing but spaces for no name', () => {
    expect(renderMail({ ...samples.usual, parentName: ' \n ' }).text).toContain('\n\nHello,\n\n');
  });

  it('shows yen without decimals', () => {
    expect(renderMail({ ...samples.usual, amount: money(5_500, 'jpy') }).text).toContain('Amount: ¥5,500\n');
  });

  it('speaks of a dead link only where one is replaced', () => {
    const sentence = 'The link in our earlier e-mail has stopped working';
    const replaced = renderMail({ ...samples.usual, replacesDeadLink: true });
    for (const part of [replaced.html, replaced.text]) {
      expect(part).toContain(sentence);
      expect(part).toContain('The one below does not expire');
      expect(part).toContain('you don’t need to pay again');
    }
    expect(replaced.subject).toBe('New payment link: Utah Invitational for Maya Lopez');
    const usual = renderMail(samples.usual);
    for (const part of [usual.html, usual.text]) expect(part).not.toContain(sentence);
  });

  it('says of a fee that comes again that paying means agreeing to keep the card, and of no other', () => {
    const sentence = 'by paying you agree that it is kept for later fees';
    for (const part of [renderMail(samples['monthly fee']).html, renderMail(samples['monthly fee']).text]) {
      expect(part).toContain(sentence);
    }
    expect(renderMail(samples.usual).text).not.toContain(sentence);
  });
});

describe('a reminder', () => {
  const sentence = 'This is a reminder: we have not received this payment yet.';
  const reminder = renderMail(samples['a reminder']);

  it('says so in its subject, in what an inbox shows, and in its first sentence', () => {
    expect(reminder.subject).toBe('Reminder: Utah Invitational: payment for Maya Lopez');
    expect(reminder.html).toContain('>Reminder: Utah Invitational: $55.00');
    expect(reminder.text).toContain(`Hello Dana,\n\n${sentence}\n\n`);
    expect(times(reminder.html, sentence)).toBe(1);
  });

  it('says at its end how to stop reminders', () => {
    expect(times(reminder.html, `href="${unsubscribeUrl}"`)).toBe(1);
    expect(reminder.html).toContain('>Stop reminders to this address</a>');
    expect(reminder.text.endsWith(`\n\nTo stop reminders to this address:\n${unsubscribeUrl}\n`)).toBe(true);
  });

  it('is in Spanish for a family that reads Spanish', () => {
    const { subject, text, html } = renderMail(samples['a reminder of a monthly fee in Spanish']);
    expect(subject).toBe('Recordatorio: Cuota mensual: cuota de Sofía Muñoz');
    expect(text).toContain('Este es un recordatorio: todavía no hemos recibido este pago.');
    expect(html).toContain('>No recibir más recordatorios en esta dirección</a>');
  });

  it('is what a notice is not: nobody unsubscribes from a debt', () => {
    for (const name of ['usual', 'monthly fee', 'replaces a dead link'] as const) {
      for (const part of Object.values(renderMail(samples[name]))) {
        expect(part).not.toMatch(/remind|unsubscribe/i);
      }
    }
  });
});

describe('a hostile name', () => {
  const { subject, html, text } = renderMail(samples['hostile names']);

  it('is shown as text, escaped once', () => {
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain('Robert&quot;&gt;&lt;img src=x onerror=alert(1)&gt; Bcc: all@example.com');
    expect(html).not.toContain('&amp;lt;');
  });

  it('adds no line to the subject or the text', () => {
    expect(subject).toBe(
      '{{payUrl}} & <b>friends</b>: payment for Robert"><img src=x onerror=alert(1)> Bcc: all@example.com',
    );
    expect(text).toContain('For: Robert"><img src=x onerror=alert(1)> Bcc: all@example.com\n');
  });

  it.each([
    ['a line separator', 'Maya\u2028Bcc: x'],
    ['a paragraph separator', 'Maya\u2029Bcc: x'],
    ['a carriage return', 'Maya\rBcc: x'],
    ['a next-line control', 'Maya\u0085Bcc: x'],
    ['a null', 'Maya\u0000Bcc: x'],
    ['a tab', 'Maya\tBcc: x'],
  ])('with %s is one line', (_, playerName) => {
    const mail = renderMail({ ...samples.usual, playerName });
    expect(mail.subject).toBe('Utah Invitational: payment for Maya Bcc: x');
    expect(mail.text).toContain('For: Maya Bcc: x\n');
  });

  it('can not turn the direction of what follows it', () => {
    const mail = renderMail({ ...samples.usual, playerName: '\u202eMaya\u2066' });
    for (const part of Object.values(mail)) expect(part).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  });

  it('of a replacement pattern stays what it is', () => {
    expect(renderMail({ ...samples.usual, playerName: "$& $1 $' $$" }).text).toContain("For: $& $1 $' $$\n");
  });

  it('of a section mark stays what it is', () => {
    const playerName = '{{#payBy}}x{{/payBy}}{{^payBy}}';
    expect(renderMail({ ...samples.usual, playerName }).text).toContain(`For: ${playerName}\n`);
  });
});

describe('an address with reserved characters', () => {
  it('is escaped in markup, and itself in text', () => {
    const payUrl = 'https://pay.club.example/pay/x?a=1&b="2"';
    const mail = renderMail({ ...samples.usual, payUrl });
    expect(times(mail.html, 'https://pay.club.example/pay/x?a=1&amp;b=&quot;2&quot;')).toBe(2);
    expect(mail.text).toContain(payUrl);
  });
});

describe('the compiled mails', () => {
  it('are what the templates and words give now', async () => {
    await promisify(execFile)(process.execPath, [`${sources}build.ts`, '--check']);
  });

  it('bring no React into a bundle', async () => {
    const { metafile } = await build({
      entryPoints: [`${sources}render.ts`],
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      logLevel: 'silent',
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.some((input) => input.endsWith('lib/email/compiled.generated.ts'))).toBe(true);
    expect(inputs.filter((input) => /react|templates\/|html-to-text/.test(input))).toEqual([]);
  });
});
