import { expect, test } from 'vitest';
import { money } from '../../../lib/domain/money.ts';
import type { Family, Player, Product } from '../../../lib/domain/roster.ts';
import { describeStores } from './backends.ts';

const player: Player = {
  playerId: 'ply_1',
  familyId: 'fam_1',
  name: 'Zoë Åström',
  contract: { state: 'signed', signUrl: null },
};
const family: Family = {
  familyId: 'fam_1',
  language: 'es',
  parents: [{ parentId: 'par_1', name: 'Ana', addresses: ['ana@family.example'] }],
};
const product: Product = {
  productId: 'prd_utah',
  category: 'tournament',
  name: 'Utah Invitational',
  description: null,
  stripeProductId: null,
  laterCharges: null,
  price: money(5500),
};

describeStores('the roster', (stores) => {
  test('players, families and products are read as they were written', async () => {
    await stores.roster.putPlayer(player);
    await stores.roster.putFamily(family);
    await stores.roster.putProduct(product);
    expect(await stores.roster.player('ply_1')).toEqual(player);
    expect(await stores.roster.family('fam_1')).toEqual(family);
    expect(await stores.roster.product('prd_utah')).toEqual(product);
  });

  test('who was never written is not there', async () => {
    expect(await stores.roster.player('ply_1')).toBeUndefined();
    expect(await stores.roster.family('fam_1')).toBeUndefined();
    expect(await stores.roster.product('prd_utah')).toBeUndefined();
  });

  test('writing again replaces the whole', async () => {
    await stores.roster.putFamily(family);
    await stores.roster.putFamily({ ...family, parents: [] });
    expect(await stores.roster.family('fam_1')).toEqual({ ...family, parents: [] });
  });

  test('one id may name a player, a family and a product', async () => {
    await stores.roster.putPlayer({ ...player, playerId: 'x1' });
    await stores.roster.putProduct({ ...product, productId: 'x1' });
    expect((await stores.roster.player('x1'))?.name).toBe('Zoë Åström');
    expect((await stores.roster.product('x1'))?.name).toBe('Utah Invitational');
    expect(await stores.roster.family('x1')).toBeUndefined();
  });

  test('an address that nothing is known of is in good standing, under its normal spelling', async () => {
    expect(await stores.roster.address(' Ana@Family.Example ')).toEqual({
      address: 'ana@family.example',
      suppressed: null,
      unsubscribedAt: null,
    });
  });
});
