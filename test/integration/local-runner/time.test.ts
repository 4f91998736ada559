import { createServer } from 'node:http';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { admitAll } from '../../../infra/local/aws/authorizer.ts';
import type { RunOptions } from '../../../infra/local/runner.ts';
import { type RunningStack, runAssembly } from '../../../infra/local/stack.ts';
import { type Fixture, fixtureAssembly, httpApi, jobsQueue, startFixture } from '../support/fixture-stack.ts';

const EPOCH_MS = Date.parse('2026-04-10T12:01:00Z');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const TICK: Fixture = {
  functions: {
    TickFunction: {
      code: 'exports.handler = async (event) => console.log(event.time + " " + new Date().toISOString());',
    },
  },
  resources: {
    Schedule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(5 minutes)',
        State: 'ENABLED',
        Targets: [{ Id: 'Target0', Arn: { 'Fn::GetAtt': ['TickFunction', 'Arn'] } }],
      },
    },
  },
};

const start = async (fixture: Fixture, options: RunOptions = {}): Promise<RunningStack> => {
  const stack = await startFixture(fixture, { epochMs: EPOCH_MS, ...options });
  onTestFinished(() => stack.stop());
  return stack;
};
const ticks = (stack: RunningStack) =>
  stack.logs.lines('tick').map(({ line }) => line.split(' ')[0]?.slice(11, 16));

describe('time that is advanced', () => {
  it('runs the schedule at its times, in strides', async () => {
    const stack = await start(TICK);
    await stack.clock.advance(13 * HOUR_MS);
    expect(ticks(stack)).toEqual(['18:00', '00:00', '01:00']);
    expect(stack.clock.now() - EPOCH_MS).toBeGreaterThanOrEqual(13 * HOUR_MS);
    expect(stack.clock.now() - EPOCH_MS).toBeLessThan(13 * HOUR_MS + MINUTE_MS);
  });

  it('runs every single time of the schedule where that is asked for', async () => {
    const stack = await start(TICK);
    await stack.clock.advance(16 * MINUTE_MS, { tickEveryMs: 0 });
    expect(ticks(stack)).toEqual(['12:05', '12:10', '12:15']);
  });

  it('runs nothing before the schedule’s next time', async () => {
    const stack = await start(TICK);
    await stack.clock.advance(2 * MINUTE_MS);
    expect(ticks(stack)).toEqual([]);
    await stack.clock.advance(2 * MINUTE_MS);
    expect(ticks(stack)).toEqual(['12:05']);
    await stack.settled();
    expect(ticks(stack)).toEqual(['12:05']);
  });

  it('lets the function see the moment at which it runs', async () => {
    const stack = await start(TICK);
    await stack.clock.advance(4 * MINUTE_MS);
    expect(stack.logs.lines('tick')[0]?.line).toMatch(/^2026-04-10T12:05:00Z 2026-04-10T12:05:/);
  });

  it('stops wherever a message becomes visible', async () => {
    const stack = await start({
      functions: {
        WorkFunction: {
          code: 'exports.handler = async ({ Records }) => { console.log(new Date().toISOString()); throw new Error("no"); };',
        },
      },
      resources: jobsQueue('WorkFunction', { visibilityTimeout: 3_600, maxReceiveCount: 3 }),
    });
    const sqs = new SQSClient(stack.clientConfig());
    onTestFinished(() => sqs.destroy());
    await sqs.send(new SendMessageCommand({ QueueUrl: stack.queueUrl('jobs'), MessageBody: 'x' }));
    await stack.clock.advance(24 * HOUR_MS);
    const began = stack.logs.lines('work').filter(({ line }) => /^\d{4}-/.test(line));
    expect(began.map(({ line }) => line.slice(11, 16))).toEqual(['12:01', '13:01', '14:01']);
    expect((await stack.queue('jobs-dead-letters')).visible).toBe(1);
  });
});

describe('a stack that is stopped', () => {
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('leaves no process and no port, even with a function at work', async () => {
    const fixture = fixtureAssembly({
      functions: {
        HangFunction: { code: 'exports.handler = () => { for (;;); };', timeout: 60 },
        WorkFunction: { code: 'exports.handler = async () => ({});' },
      },
      resources: {
        ...jobsQueue('WorkFunction', { visibilityTimeout: 30, maxReceiveCount: 3 }),
        ...httpApi({ 'GET /': 'HangFunction' }),
      },
    });
    onTestFinished(fixture.remove);
    const stack = await runAssembly(fixture, { authorizer: admitAll });
    const hanging = stack.invoke('hang', {});
    const failed = expect(hanging).rejects.toMatchObject({ name: 'Runtime.ExitError' });
    await expect.poll(() => stack.pids().length).toBe(1);
    const pids = stack.pids();
    const urls = [stack.apiUrl, stack.gatewayUrl, stack.inboxUrl];

    await stack.stop();
    await failed;
    expect(pids.filter(isAlive)).toEqual([]);
    for (const url of urls) {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(Number(new URL(url).port), '127.0.0.1', resolve);
      });
      server.close();
    }
    await stack.stop();
  });
});
