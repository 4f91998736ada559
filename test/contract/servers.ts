import { readDescription } from './stripe-api/description.ts';

/** A server or a file that the suites can't be run against: what is wrong, and what to do. */
export class NotUsable extends Error {
  override readonly name = 'NotUsable';
}

/** A machine that starts them beside other work may take its time. */
const ANSWERS_WITHIN_MS = 60_000;

/** Tests talk to this machine, so that nothing they make up ends up anywhere else by a slip. */
export const assertHere = ({ href, hostname }: URL): void => {
  if (['127.0.0.1', 'localhost', '[::1]'].includes(hostname)) return;
  throw new NotUsable(
    `${href} is not on this machine. Say --elsewhere if it is meant: tables are made and removed there.`,
  );
};

/** @see https://github.com/stripe/stripe-mock */
export const assertStripeMock = async (url: URL): Promise<void> => {
  const answer = await ask(url, '/v1/balance', { headers: { authorization: 'Bearer sk_test_contract' } });
  // It names itself; a key of ours is of no use to anybody else.
  if (answer.headers.has('stripe-mock-version')) return;
  throw new NotUsable(
    `What answers at ${url.href} is not stripe-mock. Start it: docker run --rm -p 12111:12111 stripe/stripe-mock`,
  );
};

/** @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/DynamoDBLocal.html */
export const assertDynamoDb = async (url: URL): Promise<void> => {
  const answer = await ask(url, '/', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.ListTables',
      authorization:
        'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      'x-amz-date': '20260101T000000Z',
    },
    body: '{}',
  });
  if ((await answer.text()).includes('"TableNames"')) return;
  throw new NotUsable(
    `What answers at ${url.href} is not DynamoDB. Start it: docker run --rm -p 8000:8000 amazon/dynamodb-local`,
  );
};

export const assertDescription = (file: string): void => {
  try {
    readDescription(file);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NotUsable(
      `${file} can't be read as Stripe's description of its API (openapi/spec3.json): ${why}`,
    );
  }
};

const ask = async (url: URL, path: string, init: RequestInit): Promise<Response> => {
  try {
    return await fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(ANSWERS_WITHIN_MS) });
  } catch {
    throw new NotUsable(`Nobody answers at ${url.href}. Start the server first, and look at its port.`);
  }
};
