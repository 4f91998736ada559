import type { Deployment } from '../template/identity.ts';
import type { Properties } from '../template/properties.ts';
import type { Emulator } from './emulators.ts';
import type { Backend } from './gateway.ts';

/** Creates the template's tables in dynalite, which knows keys and indexes, and no retention (TTL). */
export async function createTables(options: {
  emulator: Emulator;
  deployment: Deployment;
  region: string;
}): Promise<{ backend: Backend }> {
  const { emulator, deployment } = options;

  async function dynamodb(action: string, input: object): Promise<string> {
    const answer = await emulator.send({
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${action}`,
        'x-amz-date': '20260101T000000Z',
        authorization: `AWS4-HMAC-SHA256 Credential=runner/20260101/${options.region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(input),
    });
    const body = answer.body.toString('utf8');
    if (answer.status !== 200) throw new Error(`DynamoDB ${action}: ${body}`);
    return body;
  }

  const tables = [
    ...deployment.ofType('AWS::DynamoDB::Table'),
    ...deployment.ofType('AWS::DynamoDB::GlobalTable'),
  ];
  await Promise.all(
    tables.map((table) => dynamodb('CreateTable', createTableInput(table.identity.ref, table.properties))),
  );
  for (const table of tables) {
    const isActive = async () =>
      (await dynamodb('DescribeTable', { TableName: table.identity.ref })).includes('"TableStatus":"ACTIVE"');
    while (!(await isActive())) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  return {
    backend: async ({ received: { request, body } }) =>
      emulator.send({
        method: 'POST',
        headers: Object.fromEntries(
          FORWARDED.flatMap((name) => {
            const value = request.headers[name];
            return typeof value === 'string' ? [[name, value]] : [];
          }),
        ),
        body,
      }),
  };
}

/** What dynalite looks at. */
const FORWARDED = ['content-type', 'x-amz-target', 'x-amz-date', 'authorization', 'accept-encoding'] as const;

function createTableInput(name: string, table: Properties): object {
  const projection = (index: Properties) => {
    const of = index.optionalObject('Projection');
    const included = of?.list('NonKeyAttributes') ?? [];
    return {
      ProjectionType: of?.text('ProjectionType') ?? 'ALL',
      ...(included.length === 0 ? {} : { NonKeyAttributes: included }),
    };
  };
  const indexes = (kind: string) => {
    const all = table.objects(kind).map((index) => ({
      IndexName: index.text('IndexName'),
      KeySchema: index.list('KeySchema'),
      Projection: projection(index),
    }));
    return all.length === 0 ? {} : { [kind]: all };
  };
  return {
    TableName: name,
    AttributeDefinitions: table.list('AttributeDefinitions'),
    KeySchema: table.list('KeySchema'),
    BillingMode: 'PAY_PER_REQUEST',
    ...indexes('GlobalSecondaryIndexes'),
    ...indexes('LocalSecondaryIndexes'),
  };
}
