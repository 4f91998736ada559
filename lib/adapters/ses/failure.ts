import { MailRefused, MailUnclear } from '../../domain/errors.ts';

/**
 * What a failed send means for the mail, and for the rest of the mailing. SES took a mail only if it said so;
 * it refused one only if it answered with a 4xx, or was never reached.
 */
export const failureOfSend = (error: unknown, deliveryTag: string): MailRefused | MailUnclear => {
  const { name, message, status, code } = detailsOf(error);
  const evidence = { deliveryTag, error: name };
  const answered = status !== undefined && status >= 400 && status < 500;
  const scope = answered ? scopeOf(name, message, status) : beforeSending(name, code);
  return scope === undefined
    ? new MailUnclear(`No usable answer from SES (${name}): the mail may have been taken.`, evidence, error)
    : new MailRefused(`SES did not take the mail (${name}).`, scope, evidence, error);
};

/**
 * What it means that the account can't be asked what it may send. Scope `rate`: not just now, whatever the reason;
 * `sender`: nor later, until somebody has put it right.
 */
export const failureOfQuota = (error: unknown): MailRefused => {
  const failure = failureOfSend(error, 'none');
  const passing = failure instanceof MailUnclear || failure.scope === 'rate';
  const { name } = detailsOf(error);
  return new MailRefused(
    passing
      ? `SES did not tell what the account may send (${name}). Try again in a minute.`
      : `SES refuses to tell what the account may send (${name}). Allow ses:GetSendQuota, and look at the account's state.`,
    passing ? 'rate' : 'sender',
    { error: name },
    error,
  );
};

/**
 * SES's codes decide, with two exceptions where one code stands for different things and only the message says
 * which: `Throttling` is both a rate (wait seconds) and a used-up day (wait hours), and `MessageRejected` is
 * both a mail that SES does not like and a sender that it does not know.
 * @see https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
 */
const scopeOf = (name: string, message: string, status: number): MailRefused['scope'] => {
  if (name.startsWith('Throttling')) return /daily message quota/i.test(message) ? 'daily_quota' : 'rate';
  if (name === 'MessageRejected')
    return /not verified|paused|suspended/i.test(message) ? 'sender' : 'message';
  if (status === 429) return 'rate';
  // 403: our credentials or our role, which no other message would fare better with.
  return status === 403 || senderErrors.has(name.replace(/Exception$/, '')) ? 'sender' : 'message';
};

const senderErrors = new Set([
  'AccessDenied',
  'AccountSendingPaused',
  'ConfigurationSetDoesNotExist',
  'ConfigurationSetSendingPaused',
  'MailFromDomainNotVerified',
]);

/** Failures before a byte of the mail was on its way. */
const beforeSending = (name: string, code: string | undefined): MailRefused['scope'] | undefined => {
  if (name === 'CredentialsProviderError') return 'sender';
  return code !== undefined && ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'].includes(code) ? 'rate' : undefined;
};

const detailsOf = (error: unknown) => {
  if (!(error instanceof Error)) return { name: 'unknown', message: '', status: undefined, code: undefined };
  const { $metadata, code } = error as { $metadata?: { httpStatusCode?: number }; code?: string };
  return { name: error.name, message: error.message, status: $metadata?.httpStatusCode, code };
};
