import { describe, expect, it } from 'vitest';
import { meaningOf, tableOf } from '../../../infra/ops/commands/forget.ts';
import type { ForgetPlan } from '../../../lib/domain/forgetting.ts';
import { money } from '../../../lib/domain/money.ts';

const plan = (over: Partial<ForgetPlan> = {}): ForgetPlan => ({
  hash: '0'.repeat(26),
  familyId: 'fam_9',
  goes: {
    parents: [{ name: 'Ana', addresses: ['ana@family.example'] }],
    players: [{ playerId: 'ply_9', name: 'Inés' }],
    mails: 3,
  },
  stays: {
    orders: [{ orderId: '81', productId: 'utah', status: 'paid', net: money(5_500) }],
    notMailed: 1,
    notes: [],
  },
  atStripe: { customers: [], payments: [] },
  ...over,
});

describe('a family, before it is forgotten', () => {
  it('is told with all that goes and all that stays', () => {
    expect(tableOf(plan()).split('\n')).toEqual([
      'Of family fam_9 would go',
      '  parents   Ana (ana@family.example)',
      '  children  Inés (ply_9)',
      '  mails     the addresses of 3',
      'Would stay, under ids alone',
      '  orders          81 (utah, paid, kept $55.00)',
      '  not written to  1 of their addresses, as a hash',
    ]);
  });

  it('of which little is left says so', () => {
    const empty = plan({
      goes: { parents: [], players: [], mails: 0 },
      stays: { orders: [], notMailed: 0, notes: [] },
    });
    expect(tableOf(empty)).toMatch(
      /parents {3}none\n.*children {2}none\n.*mails {5}none\n.*\n.*orders +none\n.*no address$/,
    );
  });

  it('is told what people wrote that may name somebody, the first ten', () => {
    const notes = Array.from({ length: 12 }, (_, i) => ({
      ...{ orderId: `o${i}`, actor: 'Kim', reason: `note ${i}`, at: '2026-05-03T15:00:00.000Z' },
    }));
    const [written] = meaningOf(plan({ stays: { orders: [], notMailed: 0, notes } }));
    expect(written).toContain('"note 0" (o0)');
    expect(written).toMatch(/"note 9" \(o9\), and 2 more$/);
    expect(meaningOf(plan()).join()).not.toContain('note');
    expect(meaningOf(plan()).join(' ')).toContain('35 days');
  });
});
