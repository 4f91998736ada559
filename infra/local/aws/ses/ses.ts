import { randomUUID } from 'node:crypto';
import type { Answer } from '../../http/loopback.ts';
import type { Deployment } from '../../template/identity.ts';
import type { ApiCall } from '../call.ts';
import type { Backend } from '../gateway.ts';
import type { Topics } from '../topics.ts';
import { xmlError, xmlResult } from '../xml.ts';
import { answerAboutAccount, NAMESPACE, type SesAccount, senderRefused } from './account.ts';
import { readDestinations } from './destinations.ts';
import { type EventKind, eventKinds, type SesEvent } from './event.ts';
import type { Inbox } from './inbox.ts';
import { readRawMail, type TakenMail } from './mail.ts';
import { createOutcomes, isSimulated, type Outcomes } from './outcomes.ts';
import { createLimits, type SesQuota, type Throttled } from './quota.ts';
import { createTelling, type SesEvents } from './telling.ts';

/** SES as a test, or a bench, has it in hand. */
export type SesControl = {
  readonly quota: SesQuota;
  readonly account: SesAccount;
  /** How many mails were refused for the quota. */
  readonly throttled: Throttled;
  readonly outcomes: Outcomes;
  readonly events: SesEvents;
  /** The mails that SES took, oldest first: their envelopes, without the cost of reading each. */
  taken(): TakenMail[];
};

export type Ses = {
  readonly control: SesControl;
  readonly backend: Backend;
  /** Forgets the mails that were taken; the quota does not. */
  clear(): void;
  /** Events on their way to their topic. */
  busy(): number;
  /** How many there have ever been. */
  started(): number;
};

/** https://docs.aws.amazon.com/ses/latest/dg/quotas.html */
const MAX_RECIPIENTS = 50;

/**
 * SES v1: the account's quota and rate, what becomes of a mail, and what SES tells of that. Every action is answered
 * or refused here; the inbox behind it only shows mails.
 */
export function createSes(options: {
  inbox: Inbox;
  deployment: Deployment;
  topics: Topics;
  now(): number;
  onFailure(error: Error): void;
}): Ses {
  const { now } = options;
  const limits = createLimits(now);
  const outcomes = createOutcomes();
  const destinations = readDestinations(options.deployment);
  const account: SesAccount = {
    verification: 'Success',
    dkim: 'Success',
    sendingEnabled: true,
    configurationSet: 'complete',
  };
  /** By message id. */
  const taken = new Map<string, TakenMail>();

  const telling = createTelling({
    destinationsOf: ({ kind, mail }) =>
      account.configurationSet === 'no_events' ? [] : destinations.of(mail.configurationSet, kind),
    publish: ({ topicArn, configurationSetArn }, messages) =>
      options.topics.publish(
        { service: 'ses.amazonaws.com', source: configurationSetArn, topicArn },
        messages,
      ),
    onFailure: options.onFailure,
  });

  function sendRawEmail(call: ApiCall): Answer {
    const mail = readRawMail(call);
    const { to } = mail;
    const refused = senderRefused(account, mail, destinations.has);
    if (refused !== undefined) return refused;
    const invalid = problemOf(mail);
    if (invalid !== undefined) return xmlError(400, 'InvalidParameterValue', invalid);
    const simulated = to.filter(isSimulated).length;
    const throttled = limits.refuse({ counted: to.length - simulated, simulated });
    if (throttled !== undefined) return xmlError(400, 'Throttling', throttled);

    const messageId = `0100${now().toString(16)}-${randomUUID()}-000000`;
    const kept: TakenMail = { ...mail, messageId, at: now() };
    taken.set(messageId, kept);
    options.inbox.put(kept, call.received.body);
    telling.add(eventsOf(kept, outcomes.toldOf, now()));
    return xmlResult(NAMESPACE, call.action, `<MessageId>${messageId}</MessageId>`);
  }

  const events: SesEvents = Object.assign(telling, {
    tell(messageId: string, kind: EventKind) {
      const mail = taken.get(messageId);
      if (mail === undefined) throw new Error(`SES never took a mail ${messageId}.`);
      telling.add([{ kind, mail, recipients: mail.to, at: now() }]);
    },
  });

  return {
    control: {
      quota: limits.quota,
      account,
      throttled: limits.throttled,
      outcomes,
      events,
      taken: () => [...taken.values()],
    },
    busy: telling.busy,
    started: telling.started,

    async backend(call) {
      if (call.action === 'SendRawEmail') return sendRawEmail(call);
      if (call.action === 'GetSendQuota') return xmlResult(NAMESPACE, call.action, quotaXml(limits));
      return (
        answerAboutAccount(call, account) ??
        xmlError(400, 'InvalidAction', `The local SES does not know ${call.action}.`)
      );
    },

    clear: () => taken.clear(),
  };
}

/** What is wrong with a request, in the words of SES. */
function problemOf({ from, to }: Pick<TakenMail, 'from' | 'to'>): string | undefined {
  if (from === '') return "Missing required header 'From'.";
  if (to.length === 0) return 'Missing destination.';
  if (to.length > MAX_RECIPIENTS) return `Recipient count exceeds ${MAX_RECIPIENTS}.`;
  return to.some((address) => !address.includes('@')) ? "Missing final '@domain'" : undefined;
}

/** What SES tells of a mail: `Send` once for all its recipients, everything else of each by itself. */
function eventsOf(
  mail: TakenMail,
  toldOf: (address: string) => readonly EventKind[],
  at: number,
): SesEvent[] {
  const each = mail.to.flatMap((address) =>
    toldOf(address).map((kind): SesEvent => ({ kind, mail, recipients: [address], at })),
  );
  const sent = each.find(({ kind }) => kind === 'send');
  const others = each.filter(({ kind }) => eventKinds[kind] !== eventKinds.send);
  return sent === undefined ? others : [{ ...sent, recipients: mail.to }, ...others];
}

function quotaXml({ quota, sent }: { quota: SesQuota; sent(): number }): string {
  return (
    `<Max24HourSend>${quota.max24HourSend}</Max24HourSend><MaxSendRate>${quota.maxSendRate}</MaxSendRate>` +
    `<SentLast24Hours>${sent()}</SentLast24Hours>`
  );
}
