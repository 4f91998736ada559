import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What happens to a call instead of being answered. */
export type Fault =
  /** It takes effect, and the connection breaks before the answer. */
  | { kind: 'lose_answer' }
  /** It takes effect, and the answer ends in the middle. */
  | { kind: 'cut_answer' }
  /** It takes effect, and the answer stops in the middle, for good. */
  | { kind: 'stall' }
  /** Nobody answers. */
  | { kind: 'silence' }
  /** It takes no effect, and this is answered. */
  | { kind: 'answer'; status: number; body: string }
  /** It takes effect, and its answer is changed on the way. */
  | { kind: 'rewrite'; body: (body: string) => string };

export type FaultyProxy = {
  endpoint: string;
  /** The AWS operations that were called, in sequence: `PutItem`, `Query`, … */
  calls: string[];
  /** Makes the next calls of an operation fail, one after the other. */
  fail(operation: string, ...faults: Fault[]): void;
  stop(): Promise<void>;
};

/** A real HTTP server between a client and an emulator that speaks one of AWS's JSON protocols. */
export const startFaultyProxy = async (upstream: string): Promise<FaultyProxy> => {
  const calls: string[] = [];
  const faults = new Map<string, Fault[]>();

  const server = createServer(async (request, response) => {
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
    calls.push(operation);
    const fault = faults.get(operation)?.shift();
    const body = Buffer.concat(await request.toArray());
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'answer') return answer(response, fault.status, fault.body);
    const { host: _, ...headers } = request.headers as Record<string, string>;
    const forwarded = await fetch(upstream + (request.url ?? '/'), { method: 'POST', headers, body });
    const text = await forwarded.text();
    switch (fault?.kind) {
      case 'lose_answer':
        return void request.socket.destroy();
      case 'cut_answer':
      case 'stall':
        response.writeHead(forwarded.status, { 'content-length': text.length + 100 });
        response.write(text.slice(0, 20), () => void (fault.kind === 'stall' || request.socket.destroy()));
        return;
      case 'rewrite':
        return answer(response, forwarded.status, fault.body(text));
      default:
        return answer(response, forwarded.status, text);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    fail: (operation, ...more) => void faults.set(operation, [...(faults.get(operation) ?? []), ...more]),
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
};

const answer = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
};
