import { setTimeout as sleep } from 'node:timers/promises';
import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import { StoreUnavailable } from '../../domain/errors.ts';
import type { Page } from '../../ports.ts';
import { failureOf } from '../aws.ts';
import type { Key, Row } from './row.ts';

export type TableConnection = {
  client: DynamoDBClient;
  table: string;
  /** How often a call is made before the store counts as unavailable. */
  attempts?: number;
};

/** Attributes are written `#name` and values `:name`, so that no reserved word is ever in the way. */
type Condition = { when: string; values?: Row };
type Change = {
  set?: Row;
  /** Set only where the row has no such attribute. */
  setOnce?: Row;
  /** Added to numbers that are there. */
  add?: Record<string, number>;
  remove?: readonly string[];
};
type Question = {
  index?: string;
  where: string;
  filter?: string;
  values: Row;
  /** From the highest sort key down. */
  backwards?: boolean;
  /** The key of the row after which to begin. */
  after?: Key | undefined;
  /** All there are, when absent. */
  limit?: number;
};
type Answer = { rows: Row[]; more: boolean };

export type Table = ReturnType<typeof openTable>;

/**
 * One table, and the only calls that are made to it. A conditional write resolves to whether its condition held.
 * @throws {StoreUnavailable} from every call, when nothing is known of its effect
 */
export const openTable = ({ client, table: TableName, attempts = 3 }: TableConnection) => {
  /**
   * A read is repeated after any passing failure. A write is repeated only when DynamoDB said that it did
   * nothing: had the first try taken effect and its answer been lost, the second would find its own work and
   * report it as somebody else's.
   */
  const persist = async <T>(kind: 'read' | 'write', call: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        const failure = failureOf(error);
        if (failure === undefined) throw error;
        if (attempt >= attempts || (kind === 'write' && failure === 'unclear')) {
          throw unavailable(TableName, error);
        }
        await pause(attempt);
      }
    }
  };

  /** `undefined`: its condition did not hold. */
  const write = async <T>(call: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await persist('write', call);
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
      throw error;
    }
  };

  const change = (
    key: Key,
    { set = {}, setOnce = {}, add = {}, remove = [] }: Change,
    condition: Condition | undefined,
    ReturnValues: 'NONE' | 'UPDATED_NEW' = 'NONE',
  ) => {
    const clauses = [
      clause('SET', [
        ...Object.keys(set).map((name) => `#${name} = :${name}`),
        ...Object.keys(setOnce).map((name) => `#${name} = if_not_exists(#${name}, :${name})`),
      ]),
      clause(
        'ADD',
        Object.keys(add).map((name) => `#${name} :${name}`),
      ),
      clause(
        'REMOVE',
        remove.map((name) => `#${name}`),
      ),
    ];
    const expression = clauses.filter((one) => one !== '').join(' ');
    const values = Object.entries({ ...set, ...setOnce, ...add });
    return write(() =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: attributes(key),
          UpdateExpression: expression,
          ...(condition && { ConditionExpression: condition.when }),
          ...namesIn(expression, condition?.when),
          ExpressionAttributeValues: attributes({
            ...Object.fromEntries(values.map(([name, value]) => [`:${name}`, value])),
            ...condition?.values,
          }),
          ReturnValues,
        }),
      ),
    );
  };

  const batch = async (keys: readonly Key[]): Promise<Row[]> => {
    const rows: Row[] = [];
    let wanted = keys.map(attributes);
    for (let fruitless = 0; wanted.length > 0; ) {
      const Keys = wanted;
      const answer = await persist('read', () =>
        client.send(
          new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
        ),
      );
      const found = answer.Responses?.[TableName] ?? [];
      rows.push(...found.map(rowIn));
      wanted = answer.UnprocessedKeys?.[TableName]?.Keys ?? [];
      // Part of an answer is progress: only those that bring nothing try the patience.
      fruitless = found.length > 0 ? 0 : fruitless + 1;
      if (wanted.length === 0) break;
      if (fruitless >= attempts) throw unavailable(TableName, new Error('keys were left unprocessed'));
      await pause(fruitless + 1);
    }
    return rows;
  };

  return {
    /** Strongly consistent. */
    get: async (key: Key): Promise<Row | undefined> => {
      const { Item } = await persist('read', () =>
        client.send(new GetItemCommand({ TableName, Key: attributes(key), ConsistentRead: true })),
      );
      return Item && rowIn(Item);
    },

    /** Strongly consistent, in any sequence, missing rows left out. Keys are named once each. */
    getMany: async (keys: readonly Key[]): Promise<Row[]> => {
      const rows: Row[] = [];
      for (let i = 0; i < keys.length; i += BATCH) rows.push(...(await batch(keys.slice(i, i + BATCH))));
      return rows;
    },

    put: async (row: Row, condition?: Condition): Promise<boolean> => {
      const answer = await write(() =>
        client.send(
          new PutItemCommand({
            TableName,
            Item: attributes(row),
            ...(condition && {
              ConditionExpression: condition.when,
              ...namesIn(condition.when),
              ...(condition.values && { ExpressionAttributeValues: attributes(condition.values) }),
            }),
          }),
        ),
      );
      return answer !== undefined;
    },

    /** Changes attributes; the others stay, also those that only a later version knows. */
    update: async (key: Key, what: Change, condition?: Condition): Promise<boolean> =>
      (await change(key, what, condition)) !== undefined,

    /** The same, and resolves to the attributes that it changed as they are now; `undefined`: the condition did not hold. */
    updateAndRead: async (key: Key, what: Change, condition?: Condition): Promise<Row | undefined> => {
      const answer = await change(key, what, condition, 'UPDATED_NEW');
      return answer && rowIn(answer.Attributes ?? {});
    },

    /**
     * In sequence of the sort key; strongly consistent unless it reads an index. Goes on until it has `limit`
     * rows or has seen the last one, so a short page is always the end, whatever a filter left out.
     */
    query: async ({ index, where, filter, values, backwards, after, limit }: Question): Promise<Answer> => {
      const rows: Row[] = [];
      let start = after && attributes(after);
      do {
        const answer = await persist('read', () =>
          client.send(
            new QueryCommand({
              TableName,
              ...(index === undefined ? { ConsistentRead: true } : { IndexName: index }),
              KeyConditionExpression: where,
              ...(filter !== undefined && { FilterExpression: filter }),
              ...namesIn(where, filter),
              ExpressionAttributeValues: attributes(values),
              ...(backwards && { ScanIndexForward: false }),
              ...(start !== undefined && { ExclusiveStartKey: start }),
              ...(limit !== undefined && { Limit: limit - rows.length }),
            }),
          ),
        );
        rows.push(...(answer.Items ?? []).map(rowIn));
        start = answer.LastEvaluatedKey;
      } while (start !== undefined && (limit === undefined || rows.length < limit));
      return { rows, more: start !== undefined };
    },
  };
};

/** The items of an answer, and where to go on: at the last of them. */
export const pageOf = <T>(
  { rows, more }: Answer,
  item: (row: Row) => T,
  cursor: (item: T) => string,
): Page<T> => {
  const items = rows.map(item);
  const last = items.at(-1);
  return more && last !== undefined ? { items, next: cursor(last) } : { items };
};

/** As DynamoDB writes values. An optional property that is not there is not an attribute. */
const attributes = (row: Row): Record<string, AttributeValue> =>
  marshall(row, { removeUndefinedValues: true });
const rowIn = (item: Record<string, AttributeValue>): Row => unmarshall(item);

/** The most keys that one BatchGetItem takes. */
const BATCH = 100;

const clause = (verb: string, parts: readonly string[]): string =>
  parts.length === 0 ? '' : `${verb} ${parts.join(', ')}`;

const namesIn = (...expressions: (string | undefined)[]) => ({
  ExpressionAttributeNames: Object.fromEntries(
    [...expressions.join(' ').matchAll(/#(\w+)/g)].map(([placeholder, name]) => [placeholder, name ?? '']),
  ),
});

/** Up to 50 ms, then 100, then 200: random, so that those who were refused together don't return together. */
const pause = (attempt: number): Promise<void> => sleep(Math.random() * 25 * 2 ** attempt);

const unavailable = (table: string, error: unknown): StoreUnavailable => {
  const why = error instanceof Error ? error.name : 'unknown';
  return new StoreUnavailable(
    `DynamoDB did not answer for table ${table} (${why}). Nothing is known of the effect; try again later.`,
    { table, why },
    error,
  );
};
