import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addressKeyOf } from '../../../lib/domain/blast.ts';
import { recordFact } from '../../../lib/domain/order-changes.ts';
import { aLedgerRow } from '../../support/ledger.ts';
import { opsOf, runOps } from '../../support/ops.ts';
import { payment } from '../../support/orders.ts';
import { startTestStack, type TestStack } from '../../support/stack.ts';

let test: TestStack;
let ops: ReturnType<typeof opsOf>;
beforeAll(async () => {
  test = await startTestStack();
  ops = opsOf(test.stack);
  for (const orderId of ['o1', 'o2', 'o3']) await test.order({ orderId });
  const paid = await test.mustGet('o3');
  await test.orders.save(recordFact(paid, payment({ generation: null }), paid.createdAt));
});
afterAll(() => test.stop());

const PRODUCT = 'tournament';
const mailsTo = async (address: string): Promise<number> =>
  (await test.stack.inbox()).filter(({ to }) => to.includes(address)).length;

describe('blast', () => {
  it('alone shows what a mailing would do, and the command that would do it; nothing is sent', async () => {
    const { code, stdout } = await ops.run(`blast ${PRODUCT}`);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Utah Invitational$/m);
    expect(stdout).toMatch(/^ {2}mails +2$/m);
    expect(stdout).toMatch(/^ {2}orders +2$/m);
    expect(stdout).toMatch(/^ {2}families +2$/m);
    expect(stdout).toMatch(/^ {2}they owe +\$110\.00$/m);
    expect(stdout).toMatch(/^ {2}usual audience +this is the first mailing$/m);
    expect(stdout).toMatch(/^ {2}left out +1 paid already \(paid\)$/m);
    expect(stdout).toContain('| Subject: Utah Invitational');
    expect(stdout).toContain(`${test.stack.apiUrl}/pay/k1-`);
    expect(stdout).toContain('nothing was sent');
    expect(stdout).toMatch(
      /^ {2}npm run ops -- blast send [0-9a-f]{32} --stage dev --local http:\/\/127\.0\.0\.1:\d+$/m,
    );
    expect(await test.stack.inbox()).toEqual([]);
  });

  it('preview with --json tells the same as values', async () => {
    const { told } = await ops.json(`blast preview ${PRODUCT} --only-never-mailed`);
    expect(told).toMatchObject({
      command: 'blast preview',
      preview: {
        orders: 2,
        leftOut: { paid: 1 },
        filter: { period: null, onlyNeverMailed: true },
        sample: { orderId: expect.stringMatching(/^o[12]$/) },
      },
    });
  });

  it.each([
    ['blast nothing', 'There is no product nothing.'],
    [`blast ${PRODUCT} --period 2026-05`, 'has no orders of the period 2026-05'],
    [`blast send ${'0'.repeat(32)}`, 'There is no such preview. Preview the mailing'],
    ['blast pause bls_x', 'There is no mailing bls_x.'],
  ])('"%s" is refused in words', async (command, sentence) => {
    const { code, stdout } = await ops.run(command);
    expect(stdout).toContain(sentence);
    expect(code).toBe(1);
  });

  it.each([
    [`blast test ${PRODUCT} --to kim`, 'is not an e-mail address'],
    ['blast settle bls_x o1 --sent --send-again --reason asked', 'Did the mail arrive?'],
  ])('"%s" is wrong usage', async (command, sentence) => {
    const { code, stdout } = await ops.run(command);
    expect(stdout).toContain(sentence);
    expect(code).toBe(2);
  });

  it('test sends the mail to one address and to no family', async () => {
    const { code, text } = await ops.json(`blast test ${PRODUCT} --to Kim@Club.example`);
    expect(code).toBe(0);
    expect(text).toContain('and to nobody else');
    const inbox = await test.stack.inbox();
    expect(inbox).toHaveLength(1);
    expect(inbox[0]).toMatchObject({ to: ['kim@club.example'] });
    expect(inbox[0]?.subject).toMatch(/^\[Test\] Utah Invitational/);
    await test.stack.clearInbox();
  });

  it('send mails exactly that; pause, resume and cancel steer it; held mails are settled', async () => {
    const { told } = await ops.json(`blast preview ${PRODUCT}`);
    const { hash } = told.preview as { hash: string };
    const at = { env: {} };
    const later = await runOps(
      [
        'blast',
        'send',
        hash,
        '--at',
        '2027-03-14 02:30',
        '--by',
        'Kim',
        '--stage',
        'dev',
        '--local',
        test.stack.gatewayUrl,
      ],
      at,
    );
    expect(later.stdout).toContain('There is no 2027-03-14 02:30 in America/Denver');
    expect(later.stdout).toContain('starts at 2027-03-14 03:00');
    const blastId = /bls_[0-9a-f]{26}/.exec(later.stdout)?.[0] ?? '';
    expect(await test.blasts.get(blastId)).toMatchObject({ createdBy: 'Kim', state: 'planned' });

    expect((await ops.json(`blast pause ${blastId} --by Kim`)).told.blast).toMatchObject({
      waiting: { by: 'Kim' },
    });
    expect((await ops.json(`blast resume ${blastId}`)).text).toContain('waits for its time again');
    expect((await ops.json(`blast cancel ${blastId}`)).told.blast).toMatchObject({ state: 'canceled' });
    expect((await ops.json(`blast send ${hash}`)).text).toContain('was sent before');

    const now = (await ops.json(`blast preview ${PRODUCT}`)).told.preview as { hash: string };
    const sent = await ops.json(`blast send ${now.hash}`);
    expect(sent.told).toMatchObject({ isNew: true, blast: { state: 'sending' } });
    await test.stack.settled();
    expect(await mailsTo('o1@family.example')).toBe(1);
    expect(await mailsTo('o3@family.example')).toBe(0);

    const running = String(sent.told.blastId);
    const { shard } = await test.mustGet('o1');
    const held = aLedgerRow({
      blastId: running,
      orderId: 'o1',
      shard,
      address: 'b@c.example',
      state: 'held',
    });
    await test.blasts.claim(held);
    const settled = await ops.json(`blast settle ${running} o1 --sent --reason asked --by Kim`);
    expect(settled.text).toContain('counts as sent');
    expect(await test.blasts.delivery(held)).toMatchObject({ state: 'sent', reason: 'Kim: asked' });

    const lost = { ...held, address: 'd@e.example', addressKey: addressKeyOf('d@e.example') };
    await test.blasts.claim(lost);
    const again = `blast settle ${running} o1 --send-again --reason nothing`;
    const shown = await ops.json(again);
    expect([shown.code, shown.text]).toEqual([0, expect.stringContaining('to d@e.example may have left at')]);
    expect(await test.blasts.delivery(lost)).toMatchObject({ state: 'held' });
    const { hash: toApply } = shown.told.held as { hash: string };
    expect(shown.text).toContain(`blast settle ${running} o1 --send-again --apply ${toApply}`);
    const refused = await ops.run(`${again} --apply ${toApply}`, 'no\n');
    expect([refused.code, refused.stdout]).toEqual([2, expect.stringContaining('Nothing was written.')]);
    expect((await ops.json(`${again} --apply ${toApply} --yes`)).text).toContain(
      'is sent again within minutes',
    );
    expect(await test.blasts.delivery(lost)).not.toMatchObject({ state: 'held' });
    expect((await ops.json(`${again} --apply ${'0'.repeat(26)} --yes`)).code).toBe(4);
  });

  it('tells its help with examples', async () => {
    const { stdout } = await runOps(['blast', '--help']);
    expect(stdout).toContain('npm run ops -- blast preview utah-invitational --stage prod');
    expect((await runOps(['blast', 'send', '--help'])).stdout).toContain('--accept-unusual-size');
  });
});
