import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { readAmount } from '../../../../infra/ops/import/cells.ts';
import { wordsOf } from '../../../../infra/ops/import/file-problem.ts';
import { type HowToRead, readImportFile } from '../../../../infra/ops/import/read.ts';
import { tableOf, withoutDefusal } from '../../../../infra/ops/import/table.ts';
import { csvOf } from '../../../../infra/ops/import/write.ts';
import { importKinds, rowSchemas } from '../../../../lib/domain/import-row.ts';
import { hostileText, hostileValue } from '../../../support/hostile.ts';

const HOW: HowToRead = { currency: 'usd', ignore: [], timeZone: 'America/Denver' };
const read = (bytes: Uint8Array | string, how: Partial<HowToRead> = {}) =>
  readImportFile(typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes, { ...HOW, ...how });

/** Rows that keep their rules, or sentences: short, on a line of their own, with nothing that a terminal would act on. */
const expectSense = (answer: ReturnType<typeof read>): void => {
  if ('file' in answer) {
    for (const { row } of answer.file.rows) {
      expect(v.safeParse(rowSchemas[answer.file.kind], row).issues).toBeUndefined();
    }
    return;
  }
  expect(answer.problems.length).toBeGreaterThan(0);
  for (const problem of answer.problems) {
    const words = wordsOf(problem, answer.unit);
    expect(words.length).toBeGreaterThan(10);
    expect(words.length).toBeLessThan(1_000);
    expect(
      [...words].filter(
        (c) => c < ' ' || (c >= '\u007f' && c < '\u00a0') || /[\u2028-\u202e\u2066-\u2069]/.test(c),
      ),
    ).toEqual([]);
  }
};

const HEAD = 'order_id,product_id,player_id,amount,pay_by,closes_at,ended_reason';

const cell = fc.oneof(
  hostileText,
  fc.constantFrom(
    ...[
      '1e999',
      '-55.00',
      '(55.00)',
      'NaN',
      'Infinity',
      '0x37',
      '55,00,00',
      '5 5',
      '٥٥',
      '５５',
      '55.-',
      '$',
      '−55',
    ],
    ...[
      '2026-02-30',
      '2026-13-01',
      '0000-01-01',
      '9999-12-31',
      '9999-12-31 23:59',
      '2026-05-29T25:00',
      '31/02/26',
      '1.1.0001',
    ],
    ...['2026-03-08 02:30', '2026-05-29T09:00:00+99:99', '2026-05-29 12:00 am', '10000-01-01'],
    ...[
      '=HYPERLINK("http://x","y")',
      "'=1+1",
      '@SUM(1)',
      '+1',
      '\t=1',
      '"',
      '""',
      '"a',
      'a"b',
      ';',
      ',',
      '\n',
      '\r',
      '\u001b[2J',
    ],
  ),
);
const quotedOrNot = fc
  .tuple(cell, fc.boolean())
  .map(([text, quoted]) => (quoted ? `"${text.replaceAll('"', '""')}"` : text));

describe('a file that nobody would send', () => {
  it('of any bytes gives rows that keep their rules, or sentences', () => {
    const header = fc.constantFrom(
      '',
      HEAD,
      'product_id,category,name',
      'family_id,language,parent_id,parent_name,addresses',
      '[{"',
      '\ufeff',
      'sep=,\n',
    );
    const bytes = fc
      .tuple(header, fc.uint8Array({ maxLength: 300 }), fc.constantFrom('utf8', 'utf16le', 'latin1'))
      .map(([before, rest, encoding]) => Buffer.concat([Buffer.from(before, encoding as 'utf8'), rest]));
    fc.assert(
      fc.property(bytes, fc.option(fc.constantFrom(...importKinds), { nil: undefined }), (given, kind) => {
        expectSense(read(given, kind === undefined ? {} : { kind }));
      }),
      { numRuns: 1_000 },
    );
  });

  it('with any cell in any column does as well', () => {
    const line = fc.array(quotedOrNot, { minLength: 5, maxLength: 8 }).map((cells) => cells.join(','));
    const file = fc.tuple(
      fc.oneof({ weight: 4, arbitrary: fc.constant(HEAD) }, { weight: 1, arbitrary: line }),
      fc.array(fc.oneof(line, fc.constant('1,utah,ply_1,55.00,2026-05-29,,')), { maxLength: 4 }),
      fc.constantFrom('\n', '\r\n', '\r'),
    );
    fc.assert(
      fc.property(file, ([head, lines, end]) =>
        expectSense(read([head, ...lines].join(end), { kind: 'orders' })),
      ),
      { numRuns: 1_000 },
    );
  });

  it('of JSON does as well, whatever it says', () => {
    const file = fc.oneof(
      hostileValue.map((value) => [value]),
      hostileValue.map((rows) => ({ kind: 'orders', rows })),
      hostileValue.map((kind) => ({ kind, rows: [] })),
      fc
        .tuple(fc.constantFrom('amount', 'surfaces', 'legacyTokens', 'payBy'), hostileValue)
        .map(([field, value]) => [
          {
            productId: 'utah',
            playerId: 'p',
            amount: { amountMinor: 5_500, currency: 'usd' },
            [field]: value,
          },
        ]),
    );
    fc.assert(
      fc.property(file, (value) =>
        expectSense(read(JSON.stringify(value), Array.isArray(value) ? { kind: 'orders' } : {})),
      ),
      { numRuns: 1_000 },
    );
  });

  it.each<[string, string]>([
    ['a cell', `${HEAD}\n1,utah,p,${'9'.repeat(10_000_000)},,,`],
    ['blanks', `${HEAD}\n1,utah,p,5.00,,,x${' '.repeat(10_000_000)}x`],
    ['a header', `${'1'.repeat(2_000_000)}x\n1`],
    ['a header without an end', '1,'.repeat(200_000)],
    ['quotes', `${HEAD}\n1,utah,p,5.00,,,"${'""'.repeat(1_000_000)}`],
    ['JSON', `[${'['.repeat(1_000_000)}`],
  ])('with millions of characters in one line, of %s, is told so within seconds', (_, text) => {
    const startedAt = performance.now();
    expectSense(read(text, { kind: 'orders' }));
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('says the line, and shows a cell as far as a terminal may', () => {
    const problem = (amount: string) => {
      const answer = read(`${HEAD}\n1,utah,p,5.00,,,\n2,utah,q,"${amount}",,,`);
      return 'file' in answer ? [] : answer.problems.map((one) => wordsOf(one));
    };
    expect(problem('1e999')).toEqual(['line 3, column "amount": "1e999" is not an amount']);
    expect(problem('\u001b[31m5')).toEqual(['line 3, column "amount": "\\u001b[31m5" is not an amount']);
    expect(problem('9'.repeat(500))).toEqual([
      `line 3, column "amount": "${'9'.repeat(80)}…" is not an amount`,
    ]);
  });
});

describe('an amount', () => {
  it('is what its digits say, or none: never another', () => {
    const number = fc.oneof(
      fc.stringMatching(/^[0-9., ']{1,12}$/),
      fc
        .tuple(
          fc.constantFrom('', '$', '-', '+', 'USD ', '('),
          fc.stringMatching(/^\d{1,7}([.,]\d{1,3})?$/),
          fc.constantFrom('', ' $', ')', 'e3', '-', ' usd'),
        )
        .map((parts) => parts.join('')),
      cell,
    );
    fc.assert(
      fc.property(
        number,
        fc.constantFrom('point', 'comma'),
        fc.constantFrom('usd', 'jpy'),
        (text, mark, currency) => {
          const told = readAmount(text, currency as 'usd', mark as 'point');
          if (!('value' in told)) return;
          const digits = text.replace(/\D/g, '');
          const decimals = currency === 'jpy' ? 0 : 2;
          // What stands behind the last mark of the kind that is the decimal one.
          const behind = text.replace(/[^\d.,]/g, '').split(mark === 'point' ? '.' : ',');
          const fraction = decimals === 0 || behind.length === 1 ? '' : (behind.at(-1) ?? '');
          const whole = digits.slice(0, digits.length - fraction.length);
          const sign = /^\D*-/.test(text) ? -1 : 1;
          expect(told.value.amountMinor + 0).toBe(sign * Number(whole + fraction.padEnd(decimals, '0')) + 0);
          expect(text).not.toMatch(/[()eE∞]|NaN/i);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

describe('a cell that is written', () => {
  const FORMULA = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

  it('starts no formula, whichever delimiter a spreadsheet takes it to be divided by, and is read as it was', () => {
    const formula = fc.constantFrom(
      '=1+1',
      '+A1',
      '-A1',
      '@SUM(1)',
      '=cmd|x',
      '＝1+1',
      '\t=1',
      '\r=1',
      '\n=1',
      '"=1"',
      "'=1",
      "''=1",
      ';=1',
      ',=1',
      'a;"=1"',
      "a;'=1",
      '-5.00',
      '-5',
    );
    const text = fc
      .array(fc.oneof(formula, hostileText, fc.constantFrom(';', ',', '\t', '"', "'", '\n', 'a')), {
        maxLength: 5,
      })
      .map((parts) => parts.join('').toWellFormed());
    fc.assert(
      fc.property(text, fc.constantFrom(',', ';', '\t'), (given, delimiter) => {
        const file = csvOf(['a', 'b'], [{ a: 'x', b: given }], { delimiter });
        if (given.trim() !== '') {
          const [line] = tableOf(file).rows;
          expect(withoutDefusal(line?.cells[1] ?? '')).toBe(given);
        }
        const body = file.slice(file.indexOf('\r\n') + 2);
        for (const other of [',', ';', '\t']) {
          for (const one of body.split(other).flatMap((cut) => cut.split(/\r\n|\r|\n/))) {
            // As it stands, or with the quotes that the other delimiter has torn.
            const bare = one.replace(/^"+/, '');
            expect(FORMULA.test(bare) && !/^-[0-9]+([.,][0-9]+)?"?$/.test(bare) ? one : '').toBe('');
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
