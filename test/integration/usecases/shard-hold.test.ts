import { expect, it } from 'vitest';
import { newShard } from '../../../lib/domain/blast.ts';
import { holdShard } from '../../../lib/usecases/shard-hold.ts';
import { memoryBlasts } from '../../support/memory/blasts.ts';
import { settableClock } from '../../support/memory/clock.ts';

it('a shard that two workers have seen free is held by one, and the other leaves it alone', async () => {
  const deps = { blasts: memoryBlasts(), clock: settableClock() };
  await deps.blasts.createShard(newShard('bls_1', 3));
  const [found] = await deps.blasts.shards('bls_1');
  if (found === undefined) throw new Error('The shard is not there.');
  const [one, other] = await Promise.all(
    ['one', 'other'].map((worker) => holdShard({ found, worker }, deps)),
  );
  expect([one?.progress().lease?.owner, other]).toEqual(['one', undefined]);
  // Also when it has been given back since: what was seen of it is out of date.
  await one?.release({ cursor: 'o9' });
  expect(await holdShard({ found, worker: 'other' }, deps)).toBeUndefined();
});
