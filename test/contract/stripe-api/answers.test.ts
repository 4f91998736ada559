import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ENDPOINTS } from '../../../infra/local/stripe/api/endpoints.ts';
import { type StripeSimulator, startStripeSimulator } from '../../../infra/local/stripe/simulator.ts';
import { type RecordingProxy, startRecordingProxy } from '../../support/recording-proxy.ts';
import { stripeAt } from '../../support/stripe-client.ts';
import { answersTour } from './answers.ts';
import { operationOf } from './paths.ts';

let nowMs = Date.parse('2026-04-14T15:00:00.000Z');
let simulator: StripeSimulator;
let proxy: RecordingProxy;

beforeAll(async () => {
  simulator = await startStripeSimulator({ now: () => nowMs });
  proxy = await startRecordingProxy(simulator.url);
  await answersTour(simulator, stripeAt({ ...proxy, apiKey: simulator.apiKey }), async (ms) => {
    nowMs += ms;
    await simulator.tick();
  });
});
afterAll(async () => {
  await proxy.stop();
  await simulator.stop();
});

test('every operation of the simulator was asked for, and answered well', () => {
  const answered = proxy.exchanges.filter(({ status }) => status === 200).map(operationOf);
  writeFileSync('/tmp/emu6/exchanges.json', JSON.stringify(proxy.exchanges));
  expect([...new Set(answered)].sort()).toEqual(
    ENDPOINTS.map(({ method, path }) => `${method} ${path}`).sort(),
  );
});
