import type { AddressInfo } from 'node:net';
import { type HttpBindings, serve } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import type { Api } from './api/serve.ts';

export type RunningServer = { host: string; port: number; close(): Promise<void> };

const HOST = '127.0.0.1';

/** Puts the API and the pages behind one port of this machine. */
export async function startServer(options: { port: number; api: Api; pages: Hono }): Promise<RunningServer> {
  const app = new Hono<{ Bindings: HttpBindings }>();

  app.all('/v1/*', async (context) => {
    const url = new URL(context.req.url);
    const answer = await options.api.serve({
      method: context.req.method,
      path: url.pathname,
      query: url.search.slice(1),
      body: context.req.method === 'GET' ? '' : await context.req.text(),
      authorization: context.req.header('authorization'),
      version: context.req.header('stripe-version'),
      idempotencyKey: context.req.header('idempotency-key'),
    });
    if (answer === 'reset') context.env.incoming.socket.resetAndDestroy();
    // For 'timeout' the connection stays open and silent until the caller gives up or the simulator stops.
    if (typeof answer === 'string') return RESPONSE_ALREADY_SENT;
    return new Response(answer.body, { status: answer.status, headers: answer.headers });
  });
  app.route('/', options.pages);
  app.onError((error) => {
    console.error('Stripe simulator:', error);
    return Response.json(
      { error: { type: 'api_error', message: `The simulator itself failed: ${error.message}` } },
      { status: 500 },
    );
  });

  const server = serve({ fetch: app.fetch, port: options.port, hostname: HOST });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  return {
    host: HOST,
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}
