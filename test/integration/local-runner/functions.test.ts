import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RunningStack } from '../../../infra/local/runner.ts';
import { startFixture } from '../support/fixture-stack.ts';

const EPOCH_MS = Date.parse('2026-04-10T12:00:00Z');
const DAY_MS = 24 * 60 * 60 * 1_000;

let stack: RunningStack;
beforeAll(async () => {
  process.env.SECRET_OF_THE_RUNNER = 'must not be seen';
  stack = await startFixture(
    {
      functions: {
        TimeFunction: {
          code: `exports.handler = async () => ({
            now: Date.now(), date: new Date().getTime(), text: Date.parse(Date()), given: new Date(5).getTime(),
            isDate: new Date() instanceof Date, same: new Date().constructor === Date, utc: Date.UTC(1970, 0, 1),
          });`,
        },
        ContextFunction: {
          code: `exports.handler = async (event, context) => {
            return { env: process.env, remaining: context.getRemainingTimeInMillis(), context };
          };`,
          timeout: 7,
          environment: { OWN: 'yes', FUNCTION_ROLE: { Ref: 'TimeFunctionRole' } },
        },
        ChattyFunction: {
          code: `exports.handler = async (event) => {
            for (let n = 0; n < event.lines; n += 1) console.log('line ' + n);
            console.error('to stderr');
          };`,
        },
        SlowFunction: {
          code: 'exports.handler = (event) => new Promise((r) => setTimeout(() => r(process.pid), event.ms));',
          timeout: 1,
        },
        PatientFunction: {
          code: 'exports.handler = (event) => new Promise((r) => setTimeout(() => r(process.pid), event.ms));',
          timeout: 60,
        },
        ThrowingFunction: {
          code: `class OrderNotFound extends Error { name = 'OrderNotFound' }
            exports.handler = async () => { throw new OrderNotFound('no such order'); };`,
        },
        DyingFunction: { code: 'exports.handler = async () => process.exit(3);' },
        BrokenFunction: { code: 'throw new Error("cannot load");' },
        VoidFunction: { code: 'exports.handler = async () => undefined;' },
        JsonLogFunction: {
          code: 'exports.handler = async () => { console.info({ event: "paid", orderId: "ord_1" }); };',
          properties: { LoggingConfig: { LogFormat: 'JSON' } },
        },
        OneFunction: {
          code: 'exports.handler = () => new Promise((r) => setTimeout(r, 300));',
          properties: { ReservedConcurrentExecutions: 1 },
        },
      },
    },
    { epochMs: EPOCH_MS },
  );
});
afterAll(async () => {
  delete process.env.SECRET_OF_THE_RUNNER;
  await stack?.stop();
});
beforeEach(() => {
  stack.logs.clear();
  stack.invocations.clear();
});

describe('a function', () => {
  it('lives in the time of the stack, which can be moved', async () => {
    const before = (await stack.invoke('time', {})) as Record<string, number | boolean>;
    expect(before.now).toBeGreaterThanOrEqual(EPOCH_MS);
    expect(before.now).toBeLessThan(EPOCH_MS + 60_000);
    expect(Math.abs(Number(before.date) - Number(before.now))).toBeLessThan(1_000);
    expect(Math.abs(Number(before.text) - Number(before.now))).toBeLessThan(2_000);
    expect(before).toMatchObject({ given: 5, isDate: true, same: true, utc: 0 });

    await stack.clock.advance(40 * DAY_MS);
    const after = (await stack.invoke('time', {})) as { now: number };
    expect(after.now - Number(before.now)).toBeGreaterThanOrEqual(40 * DAY_MS);
    expect(after.now - Number(before.now)).toBeLessThan(40 * DAY_MS + 60_000);
  });

  it('gets the environment that the template gives, and nothing of the runner’s', async () => {
    const { env, context, remaining } = (await stack.invoke('context', { n: 1 })) as {
      env: Record<string, string>;
      context: Record<string, string>;
      remaining: number;
    };
    expect(env).toMatchObject({
      OWN: 'yes',
      FUNCTION_ROLE: 'fixture-TimeFunctionRole',
      AWS_ACCESS_KEY_ID: 'ContextFunction',
      AWS_ENDPOINT_URL: stack.gatewayUrl,
      AWS_REGION: stack.region,
      AWS_LAMBDA_FUNCTION_NAME: 'fixture-ContextFunction',
      TZ: 'UTC',
    });
    expect(env).not.toHaveProperty('SECRET_OF_THE_RUNNER');
    expect(env).not.toHaveProperty('PATH');
    expect(context.functionName).toBe('fixture-ContextFunction');
    expect(remaining).toBeGreaterThan(5_000);
    expect(remaining).toBeLessThanOrEqual(7_000);
  });

  it('has its output kept, complete by the time it has answered', async () => {
    await stack.invoke('chatty', { lines: 5_000 });
    expect(stack.logs.lines('chatty')).toHaveLength(5_001);
    expect(stack.logs.lines('chatty').map(({ line }) => line)).toContain('to stderr');
  });

  it('logs one JSON object a line where the template asks for it', async () => {
    await stack.invoke('json-log', {});
    const [line] = stack.logs.lines('json-log');
    expect(JSON.parse(line?.line ?? '')).toMatchObject({
      level: 'INFO',
      message: { event: 'paid', orderId: 'ord_1' },
    });
  });

  it('answers nothing with null', async () => {
    expect(await stack.invoke('void', {})).toBeNull();
  });

  it('fails with the name and message of what it threw', async () => {
    await expect(stack.invoke('throwing', {})).rejects.toMatchObject({
      name: 'OrderNotFound',
      message: expect.stringContaining('no such order'),
    });
    expect(stack.invocations.all('throwing')).toMatchObject([{ error: { errorType: 'OrderNotFound' } }]);
  });

  it('is ended at its timeout, and the next invocation gets a new process', async () => {
    const first = await stack.invoke('slow', { ms: 0 });
    await expect(stack.invoke('slow', { ms: 5_000 })).rejects.toMatchObject({
      name: 'Sandbox.Timedout',
      message: expect.stringContaining('Task timed out after 1.00 seconds'),
    });
    expect(await stack.invoke('slow', { ms: 0 })).not.toBe(first);
  });

  it('keeps its process between invocations, and gets another one for a second request at once', async () => {
    const [one, two] = await Promise.all([
      stack.invoke('patient', { ms: 1_000 }),
      stack.invoke('patient', { ms: 1_000 }),
    ]);
    expect(one).not.toBe(two);
    expect([one, two]).toContain(await stack.invoke('patient', { ms: 0 }));
  });

  it('fails when its process ends, and when it cannot be loaded', async () => {
    await expect(stack.invoke('dying', {})).rejects.toMatchObject({
      name: 'Runtime.ExitError',
      message: expect.stringContaining('exit status 3'),
    });
    await expect(stack.invoke('broken', {})).rejects.toThrow('cannot load');
  });

  it('can be killed in the middle of an invocation', async () => {
    const running = stack.invoke('patient', { ms: 30_000 });
    await expect.poll(() => stack.pids().length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const failed = expect(running).rejects.toMatchObject({ name: 'Runtime.ExitError' });
    expect(await stack.crash('patient')).toBeGreaterThan(0);
    await failed;
  });

  it('is refused above its reserved concurrency', async () => {
    const results = await Promise.allSettled([stack.invoke('one', {}), stack.invoke('one', {})]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });
});
