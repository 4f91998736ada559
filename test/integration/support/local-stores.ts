import type { LocalStack } from '../../../infra/local/runner.ts';
import { documentClient } from '../../../lib/adapters/dynamodb/client.ts';
import { dynamoOrders } from '../../../lib/adapters/dynamodb/orders.ts';
import { dynamoRoster } from '../../../lib/adapters/dynamodb/roster.ts';
import { parseTokenKeys, signToken, type TokenPurpose } from '../../../lib/domain/pay-token.ts';

/** The tables of a local stack through our own adapters, as ops sees them, and tokens signed with its keys. */
export const storesOf = (stack: LocalStack) => {
  const client = documentClient({ connectMs: 1_000, answerMs: 5_000 }, stack.clientConfig());
  const connection = (table: string) => ({ client, table: stack.tableName(table) });
  return {
    orders: dynamoOrders(connection('Orders')),
    roster: dynamoRoster(connection('Roster')),
    tokenFor: (orderId: string, purpose: TokenPurpose = 'pay'): string => {
      const keys = stack.secrets.get(stack.secretId('TokenKeys')) ?? '';
      return signToken(parseTokenKeys(keys), purpose, orderId);
    },
    close: () => client.destroy(),
  };
};
