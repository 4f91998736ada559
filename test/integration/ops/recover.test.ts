import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as incident from '../../../infra/local/seed/incident.ts';
import { openSurface } from '../../../lib/domain/order.ts';
import { aprilHappened } from '../../support/april.ts';
import { opsOf, runOps } from '../../support/ops.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

/** April 2026 as the older system left it, imported, and put right by a volunteer who types commands. */
let test: TestStack;
let ops: ReturnType<typeof opsOf>;
beforeAll(async () => {
  test = await startTestStack({ epochMs: incident.MAILED_AT });
  ops = opsOf(test.stack);
  const { orders, roster, stack } = test;
  const clock = {
    now: () => stack.clock.now(),
    goTo: async (ms: number) => void (await stack.clock.advance(Math.max(0, ms - stack.clock.now()))),
  };
  await aprilHappened({ simulator: stack.stripe, orders, roster, clock }, { daysLater: 1.1 });
  await stack.clearInbox();
});
afterAll(() => test?.stop());

const links = () => test.stack.stripe.objects.paymentLinks;
const hashIn = (text: string): string => /--apply ([0-9a-f]{32})/.exec(text)?.[1] ?? '';

describe('recover', () => {
  it('shows the Utah case: finds 18, leaves the club’s own order 93 out, plans 17 and $985', async () => {
    const { code, stdout } = await ops.run('recover utah-invitational');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ORDER +FAMILY +FOUND AT STRIPE +WILL BE DONE +AMOUNT$/m);
    expect(stdout).toMatch(/^76 +Alex Fuentes \(fam_106\) +expired session +new link, mail +\$65\.00$/m);
    expect(stdout.match(/expired session/g)).toHaveLength(17);
    expect(stdout).toContain('17 orders of 17 families, $985.00, mails about 17 orders.');
    expect(stdout).toMatch(/^LEFT ALONE\n {2}93 +Alex Office \(fam_123\) +the club's own test order$/m);
    expect(stdout).toContain('Not stranded: 5 paid.');
    expect(stdout).toContain('nothing was changed');
    expect(stdout).toMatch(
      /^ {2}npm run ops -- recover utah-invitational --apply [0-9a-f]{32} --stage dev --local http:\/\/127\.0\.0\.1:\d+$/m,
    );
    expect(links()).toEqual([]);
  });

  it('shows the monthly case: 6 and $610, with the 13 canceled tries left alone', async () => {
    const { code, told } = await ops.json('recover monthly-fee');
    expect(code).toBe(0);
    expect(told.plan).toMatchObject({
      ...{ rows: 6, mailed: 6, families: 6, leftAlone: 0, others: { canceled: 13 } },
      sums: [{ amountMinor: 61_000, currency: 'usd' }],
    });
    expect((told.rows as { orderId: string }[]).map(({ orderId }) => orderId)).toEqual(
      incident.monthlyOrders.map(({ orderId }) => orderId),
    );
  });

  it.each([
    ['recover utah', 1, 'There is no product utah.'],
    ['recover', 2, 'Of which product?'],
    [`recover --apply ${'0'.repeat(32)}`, 4, 'There is no such plan.'],
    ['regenerate 71', 1, 'Order 71 is paid'],
  ])('"%s" ends with %i and says why', async (command, code, sentence) => {
    const ran = await ops.run(command);
    expect(ran.stdout).toContain(sentence);
    expect(ran.code).toBe(code);
  });

  it('does what was shown after a yes that names the sum, once, and mails each family once', async () => {
    const hash = hashIn((await ops.run('recover utah-invitational')).stdout);
    const refused = await ops.run(`recover --apply ${hash}`, 'perhaps\n');
    expect(refused.code).toBe(2);
    expect(refused.stdout).toContain('Nothing was written.');
    const question = 'Recover 17 orders of 17 families, with mails about 17 orders, for $985.00? Type yes:';
    expect(refused.stderr).toContain(question);
    expect(await ops.run(`recover monthly-fee --apply ${hash} --yes`)).toMatchObject({
      code: 4,
      stdout: expect.stringContaining('This plan is of utah-invitational, and not of monthly-fee.'),
    });
    expect(links()).toEqual([]);

    // One family moves before it is approved: it is left, and the others proceed.
    await test.stack.invoke('decide-order', {
      ...{ orderId: '77', decision: 'cancel', actor: 'office', reason: 'withdrew' },
    });
    const applied = await ops.run(`recover utah-invitational --apply ${hash} --by Kim`, 'yes\n');
    expect(applied.code).toBe(0);
    expect(applied.stdout).toContain('16 orders recovered');
    expect(applied.stdout).toContain(`The mailing bls_${hash}`);
    expect(applied.stdout).toMatch(/1 order changed since this was shown.*\n {2}77 +it is canceled by now/);
    expect(await test.blasts.get(`bls_${hash}`)).toMatchObject({ createdBy: 'Kim', replacesDeadLink: true });
    expect(links()).toHaveLength(16);

    const again = await ops.json(`recover --apply ${hash} --yes`);
    expect(again.told).toMatchObject({ counts: { recovered: 16, moved: 1, failed: 0 } });
    await test.stack.settled();
    const mailed = (await test.stack.inbox()).flatMap(({ to }) => to);
    expect(new Set(mailed).size).toBe(mailed.length);
    expect(mailed).toContain('fuentes@family.example');
    expect(mailed).not.toContain('greene@family.example');
    expect(links()).toHaveLength(16);
    expect((await ops.run('recover utah-invitational')).stdout).toContain('Nobody is stranded');
  });

  it('of all products finds what is left, and without mails writes to nobody', async () => {
    await test.stack.clearInbox();
    const shown = await ops.run('recover --all --no-mail');
    expect(shown.stdout).toContain('6 orders of 6 families, $610.00, no mail.');
    const hash = hashIn(shown.stdout);
    const { code, told } = await ops.json(`recover --all --apply ${hash} --yes`);
    expect(code).toBe(0);
    expect(told).toMatchObject({ counts: { recovered: 6 }, blastIds: [] });
    await test.stack.settled();
    expect(await test.stack.inbox()).toEqual([]);
  });

  it('refuses a plan that has expired, and a key of another account, and writes nothing', async () => {
    const shown = await ops.run('regenerate 76 --mail');
    await test.stack.clock.advance(24 * 60 * 60 * 1000);
    const late = await ops.run(`regenerate 76 --apply ${hashIn(shown.stdout)} --yes`);
    expect(late.stdout).toContain('This plan expired at');
    expect(late.code).toBe(4);

    const order = await test.mustGet('76');
    const surfaces = order.surfaces.map((surface) => ({ ...surface, stripeId: 'plink_elsewhere' }));
    await test.orders.save({ ...order, surfaces: surfaces.slice(-1) });
    const { code, stdout } = await ops.run('regenerate 76');
    expect(stdout).toContain(
      'The Stripe key is of another account: plink_elsewhere of order 76 is not there.',
    );
    expect(code).toBe(1);
  });
});

describe('regenerate', () => {
  it('replaces the link of one order, after it has shown that', async () => {
    const before = openSurface(await test.mustGet('201'), new Date(test.stack.clock.now()).toISOString());
    const shown = await ops.run('regenerate 201');
    expect(shown.stdout).toMatch(
      /^201 +Alex Kowalski \(fam_111\) +link that works +close the old one, new link, no mail +\$120\.00$/m,
    );
    const { told } = await ops.json(`regenerate 201 --apply ${hashIn(shown.stdout)} --yes`);
    expect(told).toMatchObject({ counts: { recovered: 1 }, blastIds: [] });
    const old = links().find(({ id }) => id === before?.stripeId);
    expect(old?.active).toBe(false);
  });

  it('tells its help with examples', async () => {
    expect((await runOps(['recover', '--help'])).stdout).toContain('npm run ops -- recover --all --no-mail');
    expect((await runOps(['regenerate', '--help'])).stdout).toContain('--mail');
  });
});
