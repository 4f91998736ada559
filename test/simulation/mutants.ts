import { globSync } from 'node:fs';
import { join } from 'node:path';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { type Edit, type Ending, eachIn, plant, sourceOf } from './plant.ts';
import { randomOf } from './random.ts';

/** Small changes to the code, drawn by chance: is there one that no promise notices? */
export type Mutant = Edit & { line: number; was: string; kind: string };

/** Changes to words and to the shapes of schemas say little about what the code does. */
const EXCLUDED = ['StringLiteral', 'ObjectLiteral', 'Regex', 'OptionalChaining'];
/** A mutant that turns in a circle ends after this, which is some ten times as long as others take. */
const limitMs = (histories: number): number => 60_000 + histories * 100;

/** All there are in the domain and the use cases, by the mutators of Stryker. */
const allMutants = async (): Promise<Mutant[]> => {
  const root = join(import.meta.dirname, '../..');
  const files = globSync(['lib/domain/**/*.ts', 'lib/usecases/**/*.ts'], { cwd: root }).sort();
  const { mutants } = await new Instrumenter(silent).instrument(
    files.map((name) => ({ name, content: sourceOf(name), mutate: true })),
    { ignorers: [], excludedMutations: EXCLUDED, plugins: null },
  );
  const starts = new Map(files.map((file) => [file, lineStarts(sourceOf(file))]));
  return mutants.flatMap(({ fileName, location, replacement, mutatorName, status }): Mutant[] => {
    const lines = starts.get(fileName);
    if (lines === undefined || status === 'Ignored') return [];
    const from = (lines[location.start.line] ?? 0) + location.start.column;
    const to = (lines[location.end.line] ?? 0) + location.end.column;
    const was = sourceOf(fileName).slice(from, to);
    return [
      { file: fileName, from, to, says: replacement, line: location.start.line + 1, was, kind: mutatorName },
    ];
  });
};

const silent = new Proxy(
  {},
  { get: (_, name) => (String(name).startsWith('is') ? () => false : () => undefined) },
) as ConstructorParameters<typeof Instrumenter>[0];

const lineStarts = (source: string): number[] => {
  const starts = [0];
  for (let at = source.indexOf('\n'); at !== -1; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
};

export type MutantsReport = {
  mutants: number;
  killed: number;
  survived: number;
  /** In a file that no history ever loads. */
  notPlayed: number;
};

/** Draws some, lives through histories with each, and tells which ones nothing noticed. */
export const tryMutants = async (
  wanted: { mutants: number; seed: number; histories: number },
  threads: number,
): Promise<MutantsReport> => {
  const all = await allMutants();
  const random = randomOf(wanted.seed, 7);
  const drawn = new Set<Mutant>();
  while (drawn.size < Math.min(wanted.mutants, all.length)) drawn.add(random.pick(all));
  console.log(`${drawn.size} of ${all.length} mutants, ${wanted.histories} histories each.`);
  const report: MutantsReport = { mutants: 0, killed: 0, survived: 0, notPlayed: 0 };
  await eachIn([...drawn], threads, async (mutant) => {
    const ending = await plant(mutant, { ...wanted, limitMs: limitMs(wanted.histories) });
    report.mutants += 1;
    if (ending.how === 'survived') report.survived += 1;
    else if (ending.how === 'not_played') report.notPlayed += 1;
    else report.killed += 1;
    console.log(lineFor(mutant, ending));
  });
  return report;
};

const lineFor = ({ file, line, was, says, kind }: Mutant, { how, lived, broken }: Ending): string => {
  const short = (text: string): string => text.replace(/\s+/g, ' ').slice(0, 60);
  const after = how === 'found' ? `${lived}` : how === 'survived' ? 'SURVIVED' : how.replace('_', ' ');
  return `${after.padStart(9)}  ${file}:${line}  ${kind}: ${short(was)} => ${short(says)}${broken === null ? '' : `  (${broken.promise})`}`;
};
