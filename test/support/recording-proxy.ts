import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import qs from 'qs';

/** A call of Stripe's API, and what came of it. */
export type Exchange = {
  method: string;
  /** With the ids as they were: `/v1/refunds/re_1`. */
  path: string;
  /** Query and form body as they were sent. */
  query: string;
  body: string;
  /** Nested, every value still text. */
  params: Record<string, unknown>;
  status: number;
  answer: unknown;
};

export type RecordingProxy = {
  host: string;
  port: number;
  url: string;
  exchanges: Exchange[];
  stop(): Promise<void>;
};

/** Stands between a client and a server that speaks Stripe's protocol, and keeps all that they say. */
export const startRecordingProxy = async (upstream: string): Promise<RecordingProxy> => {
  const exchanges: Exchange[] = [];
  const server = createServer(async (request, response) => {
    const method = request.method ?? 'GET';
    const body = Buffer.concat(await request.toArray()).toString('utf8');
    const { pathname, search } = new URL(request.url ?? '/', upstream);
    const answered = await fetch(upstream + pathname + search, {
      method,
      headers: forwarded(request.headers),
      ...(body !== '' && { body }),
    });
    const text = await answered.text();
    const query = search.slice(1);
    exchanges.push({
      method,
      path: pathname,
      query,
      body,
      params: qs.parse([query, body].filter(Boolean).join('&'), { depth: 10 }),
      status: answered.status,
      answer: JSON.parse(text),
    });
    response.writeHead(answered.status, { 'content-type': 'application/json' }).end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { address: host, port } = server.address() as AddressInfo;

  return {
    host,
    port,
    url: `http://${host}:${port}`,
    exchanges,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

const forwarded = (headers: NodeJS.Dict<string | string[]>): Record<string, string> =>
  Object.fromEntries(
    ['authorization', 'content-type', 'idempotency-key', 'stripe-version'].flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
