import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SesAnswer =
  | { kind: 'taken' }
  | { kind: 'taken_without_id' }
  | { kind: 'error'; status: number; code: string; message: string }
  /** The mail is taken, and the connection breaks before the answer. */
  | { kind: 'reset' }
  | { kind: 'silence' };

export type SesEndpoint = {
  endpoint: string;
  /** The form of each call: `Action`, `RawMessage.Data`, `Tags.member.1.Name`, … */
  calls: URLSearchParams[];
  /** Those whose mail was taken, whatever was answered. */
  taken: URLSearchParams[];
  /** What `GetSendQuota` tells, element by element. */
  quota: Record<string, number>;
  /** What the next call is answered, once; every other one is taken. */
  next(answer: SesAnswer): void;
  stop(): Promise<void>;
};

/**
 * Answers as SES v1 does: a form in, XML out.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference/CommonErrors.html
 */
export const startSesEndpoint = async (): Promise<SesEndpoint> => {
  const calls: URLSearchParams[] = [];
  const taken: URLSearchParams[] = [];
  const answers: SesAnswer[] = [];
  const server = createServer(async (request, response) => {
    const call = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    calls.push(call);
    const answer = answers.shift() ?? { kind: 'taken' };
    if (call.get('Action') === 'SendRawEmail' && answer.kind !== 'error') taken.push(call);
    const reply = (status: number, body: string): void => {
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    };
    switch (answer.kind) {
      case 'silence':
        return;
      case 'reset':
        return void request.socket.destroy();
      case 'error':
        return reply(
          answer.status,
          `<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>` +
            `<Code>${answer.code}</Code><Message>${answer.message}</Message></Error>` +
            `<RequestId>r</RequestId></ErrorResponse>`,
        );
      default: {
        const action = call.get('Action') ?? '';
        const told = answer.kind === 'taken' ? { MessageId: `0100-${calls.length}` } : {};
        const result = Object.entries(action === 'GetSendQuota' ? endpoint.quota : told);
        return reply(
          200,
          `<${action}Response xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><${action}Result>` +
            result.map(([name, value]) => `<${name}>${value}</${name}>`).join('') +
            `</${action}Result></${action}Response>`,
        );
      }
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint: SesEndpoint = {
    endpoint: `http://127.0.0.1:${port}`,
    calls,
    taken,
    quota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 0 },
    next: (answer) => void answers.push(answer),
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return endpoint;
};
