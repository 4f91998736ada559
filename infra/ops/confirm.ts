import { createInterface } from 'node:readline/promises';
import { formatMoney, type Money } from '../../lib/domain/money.ts';
import { UsageProblem } from './problem.ts';

export type ConfirmOptions = { yes?: boolean };

/**
 * Asks, on the terminal or on whatever is piped in, and returns only after a yes.
 * @param what a sentence without its end: `Recover 17 orders of 17 families`
 * @throws {UsageProblem} anything else was answered, or nobody is there to answer
 */
export const confirm = async (
  what: string,
  sums: readonly Money[],
  { yes = false }: ConfirmOptions,
): Promise<void> => {
  if (yes) return;
  const sum = sums.length === 0 ? '' : `, for ${sums.map((each) => formatMoney(each)).join(' and ')}`;
  const answer = await askFor(`${what}${sum}? Type yes: `);
  if (answer.trim().toLowerCase() === 'yes') return;
  throw new UsageProblem('Nothing was written.', 'Answer yes, or give --yes, if it is meant.');
};

const askFor = async (question: string): Promise<string> => {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Where nothing more can come, the question would wait for ever.
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    return await Promise.race([terminal.question(question), ended]);
  } finally {
    terminal.close();
  }
};
