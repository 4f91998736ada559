import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetSendQuotaCommand,
  type GetSendQuotaCommandOutput,
  type SESClient,
  SendRawEmailCommand,
} from '@aws-sdk/client-ses';
import { MailUnclear, Unmailable } from '../../domain/errors.ts';
import type { Mailer, MailQuota } from '../../ports.ts';
import { deliverable } from './address.ts';
import { failureOfQuota, failureOfSend } from './failure.ts';

/** `client`: made for one attempt, because a second one after a lost answer would be a second mail. */
export type MailerSetup = {
  client: SESClient;
  /** `Club Name <fees@club.example>` */
  from: string;
  configurationSet: string;
  /** How long to wait before the account is asked again: SES answers `GetSendQuota` once a second. */
  quotaPauseMs?: number;
};

/**
 * Mails with a text and an HTML form, composed here: SES's own `SendEmail` has no place for headers.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html
 */
export const sesMailer = ({ client, from, configurationSet, quotaPauseMs = 1_000 }: MailerSetup): Mailer => ({
  send: async (mail) => {
    const to = deliverable(mail.to);
    // A file of its own: a worker that finds nobody to write to composes nothing.
    const { compose } = await import('./compose.ts');
    const command = new SendRawEmailCommand({
      Destinations: [to],
      RawMessage: { Data: composed(() => compose(from, to, mail)) },
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

  /** Unlike a mail it is asked for again: several workers may ask within one second. */
  quota: async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return quotaIn(await client.send(new GetSendQuotaCommand({})));
      } catch (error) {
        const refused = failureOfQuota(error);
        if (refused.scope === 'sender' || attempt === QUOTA_ATTEMPTS) throw refused;
        await sleep(quotaPauseMs * (0.5 + Math.random()));
      }
    }
  },
});

const composed = (compose: () => Buffer): Buffer => {
  try {
    return compose();
  } catch (error) {
    throw new Unmailable('The mail can not be put into the form in which mails travel.', 'render', error);
  }
};

const QUOTA_ATTEMPTS = 3;

/**
 * SES writes -1 for "as many as you like" a day.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference/API_GetSendQuota.html
 */
const quotaIn = ({ MaxSendRate, Max24HourSend, SentLast24Hours }: GetSendQuotaCommandOutput): MailQuota => {
  if (MaxSendRate === undefined || Max24HourSend === undefined || SentLast24Hours === undefined) {
    throw new MailUnclear('SES answered with half a quota.');
  }
  return {
    perSecond: MaxSendRate,
    per24Hours: Max24HourSend === -1 ? Number.MAX_SAFE_INTEGER : Max24HourSend,
    sentLast24Hours: SentLast24Hours,
  };
};
