import { randomInt } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError, Option } from 'commander';
import { complaintsOf, ENOUGH, subjects, unvisited, visitable, whyNever } from './coverage.ts';
import { type FaultName, faultNames } from './faults.ts';
import { live } from './history.ts';
import { planOf } from './plan.ts';
import { shrink } from './shrink.ts';
import { storyOf } from './story.ts';
import type { Tally } from './tally.ts';
import { liveInThreads } from './threads.ts';

/**
 * `npm run simulate`: lives through histories of a club, each with what goes wrong, and checks every promise after each
 * of them. The last line is one line of JSON.
 */
const wholeNumber = (text: string): number => {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 0) return number;
  throw new InvalidArgumentError('It is not a whole number.');
};

/** Of nothing every promise holds: whoever asks for that is told so. */
const atLeastOne = (text: string): number => {
  const number = wholeNumber(text);
  if (number > 0) return number;
  throw new InvalidArgumentError('It has to be at least 1.');
};

const faultsNamed = (text: string): FaultName[] => {
  if (text === 'all') return [...faultNames];
  if (text === 'none') return [];
  return text.split(',').map((name) => {
    const known = faultNames.find((one) => one === name);
    if (known !== undefined) return known;
    throw new InvalidArgumentError(`There is no fault "${name}". There are: ${faultNames.join(', ')}.`);
  });
};

const LARGEST_SEED = 2 ** 31;

type Options = {
  histories: number;
  seed: number;
  faults: FaultName[];
  threads: number;
  seconds?: number;
  story: boolean;
  coverage: boolean;
  selfCheck: boolean;
  mutants?: number;
};

const program = new Command('simulate')
  .description(
    'Lives through histories of a club, each with what goes wrong, and checks every promise after each.',
  )
  .option('--histories <n>', 'how many', atLeastOne, 2_000)
  .option(
    '--seed <s>',
    'of the first history; each next one has the next seed',
    wholeNumber,
    randomInt(LARGEST_SEED),
  )
  .addOption(
    new Option('--faults <names>', 'what may go wrong: all, none, or names with commas between them')
      .argParser(faultsNamed)
      .default([...faultNames], 'all'),
  )
  .option('--threads <n>', 'how many processors are used', atLeastOne, availableParallelism())
  .option('--seconds <n>', 'stops after that time, however many there were', atLeastOne)
  .option('--story', 'tells the history of the seed, line by line', false)
  .option('--coverage', 'tells which states and faults were seen how often', false)
  .option('--self-check', 'plants known mistakes in the code, one at a time, and has each found', false)
  .option(
    '--mutants <n>',
    'so many small changes of the code, drawn by chance: which are noticed?',
    atLeastOne,
  )
  .showHelpAfterError()
  .parse();
const options = program.opts<Options>();

const tellStory = async (): Promise<number> => {
  const plan = planOf(options.seed, new Set(options.faults));
  const { violations } = await live(plan);
  console.log(await storyOf(plan, violations[0]));
  return violations.length;
};

/** The first history that broke a promise, made as small as it can be. */
const tellBroken = async (seed: number): Promise<void> => {
  const plan = planOf(seed, new Set(options.faults));
  const [violation] = (await live(plan)).violations;
  if (violation === undefined) {
    console.log(`The history of seed ${seed} broke a promise, and keeps it when it is lived through again.`);
    return;
  }
  const small = await shrink(plan, violation);
  console.log(`\nSeed ${seed} (live through it again: npm run simulate -- --seed ${seed} --histories 1)`);
  console.log(await storyOf(small.plan, small.violation));
};

/** How often each thing was seen. False: something is wrong with that. */
const tellCoverage = ({ coverage, histories }: Tally): boolean => {
  const all = visitable();
  for (const subject of subjects) {
    console.log(`\n${subject}`);
    const names = [...new Set([...all[subject], ...Object.keys(coverage[subject])])].sort();
    for (const what of names) {
      const times = coverage[subject][what] ?? 0;
      const why = times === 0 ? (whyNever(subject, what) ?? 'NEVER SEEN') : '';
      console.log(`${String(times).padStart(9)}  ${what.padEnd(44)} ${why}`);
    }
  }
  const isWhole = options.faults.length === faultNames.length;
  const complaints = complaintsOf(coverage, isWhole ? histories : 0);
  for (const complaint of complaints) console.log(complaint);
  const judged = isWhole ? ` From ${ENOUGH} histories on that fails.` : '';
  console.log(
    `\n${unvisited(coverage).length} of these were never seen, and have no reason not to be.${judged}`,
  );
  return complaints.length === 0;
};

/** False: a promise was broken, or something was not seen that should have been. */
const simulate = async (): Promise<boolean> => {
  const { histories, seed, faults, threads, seconds } = options;
  const started = performance.now();
  const untilMs = seconds === undefined ? Number.POSITIVE_INFINITY : started + seconds * 1_000;
  const bar = new SingleBar({
    format: '{bar} {value} of {total} histories, {broken} broken',
    hideCursor: true,
    // Where nobody sees a bar: how far it is, once a minute.
    noTTYOutput: true,
    notTTYSchedule: 60_000,
  });
  bar.start(histories, 0, { broken: 0 });
  let told = 0;
  const tally = await liveInThreads({ seed, histories, faults, untilBroken: false }, threads, (all) => {
    bar.update(all.histories, { broken: all.broken.length });
    // A long run is told of at once: whoever mends it need not wait for its end.
    for (const { seed, promise } of all.broken.slice(told)) console.error(`Seed ${seed} broke: ${promise}`);
    told = all.broken.length;
    return performance.now() < untilMs;
  });
  bar.stop();
  const took = (performance.now() - started) / 1_000;
  const byPromise = Map.groupBy(tally.broken, ({ promise }) => promise);
  for (const [promise, all] of byPromise) {
    const seeds = all.map((one) => one.seed).slice(0, 8);
    console.log(`Broken in ${all.length} histories: ${promise}. Seeds: ${seeds.join(', ')}`);
  }
  const [first] = tally.broken;
  if (first !== undefined) await tellBroken(first.seed);
  const isCovered = !options.coverage || tellCoverage(tally);
  const { days, events, violations } = tally;
  const perSecond = Math.round((tally.histories / took) * 10) / 10;
  console.log(
    JSON.stringify({
      histories: tally.histories,
      days,
      faults: tally.faults,
      events,
      violations,
      perSecond,
      seed,
    }),
  );
  return violations === 0 && isCovered;
};

const run = async (): Promise<boolean> => {
  const { seed, histories, threads, mutants } = options;
  if (options.story) return (await tellStory()) === 0;
  if (options.selfCheck) {
    const { selfCheck } = await import('./self-check.ts');
    const result = await selfCheck(seed, threads);
    console.log(JSON.stringify(result));
    return result.found === result.planted;
  }
  if (mutants !== undefined) {
    // What changes the code takes a second to load.
    const { tryMutants } = await import('./mutants.ts');
    console.log(JSON.stringify({ ...(await tryMutants({ mutants, seed, histories }, threads)), seed }));
    return true;
  }
  return simulate();
};

process.exitCode = (await run()) ? 0 : 1;
