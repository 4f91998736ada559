import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { metricNames } from '../../functions/metrics.ts';
import { attentionSections, RUNBOOK, waitingSections } from '../../infra/runbook.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const runbook = read(RUNBOOK);
const headings = [...runbook.matchAll(/^#{2,3} (.*)$/gm)].map(([, heading]) => heading);

/** A call that makes something at Stripe, or the use case through which all of it is made. */
const MAKES = /\b(?:stripe|client)\.[\w.]+\.create\(|\b(?:mintLink|createSurface|createRefund)\(/;
/** Where such a call is only described or handed on. */
const HANDED_ON = ['lib/ports.ts', 'lib/usecases/each-call.ts'];

const makers = globSync('{lib,functions,infra/ops}/**/*.ts', { cwd: ROOT }).filter((file) =>
  MAKES.test(read(file)),
);

describe('the runbook', () => {
  it('names every place that makes something at Stripe, and no other', () => {
    const [, section = ''] = runbook.split('## Where Stripe objects are made\n');
    const [table = ''] = section.split('\n### ');
    const named = [...table.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file]) => file ?? '');
    expect(new Set(named)).toEqual(new Set(makers.filter((file) => !HANDED_ON.includes(file))));
    expect(named).toHaveLength(new Set(named).size);
  });

  it('says of each what it makes, how long that lives, and why that suits', () => {
    const rows = runbook
      .split('\n')
      .filter((line) => /^\| .*`[\w/-]+\.ts`/.test(line))
      .map((line) => line.split('|').slice(1, -1));
    expect(rows.length).toBeGreaterThan(5);
    for (const cells of rows) expect(cells.map((cell) => cell.trim()).filter(Boolean)).toHaveLength(5);
  });

  it('has a section for each kind of item that waits for a person', () => {
    const sections = [...Object.values(attentionSections), ...Object.values(waitingSections)];
    expect(sections.filter((section) => !headings.includes(section))).toEqual([]);
  });

  it('tells what broke, what was thought, and how to go on', () => {
    expect(headings).toEqual(
      expect.arrayContaining([
        'TL;DR',
        'What broke in April 2026',
        'Historical hypothesis (corrected)',
        'How to add one',
      ]),
    );
  });

  it('is led to by alarms on metrics that the architecture explains, each by its name', () => {
    const [, section = ''] = read('docs/architecture.md').split('## What it tells of itself\n');
    const [told = ''] = section.split('\n## ');
    const named = [...told.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
    expect(named).toEqual([...metricNames]);
  });

  it('links to nothing that is not there', () => {
    const links = [...runbook.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => target ?? '');
    expect(links.filter((target) => globSync(target, { cwd: join(ROOT, 'docs') }).length === 0)).toEqual([]);
  });
});
