import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { addressKeyOf } from '../../../lib/domain/blast.ts';
import { StoreUnavailable } from '../../../lib/domain/errors.ts';
import { parseTokenKeys, signToken } from '../../../lib/domain/pay-token.ts';
import { unsubscribe, unsubscribeUrl } from '../../../lib/usecases/unsubscribe.ts';
import { startWorld, type World } from '../../support/world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const ADDRESS = 'alex@family.example';
const tokenFor = (address: string): string => {
  const url = unsubscribeUrl(addressKeyOf(address), world.tokenKeys, world.deps.site);
  return url.slice('https://pay.club.example/unsubscribe/'.length);
};
const open = (token: string, asked = false, deps: Partial<World['deps']> = {}) =>
  unsubscribe({ token, asked }, { ...world.deps, ...deps });
const stoppedAt = async (address: string) => (await world.roster.address(address)).unsubscribedAt;
const unreachable = {} as never;

describe('the address in a reminder', () => {
  it('is ours, and does not show whose it is', () => {
    const url = unsubscribeUrl(addressKeyOf(ADDRESS), world.tokenKeys, world.deps.site);
    expect(url).toMatch(/^https:\/\/pay\.club\.example\/unsubscribe\/k1-[0-9a-f]{32}-[0-9a-z]{32}$/);
    expect(url).not.toContain('alex');
  });

  it('offers to stop reminders and changes nothing, however often it is opened: scanners open every link', async () => {
    for (let times = 0; times < 3; times++) {
      expect(await open(tokenFor(ADDRESS), false, { roster: unreachable })).toEqual({ kind: 'unsubscribe' });
    }
    expect(await stoppedAt(ADDRESS)).toBeNull();
  });

  it('stops reminders to that address when it is asked to, and to no other', async () => {
    expect(await open(tokenFor(ADDRESS), true)).toEqual({ kind: 'unsubscribed' });
    expect(await stoppedAt(' Alex@Family.example')).toBe('2026-04-14T15:00:00.000Z');
    expect(await stoppedAt('sam@family.example')).toBeNull();
    expect((await world.roster.address(ADDRESS)).suppressed).toBeNull();
  });

  it('asked twice says the same, and the first time stands', async () => {
    await open(tokenFor(ADDRESS), true);
    world.clock.advance(60_000);
    expect(await open(tokenFor(ADDRESS), true)).toEqual({ kind: 'unsubscribed' });
    expect(await stoppedAt(ADDRESS)).toBe('2026-04-14T15:00:00.000Z');
  });

  it('says that nothing is stopped unless it is kept', async () => {
    const roster = { ...world.roster, unsubscribe: () => Promise.reject(new StoreUnavailable('down')) };
    await expect(open(tokenFor(ADDRESS), true, { roster })).rejects.toThrow(StoreUnavailable);
  });

  it('that is garbage is not found, and reads nothing', async () => {
    const pay = signToken(world.tokenKeys, 'pay', addressKeyOf(ADDRESS));
    const statement = signToken(world.tokenKeys, 'statement', addressKeyOf(ADDRESS));
    for (const token of ['', 'x', `${tokenFor(ADDRESS)}0`, tokenFor(ADDRESS).slice(1), pay, statement]) {
      for (const asked of [false, true]) {
        expect(await open(token, asked, { roster: unreachable })).toEqual({ kind: 'unsubscribe_not_found' });
      }
    }
  });

  it('signed by a revoked key says so, and stops nothing', async () => {
    const token = tokenFor(ADDRESS);
    const rotated = parseTokenKeys(
      JSON.stringify({ signWith: 'k2', revoked: ['k1'], k1: 'k'.repeat(64), k2: 'n'.repeat(64) }),
    );
    const tokens = { keys: async () => rotated };
    for (const asked of [false, true]) {
      expect(await open(token, asked, { tokens, roster: unreachable })).toEqual({
        kind: 'unsubscribe_replaced',
      });
    }
  });
});
