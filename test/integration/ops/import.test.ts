import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clubDayOf } from '../../../lib/domain/calendar.ts';
import { instant } from '../../../lib/domain/ids.ts';
import { statusOf } from '../../../lib/domain/order.ts';
import { opsOf, runOps, type Told } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

let test: TestStack;
let ops: ReturnType<typeof opsOf>;
const scratch = mkdtempSync(join(tmpdir(), 'club-payments-import-'));
beforeAll(async () => {
  test = await startTestStack({ context: { legacyTokenPattern: '[0-9a-f]{32}' } });
  ops = opsOf(test.stack);
});
afterAll(async () => {
  await test?.stop();
  rmSync(scratch, { recursive: true, force: true });
});

const at = (name: string): string => join(scratch, name);
const file = (name: string, ...lines: string[]): string => {
  writeFileSync(at(name), `\ufeff${lines.join('\r\n')}\r\n`);
  return at(name);
};
const HEAD = 'order_id,product_id,player_id,period,amount,pay_by,payment_id,paid_amount,paid_at';
const orders = (name: string, lines: readonly string[]): string => file(name, HEAD, ...lines);
const owed = (n: number, amount = '55.00') => `8${n},utah,ply_${n},,${amount},5/29/2026,,,`;
const paid = (n: number) => `8${n},utah,ply_${n},,65.00,5/29/2026,pi_april_${n},65.00,4/15/2026`;
const hashIn = ({ hash }: Told): string => String(hash);
/** Looks, and does exactly what was shown. */
const brought = async (path: string): Promise<string> => {
  const look = await ops.json(`import ${path}`);
  expect([look.code, look.text]).toEqual([0, expect.any(String)]);
  const done = await ops.json(`import ${path} --apply ${hashIn(look.told)} --yes --by Kim`);
  expect([done.code, done.text]).toEqual([0, expect.any(String)]);
  return done.text;
};

describe('npm run ops -- import', () => {
  it('shows what a file looks like, without a stage', async () => {
    const { code, stdout } = await runOps(['import', 'template', 'families']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('family_id,language,parent_id,parent_name,addresses'),
    ]);
    expect((await runOps(['import', 'template', 'teams'])).code).toBe(2);
  });

  it('tells every wrong line of a file, and calls nobody', async () => {
    const lines = Array.from({ length: 40 }, (_, n) =>
      owed(n, n === 16 ? '"12,5,0"' : n === 30 ? '' : '55.00'),
    );
    test.forget();
    const { code, stdout } = await ops.run(`import ${orders('bad.csv', lines)}`);
    expect(test.stack.calls.all()).toEqual([]);
    expect([code, stdout]).toEqual([
      1,
      [
        '✗ line 18, column "amount": "12,5,0" is not an amount',
        '✗ line 32, column "amount": is empty',
        'Nothing was sent. Put these right in the file, and give the same command again.',
        '',
      ].join('\n'),
    ]);
    expect(await ops.json(`import ${at('none.csv')}`)).toMatchObject({ code: 2 });
  });

  it('brings products and families, and says what an order refers to in vain', async () => {
    await brought(file('products.csv', 'product_id;category;name', 'utah;tournament;Utah Invitational'));
    const early = await ops.json(`import ${orders('early.csv', [owed(1)])}`);
    expect([early.code, early.text]).toEqual([
      1,
      expect.stringContaining('line 2, 81: playerId: There is no player ply_1. Import the players first.'),
    ]);
    const families = [1, 2, 3].map((n) => `fam_${n},en,${n},Alex,f${n}@family.example`);
    await brought(file('families.csv', 'family_id,language,parent_id,parent_name,addresses', ...families));
    const contract = { state: 'signed', signUrl: null } as const;
    for (const n of [1, 2, 3]) {
      await test.roster.putPlayer({ playerId: `ply_${n}`, familyId: `fam_${n}`, name: 'Maya', contract });
    }
  });

  it('shows what a file of orders would do, asks with the sum, and does exactly that', async () => {
    const path = orders('orders.csv', [owed(1), owed(2), paid(3)]);
    const shown = await ops.run(`import ${path}`);
    expect(shown.stdout).toMatch(/3 {2}new {2}\$175\.00/);
    const [, hash = ''] = /--apply ([0-9a-f]{32})/.exec(shown.stdout) ?? [];
    expect(await test.orders.get('81')).toBeUndefined();

    const refused = await ops.run(`import ${path} --apply ${hash}`, 'no\n');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('Import 3 orders: 3 new, 0 changed, 0 the same, for $175.00? Type yes:'),
    ]);
    expect(await test.orders.get('81')).toBeUndefined();
    expect((await ops.run(`import ${path} --apply ${'0'.repeat(32)} --yes`)).code).toBe(4);
    const other = orders('other.csv', [owed(1)]);
    expect((await ops.run(`import ${other} --apply ${hash} --yes`)).code).toBe(4);

    const done = await ops.run(`import ${path} --apply ${hash} --by Kim`, 'yes\n');
    expect([done.code, done.stdout]).toEqual([
      0,
      '✓ 3 orders are imported. From now on mailings count them.\n',
    ]);
    const standing = await Promise.all(['81', '82', '83'].map((id) => test.mustGet(id)));
    expect(standing.map(statusOf)).toEqual(['pending', 'pending', 'paid']);
    const preview = await test.stack.invoke('plan-blast', { action: 'preview', productId: 'utah' });
    expect(preview).toMatchObject({ result: { orders: 2 } });
  });

  it('leaves what has changed since it was shown, and says with which command to go on', async () => {
    const path = file('contracts.csv', 'player_id,contract', 'ply_1,signed', 'ply_2,signed', 'ply_3,ended');
    const { told } = await ops.json(`import ${path}`);
    const contract = { state: 'ended', signUrl: null, changedAt: '2026-04-14T15:00:00.000Z' } as const;
    await test.roster.setContract('ply_2', contract);
    const left = await ops.run(`import ${path} --apply ${hashIn(told)} --yes --by Kim`);
    expect([left.code, left.stdout]).toEqual([
      3,
      [
        '… line 3, ply_2: It has changed since it was shown. Here now: contract ended since 2026-04-14T15:00:00.000Z',
        '… 2 contracts of 3 are written. What has changed was left as it is.',
        `  → Look again, and apply what that shows: ${left.stdout.match(/npm run ops -- import .*contracts.csv .*/)?.[0]}`,
        '',
      ].join('\n'),
    ]);
    expect((await test.roster.player('ply_2'))?.contract.state).toBe('ended');
    await brought(path);
    expect((await test.roster.player('ply_2'))?.contract.state).toBe('signed');
  });

  it('lets links answer that the older system had mailed at the same addresses', async () => {
    const token = 'c0ffee'.padEnd(32, '0');
    const answers = () =>
      Promise.all(
        [`/pay/${token}`, `/checkout/first-payment?token=${token}`].map(
          async (path) => (await fetch(test.stack.apiUrl + path, { redirect: 'manual' })).status,
        ),
      );
    expect(await answers()).toEqual([404, 404]);
    await brought(
      file(
        'older.csv',
        'order_id,product_id,player_id,period,amount,stripe_id,minted_at,legacy_tokens',
        `90,utah,ply_2,again,55.00,cs_test_older,2026-04-14,${token}`,
      ),
    );
    expect(await answers()).toEqual([303, 303]);
    expect(JSON.stringify(await test.mustGet('90'))).not.toContain(token);
  });

  it('finds all of the same file there, and stops at another amount', async () => {
    const same = await ops.run(`import ${at('orders.csv')}`);
    expect([same.code, same.stdout]).toEqual([0, expect.stringContaining('All of it stands already')]);
    const other = await ops.json(`import ${orders('amount.csv', [owed(1, '60.00'), owed(2)])}`);
    expect([other.code, other.text]).toEqual([
      1,
      expect.stringContaining('line 2, 81: amount: order 81 stands at $55.00 here, and the row says $60.00.'),
    ]);
  });

  it('gives back what it took: an export is the same when it is imported', async () => {
    for (const kind of ['families', 'orders']) {
      const out = at(`export-${kind}.csv`);
      expect((await ops.json(`export ${kind} --out ${out} --delimiter ; --decimal comma`)).code).toBe(0);
      const again = await ops.json(`import ${out}`);
      expect([kind, again.code, again.told.hash, again.text]).toEqual([
        ...[kind, 0, null],
        expect.stringContaining('All of it stands already'),
      ]);
    }
    expect(readFileSync(at('export-orders.csv'), 'utf8')).toContain('utah;ply_3;;65,00;usd;');
    expect(await ops.json(`export orders --out ${at('export-orders.csv')}`)).toMatchObject({ code: 2 });
  });

  it('tells the treasurer what came in', async () => {
    const { code, stdout } = await ops.run('payments --from 2026-04-01 --to 2026-04-30 --by product');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/utah +1 +\$65\.00 +\$0\.00 +\$0\.00 +\$65\.00/),
    ]);
    const upToNow = await ops.json('payments --from 2026-04-01');
    const today = clubDayOf(instant(test.stack.clock.now()), String(upToNow.told.timeZone));
    expect(upToNow.told).toMatchObject({ from: '2026-04-01', to: today });
    expect(upToNow.text).toContain(`Money that came or went from 2026-04-01 to today, ${today}, days of `);
    const later = await ops.json('payments --from 2026-05-01 --to 2026-05-31');
    expect(later.told.lines).toEqual([]);
    expect(await ops.json('payments --from 1.5.2026 --to 2026-05-31')).toMatchObject({ code: 2 });
  });
});

describe('the HTTP API', () => {
  const put = async (path: string, body: object): Promise<[number, unknown]> => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=ops/20260414/us-east-1/execute-api/aws4_request, SignedHeaders=host, Signature=0';
    const answer = await fetch(`${test.stack.apiUrl}${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization },
      body: JSON.stringify(body),
    });
    return [answer.status, await answer.json()];
  };
  const fee = {
    productId: 'utah',
    playerId: 'ply_1',
    period: '2026-05',
    amount: { amountMinor: 4_000, currency: 'usd' },
  };

  it('keeps an order once, however often and at once it is put', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => put('/orders/put', fee)));
    expect(answers.map(([status]) => status).sort()).toEqual([200, 200, 201]);
    expect(await put('/orders/put', fee)).toEqual([200, { orderId: 'put', outcome: 'same' }]);
  });

  it('answers in words what it does not take', async () => {
    const error = (message: string) => ({
      error: expect.objectContaining({ message: expect.stringContaining(message) }),
    });
    const dearer = { ...fee, amount: { amountMinor: 9_000, currency: 'usd' } };
    expect(await put('/orders/put', dearer)).toEqual([409, error('Order put stands at $40.00 here')]);
    expect(await put('/orders/second', fee)).toEqual([
      409,
      error('Order put stands for this product, player and period'),
    ]);
    expect(await put('/orders/third', { ...fee, playerId: 'nobody' })).toEqual([
      404,
      error('There is no player nobody'),
    ]);
    expect(await put('/orders/put', { ...fee, orderId: 'else' })).toEqual([
      400,
      error('The path names one id, and the body another'),
    ]);
    expect(await put('/orders/put', { ...fee, note: 'x' })).toEqual([400, error('note: is not known here')]);
    expect(await put('/players/nobody/contract', { contract: 'ended' })).toEqual([
      404,
      error('There is no player nobody'),
    ]);
    expect((await fetch(`${test.stack.apiUrl}/orders/put`, { method: 'PUT' })).status).toBe(403);
  });

  it('keeps a family and the end of a contract', async () => {
    const parents = [{ parentId: '1', name: 'Ana', addresses: ['Ana@Family.example'] }];
    expect(await put('/families/fam_put', { language: 'es', parents })).toEqual([
      201,
      { familyId: 'fam_put', outcome: 'new' },
    ]);
    expect((await test.roster.family('fam_put'))?.parents[0]?.addresses).toEqual(['ana@family.example']);
    expect(await put('/players/ply_1/contract', { contract: 'ended' })).toEqual([
      200,
      { playerId: 'ply_1', outcome: 'changes' },
    ]);
    expect((await test.roster.player('ply_1'))?.contract.state).toBe('ended');
  });
});
