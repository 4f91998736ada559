import { expect, test } from 'vitest';
import { addressKeyOf } from '../../../lib/domain/blast.ts';
import { money } from '../../../lib/domain/money.ts';
import type { Family, Player, Product } from '../../../lib/domain/roster.ts';
import { describeStores, walk } from './backends.ts';
import { LATER, NOW } from './samples.ts';

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

  test('a family is saved by whoever has read it last, and by nobody else', async () => {
    expect(await stores.roster.saveFamily(family)).toEqual({ ...family, revision: 1 });
    expect(await stores.roster.saveFamily(family)).toBe('conflict');
    const read = (await stores.roster.family('fam_1')) ?? family;
    expect(await stores.roster.saveFamily({ ...read, language: 'en' })).toMatchObject({ revision: 2 });
    expect(await stores.roster.saveFamily({ ...read, parents: [] })).toBe('conflict');
    expect(await stores.roster.family('fam_1')).toEqual({ ...family, language: 'en', revision: 2 });
    expect(await stores.roster.saveFamily({ ...family, familyId: 'fam_2', revision: 1 })).toBe('conflict');
    expect(await stores.roster.family('fam_2')).toBeUndefined();
  });

  test('one that nobody has saved yet is saved over, and stands whole', async () => {
    await stores.roster.putFamily(family);
    const forgotten = { at: NOW, actor: 'Kim', reason: 'asked', shown: 'h' };
    await stores.roster.saveFamily({ ...family, parents: [], forgotten });
    expect(await stores.roster.family('fam_1')).toEqual({ ...family, parents: [], forgotten, revision: 1 });
    await stores.roster.saveFamily({ ...family, revision: 1 });
    expect(await stores.roster.family('fam_1')).toEqual({ ...family, revision: 2 });
  });

  test('the same of a product', async () => {
    await stores.roster.putProduct(product);
    const saved = await stores.roster.saveProduct({ ...product, name: 'Utah Open' });
    expect(saved).toEqual({ ...product, name: 'Utah Open', revision: 1 });
    expect(await stores.roster.saveProduct(product)).toBe('conflict');
    expect(await stores.roster.products()).toEqual([saved]);
  });

  test('a contract that is no longer what was read is left as it is', async () => {
    const say = (state: 'signed' | 'ended', read: Player['contract']) =>
      stores.roster.setContract('ply_1', { state, signUrl: null, changedAt: LATER }, read);
    await stores.roster.putPlayer(player);
    expect(await say('ended', { state: 'unsigned', signUrl: null })).toBe(false);
    expect(await say('ended', { state: 'signed', signUrl: 'https://club.example' })).toBe(false);
    expect(await say('ended', { ...player.contract, changedAt: NOW })).toBe(false);
    expect(await stores.roster.player('ply_1')).toEqual(player);
    expect(await say('ended', player.contract)).toBe(true);
    expect(await say('ended', player.contract)).toBe(false);
    expect(await say('ended', { state: 'ended', signUrl: null, changedAt: LATER })).toBe(true);
  });

  test('of a player who is forgotten the id and the state of the contract are left, until it comes back', async () => {
    const contract = { state: 'ended', signUrl: 'https://club.example/zoe', changedAt: NOW } as const;
    await stores.roster.putPlayer({ ...player, contract });
    expect(await stores.roster.forgetPlayer({ ...player, contract, familyId: 'fam_2' }, LATER)).toBe(false);
    expect(await stores.roster.forgetPlayer(player, LATER)).toBe(false);
    expect(await stores.roster.forgetPlayer({ ...player, playerId: 'ply_2' }, LATER)).toBe(false);
    expect(await stores.roster.player('ply_2')).toBeUndefined();
    expect(await stores.roster.forgetPlayer({ ...player, contract }, LATER)).toBe(true);
    const forgotten = { ...player, name: 'ply_1', contract: { ...contract, signUrl: null } };
    expect(await stores.roster.player('ply_1')).toEqual({ ...forgotten, forgottenAt: LATER });
    // By somebody who had read the player before.
    expect(await stores.roster.setContract('ply_1', { ...contract, changedAt: LATER })).toBe(false);
    expect(await stores.roster.player('ply_1')).toEqual({ ...forgotten, forgottenAt: LATER });
    await stores.roster.savePlayer({ playerId: 'ply_1', familyId: 'fam_1', name: 'Zoe' });
    expect(await stores.roster.player('ply_1')).toEqual({ ...forgotten, name: 'Zoe' });
  });

  test('a player is renamed without a word on the contract, which is unsigned at first', async () => {
    const { playerId, familyId, name } = player;
    await stores.roster.savePlayer({ playerId, familyId, name });
    expect(await stores.roster.player('ply_1')).toEqual({
      ...{ playerId, familyId, name },
      contract: { state: 'unsigned', signUrl: null },
    });
    await stores.roster.putPlayer(player);
    await stores.roster.savePlayer({ playerId, familyId: 'fam_2', name: 'Zoe' });
    expect(await stores.roster.player('ply_1')).toEqual({ ...player, familyId: 'fam_2', name: 'Zoe' });
  });

  test('of what is said of a contract the latest stands, whoever comes last', async () => {
    const said = (state: 'signed' | 'ended', changedAt?: string) =>
      stores.roster.setContract('ply_1', { state, signUrl: null, ...(changedAt && { changedAt }) });
    expect(await said('ended', NOW)).toBe(false);
    expect(await stores.roster.player('ply_1')).toBeUndefined();
    await stores.roster.putPlayer(player);
    expect(await said('signed')).toBe(true);
    expect(await said('ended', LATER)).toBe(true);
    expect(await said('signed', NOW)).toBe(false);
    expect(await said('signed')).toBe(false);
    expect(await stores.roster.player('ply_1')).toEqual({
      ...player,
      contract: { state: 'ended', signUrl: null, changedAt: LATER },
    });
    // Of two things that are said at the same moment the first; said again it stands.
    expect(await said('signed', LATER)).toBe(false);
    expect(await said('ended', LATER)).toBe(true);
    const signUrl = 'https://club.example/sign';
    expect(await stores.roster.setContract('ply_1', { state: 'ended', signUrl, changedAt: LATER })).toBe(
      true,
    );
    expect((await stores.roster.player('ply_1'))?.contract.signUrl).toBe(signUrl);
  });

  test('players and families are listed page by page, and nothing else with them', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'];
    await stores.roster.putProduct(product);
    for (const id of ids.toReversed()) {
      await stores.roster.putPlayer({ ...player, playerId: `ply_${id}` });
      await stores.roster.putFamily({ ...family, familyId: `fam_${id}` });
    }
    await stores.roster.savePlayer({ playerId: 'ply_f', familyId: 'fam_1', name: 'Leo' });
    const players = await walk((after) => stores.roster.pageOfPlayers({ limit: 2, ...after }));
    const families = await walk((after) => stores.roster.pageOfFamilies({ limit: 2, ...after }));
    expect(players.items.map(({ playerId }) => playerId)).toEqual([...ids, 'f'].map((id) => `ply_${id}`));
    expect(families.items.map(({ familyId }) => familyId)).toEqual(ids.map((id) => `fam_${id}`));
    expect(players.items[0]).toEqual({ ...player, playerId: 'ply_a' });
  });

  test('all products are listed by their ids, as they were written last', async () => {
    expect(await stores.roster.products()).toEqual([]);
    await stores.roster.putPlayer(player);
    await stores.roster.putProduct(product);
    await stores.roster.putProduct({ ...product, productId: 'prd_monthly', name: 'Monthly fee' });
    await stores.roster.putProduct({ ...product, name: 'Utah Open' });
    expect((await stores.roster.products()).map(({ productId, name }) => [productId, name])).toEqual([
      ['prd_monthly', 'Monthly fee'],
      ['prd_utah', 'Utah Open'],
    ]);
  });

  test('one id may name a player, a family and a product', async () => {
    await stores.roster.putPlayer({ ...player, playerId: 'x1' });
    await stores.roster.putProduct({ ...product, productId: 'x1' });
    expect((await stores.roster.player('x1'))?.name).toBe('Zoë Åström');
    expect((await stores.roster.product('x1'))?.name).toBe('Utah Invitational');
    expect(await stores.roster.family('x1')).toBeUndefined();
  });

  test('players and families are found together by their ids, those that are there', async () => {
    await stores.roster.putPlayer(player);
    await stores.roster.putFamily(family);
    await stores.roster.putFamily({ ...family, familyId: 'fam_2' });
    expect(await stores.roster.players(['ply_1', 'ply_9', 'ply_1'])).toEqual(new Map([['ply_1', player]]));
    const families = await stores.roster.families(['fam_2', 'fam_1', 'fam_9']);
    expect([...families.keys()].sort()).toEqual(['fam_1', 'fam_2']);
    expect(families.get('fam_1')).toEqual(family);
    expect(await stores.roster.families([])).toEqual(new Map());
  });

  test('an address that nothing is known of is in good standing, under its normal spelling', async () => {
    expect(await stores.roster.address(' Ana@Family.Example ')).toEqual({
      address: 'ana@family.example',
      suppressed: null,
      unsubscribedAt: null,
    });
  });

  const ANA = 'ana@family.example';
  const standing = () => stores.roster.address(ANA);
  const suppress = (reason: 'bounced' | 'complained' | 'manual', at = NOW) =>
    stores.roster.suppress(ANA, { reason, at });

  test('an address that bounced is known under every spelling, and no other is', async () => {
    await stores.roster.suppress(' Ana@Family.example', { reason: 'bounced', at: NOW });
    const known = { address: ANA, suppressed: { reason: 'bounced', at: NOW }, unsubscribedAt: null };
    expect(await stores.roster.address('ANA@family.example ')).toEqual(known);
    expect((await stores.roster.address('ben@family.example')).suppressed).toBeNull();
  });

  test('an international domain is one address in Unicode and in ASCII', async () => {
    const [unicode, ascii] = ['ana@Müller.example', 'ana@xn--mller-kva.example'];
    await stores.roster.suppress(unicode, { reason: 'bounced', at: NOW });
    const known = { address: ascii, suppressed: { reason: 'bounced', at: NOW }, unsubscribedAt: null };
    expect(await stores.roster.address(ascii)).toEqual(known);
    expect(await stores.roster.addresses([unicode, ascii])).toEqual(new Map([[ascii, known]]));
  });

  test('the first reason stands, but a complaint outweighs the others, once', async () => {
    await suppress('manual');
    await suppress('bounced', LATER);
    expect((await standing()).suppressed).toEqual({ reason: 'manual', at: NOW });
    await suppress('complained', LATER);
    expect((await standing()).suppressed).toEqual({ reason: 'complained', at: LATER });
    await suppress('bounced', NOW);
    await suppress('complained', NOW);
    expect((await standing()).suppressed).toEqual({ reason: 'complained', at: LATER });
  });

  test('a complaint and a bounce that are told at once end as a complaint', async () => {
    await Promise.all([suppress('bounced'), suppress('complained'), suppress('bounced')]);
    expect((await standing()).suppressed?.reason).toBe('complained');
  });

  test('several addresses are asked for together, each under its normal spelling', async () => {
    await suppress('bounced');
    await stores.roster.unsubscribe(addressKeyOf('ben@family.example'), LATER);
    const all = await stores.roster.addresses([
      'ANA@family.example ',
      'ben@family.example',
      'new@x.example',
      ANA,
    ]);
    expect([...all.keys()].sort()).toEqual([ANA, 'ben@family.example', 'new@x.example']);
    for (const [address, standing] of all) expect(standing).toEqual(await stores.roster.address(address));
    expect(all.get('ben@family.example')?.unsubscribedAt).toBe(LATER);
  });

  test('who unsubscribes is known by the key of the address; the first time stands', async () => {
    await stores.roster.unsubscribe(addressKeyOf(ANA), NOW);
    await stores.roster.unsubscribe(addressKeyOf(ANA), LATER);
    expect(await standing()).toEqual({ address: ANA, suppressed: null, unsubscribedAt: NOW });
    expect((await stores.roster.address('ben@family.example')).unsubscribedAt).toBeNull();
  });

  test('an address may be unsubscribed and suppressed, in either sequence', async () => {
    await suppress('bounced');
    await stores.roster.unsubscribe(addressKeyOf(ANA), LATER);
    await suppress('complained', LATER);
    expect(await standing()).toEqual({
      address: ANA,
      suppressed: { reason: 'complained', at: LATER },
      unsubscribedAt: LATER,
    });
  });
});
