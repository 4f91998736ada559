import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningStack } from '../../../infra/local/runner.ts';
import { httpApi, startFixture } from '../support/fixture-stack.ts';

const EPOCH_MS = Date.parse('2026-04-10T12:00:00Z');
const SIGNED_BY = (key: string) =>
  `AWS4-HMAC-SHA256 Credential=${key}/20260410/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=00`;

let stack: RunningStack;
beforeAll(async () => {
  stack = await startFixture(
    {
      functions: {
        Echo: { code: 'exports.handler = async (event) => event;' },
        Answer: {
          code: 'exports.handler = async (event) => JSON.parse(event.queryStringParameters.answer);',
        },
        Fail: { code: 'exports.handler = async () => { throw new Error("no"); };' },
      },
      resources: {
        ...httpApi(
          {
            'GET /pay/{token}': 'Echo',
            'HEAD /pay/{token}': 'Answer',
            'GET /only-get': 'Echo',
            'POST /orders/{orderId}/link': { to: 'Echo', iam: true },
            'POST /echo': 'Echo',
            'GET /pay/help': 'Answer',
            'GET /fail': 'Fail',
            'GET /rare': 'Answer',
            'ANY /any/{rest+}': 'Echo',
          },
          { RouteSettings: { 'GET /rare': { ThrottlingRateLimit: 0.01, ThrottlingBurstLimit: 2 } } },
        ),
        EchoUrl: {
          Type: 'AWS::Lambda::Url',
          Properties: { AuthType: 'NONE', TargetFunctionArn: { 'Fn::GetAtt': ['Echo', 'Arn'] } },
        },
        FailUrl: {
          Type: 'AWS::Lambda::Url',
          Properties: { AuthType: 'NONE', TargetFunctionArn: { 'Fn::GetAtt': ['Fail', 'Arn'] } },
        },
      },
    },
    { epochMs: EPOCH_MS },
  );
});
afterAll(() => stack?.stop());

const answering = (path: string, answer: unknown) =>
  `${stack.apiUrl}${path}?answer=${encodeURIComponent(JSON.stringify(answer))}`;

describe('the HTTP API', () => {
  it('gives the function an event of payload format 2.0', async () => {
    const response = await fetch(`${stack.apiUrl}/pay/a%20b?x=1&x=2&y=%C3%A9`, {
      headers: { 'user-agent': 'test', cookie: 'a=1; b=2', 'X-Twice': 'one' },
    });

    expect(response.headers.get('content-type')).toBe('application/json');
    const host = new URL(stack.apiUrl).host;
    const event = (await response.json()) as Record<string, unknown>;
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /pay/{token}',
      rawPath: '/pay/a%20b',
      rawQueryString: 'x=1&x=2&y=%C3%A9',
      cookies: ['a=1', 'b=2'],
      queryStringParameters: { x: '1,2', y: 'é' },
      pathParameters: { token: 'a b' },
      isBase64Encoded: false,
      requestContext: {
        http: {
          method: 'GET',
          path: '/pay/a%20b',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'test',
        },
        domainName: host,
        routeKey: 'GET /pay/{token}',
        stage: '$default',
        time: expect.stringMatching(/^10\/Apr\/2026:12:0\d:\d\d \+0000$/),
      },
    });
    expect(event.headers).toMatchObject({ 'x-twice': 'one', host });
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event).not.toHaveProperty('body');
  });

  it('joins headers that are sent twice', async () => {
    const body = await new Promise<string>((resolve, reject) => {
      const call = request(`${stack.apiUrl}/only-get`, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
      });
      call.on('error', reject);
      call.setHeader('x-many', ['one', 'two']);
      call.end();
    });
    expect(JSON.parse(body)).toMatchObject({ headers: { 'x-many': 'one,two' } });
  });

  it('hands text on as it is, and everything else as base64', async () => {
    const post = async (contentType: string, body: string) => {
      const response = await fetch(`${stack.apiUrl}/echo`, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body,
      });
      const { body: given, isBase64Encoded } = (await response.json()) as Record<string, unknown>;
      return { given, isBase64Encoded };
    };

    expect(await post('application/json; charset=utf-8', '{"é":1}')).toEqual({
      given: '{"é":1}',
      isBase64Encoded: false,
    });
    expect(await post('application/x-www-form-urlencoded', 'a=1')).toEqual({
      given: Buffer.from('a=1').toString('base64'),
      isBase64Encoded: true,
    });
  });

  it('answers with status, headers, cookies and bytes of the function', async () => {
    const response = await fetch(
      answering('/pay/help', {
        statusCode: 418,
        headers: { 'x-own': 'yes', 'content-type': 'image/png' },
        cookies: ['a=1', 'b=2; HttpOnly'],
        body: Buffer.from([0, 255]).toString('base64'),
        isBase64Encoded: true,
      }),
    );
    expect(response.status).toBe(418);
    expect(response.headers.get('x-own')).toBe('yes');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2; HttpOnly']);
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0, 255]);
  });

  it('prefers a literal path to a parameter, and an own method to ANY', async () => {
    expect((await fetch(answering('/pay/help', { statusCode: 204 }))).status).toBe(204);
    const any = (await (await fetch(`${stack.apiUrl}/any/a/b`, { method: 'PUT' })).json()) as object;
    expect(any).toMatchObject({ routeKey: 'ANY /any/{rest+}', pathParameters: { rest: 'a/b' } });
  });

  it('serves HEAD only where there is a HEAD route, without a body', async () => {
    const own = await fetch(
      answering('/pay/t', { statusCode: 303, headers: { location: '/x' }, body: 'moved' }),
      {
        method: 'HEAD',
        redirect: 'manual',
      },
    );
    expect([own.status, own.headers.get('location'), await own.text()]).toEqual([303, '/x', '']);

    const none = await fetch(`${stack.apiUrl}/only-get`, { method: 'HEAD' });
    expect(none.status).toBe(404);
  });

  it('answers an unknown route with its own bare JSON', async () => {
    const response = await fetch(`${stack.apiUrl}/nothing-here`);
    expect([response.status, await response.json()]).toEqual([404, { message: 'Not Found' }]);
  });

  it('refuses an IAM route without a signature, or with one of somebody else than ops', async () => {
    const post = (headers: Record<string, string>) =>
      fetch(`${stack.apiUrl}/orders/ord_1/link`, { method: 'POST', headers });
    stack.invocations.clear();
    const unsigned = await post({});
    expect([unsigned.status, await unsigned.json()]).toEqual([403, { message: 'Forbidden' }]);
    expect((await post({ authorization: SIGNED_BY('Echo') })).status).toBe(403);
    expect(stack.invocations.all()).toEqual([]);

    const signed = await post({ authorization: SIGNED_BY('ops') });
    expect(await signed.json()).toMatchObject({
      pathParameters: { orderId: 'ord_1' },
      requestContext: { authorizer: { iam: { accessKey: 'ops' } } },
    });
  });

  it('hides what the function threw', async () => {
    const response = await fetch(`${stack.apiUrl}/fail`);
    expect([response.status, await response.json()]).toEqual([500, { message: 'Internal Server Error' }]);
  });

  it('throttles a route as the stage says, and lets it recover with time', async () => {
    const status = async () => (await fetch(answering('/rare', { statusCode: 200 }))).status;
    expect([await status(), await status(), await status()]).toEqual([200, 200, 429]);
    await stack.clock.advance(200_000);
    expect(await status()).toBe(200);
  });
});

describe('a Function URL', () => {
  it('gives the function an event of payload format 2.0, on an address of its own', async () => {
    expect(stack.functionUrls.echo).not.toBe(stack.apiUrl);
    const response = await fetch(`${stack.functionUrls.echo}/hook?a=1`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': 't=1,v1=ab' },
      body: '{"id": "evt_1" }',
    });
    expect(await response.json()).toMatchObject({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/hook',
      headers: { 'stripe-signature': 't=1,v1=ab' },
      queryStringParameters: { a: '1' },
      requestContext: { http: { method: 'POST' }, accountId: 'anonymous' },
      body: '{"id": "evt_1" }',
      isBase64Encoded: false,
    });
  });

  it('answers 502 when the function throws', async () => {
    expect((await fetch(stack.functionUrls.fail ?? '')).status).toBe(502);
  });
});
