import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { StageOptions } from './options.ts';

/** Whom a mailing is for, as the options say. */
export type AudienceOptions = { period?: string; onlyNeverMailed?: boolean };

export const withAudience = (command: Command): Command =>
  command
    .option('--period <name>', 'only orders of this period, such as 2026-05')
    .option('--only-never-mailed', 'only orders that no mail has been sent about yet');

export const audienceFrom = (productId: string, { period, onlyNeverMailed }: AudienceOptions) => ({
  productId,
  filter: {
    ...(period !== undefined && { period }),
    ...(onlyNeverMailed !== undefined && { onlyNeverMailed }),
  },
});

/** Who does it, for the books. */
export type ActorOptions = { by?: string };

export const withActor = (command: Command): Command =>
  command.option('--by <name>', 'who does it, for the books (otherwise your name on this computer)');

export const actorFrom = ({ by }: ActorOptions): string => by ?? userInfo().username;

/** The same stage, with another command: to be copied. */
export const commandFor = (command: string, { stage, profile, region, local }: StageOptions): string =>
  [
    `npm run ops -- ${command}`,
    ...Object.entries({ stage, profile, region, local }).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name} ${value}`],
    ),
  ].join(' ');
