import type { AudienceFilter } from '../domain/blast.ts';
import { InvalidInput } from '../domain/errors.ts';
import { type CountDeps, samplesOf } from './count-audience.ts';
import type { Deps } from './deps.ts';
import { filterOf, firstMail, notWrittenWords, productOf, type SampleDeps } from './preview-blast.ts';

export type TestMailInput = { productId: string; filter?: Partial<AudienceFilter>; to: string };
export type TestMailDeps = CountDeps & SampleDeps & Pick<Deps, 'mailer' | 'log'>;

/** No delivery has this tag, so SES's events about it are nobody's. */
const NO_DELIVERY = 'test';

/**
 * Mails the preview's sample to one address, marked as a test. The ledger knows nothing of it, and the family whose
 * mail it is gets it as if it had never been. Its link is that family's own.
 * @throws {NotFound} @throws {InvalidInput} @throws {MailRefused} @throws {MailUnclear}
 */
export const sendTestMail = async (
  input: TestMailInput,
  deps: TestMailDeps,
): Promise<{ to: string; orderId: string; subject: string; messageId: string }> => {
  const product = await productOf(input.productId, deps);
  const audience = {
    productId: product.productId,
    filter: filterOf(input.filter),
    asOf: deps.clock.now(),
  };
  const { mail, notWritten } = await firstMail(product, samplesOf(audience, deps), deps);
  if (mail === null) {
    throw new InvalidInput(
      notWritten.length > 0
        ? `There is no mail to test. ${notWrittenWords(notWritten)}`
        : `Nobody would be mailed about ${product.name} now, so there is no mail to test. The preview says why.`,
      { productId: product.productId },
    );
  }
  const subject = `[Test] ${mail.subject}`;
  const { html, text } = mail;
  const { messageId } = await deps.mailer.send({
    to: input.to,
    subject,
    html,
    text,
    deliveryTag: NO_DELIVERY,
  });
  deps.log('blast.tested', { productId: product.productId, orderId: mail.orderId });
  return { to: input.to, orderId: mail.orderId, subject, messageId };
};
