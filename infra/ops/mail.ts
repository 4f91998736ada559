import { randomUUID } from 'node:crypto';
import { sesMailer } from '../../lib/adapters/ses/mailer.ts';
import { normalizeAddress } from '../../lib/domain/roster.ts';
import type { Environment } from './environment.ts';
import { UsageProblem } from './problem.ts';

/** Sends as the functions send: the same sender, the same configuration set, one attempt. */
export const sendMail = async (
  environment: Environment,
  to: string,
  mail: { subject: string; html: string; text: string },
): Promise<string> => {
  const { MailFrom, MailConfigurationSet } = environment.outputs;
  const mailer = sesMailer({
    client: environment.ses,
    from: MailFrom,
    configurationSet: MailConfigurationSet,
  });
  const { messageId } = await mailer.send({
    to,
    deliveryTag: `test-${randomUUID()}`,
    ...mail,
  });
  return messageId;
};

/** @throws {UsageProblem} */
export const addressFrom = (text: string): string => {
  const address = normalizeAddress(text);
  if (/^[^\s@<>,;]+@[^\s@<>,;]+\.[^\s@<>,;]+$/.test(address)) return address;
  throw new UsageProblem(`"${text}" is not an e-mail address.`, 'Give one address: --to you@club.example');
};
