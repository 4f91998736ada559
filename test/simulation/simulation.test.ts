import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bugs } from './bugs.ts';
import { openCrew } from './crew.ts';
import { type FaultName, faultNames } from './faults.ts';
import { live } from './history.ts';
import { type Plan, planOf } from './plan.ts';
import { editOf, plant } from './plant.ts';
import { count, merge, noTally } from './tally.ts';
import { timeline } from './timeline.ts';

const all = new Set<FaultName>(faultNames);
const told = async (plan: Plan): Promise<string[]> => {
  const lines: string[] = [];
  await live(plan, ({ atMs, who, what }) => lines.push(`${atMs} ${who} ${what}`));
  return lines;
};

describe('a history', () => {
  it('is the same whenever it is lived through, down to each call', async () => {
    const plan = planOf(20_260_414, all);
    const first = await told(plan);
    expect(first.length).toBeGreaterThan(200);
    expect(await told(plan)).toEqual(first);
  });

  it('of another seed is another one', async () => {
    expect(await told(planOf(1, all))).not.toEqual(await told(planOf(2, all)));
  });

  it('without faults has none, and keeps every promise', async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { counts, violations } = await live(planOf(seed, new Set()));
      expect(counts.faults).toEqual({});
      expect(violations).toEqual([]);
    }
  });

  it('stays the same for one order when another is left out', async () => {
    const plan = planOf(7, new Set());
    const [gone, ...orders] = plan.orders;
    const acts = plan.acts.filter((act) => 'order' in act && act.order !== gone?.index);
    const of = (club: Awaited<ReturnType<typeof live>>, orderId: string): string =>
      JSON.stringify(Object.keys(club.watched.of(orderId)?.facts ?? {}).length);
    const [whole, part] = [
      await live({ ...plan, acts: plan.acts.filter((act) => 'order' in act) }),
      await live({ ...plan, orders, acts }),
    ];
    for (const { index } of orders) expect(of(part, `ord_${index}`)).toBe(of(whole, `ord_${index}`));
  });
});

it('histories are as full as they are meant to be, and no fault is left out', async () => {
  const tally = noTally();
  for (let seed = 1; seed <= 60; seed++) {
    const one = noTally();
    count(one, await live(planOf(seed, all)));
    merge(tally, one);
  }
  expect(tally.broken).toEqual([]);
  expect(tally.orders / 60).toBeGreaterThanOrEqual(20);
  expect(tally.events / 60).toBeGreaterThanOrEqual(200);
  expect(Object.values(tally.faults).reduce((sum, times) => sum + times, 0) / 60).toBeGreaterThanOrEqual(3);
  expect(Object.keys(tally.faults).sort()).toEqual([...faultNames].sort());
});

describe('virtual time', () => {
  it('lets things happen by their time, and at one moment as they were said', async () => {
    const seen: string[] = [];
    const time = timeline(1_000, openCrew(), () => undefined);
    for (const [ms, name] of [
      [3_000, 'c'],
      [2_000, 'a'],
      [2_000, 'b'],
      [9_000, 'late'],
    ] as const) {
      time.at(ms, () => void seen.push(`${name} ${time.nowMs()}`));
    }
    await time.run(5_000);
    expect(seen).toEqual(['a 2000', 'b 2000', 'c 3000']);
    expect(time.nowMs()).toBe(5_000);
  });

  it('waits for whoever works before the next thing happens', async () => {
    const seen: string[] = [];
    const crew = openCrew();
    const time = timeline(0, crew, () => undefined);
    time.at(10, () => {
      const who = crew.enter();
      void (async () => {
        for (let step = 0; step < 600; step++) await undefined;
        seen.push('works');
        await time.sleep(5, who);
        seen.push(`wakes at ${time.nowMs()}`);
        who.leave();
      })();
    });
    time.at(11, () => void seen.push('next'));
    await time.run(100);
    expect(seen).toEqual(['works', 'next', 'wakes at 15']);
  });
});

describe('mistakes in the code', () => {
  it.each(bugs.map((bug) => [bug.name, bug] as const))('"%s" can be planted', (_, bug) => {
    expect(editOf(bug).says).not.toBe(bug.instead);
  });

  it('are found', { timeout: 60_000 }, async () => {
    const bug = bugs.find(({ name }) => name === 'whoever comes back from Stripe is sent to pay again');
    if (bug === undefined) throw new Error('That one is not there any more.');
    const ending = await plant(editOf(bug), { seed: 1, histories: 50, limitMs: 50_000 });
    expect(ending.how).toBe('found');
    expect(ending.broken?.promise).toBe('whoever comes back from Stripe is not sent to pay again');
  });
});

describe('the command', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(import.meta.dirname, 'run.ts'), ...args], { encoding: 'utf8' });

  it('ends with one line of JSON that can be lived through again', { timeout: 60_000 }, () => {
    const again = (): Record<string, unknown> => {
      const { stdout, status } = run('--histories', '3', '--seed', '11', '--threads', '1');
      expect(status).toBe(0);
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
    };
    const { perSecond, ...first } = again();
    expect(perSecond).toBeGreaterThan(0);
    expect(Object.keys(first)).toEqual(['histories', 'days', 'faults', 'events', 'violations', 'seed']);
    expect(first).toMatchObject({ histories: 3, violations: 0, seed: 11 });
    expect(again()).toMatchObject(first);
  });

  it.each([
    [['--faults', 'gravity'], 'There is no fault "gravity"'],
    [['--histories', 'many'], 'It is not a whole number'],
    [['--histories', '-1'], 'It is not a whole number'],
    [['--thread'], "unknown option '--thread'"],
  ])('%j is refused in words', (args, words) => {
    const { stderr, status } = run(...args);
    expect(stderr).toContain(words);
    expect(status).not.toBe(0);
  });
});
