import Table from 'cli-table3';

export const say = (sentence: string): void => console.log(`\n${sentence}\n`);

/** A table of counts for a person. */
export const printAct = (
  title: string,
  rows: readonly (readonly [what: string, count: number | string])[],
): void => {
  const table = new Table({
    head: [title, ''],
    colAligns: ['left', 'right'],
    // No colours: the output is read in logs as well.
    style: { head: [], border: [], compact: true },
  });
  for (const [what, count] of rows) table.push([what, String(count)]);
  console.log(table.toString());
};
