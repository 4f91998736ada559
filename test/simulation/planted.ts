import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Edit, Fate } from './plant.ts';

/**
 * A process of its own, which lives through histories with one mistake in the code. The mistake is put there while the
 * code is loaded: no file is touched. The last line is what came of it.
 */
const { edit, seed, histories } = JSON.parse(process.argv[2] ?? '{}') as {
  edit: Edit;
  seed: number;
  histories: number;
};
const url = pathToFileURL(join(import.meta.dirname, '../..', edit.file)).href;
let planted = false;
registerHooks({
  load: (asked, context, next) => {
    const loaded = next(asked, context);
    if (asked !== url) return loaded;
    const source = String(loaded.source);
    planted = true;
    return { ...loaded, source: source.slice(0, edit.from) + edit.says + source.slice(edit.to) };
  },
});

const { liveThrough } = await import('./threads.ts');
const { faultNames } = await import('./faults.ts');
const fate: Fate = { lived: 0, broken: null };
await liveThrough({ seed, histories, faults: faultNames, untilBroken: true }, (more) => {
  fate.lived += more.histories;
  fate.broken ??= more.broken[0] ?? null;
  return true;
});
console.log(JSON.stringify({ ...fate, planted }));
