import { asProblem } from '../as-problem.ts';
import type { Environment } from '../environment.ts';
import type { Report } from '../report.ts';
import { checkMail } from './check-mail.ts';
import { checkStripe } from './check-stripe.ts';

/** Everything that a payment needs; what one part finds does not keep the next from looking. */
export const checkAll = async (environment: Environment, report: Report): Promise<void> => {
  const { stage, outputs } = environment;
  report.ok(`The stage "${stage}" stands in ${environment.region}; links lead to ${outputs.BaseUrl}.`);
  for (const check of [checkStripe, checkMail]) {
    try {
      await check(environment, report);
    } catch (error) {
      const { message, fix } = await asProblem(error);
      report.missing(message, fix);
    }
  }
};
