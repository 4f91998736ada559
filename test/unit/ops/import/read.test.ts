import { describe, expect, it } from 'vitest';
import { wordsOf } from '../../../../infra/ops/import/file-problem.ts';
import { type HowToRead, type ImportFile, readImportFile } from '../../../../infra/ops/import/read.ts';
import type { OrderRow } from '../../../../lib/domain/import-row.ts';
import { money } from '../../../../lib/domain/money.ts';
import { legacyTokenHash } from '../../../../lib/domain/pay-token.ts';

const HOW: HowToRead = { currency: 'usd', ignore: [], timeZone: 'America/Denver' };
const bytesOf = (text: string | Uint8Array): Uint8Array =>
  typeof text === 'string' ? new TextEncoder().encode(text) : text;
const read = (text: string | Uint8Array, how: Partial<HowToRead> = {}) =>
  readImportFile(bytesOf(text), { ...HOW, ...how });
const fileIn = (text: string | Uint8Array, how: Partial<HowToRead> = {}): ImportFile => {
  const answer = read(text, how);
  if ('file' in answer) return answer.file;
  throw new Error(answer.problems.map((problem) => wordsOf(problem, answer.unit)).join('\n'));
};
const problemsIn = (text: string | Uint8Array, how: Partial<HowToRead> = {}): string[] => {
  const answer = read(text, how);
  return 'file' in answer ? [] : answer.problems.map((problem) => wordsOf(problem, answer.unit));
};
const ordersIn = (text: string | Uint8Array, how: Partial<HowToRead> = {}): OrderRow[] =>
  fileIn(text, how).rows.map(({ row }) => row as OrderRow);

const HEAD = 'order_id,product_id,player_id,amount,pay_by';
const line = (n: number, amount = '55.00', payBy = '2026-05-29') => `${n},utah,ply_${n},${amount},${payBy}`;
const csv = (...lines: string[]): string => [HEAD, ...lines, ''].join('\n');
const amounts = (rows: readonly OrderRow[]) => rows.map(({ amount }) => amount.amountMinor);

describe('a file as spreadsheets write it', () => {
  const same = fileIn(csv(line(1), line(2, '1234.50')));
  const utf16 = (text: string, bigEndian = false): Uint8Array => {
    const bytes = Buffer.from(`\ufeff${text}`, 'utf16le');
    return bigEndian ? bytes.swap16() : bytes;
  };
  const german =
    'Order ID;Product ID;Player ID;Amount;Pay by\r\n1;utah;ply_1;55,00;29.05.2026\r\n2;utah;ply_2;1.234,50 €;29.05.2026\r\n';

  it.each<[string, string | Uint8Array, Partial<HowToRead>?]>([
    [
      'Excel, "CSV UTF-8" in the United States',
      `\ufeff${HEAD}\r\n1,utah,ply_1,$55.00,5/29/2026\r\n2,utah,ply_2,"$1,234.50",5/29/2026\r\n`,
    ],
    ['Excel, "CSV UTF-8" in Germany', `\ufeff${german}`.replace(' €', '')],
    ['Excel, "Unicode Text"', utf16(german.replace(' €', '').replaceAll(';', '\t'))],
    ['the same the other way round', utf16(german.replace(' €', '').replaceAll(';', '\t'), true)],
    [
      'the same without a mark at its beginning',
      utf16(german.replace(' €', '').replaceAll(';', '\t')).subarray(2),
    ],
    ['Excel, with its own word on the delimiter', `sep=;\r\n${german.replace(' €', '')}`],
    ['Google Sheets', csv(line(1), line(2, '"1,234.50"'))],
    [
      'Numbers, with a short year',
      `${HEAD.replaceAll(',', ';')}\n1;utah;ply_1;55.00;5/29/26\n2;utah;ply_2;1234.50;5/29/26`,
    ],
    [
      'an editor: old ends of lines, empty lines, no end, quotes everywhere',
      `${HEAD}\r\r"1","utah","ply_1","55.00","2026-05-29"\r,,,,\r2, utah ,ply_2,1 234.50,2026-5-29`,
    ],
    [
      'columns in another sequence and spelling',
      'Pay-By,amount,PlayerID,productId,Order Id\n2026-05-29,55,ply_1,utah,1\n2026/05/29,1234.5,ply_2,utah,2\n',
    ],
    ['JSON', JSON.stringify(same.rows.map(({ row }) => row)), { kind: 'orders' }],
    ['JSON that says what it is', JSON.stringify({ kind: 'orders', rows: same.rows.map(({ row }) => row) })],
  ])('%s', (_, text, how = {}) => {
    const file = fileIn(text, how);
    expect(file.rows.map(({ row }) => row)).toEqual(same.rows.map(({ row }) => row));
    expect([file.kind, file.importId]).toEqual(['orders', same.importId]);
  });

  it('counts lines as an editor does, across line breaks within cells', () => {
    const text =
      'product_id,category,name\nutah,tournament,"Utah\nInvitational"\n\nx y,jersey,Jersey\n"z","jersey","A ""B"" 5"" C"\n';
    expect(problemsIn(text)).toEqual([
      'line 5, column "product_id": "x y" may hold letters, digits, _ and - only, 64 at most',
    ]);
    expect(fileIn(text.replace('x y', 'xy')).rows).toMatchObject([
      { line: 2, row: { name: 'Utah\nInvitational' } },
      { line: 5 },
      { line: 6, row: { name: 'A "B" 5" C' } },
    ]);
  });

  it('is the same import in whatever sequence its lines are, and another with another cent', () => {
    const id = (...lines: string[]) => fileIn(csv(...lines)).importId;
    expect(id(line(1), line(2))).toMatch(/^imp_[0-9a-f]{26}$/);
    expect(id(line(2), line(1))).toBe(id(line(1), line(2)));
    expect(id(line(1), line(2, '55.01'))).not.toBe(id(line(1), line(2)));
  });

  it.each([
    [
      'is not in UTF-8',
      new Uint8Array(Buffer.from(csv(line(1)).replace('utah', 'Z\xfcrich'), 'latin1')),
      /not in UTF-8\. In Excel save it as "CSV UTF-8/,
    ],
    ['is empty', '\n\n', /^The file is empty\.$/],
    ['has a header alone', HEAD, /has a header, and no line below it/],
    [
      'has a quote that is never closed',
      csv(line(1), '2,"utah,ply_2,55.00,2026-05-29', line(3)),
      /^line 3: A cell begins with a quote \("\) that is never closed\.$/,
    ],
    ['is JSON cut off', '[{"productId"', /begins like JSON, and is none/],
    ['is JSON of something else', '{"a": 1}', /neither a list of rows nor/],
  ] as const)('that %s is refused with what to do', (_, text, rule) => {
    expect(problemsIn(text)).toEqual([expect.stringMatching(rule)]);
  });
});

describe('columns', () => {
  it.each([
    ['products', 'product_id,category,name\nutah,Tournament,Utah'],
    ['families', 'family_id,language,parent_id,parent_name,addresses\nf,en,1,Alex,a@b.example'],
    ['players', 'player_id,family_id,name,contract\np,f,Maya,signed'],
    ['contracts', 'player_id,contract\np,ended'],
    ['orders', csv(line(1))],
  ])('tell that a file is about %s', (kind, text) => {
    expect(fileIn(text).kind).toBe(kind);
  });

  it('that tell nothing ask for the kind', () => {
    expect(problemsIn('a,b\n1,2')).toEqual([
      expect.stringContaining('Say it with --kind: products, families'),
    ]);
  });

  it('that are missing, misspelt or there twice are named once, not line by line', () => {
    const text =
      'order_id,product_id,player_id,amuont,amount,amount,order_id_2\n1,utah,p,1,1,1,1\n2,utah,q,1,1,1,1\n';
    expect(problemsIn(text)).toEqual([
      'line 1, column "amuont": is not known. Is it "amount"? If it means nothing here, give --ignore "amuont"',
      'line 1, column "amount": is there twice',
      'line 1, column "order_id_2": is not known. Is it "order_id"? If it means nothing here, give --ignore "order_id_2"',
    ]);
    expect(problemsIn('product_id,player_id\nutah,p', { kind: 'orders' })).toEqual([
      'line 1, column "amount": is missing',
    ]);
  });

  it('of the club’s own are left alone where that is said', () => {
    const text = 'product_id,player_id,amount,Notes\nutah,p,5.00,call her\n';
    expect(problemsIn(text)).toEqual([expect.stringContaining('column "Notes": is not known')]);
    expect(amounts(ordersIn(text, { ignore: ['notes'] }))).toEqual([500]);
  });

  it('need their cells: a delimiter in a cell without quotes is seen', () => {
    expect(problemsIn(csv(line(1), '2,utah,ply_2,55,00,2026-05-29'))).toEqual([
      'line 3: has 6 cells, and the header has 5. A cell with a delimiter in it must stand in quotes',
    ]);
  });
});

describe('amounts', () => {
  const inOrder = (...cells: string[]) => csv(...cells.map((cell, i) => line(i + 1, `"${cell}"`)));

  it.each([
    [
      ['55', '55.00', '$1,234.50', 'USD 7.5', '1 234.50', "1'234.50", '123,456.78'],
      [5_500, 5_500, 123_450, 750, 123_450, 123_450, 12_345_678],
    ],
    [
      ['55', '55,00', '1.234,50', '7,5 usd', '1 234,50', '1\u202f234,5'],
      [5_500, 5_500, 123_450, 750, 123_450, 123_450],
    ],
    // Decided by another line.
    [
      ['55.00', '1,234'],
      [5_500, 123_400],
    ],
    [
      ['55,00', '1.234'],
      [5_500, 123_400],
    ],
  ])('%j', (cells, minor) => {
    expect(amounts(ordersIn(inOrder(...cells)))).toEqual(minor);
  });

  it.each(['12,5,0', '1,23', 'abc', '5.5.5', '1,2345.00', '55.', '5 5', '#REF!', '1e3', '٥٥'])(
    '%s is none',
    (cell) => {
      expect(problemsIn(inOrder('55.00', cell))).toEqual([
        expect.stringMatching(
          /^line 3, column "amount": ".*" (is not an amount|has a decimal comma, and line 2 \("55.00"\) has a decimal point)$/,
        ),
      ]);
    },
  );

  it('that can be two are refused, unless the command says which', () => {
    const text = inOrder('1,234');
    expect(problemsIn(text)).toEqual([
      'line 2, column "amount": "1,234" can be two amounts, and no other line decides it. Give --decimal point or --decimal comma',
    ]);
    expect(amounts(ordersIn(text, { decimal: 'point' }))).toEqual([123_400]);
    expect(problemsIn(text, { decimal: 'comma' })).toEqual([
      'line 2, column "amount": "1,234" has 3 decimals, and USD has 2',
    ]);
  });

  it('of two kinds in one file are refused where the fewer are', () => {
    expect(problemsIn(inOrder('55.00', '12,50', '7.25'))).toEqual([
      'line 3, column "amount": "12,50" has a decimal comma, and line 2 ("55.00") has a decimal point',
    ]);
  });

  it('have the currency of their line, of the command, or are refused', () => {
    const head = 'order_id,product_id,player_id,amount,currency\n';
    const rows = ordersIn(`${head}1,u,p,€55,EUR\n2,u,q,"5,500",jpy\n3,u,r,55,\n`, { currency: 'cad' });
    expect(rows.map(({ amount }) => amount)).toEqual([
      money(5_500, 'eur'),
      money(5_500, 'jpy'),
      money(5_500, 'cad'),
    ]);
    expect(problemsIn(`${head}1,u,p,€55,usd\n2,u,q,55,chf\n`)).toEqual([
      'line 2, column "amount": "€55" is not in USD, which is the currency of this line',
      'line 3, column "currency": "chf" is not one of usd, cad, eur, gbp, mxn, jpy',
    ]);
  });

  it.each([
    ['0.20', /"0\.20" is refused: \$0\.20 is below \$0\.50/],
    ['-5', /can not be negative/],
    ['', /is empty/],
    ['1,000,000.00', /is above \$999,999\.99/],
    // What is grouped twice shows what groups.
    ['1,234,567', /\$1,234,567\.00 is above/],
  ])('%j breaks a rule of orders', (cell, rule) => {
    expect(problemsIn(inOrder('55.00', cell))).toEqual([expect.stringMatching(rule)]);
  });

  it('one that is wrong in 5,000 lines is found, with its number, and nothing of the file is used', () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => line(i + 1, i === 3_141 ? '"12,5,0"' : '55.00'));
    const begun = performance.now();
    expect(problemsIn(csv(...lines))).toEqual(['line 3143, column "amount": "12,5,0" is not an amount']);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});

describe('days and moments', () => {
  const days = (...cells: string[]) => csv(...cells.map((cell, i) => line(i + 1, '5.00', cell)));
  const read = (...cells: string[]) => ordersIn(days(...cells)).map(({ payBy }) => payBy);

  it('are read as they are written, and in the sequence that one of them shows', () => {
    expect(read('2026-05-29', '29.5.2026', '29. 05. 2026', '2026/5/9', '29.05.26', '')).toEqual([
      ...['2026-05-29', '2026-05-29', '2026-05-29', '2026-05-09', '2026-05-29'],
      null,
    ]);
    expect(read('5/6/2026', '5/29/2026')).toEqual(['2026-05-06', '2026-05-29']);
    expect(read('5/6/2026', '29/5/2026')).toEqual(['2026-06-05', '2026-05-29']);
    expect(read('5/5/2026')).toEqual(['2026-05-05']);
  });

  it('that can be two are refused, unless the command says which', () => {
    expect(problemsIn(days('5/6/2026'))).toEqual([
      'line 2, column "pay_by": "5/6/2026" can be two days, and no other line decides it. Give --dates mdy (month first) or --dates dmy',
    ]);
    expect(ordersIn(days('5/6/2026'), { dates: 'dmy' })).toMatchObject([{ payBy: '2026-06-05' }]);
    expect(problemsIn(days('5/29/2026', '30/5/2026', '5/28/2026'))).toEqual([
      'line 3, column "pay_by": "30/5/2026" has the day first, and line 2 ("5/29/2026") has the month first',
    ]);
  });

  it.each(['2026-02-30', '31.4.2026', '46171', 'soon', '13/13/2026', '2026-05'])('%s is none', (cell) => {
    expect(problemsIn(days(cell))).toEqual([
      `line 2, column "pay_by": "${cell}" is not a day, such as 2026-05-29`,
    ]);
  });

  it('without a time zone are on the club’s clocks; a day alone is noon of it, or its end where something ends', () => {
    const head = 'order_id,product_id,player_id,amount,stripe_id,minted_at,closes_at\n';
    const cells = [
      ['2026-04-14T15:00:00.000Z', '2026-05-29', '2026-04-14T15:00:00.000Z', '2026-05-30T06:00:00.000Z'],
      ['2026-04-14 9:00', '2026-05-29 18:00', '2026-04-14T15:00:00.000Z', '2026-05-30T00:00:00.000Z'],
      ['4/14/2026 9:00:30 AM', '5/29/2026 12:05 pm', '2026-04-14T15:00:30.000Z', '2026-05-29T18:05:00.000Z'],
      ['2026-04-14T17:00+02:00', '', '2026-04-14T15:00:00.000Z', null],
      ['14.04.2026', '', '2026-04-14T18:00:00.000Z', null],
    ] as const;
    const text =
      head +
      cells.map(([minted, closes], i) => `${i},u,p${i},5.00,cs_test_${i},${minted},${closes}`).join('\n');
    expect(ordersIn(text).map(({ surfaces, closesAt }) => [surfaces[0]?.mintedAt, closesAt])).toEqual(
      cells.map(([, , minted, closes]) => [minted, closes]),
    );
    expect(problemsIn(text.replace('9:00:30 AM', '25:00'))).toEqual([
      expect.stringContaining('"4/14/2026 25:00" is not a day or moment'),
    ]);
  });
});

describe('rows', () => {
  it('of a family are one from several lines, and what is wrong is told of its own line', () => {
    const head = 'family_id,language,parent_id,parent_name,addresses\n';
    const text = `${head}f,es,1,Ana,ANA@b.example a2@b.example\ng,en,,,\nf,,1b,Ben,"b@b.example; c@b.example"\n`;
    expect(fileIn(text).rows).toEqual([
      {
        line: 2,
        row: {
          familyId: 'f',
          language: 'es',
          parents: [
            { parentId: '1', name: 'Ana', addresses: ['ana@b.example', 'a2@b.example'] },
            { parentId: '1b', name: 'Ben', addresses: ['b@b.example', 'c@b.example'] },
          ],
        },
      },
      { line: 3, row: { familyId: 'g', language: 'en', parents: [] } },
    ]);
    expect(problemsIn(text.replace('b@b.example; ', 'bob; ').replace('g,en', 'g,fr'))).toEqual([
      'line 3, column "language": "fr" is not one of en, es',
      'line 4, column "addresses": "bob; c@b.example" is not an e-mail address',
    ]);
  });

  it.each([
    ['stripe_id,stripe_id_3', ['"stripe_id_3": comes without "stripe_id_2"']],
    [
      'payment_id_2,paid_amount_2,paid_at_2',
      [
        '"payment_id_2": comes without "payment_id"',
        '"paid_amount_2": comes without "payment_id"',
        '"paid_at_2": comes without "payment_id"',
      ],
    ],
    [
      'stripe_id,stripe_id_0',
      ['"stripe_id_0": has no such number. The first is "stripe_id", the second "stripe_id_2"'],
    ],
    ['stripe_id,stripe_id_99999999999999', ['"stripe_id_99999999999999": comes without "stripe_id_2"']],
    ['stripe_id_5,stripe_id,stripe_id_2', ['"stripe_id_5": comes without "stripe_id_3"']],
  ])('in numbered columns that miss one, %s, are refused: none of it would be read', (columns, told) => {
    const cells = columns.split(',').map(() => 'x');
    expect(problemsIn(`order_id,product_id,player_id,amount,${columns}\n1,u,p,55.00,${cells}\n`)).toEqual(
      told.map((rule) => `line 1, column ${rule}`),
    );
  });

  it('are read from numbered columns in any sequence, also where the first of a line is empty', () => {
    const head = 'order_id,product_id,player_id,amount,Stripe ID 3,stripe_id_1,minted_at_2,StripeId2\n';
    expect(ordersIn(`${head}1,u,p,55.00,cs_test_3,,2026-04-15,cs_test_2\n`)[0]?.surfaces).toEqual([
      { stripeId: 'cs_test_2', mintedAt: '2026-04-15T18:00:00.000Z' },
      { stripeId: 'cs_test_3', mintedAt: null },
    ]);
  });

  it('name the numbered column that is wrong, also where the first of a line is empty', () => {
    expect(
      problemsIn('order_id,product_id,player_id,amount,stripe_id,stripe_id_2\n1,u,p,55.00,,x\n'),
    ).toEqual(['line 2, column "stripe_id_2": "x" is not the id of anything at Stripe']);
  });

  it('have several links, payments and refunds in numbered columns, and their money in one sequence', () => {
    const head =
      'order_id,product_id,player_id,amount,stripe_id,minted_at,stripe_id_2,minted_at_2,payment_id,paid_amount,paid_at,refund_id,refunded_amount,refunded_at\n';
    const text = `${head}1,u,p,55.00,cs_test_1,2026-04-14,plink_2,2026-04-15,pi_1,55.00,2026-04-16,re_1,5.00,2026-04-17\n`;
    expect(ordersIn(text)).toMatchObject([
      {
        surfaces: [{ stripeId: 'cs_test_1' }, { stripeId: 'plink_2' }],
        payments: [{ paymentId: 'pi_1', paidAmount: money(5_500) }],
        refunds: [{ refundId: 're_1', refundedPayment: 'pi_1', refundedAmount: money(500) }],
      },
    ]);
    expect(problemsIn(text.replace('re_1,5.00', 're_1,56.00').replace('plink_2', 'x'))).toEqual([
      'line 2, column "stripe_id_2": "x" is not the id of anything at Stripe',
      'line 2, column "refunded_amount": "56.00" is more than was paid',
    ]);
  });

  it('never keep a token that was mailed, only its hash', () => {
    const token = 'f'.repeat(32);
    const text = `order_id,product_id,player_id,amount,legacy_tokens\n1,u,p,5.00,${token}\n`;
    expect(ordersIn(text)).toMatchObject([{ legacyTokenHashes: [legacyTokenHash(token)] }]);
    const row = { orderId: '1', productId: 'u', playerId: 'p', amount: money(500), legacyTokens: [token] };
    expect(JSON.stringify(fileIn(JSON.stringify([row]), { kind: 'orders' }))).not.toContain(token);
    expect(fileIn(JSON.stringify([row])).importId).toBe(fileIn(text).importId);
  });

  it('are told twice when two of them are about one thing', () => {
    const text = csv(line(1), '1,utah,ply_9,5.00,', '3,utah,ply_1,5.00,');
    expect(problemsIn(text)).toEqual([
      'line 3, column "order_id": order 1 is in line 2 already',
      'line 4, column "player_id": the debt utah/ply_1/ is in line 2 already',
    ]);
  });

  it('of JSON are told by their number and path', () => {
    const row = { productId: 'u', playerId: 'p', amount: money(500) };
    const rows = [
      row,
      { ...row, playerId: 'q', amount: { amountMinor: 1.5, currency: 'usd' } },
      { ...row, note: 1, playerId: 'r', payBy: 'x' },
    ];
    expect(problemsIn(JSON.stringify(rows), { kind: 'orders' })).toEqual([
      expect.stringMatching(/^row 2, column "amount\.amountMinor": /),
      'row 3, column "payBy": is not a day, such as 2026-05-29',
      'row 3, column "note": is not known here',
    ]);
  });

  it('take off what defuses a formula', () => {
    const text = "player_id,family_id,name\np,f,'=HYPERLINK(1)\nq,f,''-x\nr,f,O'Hara\ns,f,'tis\n";
    expect(fileIn(text).rows.map(({ row }) => (row as { name: string }).name)).toEqual([
      '=HYPERLINK(1)',
      "'-x",
      "O'Hara",
      "'tis",
    ]);
  });
});
