import { domainToASCII } from 'node:url';
import { type SESClient, SendRawEmailCommand } from '@aws-sdk/client-ses';
import MailComposer from 'nodemailer/lib/mail-composer';
import { MailRefused, MailUnclear } from '../../domain/errors.ts';
import type { Mail, Mailer } from '../../ports.ts';
import { failureOfSend } from './failure.ts';

/** `client`: made for one attempt, because a second one after a lost answer would be a second mail. */
export type MailerSetup = {
  client: SESClient;
  /** `Club Name <fees@club.example>` */
  from: string;
  configurationSet: string;
};

/**
 * Mails with a text and an HTML form, composed here: SES's own `SendEmail` has no place for headers.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html
 */
export const sesMailer = ({ client, from, configurationSet }: MailerSetup): Mailer => ({
  send: async (mail) => {
    const to = deliverable(mail.to);
    const Data = await compose(from, to, mail);
    const command = new SendRawEmailCommand({
      Destinations: [to],
      RawMessage: { Data },
      ConfigurationSetName: configurationSet,
      Tags: [{ Name: 'delivery', Value: mail.deliveryTag }],
    });
    const { MessageId } = await client.send(command).catch((error: unknown) => {
      throw failureOfSend(error, mail.deliveryTag);
    });
    if (MessageId === undefined) {
      throw new MailUnclear('SES answered without a message id.', { deliveryTag: mail.deliveryTag });
    }
    return { messageId: MessageId };
  },
});

/** Line breaks in a subject become spaces; no content is ever fetched from a path or a URL. */
const compose = (from: string, to: string, { subject, text, html }: Mail): Promise<Buffer> =>
  new MailComposer({
    from,
    to: { name: '', address: to },
    subject,
    text,
    html,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();

/**
 * The address as SES takes it: its domain in ASCII. Before the @ SES knows ASCII only.
 * @throws {MailRefused} for anything else, so that nothing in it can become a header or a second recipient
 */
const deliverable = (address: string): string => {
  const [, local, domain] = /^([\w.!#$%&'*+/=?^`{|}~-]{1,64})@([^\s@]{1,253})$/.exec(address) ?? [];
  const ascii = domainToASCII(domain ?? '');
  if (local === undefined || !/^([a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}$/.test(ascii)) {
    throw new MailRefused(
      'The address is not one that mail can be sent to. Correct it in the roster.',
      'message',
    );
  }
  return `${local}@${ascii}`;
};
