import type Stripe from 'stripe';
import { ClubPaymentsError, MailRefused, MailUnclear } from '../../lib/domain/errors.ts';
import { SettingsError } from '../settings.ts';
import { OpsProblem, UnreachableProblem, UsageProblem } from './problem.ts';

/**
 * In the words of whoever runs the command. Decided by class and code. What Stripe says of a key that it does not
 * know repeats the end of that key, so its message is never repeated here.
 */
export const asProblem = async (error: unknown): Promise<OpsProblem> => {
  if (error instanceof OpsProblem) return error;
  if (error instanceof SettingsError) {
    return new OpsProblem(
      error.message,
      'Give these values with -c key=value, or in club.<stage>.json (docs/deploying.md).',
    );
  }
  if (error instanceof MailRefused) return refusedMail(error);
  if (error instanceof MailUnclear) {
    return new OpsProblem(error.message, 'Look into the mailbox before you send it again.');
  }
  if (error instanceof ClubPaymentsError) return new OpsProblem(error.message);
  // Whoever throws an error of Stripe's has its library loaded; nobody else waits for it.
  if (error instanceof Error && error.constructor.name.startsWith('Stripe')) {
    const { default: Stripe } = await import('stripe');
    if (error instanceof Stripe.errors.StripeError) return stripeProblem(error, Stripe.errors);
  }
  if (error instanceof Error) return awsProblem(error);
  return new OpsProblem('Something unexpected happened.');
};

const refusedMail = (error: MailRefused): OpsProblem =>
  new OpsProblem(
    error.cause instanceof Error ? `SES refused the mail: ${error.cause.message}` : error.message,
    error.scope === 'sender' || error.scope === 'message'
      ? 'Run "check mail": it says whether the sender is verified, and whether the account is still in the sandbox, where only verified addresses get mail.'
      : 'The account has sent as much as it may for now. Try again later, or ask AWS for more.',
  );

const stripeProblem = (error: Stripe.errors.StripeError, errors: typeof Stripe.errors): OpsProblem => {
  if (error instanceof errors.StripeAuthenticationError) {
    return new OpsProblem(
      'Stripe does not know this key.',
      'Copy it again from https://dashboard.stripe.com/apikeys: it may have been rolled, deleted or cut off.',
    );
  }
  if (error instanceof errors.StripePermissionError) {
    return new OpsProblem(
      `The Stripe key may not do this (request ${error.requestId ?? 'unknown'}).`,
      'Give the restricted key the permission, or use another key for this one command with --ask-key.',
    );
  }
  if (error instanceof errors.StripeConnectionError) {
    return new UnreachableProblem(
      'Stripe did not answer.',
      'Check the connection, and https://status.stripe.com.',
    );
  }
  return new OpsProblem(
    `Stripe refused: ${error.code ?? error.type}${error.param === undefined ? '' : ` (${error.param})`}, ` +
      `request ${error.requestId ?? 'unknown'}.`,
    'The request is in the Stripe dashboard under Developers, Logs.',
  );
};

const LOG_IN =
  'Log in to AWS ("aws sso login", or "aws configure" for keys), or choose a profile with --profile. Check with: aws sts get-caller-identity';

const awsProblem = (error: Error): OpsProblem => {
  const { code } = error as { code?: unknown };
  if (
    error.name === 'CredentialsProviderError' ||
    /^(ExpiredToken|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch)/.test(error.name)
  ) {
    return new OpsProblem('AWS does not know who you are.', LOG_IN);
  }
  if (/^AccessDenied|^UnauthorizedOperation/.test(error.name)) {
    return new OpsProblem(
      `AWS does not let you do this: ${error.message}`,
      'Use an AWS user or role that may; choose it with --profile.',
    );
  }
  if (error.message === 'Region is missing') {
    return new UsageProblem(
      'It is not known in which AWS region the stage is.',
      'Add --region us-east-1 (the region of the stage), or set AWS_REGION.',
    );
  }
  if (typeof code === 'string' && /^E[A-Z]+$/.test(code)) {
    return new UnreachableProblem(
      `Nothing answers (${code}).`,
      'Check the connection, the region and --local.',
    );
  }
  return new OpsProblem(`Something unexpected happened: ${error.name}: ${error.message}`);
};
