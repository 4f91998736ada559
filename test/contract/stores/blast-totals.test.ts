import { expect, onTestFinished, test } from 'vitest';
import { dynamoBlasts } from '../../../lib/adapters/dynamodb/blasts.ts';
import {
  type BlastTotals,
  type NamedDelivery,
  type ShardTotals,
  sumOf,
} from '../../../lib/domain/blast-report.ts';
import { SHARDS } from '../../../lib/domain/ids.ts';
import { money } from '../../../lib/domain/money.ts';
import { describeStores, dynamoServers } from './backends.ts';
import { aBlast, aDelivery, aShard, LATER, NOW } from './samples.ts';

const aNamed = (over: Pick<NamedDelivery, 'state' | 'reason'>): NamedDelivery => ({
  shard: 5,
  orderId: 'ord_1',
  address: 'ana@family.example',
  addressKey: 'a'.repeat(32),
  since: NOW,
  ...over,
});

/** Totals with something in every part of them. */
const aTotal = (over: Partial<BlastTotals> = {}): BlastTotals => ({
  ...sumOf([]),
  skipped: { paid: 2 },
  failed: { render: 1 },
  collected: [money(5_500), money(300, 'eur')],
  atRisk: { orders: 1, amounts: [money(5_500)], orderIds: ['ord_1'] },
  held: [aNamed({ state: 'held', reason: null })],
  failures: [aNamed({ state: 'failed', reason: 'render' })],
  days: { '2026-05-01': { sent: 1, clicked: 0, paid: 1, collected: [money(5_500)] } },
  ...over,
});
const counted = (over: Partial<ShardTotals> = {}): ShardTotals => ({
  blastId: 'bls_1',
  shard: 5,
  countedAt: NOW,
  totals: aTotal(),
  ...over,
});

describeStores('totals of blasts', (stores) => {
  test('are read as they were counted, in sequence of the shards, without those of another blast', async () => {
    await stores.blasts.create(aBlast());
    await stores.blasts.createShard(aShard());
    await stores.blasts.claim(aDelivery());
    await stores.blasts.saveTotals(counted({ blastId: 'bls_10' }));
    const all = Array.from({ length: SHARDS }, (_, shard) => counted({ shard }));
    for (const one of all.toReversed()) await stores.blasts.saveTotals(one);
    expect(await stores.blasts.totals('bls_1')).toEqual(all);
    expect(await stores.blasts.totals('bls_none')).toEqual([]);
    expect(await stores.blasts.shards('bls_1')).toEqual([aShard()]);
  });

  test('give way to what is counted later, and to nothing else', async () => {
    const later = counted({ countedAt: LATER, totals: aTotal({ skipped: { paid: 3 } }) });
    await stores.blasts.saveTotals(counted());
    await stores.blasts.saveTotals(later);
    await stores.blasts.saveTotals(counted());
    expect(await stores.blasts.totals('bls_1')).toEqual([later]);
  });
});

test.each(dynamoServers)(
  'totals that another version has counted are as good as not there, and can be counted anew, in $server',
  async ({ start }) => {
    const { client, createTables, stop } = await start();
    onTestFinished(stop);
    const { blasts: table } = await createTables();
    const blasts = dynamoBlasts({ client, table });
    await blasts.saveTotals(counted({ totals: { counted: 'otherwise' } as unknown as BlastTotals }));
    await blasts.saveTotals(counted({ shard: 6 }));
    expect(await blasts.totals('bls_1')).toEqual([counted({ shard: 6 })]);
    await blasts.saveTotals(counted({ countedAt: LATER }));
    expect(await blasts.totals('bls_1')).toEqual([counted({ countedAt: LATER }), counted({ shard: 6 })]);
  },
);
