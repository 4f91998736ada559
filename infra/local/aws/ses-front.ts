import type { Answer, LoopbackClient } from '../http/loopback.ts';
import { createThrottle, type Throttle } from '../http/throttle.ts';
import type { ApiCall } from './call.ts';
import type { Backend } from './gateway.ts';
import { addressesIn, headersOf } from './raw-mail.ts';
import { answerAboutAccount, type SesAccount, senderRefused } from './ses-account.ts';
import { xmlError, xmlResult } from './xml.ts';

/** A mail as SES took it. Times are in the stack's time. */
export type ReceivedMail = {
  messageId: string;
  /** Milliseconds since the epoch. */
  at: number;
  from: string;
  /** The envelope: who gets it, whatever the header says. */
  to: readonly string[];
  subject: string;
  html: string;
  text: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The message tags of the request. */
  tags: Readonly<Record<string, string>>;
  configurationSet: string | undefined;
};

/** What SES lets this account send. May be changed while running. */
export type SesQuota = {
  /** Recipients in any 24 hours. */
  max24HourSend: number;
  /** Recipients per second. */
  maxSendRate: number;
};

export type SesFront = {
  readonly quota: SesQuota;
  readonly account: SesAccount;
  inbox(): Promise<ReceivedMail[]>;
  clearInbox(): Promise<void>;
};

/** What the parsing inbox does not keep of a raw mail. */
type Envelope = Pick<ReceivedMail, 'messageId' | 'at' | 'to' | 'headers' | 'tags' | 'configurationSet'>;
type InboxStore = {
  emails: {
    messageId: string;
    from: string;
    destination: { to: string[]; cc: string[]; bcc: string[] };
    subject: string;
    body: { html?: string; text?: string };
  }[];
};

const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * SES v1 before the inbox: the account's quota and rate, which the inbox does not know, and what of a mail it does
 * not keep. It answers every action itself or refuses it, since the inbox never answers what it does not know.
 * @see https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
 */
export function createSesFront(options: {
  inboxUrl: string;
  client: LoopbackClient;
  now(): number;
}): SesFront & { backend: Backend } {
  const { client, inboxUrl, now } = options;
  const quota: SesQuota = { max24HourSend: 50_000, maxSendRate: 500 };
  const account: SesAccount = {
    verification: 'Success',
    dkim: 'Success',
    sendingEnabled: true,
    configurationSet: 'complete',
  };
  let envelopes: Envelope[] = [];
  let sentAt: number[] = [];
  let throttle: { of: number; bucket: Throttle } | undefined;

  const refused = (recipients: number): string | undefined => {
    sentAt = sentAt.filter((at) => at > now() - DAY_MS);
    if (sentAt.length + recipients > quota.max24HourSend) return 'Daily message quota exceeded.';
    if (throttle?.of !== quota.maxSendRate) {
      const burst = Math.max(1, quota.maxSendRate);
      throttle = { of: quota.maxSendRate, bucket: createThrottle(now, quota.maxSendRate, burst) };
    }
    const { bucket } = throttle;
    const admitted = Array.from({ length: recipients }).every(() => bucket.take());
    return admitted ? undefined : 'Maximum sending rate exceeded.';
  };

  async function sendRawEmail(call: ApiCall): Promise<Answer> {
    const raw = Buffer.from(String(call.input['RawMessage.Data'] ?? ''), 'base64').toString('utf8');
    const headers = headersOf(raw);
    const destinations = numbered(call.input, 'Destinations.member');
    const to = destinations.length > 0 ? destinations : addressesIn(headers.to ?? '');
    const unverified = senderRefused(account, headers.from ?? '');
    if (unverified !== undefined) return xmlError(400, 'MessageRejected', unverified);
    const problem = refused(to.length);
    if (problem !== undefined) return xmlError(400, 'Throttling', problem);

    const { request, body } = call.received;
    const answer = await client.send({
      url: inboxUrl,
      method: 'POST',
      headers: {
        authorization: request.headers.authorization ?? 'AWS4 local',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body,
    });
    const messageId = /<MessageId>([^<]+)</.exec(answer.body.toString('utf8'))?.[1];
    if (messageId === undefined) return xmlError(400, 'InvalidParameterValue', answer.body.toString('utf8'));
    for (const _recipient of to) sentAt.push(now());
    const configurationSet = call.input.ConfigurationSetName;
    envelopes.push({
      messageId,
      at: now(),
      to,
      headers,
      tags: tagsOf(call.input),
      configurationSet: typeof configurationSet === 'string' ? configurationSet : undefined,
    });
    return answer;
  }

  return {
    quota,
    account,
    async backend(call) {
      if (call.action === 'SendRawEmail') return sendRawEmail(call);
      if (call.action === 'GetSendQuota') {
        const sent = sentAt.filter((at) => at > now() - DAY_MS).length;
        return xmlResult(
          'http://ses.amazonaws.com/doc/2010-12-01/',
          'GetSendQuota',
          `<Max24HourSend>${quota.max24HourSend}</Max24HourSend><MaxSendRate>${quota.maxSendRate}</MaxSendRate>` +
            `<SentLast24Hours>${sent}</SentLast24Hours>`,
        );
      }
      return (
        answerAboutAccount(call, account) ??
        xmlError(400, 'InvalidAction', `The local SES does not know ${call.action}.`)
      );
    },

    async inbox() {
      const answer = await client.send({ url: `${inboxUrl}/store`, method: 'GET' });
      const { emails } = JSON.parse(answer.body.toString('utf8')) as InboxStore;
      const parsed = new Map(emails.map((email) => [email.messageId, email]));
      return envelopes.flatMap((envelope) => {
        const email = parsed.get(envelope.messageId);
        if (email === undefined) return [];
        const { from, subject, body } = email;
        return [{ ...envelope, from, subject, html: body.html ?? '', text: body.text ?? '' }];
      });
    },

    async clearInbox() {
      envelopes = [];
      await client.send({ url: `${inboxUrl}/clear-store`, method: 'POST' });
    },
  };
}

/** The values of `Destinations.member.1`, `.2`, … */
function numbered(input: Readonly<Record<string, unknown>>, prefix: string): string[] {
  const values: string[] = [];
  for (let n = 1; typeof input[`${prefix}.${n}`] === 'string'; n += 1) {
    values.push(String(input[`${prefix}.${n}`]));
  }
  return values;
}

function tagsOf(input: Readonly<Record<string, unknown>>): Record<string, string> {
  const tags: Record<string, string> = {};
  for (let n = 1; typeof input[`Tags.member.${n}.Name`] === 'string'; n += 1) {
    tags[String(input[`Tags.member.${n}.Name`])] = String(input[`Tags.member.${n}.Value`] ?? '');
  }
  return tags;
}
