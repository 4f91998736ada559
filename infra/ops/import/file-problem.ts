/** What is wrong with a file, and where. `line` is null for what concerns the whole of it. */
export type FileProblem = { line: number | null; column: string | null; rule: string };

/** `line 17, column "amount": "12,5,0" is not an amount` */
export const wordsOf = ({ line, column, rule }: FileProblem, unit: 'line' | 'row' = 'line'): string => {
  const where = [line === null ? '' : `${unit} ${line}`, column === null ? '' : `column "${column}"`];
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
