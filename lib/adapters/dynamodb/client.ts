import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { lean, type Patience, patient } from '../aws.ts';

/**
 * The SDK tries every call once: it can't tell a read from a conditional write, whose blind repetition would
 * be answered with "condition failed" by its own first try. What may be repeated is decided in `table.ts`.
 */
export const documentClient = (
  patience: Omit<Patience, 'attempts'>,
  config: DynamoDBClientConfig = {},
): DynamoDBClient => lean(new DynamoDBClient({ ...patient({ ...patience, attempts: 1 }), ...config }));
