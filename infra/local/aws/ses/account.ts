import type { Answer } from '../../http/loopback.ts';
import type { ApiCall } from '../call.ts';
import { xmlError, xmlResult } from '../xml.ts';

export const NAMESPACE = 'http://ses.amazonaws.com/doc/2010-12-01/';

type Standing = 'Success' | 'Pending' | 'Failed' | 'NotStarted';

/** What SES knows of the sender, beside its quota. May be changed while running. */
export type SesAccount = {
  /** `NotStarted`: nobody has told SES of this domain. Mail of a domain that is not verified is refused. */
  verification: Standing;
  dkim: Standing;
  /** False while AWS has paused the account. */
  sendingEnabled: boolean;
  /** Whether the configuration set is there, and tells of every kind of event. */
  configurationSet: 'complete' | 'no_events' | 'missing';
};

/** The questions about the account that SES v1 answers here. `undefined`: not one of them. */
export function answerAboutAccount(call: ApiCall, account: SesAccount): Answer | undefined {
  const answer = (result: string): Answer => xmlResult(NAMESPACE, call.action, result);
  const identity = String(call.input['Identities.member.1'] ?? '');
  const attributes = (of: string, value: string): string =>
    account.verification === 'NotStarted'
      ? `<${of}/>`
      : `<${of}><entry><key>${identity}</key><value>${value}</value></entry></${of}>`;

  switch (call.action) {
    case 'GetIdentityVerificationAttributes':
      return answer(
        attributes(
          'VerificationAttributes',
          `<VerificationStatus>${account.verification}</VerificationStatus>`,
        ),
      );
    case 'GetIdentityDkimAttributes':
      return answer(
        attributes(
          'DkimAttributes',
          `<DkimEnabled>${account.dkim !== 'NotStarted'}</DkimEnabled><DkimVerificationStatus>${account.dkim}</DkimVerificationStatus>`,
        ),
      );
    case 'GetAccountSendingEnabled':
      return answer(`<Enabled>${account.sendingEnabled}</Enabled>`);
    case 'DescribeConfigurationSet': {
      const name = String(call.input.ConfigurationSetName);
      if (account.configurationSet === 'missing') {
        return xmlError(400, 'ConfigurationSetDoesNotExist', `Configuration set <${name}> does not exist.`);
      }
      const destinations =
        account.configurationSet === 'no_events'
          ? '<EventDestinations/>'
          : '<EventDestinations><member><Name>events</Name><Enabled>true</Enabled><MatchingEventTypes>' +
            ['send', 'delivery', 'bounce', 'complaint', 'reject', 'renderingFailure']
              .map((type) => `<member>${type}</member>`)
              .join('') +
            '</MatchingEventTypes></member></EventDestinations>';
      return answer(`<ConfigurationSet><Name>${name}</Name></ConfigurationSet>${destinations}`);
    }
    default:
      return undefined;
  }
}

/**
 * Why SES takes no mail of this sender at all, if it does not.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html#API_SendRawEmail_Errors
 */
export function senderRefused(
  account: SesAccount,
  mail: { from: string; configurationSet: string | undefined },
  hasSet: (configurationSet: string) => boolean,
): Answer | undefined {
  if (!account.sendingEnabled) {
    return xmlError(400, 'AccountSendingPausedException', 'Sending is paused for this account.');
  }
  const set = mail.configurationSet;
  if (set !== undefined && (account.configurationSet === 'missing' || !hasSet(set))) {
    const message = `Configuration set <${set}> does not exist.`;
    return xmlError(400, 'ConfigurationSetDoesNotExist', message);
  }
  if (account.verification === 'Success') return undefined;
  const message = `Email address is not verified. The following identities failed the check in region US-EAST-1: ${mail.from}`;
  return xmlError(400, 'MessageRejected', message);
}
