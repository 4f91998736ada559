import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestStack, type TestStack } from '../../support/stack.ts';
import { mailingsOf } from '../support/mailings.ts';

let test: TestStack;
let mailings: ReturnType<typeof mailingsOf>;
let blastId: string;

const MARKUP = '<script>alert("1")</script> & <b>Maya</b>';

beforeAll(async () => {
  test = await startTestStack();
  mailings = mailingsOf(test);
  const { orderOf, families } = mailings;
  await families('cup', 3);
  const about = { productId: 'cup' };
  const withAddress = (orderId: string, ...addresses: string[]) =>
    orderOf([{ name: 'Alex', addresses }], { ...about, orderId });
  await withAddress('malformed', 'alex at family.example', 'malformed-but-one@family.example');
  await withAddress('line_break', 'ana@family.example\r\nBcc: all@other.example');
  await withAddress('domain', 'Ana@Müller.example', 'ana@xn--mller-kva.example');
  await withAddress('local_part', 'añá@family.example');
  await withAddress('nobody');
  const named = await orderOf([{ name: MARKUP, addresses: ['markup@family.example'] }], {
    ...about,
    orderId: 'markup',
  });
  const contract = { state: 'signed', signUrl: null } as const;
  await test.roster.putPlayer({ ...named, name: MARKUP, contract });
  // As MySQL writes that there is no date, and an older system exports it.
  await test.order({ ...about, orderId: 'no_date', payBy: '0000-00-00' });

  ({ blastId } = await test.startMailing('cup'));
  await test.stack.settled();
});
afterAll(() => test.stop());

it('what can not be mailed is in the ledger with its reason, and all others got their mail', async () => {
  expect(await mailings.ledger(blastId)).toEqual([
    'cup_0 cup_0@family.example: delivered',
    'cup_1 cup_1@family.example: delivered',
    'cup_2 cup_2@family.example: delivered',
    'domain ana@xn--mller-kva.example: delivered',
    'line_break ana@family.example\r\nbcc: all@other.example: failed address',
    'local_part añá@family.example: failed address',
    'malformed alex at family.example: failed address',
    'malformed malformed-but-one@family.example: delivered',
    'markup markup@family.example: delivered',
    'no_date no_date@family.example: failed render',
    'nobody : skipped no_address',
  ]);
  const mailed = test.stack.ses.taken().flatMap(({ to }) => to);
  expect(mailed.sort()).toEqual([
    'ana@xn--mller-kva.example',
    'cup_0@family.example',
    'cup_1@family.example',
    'cup_2@family.example',
    'malformed-but-one@family.example',
    'markup@family.example',
  ]);
});

it('the mailing is complete, and its totals add up to the audience', async () => {
  const { blast, funnel, failed, skipped } = await mailings.report(blastId);
  expect(blast.state).toBe('complete');
  expect(funnel).toMatchObject({ audience: 11, sent: 6, skipped: 1, failed: 4, held: 0, waiting: 0 });
  expect([failed, skipped]).toEqual([{ address: 3, render: 1 }, { no_address: 1 }]);
});

it('a name with markup is text in the mail, and no line of an address is a header', async () => {
  const mails = await test.stack.inbox();
  const mail = mails.find(({ to }) => to.includes('markup@family.example'));
  expect(mail?.html).toContain(
    '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &lt;b&gt;Maya&lt;/b&gt;',
  );
  expect(mail?.html).not.toMatch(/<script|<b>Maya/);
  expect(mail?.text).toContain(MARKUP);
  for (const { headers } of mails) expect(headers).not.toHaveProperty('bcc');
});
