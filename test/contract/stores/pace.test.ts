import { expect, test } from 'vitest';
import { epochMs } from '../../../lib/domain/ids.ts';
import { describeStores } from './backends.ts';
import { NOW } from './samples.ts';

const T = epochMs(NOW);

describeStores('the pace', (stores) => {
  const reserve = async (nowMs: number, count = 1, perSecond = 10, lane: 'mail' | 'mint' = 'mail') =>
    (await stores.pace.reserve({ lane, count, perSecond, nowMs })) - T;
  const makeUp = async (nowMs: number, makeUpMs: number) =>
    (await stores.pace.reserve({ lane: 'mail', count: 1, perSecond: 10, nowMs, makeUpMs })) - T;

  test('places follow one another at the distance of the rate', async () => {
    expect([await reserve(T), await reserve(T), await reserve(T)]).toEqual([0, 100, 200]);
  });

  test('who takes several places at once leaves the next one free behind them', async () => {
    expect([await reserve(T, 3), await reserve(T, 2), await reserve(T)]).toEqual([0, 300, 500]);
  });

  test('a rate that gives no whole milliseconds is kept over many places', async () => {
    for (let i = 0; i < 40; i++) await reserve(T, 3, 13.72);
    expect(await reserve(T, 1, 13.72)).toBeCloseTo((120 * 1000) / 13.72, 1);
  });

  test('places that passed unused are not made up for', async () => {
    await reserve(T);
    expect([await reserve(T + 5_000), await reserve(T + 5_000)]).toEqual([5_000, 5_100]);
  });

  test('but for those of the last moment, where that is wanted', async () => {
    await reserve(T);
    expect([
      await makeUp(T + 5_000, 250),
      await makeUp(T + 5_000, 250),
      await makeUp(T + 5_000, 250),
    ]).toEqual([4_750, 4_850, 4_950]);
    expect(await makeUp(T + 5_040, 250)).toBe(5_050);
  });

  test('nobody makes up for what a hold has kept from him', async () => {
    await stores.pace.hold('mail', T + 5_000);
    expect(await makeUp(T + 5_100, 250)).toBe(5_000);
  });

  test('a place that begins just now is the next one, and not one later', async () => {
    await reserve(T);
    expect([await reserve(T + 100), await reserve(T + 100)]).toEqual([100, 200]);
  });

  test('a worker whose clock is behind gets no place that was taken before', async () => {
    expect([await reserve(T + 1_000), await reserve(T)]).toEqual([1_000, 1_100]);
  });

  test('those who ask at the same moment get places of their own', async () => {
    const all = () => Promise.all([1, 2, 3, 4, 5, 6].map(() => reserve(T, 2)));
    const places = [...(await all()), ...(await all())];
    expect(places.toSorted((a, b) => a - b)).toEqual(places.map((_, i) => i * 200));
  });

  test('those who ask at the same moment after a pause get places of their own', async () => {
    await reserve(T);
    const places = await Promise.all([1, 2, 3, 4].map((ms) => reserve(T + 60_000 + ms, 2)));
    const sorted = places.toSorted((a, b) => a - b);
    expect(sorted.slice(1).every((place, i) => place - (sorted[i] ?? 0) >= 200)).toBe(true);
  });

  test('lanes do not meet', async () => {
    await reserve(T, 5);
    expect(await reserve(T, 1, 10, 'mint')).toBe(0);
  });

  test('no place begins before the end of a hold', async () => {
    await stores.pace.hold('mail', T + 5_000);
    expect([await reserve(T), await reserve(T)]).toEqual([5_000, 5_100]);
    await stores.pace.hold('mail', T + 9_000);
    expect(await reserve(T)).toBe(9_000);
  });

  test('a hold that ends earlier than another gives nothing back', async () => {
    await stores.pace.hold('mail', T + 5_000);
    await stores.pace.hold('mail', T + 1_000);
    expect(await reserve(T)).toBe(5_000);
    await stores.pace.hold('mail', T + 1_000);
    expect(await reserve(T)).toBe(5_100);
  });

  test('a hold that has ended holds nobody', async () => {
    await stores.pace.hold('mail', T - 5_000);
    expect(await reserve(T)).toBe(0);
  });
});
