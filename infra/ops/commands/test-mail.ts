import type { Environment } from '../environment.ts';
import { addressFrom, sendMail } from '../mail.ts';
import type { Report } from '../report.ts';

/** One mail to oneself, on the way that the families' mails take. */
export const testMail = async (
  environment: Environment,
  report: Report,
  options: { to: string },
): Promise<void> => {
  const to = addressFrom(options.to);
  const { stage, outputs } = environment;
  const text =
    `This is a test of club-payments (stage ${stage}). If you read it, SES takes our mail and your mailbox does too.\n\n` +
    'Look at it as a family would: is the sender the club, is it in the inbox and not among spam? ' +
    'In the source of the mail, "Authentication-Results" should say dkim=pass and dmarc=pass.\n';
  const html = text
    .trim()
    .split('\n\n')
    .map((paragraph) => `<p>${paragraph}</p>`)
    .join('');
  const messageId = await sendMail(environment, to, {
    subject: `Test of club-payments (${stage})`,
    text,
    html,
  });
  report.done(`SES took a test mail from ${outputs.MailFrom} to ${to}.`);
  report.data({ messageId });
};
