import * as v from 'valibot';
import { Instant } from '../lib/domain/ids.ts';
import { Finding, ToldRun } from '../lib/domain/reconciliation.ts';
import { findingWords } from './finding-words.ts';

/** What `functions/reconcile.ts` answers about what waits for a person, for whoever asks it from outside. */

export const WaitingItem = v.object({
  ...Finding.entries,
  failed: v.nullable(v.string()),
  checked: v.boolean(),
});
export type WaitingItem = v.InferOutput<typeof WaitingItem>;

export const Waiting = v.object({
  items: v.array(WaitingItem),
  more: v.boolean(),
  compared: v.nullable(
    v.object({ at: Instant, stranded: ToldRun.entries.stranded, problems: v.array(v.string()) }),
  ),
});
export type Waiting = v.InferOutput<typeof Waiting>;

/** What it is to families that nobody has settled it yet. */
export const meaningOf = ({ kind, failed }: WaitingItem): string =>
  failed === null ? findingWords[kind].means : 'it could not be repaired by itself';
