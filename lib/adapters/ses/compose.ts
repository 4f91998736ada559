import MimeNode from 'nodemailer/lib/mime-node';
import { encode, wrap } from 'nodemailer/lib/qp';
import type { Mail } from '../../ports.ts';

/**
 * A mail as it travels: a text and an HTML form of the same words, for the mailbox to choose from. The library writes
 * the headers and encodes both forms; it would put them together by streams, for attachments that a mail here never
 * has, and these cost more than all the rest of composing.
 *
 * Line breaks in a subject become spaces.
 * @see https://www.rfc-editor.org/rfc/rfc2046#section-5.1.4
 */
export const compose = (from: string, to: string, { subject, text, html, unsubscribeUrl }: Mail): Buffer => {
  const head = new MimeNode('multipart/alternative');
  if (unsubscribeUrl !== undefined) head.setHeader(unsubscribeHeaders(unsubscribeUrl));
  head.setHeader({ from, to: { name: '', address: to }, subject });
  // It makes the boundary, too: random, and with letters that no encoded line has.
  const headers = head.buildHeaders();
  const boundary = `--${head.boundary}`;
  return Buffer.from(
    [
      headers,
      '',
      boundary,
      ...part('plain', text),
      boundary,
      ...part('html', html),
      `${boundary}--`,
      '',
    ].join('\r\n'),
  );
};

/** The last of several forms is the one that is preferred. */
const part = (form: 'plain' | 'html', content: string): string[] => [
  `Content-Type: text/${form}; charset=utf-8`,
  'Content-Transfer-Encoding: quoted-printable',
  '',
  wrap(encode(content.replace(/\r?\n/g, '\r\n'))),
];

/**
 * The mailbox's own button: one POST, no page in between.
 * @see https://www.rfc-editor.org/rfc/rfc8058
 */
const unsubscribeHeaders = (url: string): Record<string, string> => ({
  // As a URL is written, it has neither a line break nor an angle bracket.
  'List-Unsubscribe': `<${new URL(url).href}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
});
