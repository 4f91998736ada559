import { type Command, InvalidArgumentError } from 'commander';
import { LOCAL_STAGE, runningHere } from '../running-here.ts';
import type { Place } from './environment.ts';
import { OpsProblem, UsageProblem } from './problem.ts';

/** Of every command that works on a stage. */
export type StageOptions = Omit<Place, 'stage'> & { stage?: string; json?: boolean };

export const withStage = (command: Command): Command =>
  command
    .option('--stage <name>', 'which stage: dev, prod, …; local: what npm start runs here', stageName)
    .option('--profile <name>', 'AWS profile (as of the AWS CLI)')
    .option('--region <name>', 'AWS region of the stage');

export const withPlace = (command: Command): Command =>
  withStage(command)
    .option('--local <url>', 'a stack on this machine, by the address of its AWS gateway', localUrl)
    .option('--json', 'one line of JSON instead of text');

/** There is no default: a command on the wrong stage could reach real families. @throws {UsageProblem} */
export const mustName = ({ stage }: { stage?: string }): string => {
  if (stage !== undefined) return stage;
  throw new UsageProblem('Which stage?', 'Add --stage dev, or the name of another.');
};

/** Where a command works. @throws {OpsProblem} it should be on this machine, and nothing runs here */
export const placeOf = (options: StageOptions): Place => {
  const stage = mustName(options);
  if (stage !== LOCAL_STAGE || options.local !== undefined) return { ...options, stage };
  const running = runningHere();
  if (running !== undefined) return { ...options, stage: running.stage, local: running.gatewayUrl };
  throw new OpsProblem('No stack runs on this machine.', 'Start one in another terminal: npm start');
};

const stageName = (text: string): string => {
  if (/^[a-z][a-z0-9-]{0,19}$/.test(text)) return text;
  throw new InvalidArgumentError('A stage is lower-case letters, digits and hyphens, 20 at most.');
};

const localUrl = (text: string): string => {
  // A key or a secret must never be sent to whatever somebody wrote into a command.
  if (URL.canParse(text) && /^(127\.0\.0\.1|localhost)$/.test(new URL(text).hostname))
    return new URL(text).origin;
  throw new InvalidArgumentError(
    'It is the address that npm start prints as "AWS gateway": http://127.0.0.1:…',
  );
};

/** A whole number of seconds. */
export const secondsFrom = (text: string): number => {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It is a whole number of seconds: 0 to count everything again.');
};

/** Of a command that shows what it would do, and does it only when it is given what was shown. */
export type ApplyOptions = { apply?: string; yes?: boolean };

export const withApply = (command: Command): Command =>
  command
    .option('--apply <hash>', 'do exactly what was shown under this hash', shownHash)
    .option('--yes', 'do not ask again before it is done');

const shownHash = (text: string): string => {
  if (/^[0-9a-f]{26}$|^[0-9a-f]{32}$/.test(text)) return text;
  throw new InvalidArgumentError(
    'It is what stood behind --apply when this was shown, 26 or 32 characters. Look again: the same command without --apply.',
  );
};
