import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { dynamoBlasts } from '../../../lib/adapters/dynamodb/blasts.ts';
import { dynamoImports } from '../../../lib/adapters/dynamodb/imports.ts';
import { dynamoOrders } from '../../../lib/adapters/dynamodb/orders.ts';
import { dynamoPace } from '../../../lib/adapters/dynamodb/pace.ts';
import { dynamoPlans } from '../../../lib/adapters/dynamodb/plans.ts';
import { dynamoPreviews } from '../../../lib/adapters/dynamodb/previews.ts';
import { dynamoRoster } from '../../../lib/adapters/dynamodb/roster.ts';
import { dynamoRuns } from '../../../lib/adapters/dynamodb/runs.ts';
import { dynamoSchedules } from '../../../lib/adapters/dynamodb/schedules.ts';
import type { TableConnection } from '../../../lib/adapters/dynamodb/table.ts';
import type { Instant } from '../../../lib/domain/ids.ts';
import type {
  Blasts,
  Imports,
  Orders,
  Pace,
  Page,
  Plans,
  Previews,
  Roster,
  Runs,
  Schedules,
} from '../../../lib/ports.ts';
import { startDynalite } from '../../support/dynalite.ts';
import { connectDynamo, type LocalDynamo } from '../../support/dynamodb.ts';
import { memoryBlasts } from '../../support/memory/blasts.ts';
import { memoryImports } from '../../support/memory/imports.ts';
import { memoryOrders } from '../../support/memory/orders.ts';
import { memoryPace } from '../../support/memory/pace.ts';
import { memoryPlans } from '../../support/memory/plans.ts';
import { memoryPreviews } from '../../support/memory/previews.ts';
import { memoryRoster } from '../../support/memory/roster.ts';
import { memoryRuns } from '../../support/memory/runs.ts';
import { memorySchedules } from '../../support/memory/schedules.ts';
import type { TableName } from '../../support/tables.ts';

export type Stores = {
  orders: Orders;
  roster: Roster;
  blasts: Blasts;
  previews: Previews;
  pace: Pace;
  plans: Plans;
  runs: Runs;
  imports: Imports;
  schedules: Schedules;
};

const memoryStores = (committed = new Map<string, Instant>()): Stores => ({
  orders: memoryOrders(committed),
  imports: memoryImports(committed),
  roster: memoryRoster(),
  blasts: memoryBlasts(),
  previews: memoryPreviews(),
  pace: memoryPace(),
  plans: memoryPlans(),
  runs: memoryRuns(),
  schedules: memorySchedules(),
});

export const dynamoStores = (
  client: TableConnection['client'],
  tables: Record<TableName, string>,
): Stores => ({
  orders: dynamoOrders({ client, table: tables.orders }),
  roster: dynamoRoster({ client, table: tables.roster }),
  blasts: dynamoBlasts({ client, table: tables.blasts }),
  previews: dynamoPreviews({ client, table: tables.blasts }),
  pace: dynamoPace({ client, table: tables.blasts }),
  plans: dynamoPlans({ client, table: tables.plans }),
  runs: dynamoRuns({ client, table: tables.plans }),
  imports: dynamoImports({
    orders: { client, table: tables.orders },
    plans: { client, table: tables.plans },
  }),
  schedules: dynamoSchedules({ client, table: tables.blasts }),
});

/** Where AWS's own DynamoDB Local answers, if it runs: `npm run test:contract -- --dynamodb <url>`. */
const dynamoDbUrl = process.env.DYNAMODB_LOCAL_URL;

/** Whatever speaks DynamoDB here. The suites say the same of each. */
export const dynamoServers: { server: string; start: () => Promise<LocalDynamo> }[] = [
  { server: 'dynalite', start: startDynalite },
  ...(dynamoDbUrl === undefined
    ? []
    : [{ server: 'DynamoDB Local', start: async () => connectDynamo(dynamoDbUrl, { shared: true }) }]),
];

/** Says the same of every implementation; each test has empty stores. */
export const describeStores = (noun: string, tests: (stores: Stores) => void): void => {
  describe(`${noun} in memory`, () => {
    const stores = memoryStores();
    beforeEach(() => void Object.assign(stores, memoryStores()));
    tests(stores);
  });

  describe.each(dynamoServers)(`${noun} in $server`, ({ start }) => {
    let dynamo: LocalDynamo;
    const stores = memoryStores();
    beforeAll(async () => {
      dynamo = await start();
    });
    beforeEach(async () => {
      Object.assign(stores, dynamoStores(dynamo.client, await dynamo.createTables()));
    });
    afterAll(() => dynamo.stop());
    tests(stores);
  });
};

/** Every item from the first page to the last, and how long each page was. */
export const walk = async <T>(
  page: (after: { after?: string }) => Promise<Page<T>>,
): Promise<{ items: T[]; sizes: number[] }> => {
  const items: T[] = [];
  const sizes: number[] = [];
  for (let after: string | undefined, more = true; more; more = after !== undefined) {
    const { items: some, next } = await page(after === undefined ? {} : { after });
    items.push(...some);
    sizes.push(some.length);
    if (next !== undefined && next === after) throw new Error(`The page after ${after} leads to itself.`);
    after = next;
  }
  return { items, sizes };
};
