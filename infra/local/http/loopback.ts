import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** HTTP between the parts of a local stack: always 127.0.0.1, always a free port. */
export type LoopbackServer = { readonly url: string; readonly port: number; close(): Promise<void> };

/** Longer than any test is idle. */
export const KEEP_ALIVE_MS = 10 * 60 * 1_000;

/** A body as it came, with the request it came with. */
export type Received = { request: IncomingMessage; body: Buffer };

/** Serves until closed. A handler that throws answers 500 with the error's text: it is a bug of the runner. */
export async function listen(
  handle: (received: Received, response: ServerResponse) => Promise<void>,
): Promise<LoopbackServer> {
  const server = createServer((request, response) => {
    readBody(request)
      .then((body) => handle({ request, body }, response))
      .catch((error: unknown) => {
        if (response.headersSent || response.destroyed) return response.destroy();
        response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(`local runner: ${error instanceof Error ? error.stack : String(error)}`);
      });
  });
  // A client that reuses a connection at the moment it is closed sees a reset that no test has asked for.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer };

export type LoopbackClient = {
  send(call: {
    url: string;
    method: string;
    headers?: Record<string, string | string[]>;
    body?: Buffer | string;
  }): Promise<Answer>;
  close(): void;
};

/** Keeps its connections open between calls; `close` ends them, and with them every call under way. */
export function createLoopbackClient(): LoopbackClient {
  const agent = new Agent({ keepAlive: true });
  const underWay = new Set<{ destroy(): void }>();
  return {
    send: (call) =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          call.url,
          { method: call.method, headers: call.headers ?? {}, agent },
          (response) => {
            const chunks: Buffer[] = [];
            response.on('data', (chunk: Buffer) => chunks.push(chunk));
            response.on('error', reject);
            response.on('end', () =>
              resolve({
                status: response.statusCode ?? 0,
                headers: response.headers,
                body: Buffer.concat(chunks),
              }),
            );
          },
        );
        underWay.add(outgoing);
        outgoing.on('close', () => underWay.delete(outgoing));
        outgoing.on('error', reject);
        outgoing.end(call.body);
      }),
    close() {
      for (const each of underWay) each.destroy();
      agent.destroy();
    },
  };
}
