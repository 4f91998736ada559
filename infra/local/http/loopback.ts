import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** HTTP between the parts of a local stack: always 127.0.0.1, always a free port. */
export type LoopbackServer = { readonly url: string; readonly port: number; close(): Promise<void> };

/** Longer than any test is idle. */
const KEEP_ALIVE_MS = 10 * 60 * 1_000;

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

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    request.on('error', reject);
  });
}

export type Answer = { status: number; headers: OutgoingHttpHeaders; body: Buffer };
