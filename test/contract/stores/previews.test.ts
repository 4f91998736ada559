import { expect, test } from 'vitest';
import { describeStores } from './backends.ts';
import { aBlast, aPreview } from './samples.ts';

describeStores('previews', (stores) => {
  test('a preview is read under its hash, as it was written', async () => {
    await stores.previews.put(aPreview());
    await stores.previews.put(aPreview({ hash: 'def456', orders: 0, amount: null, leftOut: {} }));
    expect(await stores.previews.get('abc123')).toEqual(aPreview());
    expect((await stores.previews.get('def456'))?.amount).toBeNull();
    expect(await stores.previews.get('none')).toBeUndefined();
  });

  test('a preview that is made again is there as it was made last', async () => {
    await stores.previews.put(aPreview());
    await stores.previews.put(aPreview({ orders: 16 }));
    expect((await stores.previews.get('abc123'))?.orders).toBe(16);
  });

  test('a preview is no blast, and in no list of them', async () => {
    await stores.previews.put(aPreview({ hash: 'bls_1' }));
    expect(await stores.blasts.get('bls_1')).toBeUndefined();
    expect(await stores.blasts.pageOfOpen({ limit: 5 })).toEqual({ items: [] });
    await stores.blasts.create(aBlast());
    expect((await stores.previews.get('bls_1'))?.orders).toBe(17);
  });
});
