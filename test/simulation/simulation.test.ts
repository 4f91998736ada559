import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bugs } from './bugs.ts';
import { contractsTold } from './contracts.ts';
import {
  complaintsOf,
  ENOUGH,
  noCoverage,
  reasons,
  type Subject,
  seenAgainstReason,
  unvisited,
  visitable,
  whyNever,
} from './coverage.ts';
import { openCrew } from './crew.ts';
import { aimedAtMore, allSites, type FaultName, faultNames } from './faults.ts';
import { live } from './history.ts';
import { DAY, HOUR, MINUTE, type Plan, planOf } from './plan.ts';
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

  it.each([0, 1, 2, 3, 4].map((seconds) => ({ seconds })))(
    'is judged when it is quiet: a debit that ends $seconds s before',
    async ({ seconds }) => {
      const plan = planOf(3, new Set());
      const order = plan.orders.find(
        ({ product, older }) => product.category === 'tournament' && older === null,
      );
      if (order === undefined) throw new Error('No order of this history is of the tournament.');
      const atMs = (plan.days - 1) * DAY;
      const acts: Plan['acts'] = [
        {
          ...{ kind: 'open_page', id: 1, atMs, order: order.index, by: 'parent', does: 'debit' },
          ...{ afterMs: 20_000, debitEnds: 'succeeded' },
          // On the page five minutes and twenty seconds after that; the last pass of time is over on the fifth day.
          debitTakesMs: 5 * DAY + 3 * HOUR + 30_000 - 320_000 - seconds * 1_000,
        },
      ];
      const club = await live({
        ...plan,
        ...{ orders: [{ ...order, amountMinor: 5_000, comesMs: 0, closesMs: null, test: false }], acts },
        ...{ unhurriedPer100: 0, hazardsPer1000: 0, mailedBefore: true },
      });
      expect([...club.account.payments()].map(({ state }) => state)).toEqual(['succeeded']);
      expect(club.violations).toEqual([]);
    },
  );

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

describe('many histories', () => {
  const MANY = 150;
  const tally = noTally();

  beforeAll(async () => {
    for (let seed = 1; seed <= MANY; seed++) {
      const one = noTally();
      count(one, await live(planOf(seed, all)));
      merge(tally, one);
    }
  }, 60_000);

  it('are as full as they are meant to be, leave no fault out, and break no promise', () => {
    expect(tally.broken).toEqual([]);
    expect(tally.orders / MANY).toBeGreaterThanOrEqual(20);
    expect(tally.events / MANY).toBeGreaterThanOrEqual(200);
    const faults = Object.values(tally.faults).reduce((sum, times) => sum + times, 0);
    expect(faults / MANY).toBeGreaterThanOrEqual(3);
    expect(Object.keys(tally.faults).sort()).toEqual([...faultNames].sort());
  });

  it('see every status, answer, state of a mailing or a mail, and reason to show something to a person', () => {
    const common = new Set<Subject>(['status', 'answer', 'blast', 'delivery', 'attention']);
    const missing = unvisited(tally.coverage)
      .filter(({ subject }) => common.has(subject))
      .map(({ what }) => what)
      // Why a mail was not sent: some of it is seen in one history of hundreds.
      .filter((what) => !what.startsWith('skipped: '));
    expect(missing).toEqual([]);
  });

  it('call every method of every port, but for what is known to be called seldom', () => {
    const missing = new Set(
      unvisited(tally.coverage).flatMap(({ subject, what }) => (subject === 'method' ? [what] : [])),
    );
    const often = allSites().filter((site) => aimedAtMore(site) === 1);
    expect(often.length).toBeGreaterThan(50);
    expect(often.map(({ port, method }) => `${port}.${method}`).filter((name) => missing.has(name))).toEqual(
      [],
    );
    expect([...missing].length).toBeLessThan(8);
  });

  it('see nothing that has a reason never to be seen, and each reason is of something', () => {
    expect(seenAgainstReason(tally.coverage)).toEqual([]);
    const there = visitable();
    for (const { of, which } of reasons) {
      for (const subject of of) expect(there[subject].some((what) => which.test(what))).toBe(true);
    }
  });

  it('are told in docs/testing.md what they never see, and why', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../docs/testing.md'), 'utf8').replace(/ +/g, ' ');
    for (const { inWords, why } of reasons) expect(docs).toContain(`| ${inWords} | ${why} |`);
    const told = docs.match(/There are (\d+) pairs of a fault and a method, of which (\d+) have a reason/);
    const pairs = visitable().fault;
    const reasoned = pairs.filter((what) => whyNever('fault', what) !== undefined);
    expect(told?.slice(1)).toEqual([String(pairs.length), String(reasoned.length)]);
  });

  it('are complained of where a reason is wrong, and from many thousand on where something was never seen', () => {
    const wrong = { ...noCoverage(), transition: { 'paid > canceled': 1 } };
    expect(complaintsOf(wrong, 1)).toEqual([
      'transition "paid > canceled" was seen, and has a reason never to be.',
    ]);
    expect(complaintsOf(noCoverage(), ENOUGH - 1)).toEqual([]);
    expect(complaintsOf(noCoverage(), ENOUGH)).toContain(
      'fault "crash at orders.save" was never seen, and has no reason not to be.',
    );
    expect(complaintsOf(noCoverage(), ENOUGH).join()).not.toContain('imports.');
  });
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

  it('waits for each of several things that somebody does at once', async () => {
    const seen: string[] = [];
    const crew = openCrew();
    const time = timeline(0, crew, () => undefined);
    const who = crew.enter();
    const lane = async (name: string, ms: number, steps: number): Promise<void> => {
      await time.sleep(ms, who);
      for (let step = 0; step < steps; step++) await undefined;
      seen.push(`${name} works at ${time.nowMs()}`);
      await time.sleep(ms, who);
      seen.push(`${name} wakes at ${time.nowMs()}`);
    };
    void Promise.all([lane('one', 10, 0), lane('other', 10, 600), lane('third', 25, 600)]).then(who.leave);
    await time.run(100);
    expect(seen).toEqual([
      ...['one works at 10', 'other works at 10', 'one wakes at 20', 'other wakes at 20'],
      ...['third works at 25', 'third wakes at 50'],
    ]);
  });
});

describe('what was told of a contract', () => {
  it.each([
    ['the last news counts', 'signed 0, ended 60', 'ended'],
    ['of two within minutes either may be the later one', 'signed 0, ended 1', undefined],
    ['which the last of them said again does not change', 'signed 0, ended 1, ended 2', undefined],
    ['until it is said again by itself', 'signed 0, ended 1, ended 60', 'ended'],
    ['and the same twice is no doubt', 'ended 0, ended 1', 'ended'],
  ])('%s: %s', (_, news, expected) => {
    let nowMs = 0;
    const contracts = contractsTold({ nowMs: () => nowMs });
    for (const one of news.split(', ')) {
      const [state = '', minute] = one.split(' ');
      nowMs = Number(minute) * MINUTE;
      contracts.told('ply_1', state);
    }
    expect(contracts.of('ply_1')).toBe(expected);
  });
});

describe('mistakes in the code', () => {
  it.each(bugs.map((bug) => [bug.name, bug] as const))('"%s" can be planted', (_, bug) => {
    expect(editOf(bug).says).not.toBe(bug.instead);
  });

  it('are all told in docs/testing.md, with what it took to find them', () => {
    const docs = readFileSync(join(import.meta.dirname, '../../docs/testing.md'), 'utf8').replace(/ +/g, ' ');
    const told = [...docs.matchAll(/^\| ([^|]+) \| ([\d,]+) \| ([^|]+) \|$/gm)].map(([, name]) => name);
    expect(told.filter((name) => bugs.some((bug) => bug.name === name)).sort()).toEqual(
      bugs.map(({ name }) => name).sort(),
    );
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

  it('tells what was seen how often, with the reason where it never is', { timeout: 60_000 }, () => {
    const { stdout, status } = run('--histories', '2', '--seed', '11', '--threads', '1', '--coverage');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ +\d+ {2}pending +$/m);
    expect(stdout).toMatch(/^ +0 {2}paid > canceled +An order that has received money/m);
    expect(stdout).toMatch(/^ +0 {2}\S.* +NEVER SEEN$/m);
  });

  it.each([
    [['--faults', 'gravity'], 'There is no fault "gravity"'],
    [['--histories', 'many'], 'It is not a whole number'],
    [['--histories', '-1'], 'It is not a whole number'],
    [['--histories', '0'], 'It has to be at least 1'],
    [['--threads', '0'], 'It has to be at least 1'],
    [['--thread'], "unknown option '--thread'"],
  ])('%j is refused in words', (args, words) => {
    const { stderr, status } = run(...args);
    expect(stderr).toContain(words);
    expect(status).not.toBe(0);
  });
});
