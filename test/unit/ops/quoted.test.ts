import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { wordsFor } from '../../../infra/ops/commands/import-file.ts';
import { quoted } from '../../../infra/ops/plan.ts';

const read = (command: string): string[] =>
  execFileSync('sh', ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

it('a word in a command that is printed reaches the program as it was', () => {
  for (const word of ['may $HOME.csv', "Kim's `id`", '$(id)', 'a;b&c|d', '"x" \\ !', '*', '~', '', 'é\nü']) {
    expect(read(quoted(word))).toEqual([word]);
  }
});

it('a plain word stands as it is', () => {
  for (const word of ['orders.csv', '../may/orders.csv', 'notes,color', 'a=b', 'http://x:1']) {
    expect(quoted(word)).toBe(word);
  }
});

it('a file is looked at again by its own name', () => {
  const options = { currency: 'eur', ignore: ['my $notes', 'color'], kind: 'orders' };
  expect(read(wordsFor('may $HOME.csv', options))).toEqual([
    ...['import', 'may $HOME.csv', '--kind', 'orders', '--currency', 'eur', '--ignore', 'my $notes,color'],
  ]);
});
