import { describe, expect, it } from 'vitest';
import { findingWords } from '../../../infra/finding-words.ts';
import type { AttentionRow } from '../../../infra/money.ts';
import { waysOut, waysOutOf } from '../../../infra/ops/attention.ts';
import { waysToSettle } from '../../../infra/ops/commands/unmatched.ts';
import { programFor } from '../../../infra/ops/program.ts';
import { deliveryTagOf } from '../../../lib/domain/blast.ts';
import { attentionReasons } from '../../../lib/domain/due-work.ts';
import { money } from '../../../lib/domain/money.ts';
import { findingKinds } from '../../../lib/domain/reconciliation.ts';
import type { Unmatched } from '../../../lib/domain/unmatched.ts';
import { aLedgerRow } from '../../support/ledger.ts';
import { NOON } from '../../support/orders.ts';

const row = (over: Partial<AttentionRow> & Pick<AttentionRow, 'reason'>): AttentionRow => ({
  orderId: '81',
  productId: 'utah',
  name: `${over.reason}:pi_1`,
  about: 'pi_1',
  since: NOON,
  deadline: null,
  amount: money(5_500),
  refundUnderWay: false,
  status: 'review',
  due: money(8_000),
  net: money(5_500),
  ...over,
});
const commandsOf = (of: AttentionRow) => waysOut(of).flatMap(({ command }) => command ?? []);

/** What the command line itself says of a command. */
const problemWith = async (command: string): Promise<string | undefined> => {
  const program = programFor(() => undefined);
  const quiet = (commands: typeof program.commands): void => {
    for (const each of commands) {
      each.exitOverride().configureOutput({ writeErr: () => undefined });
      if (each.commands.length > 0) quiet(each.commands);
      else each.action(() => undefined);
    }
  };
  quiet(program.commands);
  return program.parseAsync(command.split(' '), { from: 'user' }).then(
    () => undefined,
    (error: Error) => error.message,
  );
};

describe('each thing that needs a person', () => {
  it.each(findingKinds)('%s, which is on no order, has a way out of it too', async (kind) => {
    const about = kind === 'held_delivery' ? deliveryTagOf(aLedgerRow()) : 'plink_1';
    const ways = waysOutOf({
      ...{ kind, about, via: null, orderId: '81', amount: null, foundAt: NOON },
      ...{ failed: null, checked: true },
    });
    expect(ways).toHaveLength(1);
    for (const { command } of ways) {
      if (command === undefined) continue;
      // A word that stands between quotation marks is one word for the shell.
      expect(await problemWith(command.replace(/"[^"]*"/, 'why'))).toBeUndefined();
    }
  });

  it('a payment in a currency that no order can be in is settled, not assigned', () => {
    const amount = (currency: string) => ({ amountMinor: 5_500, currency });
    const found = { kind: 'unmatched', about: 'pi_1', via: null, orderId: null, foundAt: NOON } as const;
    const item: Unmatched = {
      ...{ stripeId: 'pi_1', paymentId: 'pi_1', eventId: 'evt_1', eventType: 'charge.refunded' },
      ...{ reason: 'unknown_order', orderId: null, amount: amount('usd'), dispute: null, at: NOON },
    };
    const both = ['unmatched assign pi_1 <order>', 'unmatched settle pi_1'];
    expect(waysToSettle(item).map(({ command }) => command)).toEqual(both);
    expect(waysToSettle({ ...item, amount: null }).map(({ command }) => command)).toEqual(both);
    expect(waysToSettle({ ...item, amount: amount('xau') }).map(({ command }) => command)).toEqual([
      'unmatched settle pi_1',
    ]);
    expect(findingWords.unmatched.settle?.({ ...found, amount: amount('usd') })).toBe(both[0]);
    expect(findingWords.unmatched.settle?.({ ...found, amount: amount('xau') })).toBe(
      'unmatched settle pi_1',
    );
  });

  it.each(attentionReasons)('%s has ways out of it, which the command line knows', async (reason) => {
    const commands = commandsOf(row({ reason }));
    expect(commands.at(-1)).toBe(`settle 81 ${reason}:pi_1`);
    for (const command of commands) expect(await problemWith(command)).toBeUndefined();
    expect(await problemWith(`${commands.at(-1)} --loud`)).toContain("unknown option '--loud'");
  });

  it('is told in the amounts of its order', () => {
    const reason = 'wrong_amount';
    expect(commandsOf(row({ reason }))).toContain('amend 81 --amount 55.00');
    const yen = row({ reason, due: money(8_000, 'jpy'), net: money(5_500, 'jpy') });
    expect(commandsOf(yen)).toContain('amend 81 --amount 5500');
    expect(commandsOf(row({ reason, due: money(4_000) }))).toEqual([
      'refund 81',
      'settle 81 wrong_amount:pi_1',
    ]);
    // Given back, and then taken back by the bank as well: no amount would fit, and nothing is left to give.
    for (const gone of ['wrong_amount', 'payment_on_ended_order'] as const) {
      expect(commandsOf(row({ reason: gone, net: money(-5_500) }))).toEqual([`settle 81 ${gone}:pi_1`]);
    }
    expect(waysOut(row({ reason: 'refund_failed', about: 'none_dec_1' }))[0]?.command).toBe('refund 81');
  });
});
