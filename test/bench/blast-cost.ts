import { specOf } from '../../infra/functions.ts';
import type { TestStack } from '../support/stack.ts';

/** US dollars. */
export type CostPerMillion = { ses: number; rest: number };

/**
 * AWS, us-east-1, on demand, without free allowances, as known at the end of 2025. In US dollars.
 * @see https://calculator.aws
 */
const PRICES = {
  mail: 0.1 / 1_000,
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  queueRequest: 0.4 / 1e6,
  topicPublish: 0.5 / 1e6,
  invocation: 0.2 / 1e6,
  gigabyteSecond: 0.0000133334,
};

/** How many keys or rows one call of a page is about, at most. */
const PAGE = 50;

/**
 * What one call costs, by the sizes of our rows: an order with its link is below 2 kB, every other row below 1 kB. An
 * order that is written takes two units, and one for each index whose attributes change with it. What is put into
 * Blasts while mails leave is a claim, which its index by order holds too; what changes there later is in no index key.
 */
const costOf = (service: string, action: string, resource: string): number => {
  if (service === 'sqs') return PRICES.queueRequest;
  if (service !== 'dynamodb') return 0;
  const orders = resource.toLowerCase().includes('orders');
  const blasts = resource.toLowerCase().includes('blasts');
  switch (action) {
    case 'PutItem':
      return (orders ? 3 : blasts ? 2 : 1) * PRICES.writeUnit;
    case 'UpdateItem':
      return (orders ? 3 : 1) * PRICES.writeUnit;
    case 'GetItem':
      return PRICES.readUnit;
    case 'BatchGetItem':
      return PAGE * PRICES.readUnit;
    case 'Query':
      // 50 rows of the ledger are some 20 kB, at 4 kB a unit.
      return 5 * PRICES.readUnit;
    default:
      return 0;
  }
};

/**
 * Of a million mails, from what one mailing through the stack has done: every call and every second of every
 * function since the stack was asked to forget, those of the feedback, of the links that are made ahead and of the tick
 * among them.
 */
export const costPerMillion = ({ stack }: TestStack, mails: number): CostPerMillion => {
  const calls = stack.calls
    .all()
    // What the tick looks through every five minutes, it looks through without a mailing too.
    .filter(
      ({ functionName, action }) =>
        functionName !== 'ops' && !(functionName === 'tick' && action === 'Query'),
    )
    .reduce((sum, { service, action, resource }) => sum + costOf(service, action, resource ?? ''), 0);
  const running = stack.invocations.all().reduce((sum, { functionName, startedAt, endedAt = startedAt }) => {
    const { memoryMb } = specOf(functionName as Parameters<typeof specOf>[0]);
    return (
      sum + PRICES.invocation + ((endedAt - startedAt) / 1_000) * (memoryMb / 1_024) * PRICES.gigabyteSecond
    );
  }, 0);
  // Two events of each mail: one publication each, and its way through the queue (sent, received and deleted in tens).
  const feedback = 2 * mails * (PRICES.topicPublish + 1.2 * PRICES.queueRequest);
  return { ses: PRICES.mail * 1e6, rest: ((calls + running + feedback) / mails) * 1e6 };
};
