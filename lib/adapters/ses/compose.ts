import MailComposer from 'nodemailer/lib/mail-composer';
import type { Mail } from '../../ports.ts';

/** Line breaks in a subject become spaces; no content is ever fetched from a path or a URL. */
export const compose = async (
  from: string,
  to: string,
  { subject, text, html, unsubscribeUrl }: Mail,
): Promise<Buffer> =>
  new MailComposer({
    from,
    to: { name: '', address: to },
    subject,
    text,
    html,
    ...(unsubscribeUrl !== undefined && { headers: unsubscribeHeaders(unsubscribeUrl) }),
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();

/**
 * The mailbox's own button: one POST, no page in between.
 * @see https://www.rfc-editor.org/rfc/rfc8058
 */
const unsubscribeHeaders = (url: string): Record<string, string> => ({
  // As a URL is written, it has neither a line break nor an angle bracket.
  'List-Unsubscribe': `<${new URL(url).href}>`,
  'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
});
