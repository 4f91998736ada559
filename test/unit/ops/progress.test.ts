import { describe, expect, it } from 'vitest';
import { inSlices } from '../../../infra/ops/progress.ts';

describe('long work', () => {
  it('is asked for slice by slice, each with what the one before came to, until it is done', async () => {
    const given: (number | undefined)[] = [];
    const end = await inSlices(
      'Looking',
      async (before: { done: boolean; looked: number } | undefined) => {
        given.push(before?.looked);
        const looked = (before?.looked ?? 0) + 100;
        return { done: looked === 300, looked };
      },
      ({ looked }) => ({ done: looked, total: 300 }),
      { json: true },
    );
    expect(end.looked).toBe(300);
    expect(given).toEqual([undefined, 100, 200]);
  });

  it('ends with the failure of a slice', async () => {
    const failing = inSlices(
      'Looking',
      async (): Promise<{ done: boolean }> => {
        throw new Error('the network is gone');
      },
      () => ({ done: 0, total: null }),
      {},
    );
    await expect(failing).rejects.toThrow('the network is gone');
  });
});
