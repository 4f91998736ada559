import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { counting, metricLine, metricsOf, namespaceOf } from '../../../functions/metrics.ts';

const PROJECT = join(import.meta.dirname, '../../..');

describe('a metric', () => {
  it('is one line of the embedded metric format, counted by its dimension', () => {
    const [visit] = metricsOf['visit.expired']?.({ category: 'tournament', paid: true }) ?? [];
    if (visit === undefined) return expect.unreachable();
    expect(JSON.parse(metricLine(visit, namespaceOf('dev'), 1_776_000_000_000))).toEqual({
      _aws: {
        Timestamp: 1_776_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'club-payments-dev',
            Dimensions: [['Category']],
            Metrics: [{ Name: 'ExpiredVisits', Unit: 'Count' }],
          },
        ],
      },
      Category: 'tournament',
      ExpiredVisits: 1,
    });
  });

  it('of the stranded is written when there is none, and not when nobody knows', () => {
    const names = (fields: { stranded?: number }) =>
      metricsOf['reconcile.done']?.(fields).map(({ name, value }) => [name, value]);
    expect(names({ stranded: 0 })).toEqual([
      ['Stranded', 0],
      ['LostWebhooks', 0],
    ]);
    expect(names({})).toEqual([['LostWebhooks', 0]]);
  });

  it('of lost webhooks is written when there was none, and not when Stripe did not tell of all', () => {
    const lost = (fields: { lost_refund?: number; whole?: boolean }) =>
      metricsOf['reconcile.done']?.(fields).map(({ name, value }) => [name, value]);
    expect(lost({ whole: true })).toEqual([['LostWebhooks', 0]]);
    expect(lost({ whole: false })).toEqual([]);
    expect(lost({ whole: false, lost_refund: 2 })).toEqual([['LostWebhooks', 2]]);
  });

  it('is counted from an event that is logged somewhere', async () => {
    const sources: string[] = [];
    for await (const file of glob('{lib,functions}/**/*.ts', { cwd: PROJECT })) {
      if (file !== 'functions/metrics.ts') sources.push(readFileSync(join(PROJECT, file), 'utf8'));
    }
    const all = sources.join('\n');
    expect(Object.keys(metricsOf).filter((event) => !all.includes(`'${event}'`))).toEqual([]);
  });
});

describe('a log that counts', () => {
  afterEach(() => vi.restoreAllMocks());

  it('logs the event as before, and writes its metrics beside it, past the console', () => {
    const logged: unknown[] = [];
    const written: string[] = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const log = counting((event, fields) => logged.push([event, fields]));
    log('order.money_came', { orderId: 'o1', amountMinor: 5500, currency: 'usd' });
    log('retire.done', { orderId: 'o1' });
    expect(logged).toEqual([
      ['order.money_came', { orderId: 'o1', amountMinor: 5500, currency: 'usd' }],
      ['retire.done', { orderId: 'o1' }],
    ]);
    expect(written.map((line) => JSON.parse(line))).toMatchObject([
      { Paid: 1 },
      { Currency: 'usd', PaidMinorUnits: 5500 },
    ]);
    expect(written.join('')).not.toContain('o1');
    expect(written.every((line) => line.endsWith('\n'))).toBe(true);
  });
});
