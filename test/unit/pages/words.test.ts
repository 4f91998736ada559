import { describe, expect, it } from 'vitest';
import { money } from '../../../lib/domain/money.ts';
import { dark, light } from '../../../lib/pages/palette.ts';
import { readerOf } from '../../../lib/words/reader.ts';
import { words } from '../../../lib/words/words.ts';

/** Every sentence by its path; arguments stand as digits, so that only the words remain to be compared. */
const sentences = (value: unknown, path = ''): [path: string, sentence: string][] => {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return sentences(value('1', '2'), path);
  return Object.entries(value ?? {}).flatMap(([key, inner]) => sentences(inner, `${path}/${key}`));
};

describe('the words', () => {
  const spanish = new Map(sentences(words.es));

  it('are as many sentences in Spanish as in English', () => {
    expect([...spanish.keys()]).toEqual(sentences(words.en).map(([path]) => path));
  });

  it.each(sentences(words.en).filter(([, sentence]) => /\p{L}/u.test(sentence)))(
    '%s is not left in English',
    (path, sentence) => {
      expect(spanish.get(path)).toBeTruthy();
      expect(spanish.get(path)).not.toBe(sentence);
    },
  );

  it('never call a parent anything but usted', () => {
    for (const [, sentence] of spanish) expect(sentence).not.toMatch(/\b(tú|tu|tus|te|puedes|tienes|haz)\b/i);
  });
});

describe('the reader’s form', () => {
  it.each([
    ['en', '$1,234.50', 'Thursday, April 30, 2026', 'May 2026'],
    ['es', '$1,234.50', 'jueves, 30 de abril de 2026', 'mayo de 2026'],
  ] as const)('in %s', (language, amount, day, month) => {
    const reader = readerOf(language, 'America/Denver');
    expect(reader.money(money(123_450))).toBe(amount);
    expect(reader.day('2026-04-30')).toBe(day);
    expect(reader.period('2026-05')).toBe(month);
  });

  it('leaves a period that is no month as the club writes it', () => {
    for (const period of ['2026-13', 'spring-2026', '2026']) {
      expect(readerOf('en', 'UTC').period(period)).toBe(period);
    }
  });
});

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s colours', (_, palette) => {
  const luminance = (colour: string): number => {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };

  it.each([
    ['text', 'card'],
    ['text', 'tint'],
    ['muted', 'card'],
    ['muted', 'ground'],
    ['accent', 'card'],
    ['accent', 'ground'],
    ['accent', 'tint'],
    ['onAccent', 'accent'],
  ] as const)('keep %s readable on %s (WCAG AA)', (ink, paper) => {
    const [high = 0, low = 0] = [luminance(palette[ink]), luminance(palette[paper])].sort((a, b) => b - a);
    expect((high + 0.05) / (low + 0.05)).toBeGreaterThanOrEqual(4.5);
  });
});
