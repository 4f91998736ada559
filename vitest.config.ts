import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/**
 * One project per kind of test, so that each can be run alone: `npx vitest run --project unit`. Limits are for machines that are
 * slow and busy: they end what hangs, and measure nothing.
 */
const project = (name: string, testTimeoutMs = 60_000, startsTheStack = false) => ({
  test: {
    name,
    ...(startsTheStack ? { globalSetup: ['test/support/global-setup.ts'] } : {}),
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: testTimeoutMs,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 20_000 } },
    environment: 'node' as const,
    // Files of a worker share its modules: loading and compiling them anew took a quarter of the time.
    isolate: false,
  },
});

export default defineConfig({
  test: {
    // Most of a test file's time is spent waiting for processes that it started: one worker more than usual.
    maxWorkers: availableParallelism() + 1,
    projects: [
      project('architecture'),
      project('unit'),
      project('contract'),
      project('simulation'),
      project('infra', 240_000),
      project('integration', 240_000, true),
      project('browser', 240_000, true),
    ],
  },
});
