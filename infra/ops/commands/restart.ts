import type { SecretName } from '../../functions.ts';
import type { Environment } from '../environment.ts';
import type { Report } from '../report.ts';

const secrets: readonly SecretName[] = ['tokenKeys', 'stripeKey', 'stripeWebhook'];

/** For a secret that was changed by hand: functions read one once in their life. */
export const restart = async (environment: Environment, report: Report): Promise<void> => {
  // One after the other: a function that reads two of them can't be changed twice at once.
  for (const name of secrets) {
    const count = await environment.restartReadersOf(name);
    report.done(`${count} function${count === 1 ? '' : 's'} that read the secret ${name} start anew.`);
  }
};
