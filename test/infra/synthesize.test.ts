import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { assemblyDirectoryFor } from '../../infra/local/assembly.ts';
import {
  assemblyOf,
  DURABLE,
  ofType,
  record,
  type TemplateJson,
  templateOf,
  temporaryDirectory,
} from './template.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const scratch = temporaryDirectory();
afterAll(() => scratch.remove());

const TEMPLATE = 'club-payments-dev.template.json';
const templateIn = (directory: string): TemplateJson =>
  JSON.parse(readFileSync(join(directory, TEMPLATE), 'utf8'));

/** `npx cdk synth`, as `npm run synth` runs it. */
const cdkSynth = (...args: string[]): Promise<{ code: number | null; output: string }> =>
  new Promise((done) => {
    const bin = join(PROJECT, 'node_modules/.bin');
    const PATH = [dirname(process.execPath), bin, process.env.PATH].join(delimiter);
    const child = spawn(join(bin, 'cdk'), ['synth', '--quiet', ...args], {
      cwd: PROJECT,
      env: { ...process.env, PATH },
    });
    let output = '';
    child.stdout.on('data', (text) => (output += String(text)));
    child.stderr.on('data', (text) => (output += String(text)));
    child.on('close', (code) => done({ code, output }));
  });

describe('synthesis', () => {
  test('on the command line and in-process gives the same template and the same assets', async () => {
    const byCommand = join(scratch.path, 'command');
    const { code, output } = await cdkSynth('--output', byCommand, '-c', 'stage=dev');
    expect([code, output]).toEqual([0, expect.anything()]);
    const inProcess = await assemblyDirectoryFor();
    expect(templateIn(inProcess)).toEqual(templateIn(byCommand));
    for (const [, { Properties }] of ofType(templateIn(inProcess), 'AWS::Lambda::Function')) {
      const asset = `asset.${String(record(Properties.Code).S3Key).replace('.zip', '')}`;
      for (const directory of [byCommand, inProcess]) {
        expect([asset, existsSync(join(directory, asset, 'index.js'))]).toEqual([asset, true]);
      }
    }
  });

  test('takes what it is told in-process', async () => {
    const template = await templateOf('dev', { clubName: 'Hillside Soccer' });
    for (const [, { Properties }] of ofType(template, 'AWS::Lambda::Function')) {
      expect(record(record(Properties.Environment).Variables).CLUB_NAME).toBe('Hillside Soccer');
    }
  });

  test('on the command line says in sentences what is missing, without a stack trace', async () => {
    const { code, output } = await cdkSynth('--output', join(scratch.path, 'refused'), '-c', 'stage=prod');
    expect(code).not.toBe(0);
    expect(output).toContain(
      'The stage "prod" needs the context value "clubName": the name that parents know.',
    );
    expect(output).not.toMatch(/at .*settings\.ts:\d+/);
  });

  test('protects the stack of a durable stage from deletion', async () => {
    const protectedOf = (stage: string, context: Record<string, string>) =>
      assemblyOf(stage, context, ({ stacks }) =>
        stacks.map(({ terminationProtection }) => terminationProtection),
      );
    expect(await protectedOf('prod', DURABLE)).toEqual([true]);
    expect(await protectedOf('dev', {})).toEqual([false]);
  });
});
