import { join } from 'node:path';
import Table from 'cli-table3';
import { functionNames } from '../../infra/functions.ts';
import { buildFloors, buildNaive, buildReal, bytesOf } from './bundles.ts';
import { loadMs } from './load.ts';
import { alternating, rounded } from './rounds.ts';

/** The most that a function's load may be of its floor's, and of its naive bundle's. */
const AT_MOST = {
  'first-payment': { ofFloor: 1.15, ofNaive: 0.7 },
  others: { ofFloor: 1.25, ofNaive: 1 },
} as const;

/** The load time of every function beside its floor and a naive bundle of the same source. */
export const coldStart = async (scratch: string, rounds: number): Promise<object> => {
  const real = await buildReal(join(scratch, 'real'));
  const floor = await buildFloors(join(scratch, 'floor'));
  const naive = await buildNaive(join(scratch, 'naive'), real);

  const table = new Table({
    head: ['function', 'load ms', 'floor ms', 'naive ms', 'of floor', 'of naive', 'bytes', ''],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'left'],
    style: { head: [], border: [], compact: true },
  });
  // All in every round: a minute in which the machine is busy then meets every function alike, not one of them.
  const medians = await alternating(
    rounds,
    functionNames.flatMap((name) =>
      [real[name], floor[name], naive[name]].map((built) => () => loadMs(built)),
    ),
  );
  const functions = [];
  for (const [index, name] of functionNames.entries()) {
    const [load = 0, floorLoad = 0, naiveLoad = 0] = medians.slice(3 * index);
    const bytes = bytesOf(real[name]);
    const limit = name === 'first-payment' ? AT_MOST[name] : AT_MOST.others;
    const [ofFloor, ofNaive] = [load / floorLoad, load / naiveLoad];
    table.push([
      name,
      ...[load, floorLoad, naiveLoad].map((ms) => ms.toFixed(1)),
      ofFloor.toFixed(2),
      ofNaive.toFixed(2),
      bytes,
      ofFloor <= limit.ofFloor && ofNaive <= limit.ofNaive ? '' : 'too slow',
    ]);
    functions.push({
      name,
      loadMs: rounded(load),
      floorMs: rounded(floorLoad),
      naiveMs: rounded(naiveLoad),
      bytes,
    });
  }
  console.log(table.toString());
  return { functions };
};
