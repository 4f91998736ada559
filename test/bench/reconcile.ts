import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import Table from 'cli-table3';
import { plantedKinds } from './reconcile/club.ts';

/** The second is what is promised for; the first shows what grows with it. */
const ORDERS = [10_000, 100_000];
/** One order in a hundred of each kind has something wrong. */
const PER_KIND = 100;
/** The most that memory may grow with ten times the orders. */
const AT_MOST = 1.5;

type Told = {
  orders: number;
  planted: Record<string, number>;
  found: Record<string, number>;
  missed: number;
  falseAlarms: number;
  examples: string[];
  requests: number;
  seconds: number;
  repairs: Record<string, number>;
  foundAfterwards: number;
  peakMb: number;
};

/** Finds what was planted among so many orders, and nothing else; counts what it asks of Stripe for that. */
export const reconcile = async (): Promise<object> => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  console.log(`seed ${seed} (SEED=${seed} draws the same faults)`);
  const orders = process.env.ORDERS === undefined ? ORDERS : [Number(process.env.ORDERS)];
  const table = new Table({
    head: [
      'orders',
      ...plantedKinds,
      'missed',
      'false',
      'requests',
      'at the pace',
      'repaired',
      'left',
      'peak MB',
    ],
    style: { head: [], border: [], compact: true },
  });
  const runs: Told[] = [];
  for (const total of orders) {
    const told = await run(total, Math.ceil(total / PER_KIND), seed);
    runs.push(told);
    table.push([
      total,
      ...plantedKinds.map((kind) => `${told.found[kind] ?? 0}/${Math.ceil(total / PER_KIND)}`),
      told.missed,
      told.falseAlarms,
      told.requests,
      `${told.seconds} s`,
      told.repairs.repaired ?? 0,
      told.foundAfterwards,
      told.peakMb,
    ]);
  }
  console.log(table.toString());
  const [first, last] = [runs[0], runs.at(-1)];
  for (const { missed, falseAlarms, foundAfterwards, examples } of runs) {
    if (missed + falseAlarms + foundAfterwards > 0) console.log(`not as planted: ${examples.join(', ')}`);
  }
  const growth = (last?.peakMb ?? 0) / (first?.peakMb ?? 1);
  if (growth > AT_MOST) console.log(`memory grew by ${growth.toFixed(2)}, more than ${AT_MOST}`);
  return { seed, ...last, memoryGrowth: Number(growth.toFixed(2)) };
};

const run = async (total: number, perKind: number, seed: number): Promise<Told> => {
  const args = [total, perKind, seed].map(String);
  const file = (name: string): string => join(import.meta.dirname, 'reconcile', name);
  const account = fork(file('account.ts'), args, { execArgv: ['--max-old-space-size=8192'] });
  try {
    const [{ url, apiKey }] = (await once(account, 'message')) as [{ url: string; apiKey: string }];
    // A small heap, so that what is garbage does not count as memory that is needed.
    const heap = ['--max-old-space-size=96', '--max-semi-space-size=2'];
    const worker = spawn(process.execPath, [...heap, file('worker.ts'), ...args, url, apiKey], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    worker.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const [code] = (await once(worker, 'close')) as [number];
    if (code !== 0) throw new Error('The reconciliation failed.');
    return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Told;
  } finally {
    account.kill();
  }
};
