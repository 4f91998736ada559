/** What is wrong with a file, and where. `line` is null for what concerns the whole of it. */
export type FileProblem = { line: number | null; column: string | null; rule: string };

/** As many characters as tell a person which cell is meant. */
const LONGEST_QUOTE = 80;

/** What stands in a file, within quotation marks: not all of it where it is long, and nothing that a terminal would act on. */
export const quote = (text: string): string => {
  const start = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return `"${printable(start)}"`;
};

/** Control characters, those that turn the direction of writing, and halves of pairs, as escapes. */
const printable = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );

/** `line 17, column "amount": "12,5,0" is not an amount` */
export const wordsOf = ({ line, column, rule }: FileProblem, unit: 'line' | 'row' = 'line'): string => {
  const where = [line === null ? '' : `${unit} ${line}`, column === null ? '' : `column ${quote(column)}`];
  const place = where.filter((part) => part !== '').join(', ');
  return place === '' ? rule : `${place}: ${rule}`;
};

/** A file that can't be read as it is: nothing more can be said of it. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
  readonly problem: FileProblem;

  constructor(rule: string, line: number | null = null) {
    super(rule);
    this.problem = { line, column: null, rule };
  }
}
