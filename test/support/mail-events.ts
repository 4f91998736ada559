import { type DeliveryRef, deliveryTagOf } from '../../lib/domain/blast.ts';

/**
 * Events as SES publishes them, cut to what any of them has beside what is read.
 * @see https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
 */
export type MailEventOptions = {
  ref?: DeliveryRef | null;
  to?: string;
  messageId?: string;
  /** When SES took the mail. */
  mailedAt?: string;
  /** When it came about. */
  at?: string;
};

export type MailEventKind =
  | 'Send'
  | 'Delivery'
  | 'Permanent'
  | 'Transient'
  | 'Undetermined'
  | 'Complaint'
  | 'Reject'
  | 'Rendering Failure'
  | 'DeliveryDelay';

export const mailEventObject = (kind: MailEventKind, options: MailEventOptions = {}) => {
  const {
    ref = null,
    to = 'alex@family.example',
    messageId = 'EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000',
    mailedAt = '2026-04-14T15:00:00.012Z',
    at = '2026-04-14T15:00:02.669Z',
  } = options;
  const mail = {
    timestamp: mailedAt,
    source: 'Club <fees@club.example>',
    sendingAccountId: '123456789012',
    messageId,
    destination: [to],
    headersTruncated: false,
    tags: {
      'ses:configuration-set': ['ConfigSet'],
      ...(ref === null ? {} : { delivery: [deliveryTagOf(ref)] }),
    },
  };
  const feedback = { timestamp: at, feedbackId: `feedback-${messageId}` };
  const recipients = [{ emailAddress: to }];
  switch (kind) {
    case 'Send':
      return { eventType: kind, mail, send: {} };
    case 'Delivery':
      return {
        eventType: kind,
        mail,
        delivery: { timestamp: at, processingTimeMillis: 546, recipients: [to] },
      };
    case 'Permanent':
    case 'Transient':
    case 'Undetermined': {
      const bounce = {
        ...feedback,
        bounceType: kind,
        bounceSubType: 'General',
        bouncedRecipients: recipients,
      };
      return { eventType: 'Bounce', mail, bounce };
    }
    case 'Complaint':
      return { eventType: kind, mail, complaint: { ...feedback, complainedRecipients: recipients } };
    case 'Reject':
      return { eventType: kind, mail, reject: { reason: 'Bad content' } };
    case 'Rendering Failure':
      return { eventType: kind, mail, failure: { templateName: 't', errorMessage: 'no such attribute' } };
    case 'DeliveryDelay':
      return {
        eventType: kind,
        mail,
        deliveryDelay: { ...feedback, delayType: 'TransientCommunicationFailure' },
      };
  }
};

export const mailEvent = (kind: MailEventKind, options: MailEventOptions = {}): string =>
  JSON.stringify(mailEventObject(kind, options));

/** As SNS wraps it where its subscription does not deliver it raw. */
export const inEnvelope = (message: string): string =>
  JSON.stringify({
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: 'arn:aws:sns:us-east-1:123456789012:MailEvents',
    Message: message,
    Timestamp: '2026-04-14T15:00:03.000Z',
    SignatureVersion: '1',
  });
