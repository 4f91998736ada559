import { ACCOUNT_ID, arn } from '../../template/identity.ts';
import { addressesIn, headersByName, headersIn } from '../raw-mail.ts';
import type { TakenMail } from './mail.ts';

/** What can become of a mail, as SES tells it. The three bounces are one type of event, with other contents. */
export const eventKinds = {
  send: { type: 'send', eventType: 'Send' },
  delivery: { type: 'delivery', eventType: 'Delivery' },
  bounce: { type: 'bounce', eventType: 'Bounce' },
  transient_bounce: { type: 'bounce', eventType: 'Bounce' },
  suppressed_bounce: { type: 'bounce', eventType: 'Bounce' },
  complaint: { type: 'complaint', eventType: 'Complaint' },
  reject: { type: 'reject', eventType: 'Reject' },
  rendering_failure: { type: 'renderingFailure', eventType: 'Rendering Failure' },
} as const satisfies Record<string, { type: string; eventType: string }>;
export type EventKind = keyof typeof eventKinds;

/** One event of one mail. `recipients`: those it is about. */
export type SesEvent = {
  kind: EventKind;
  mail: TakenMail;
  recipients: readonly string[];
  /** When it came about: milliseconds since the epoch, in the stack's time. */
  at: number;
};

/**
 * The event as SES publishes it to a topic.
 * @see https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
 * @see https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
 */
export function eventJson(event: SesEvent): string {
  const { eventType } = eventKinds[event.kind];
  return JSON.stringify({ eventType, mail: mailObject(event.mail), ...detailsOf(event) });
}

const iso = (ms: number): string => new Date(ms).toISOString();

function mailObject(mail: TakenMail): object {
  const headers = headersIn(mail.head);
  const named = headersByName(headers);
  const listed = (name: string) =>
    named[name] === undefined ? {} : { [name]: named[name].split(/,\s*/).filter((each) => each !== '') };
  const domain = addressesIn(mail.from)[0]?.split('@')[1] ?? '';
  return {
    timestamp: iso(mail.at),
    source: mail.from,
    sourceArn: arn('ses', `identity/${domain}`),
    sendingAccountId: ACCOUNT_ID,
    messageId: mail.messageId,
    destination: mail.to,
    headersTruncated: false,
    headers,
    commonHeaders: {
      ...listed('from'),
      ...(named.date === undefined ? {} : { date: named.date }),
      ...listed('to'),
      messageId: mail.messageId,
      ...(named.subject === undefined ? {} : { subject: named.subject }),
    },
    tags: {
      'ses:operation': ['SendRawEmail'],
      ...(mail.configurationSet === undefined ? {} : { 'ses:configuration-set': [mail.configurationSet] }),
      'ses:source-ip': ['127.0.0.1'],
      'ses:from-domain': [domain],
      'ses:caller-identity': [mail.sentBy],
      ...Object.fromEntries(Object.entries(mail.tags).map(([name, value]) => [name, [value]])),
    },
  };
}

const MAILBOX_FULL = { status: '5.2.2', diagnosticCode: 'smtp; 552 5.2.2 Mailbox full' };
const NO_SUCH_USER = { status: '5.1.1', diagnosticCode: 'smtp; 550 5.1.1 user unknown' };
const SUPPRESSED = {
  status: '5.1.1',
  diagnosticCode:
    'Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.',
};

function detailsOf({ kind, mail, recipients, at }: SesEvent): object {
  const timestamp = iso(at);
  const feedbackId = `${mail.messageId}-${kind}`;
  const bounce = (
    bounceType: 'Permanent' | 'Transient',
    bounceSubType: string,
    why: { status: string; diagnosticCode: string },
    reportingMTA: string,
  ) => ({
    bounce: {
      feedbackId,
      bounceType,
      bounceSubType,
      bouncedRecipients: recipients.map((emailAddress) => ({ emailAddress, action: 'failed', ...why })),
      timestamp,
      reportingMTA,
    },
  });

  switch (kind) {
    case 'send':
      return { send: {} };
    case 'delivery':
      return {
        delivery: {
          timestamp,
          processingTimeMillis: Math.max(1, at - mail.at),
          recipients,
          smtpResponse: '250 2.6.0 Message received',
          remoteMtaIp: '127.0.0.1',
          reportingMTA: 'a1-1.smtp-out.amazonses.com',
        },
      };
    case 'bounce':
      return bounce('Permanent', 'General', NO_SUCH_USER, 'dns; mailbox.example');
    case 'transient_bounce':
      return bounce('Transient', 'MailboxFull', MAILBOX_FULL, 'dns; mailbox.example');
    case 'suppressed_bounce':
      return bounce('Permanent', 'Suppressed', SUPPRESSED, 'dns; amazonses.com');
    case 'complaint':
      return {
        complaint: {
          feedbackId,
          complaintSubType: null,
          complainedRecipients: recipients.map((emailAddress) => ({ emailAddress })),
          timestamp,
          userAgent: 'Amazon SES Mailbox Simulator',
          complaintFeedbackType: 'abuse',
          arrivalDate: timestamp,
        },
      };
    case 'reject':
      return { reject: { reason: 'Bad content' } };
    case 'rendering_failure':
      return {
        failure: {
          templateName: 'template',
          errorMessage: "Attribute 'name' is not present in the rendering data.",
        },
      };
  }
}
