import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { OpsProblem } from './problem.ts';

const ClubFile = v.pipe(
  v.unknown(),
  // To the schema library a list is a record too, of its indexes.
  v.check((given) => !Array.isArray(given)),
  v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
);

/**
 * What is always given for a stage, so that nobody types it twice: `club.prod.json` beside package.json. As context
 * values, which are text. Nothing, where there is no such file.
 * @throws {OpsProblem} when it is there and is not one object of names and values
 */
export const readClubFile = (directory: string, stage: string): Record<string, string> => {
  const name = `club.${stage}.json`;
  const file = join(directory, name);
  if (!existsSync(file)) return {};
  const values = v.safeParse(ClubFile, parseJson(readFileSync(file, 'utf8')));
  if (values.success) {
    return Object.fromEntries(Object.entries(values.output).map(([key, value]) => [key, String(value)]));
  }
  throw new OpsProblem(
    `The file ${name} is not what it should be.`,
    'It is one JSON object of names and values: {"clubName": "Hillside Soccer", "mailRatePerSecond": 10}',
  );
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
