import * as v from 'valibot';
import { TestMail } from '../../mailing.ts';
import { type AudienceOptions, audienceFrom } from '../blast.ts';
import type { Environment } from '../environment.ts';
import { addressFrom } from '../mail.ts';
import type { Report } from '../report.ts';

export type TestOptions = AudienceOptions & { to: string };

/** The mail of the preview, to oneself. */
export const blastTest = async (
  environment: Environment,
  report: Report,
  options: TestOptions,
  productId: string,
): Promise<void> => {
  const test = v.parse(
    TestMail,
    await environment.invoke(environment.outputs.PlanBlastFunctionName, {
      action: 'test',
      ...audienceFrom(productId, options),
      to: addressFrom(options.to),
    }),
  );
  report.data({ test });
  report.done(`"${test.subject}" was sent to ${test.to}, and to nobody else.`);
  report.advice(
    `Its link is that of order ${test.orderId}: a click counts as that family's, and a payment pays for it. Look where ` +
      'it leads, but do not pay, unless it is yours.',
  );
};
