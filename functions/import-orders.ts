import * as v from 'valibot';
import { ImportId } from '../lib/domain/ids.ts';
import { type ImportKind, importKinds, rowSchemas } from '../lib/domain/import-row.ts';
import { Integer } from '../lib/domain/integer.ts';
import type { RetireMessage } from '../lib/ports.ts';
import { applyImport } from '../lib/usecases/apply-import.ts';
import { planImport, shownImport } from '../lib/usecases/plan-import.ts';
import { stageImport } from '../lib/usecases/stage-import.ts';
import { readConfig } from './config.ts';
import { parseInput } from './input.ts';
import { operation } from './operation.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'STAGE',
  'LIVEMODE',
  'BASE_URL',
  'ORDERS_TABLE',
  'ROSTER_TABLE',
  'PLANS_TABLE',
  'RETIRE_QUEUE_URL',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  newId: wiring.newId,
  orders: wiring.orders(config),
  roster: wiring.roster(config),
  imports: wiring.imports(config),
  retireQueue: wiring.seldomUsedQueue<RetireMessage>(config.RETIRE_QUEUE_URL),
  site: wiring.site(config),
};

/** How long one slice works: so that whoever waits for it sees how far it is. */
const SLICE_MS = 30_000;

const count = v.pipe(Integer, v.minValue(0));
const importId = ImportId;
const Failure = v.strictObject({
  key: v.string(),
  line: count,
  outcome: v.picklist(['failed', 'moved']),
  detail: v.string(),
});
const Input = v.variant('action', [
  v.strictObject({
    action: v.literal('stage'),
    importId,
    kind: v.picklist(importKinds),
    total: count,
    rows: v.pipe(v.array(v.strictObject({ line: count, row: v.unknown() })), v.maxLength(500)),
  }),
  v.strictObject({ action: v.literal('plan'), importId }),
  v.strictObject({ action: v.literal('show'), importId }),
  v.strictObject({
    action: v.literal('apply'),
    importId,
    hash: v.string(),
    actor: v.pipe(v.string(), v.minLength(1)),
    from: v.exactOptional(
      v.strictObject({
        shard: count,
        after: v.nullable(v.string()),
        written: count,
        failures: v.array(Failure),
      }),
    ),
  }),
]);

/** By the same rules as the file was read: nobody else's rows come in either. */
const rowsOf = (kind: ImportKind, rows: readonly { line: number; row: unknown }[]) =>
  rows.map(({ line, row }) => ({ line, row: parseInput(rowSchemas[kind], row) }));

/** Ops: takes a file in row by row, shows what it would do, and writes exactly that. */
export const handler = operation(
  Input,
  async (input) => {
    switch (input.action) {
      case 'stage':
        return stageImport({ ...input, rows: rowsOf(input.kind, input.rows) }, deps);
      case 'plan':
        return planImport(input, deps);
      case 'show':
        return shownImport(input, deps);
      case 'apply':
        return applyImport({ ...input, budgetMs: SLICE_MS }, deps);
    }
  },
  deps,
);
