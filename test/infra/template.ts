import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { functionNames } from '../../infra/functions.ts';
import { synthesize } from '../../infra/synthesize.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Resource = {
  Type: string;
  Properties: { [key: string]: Json };
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
};
export type TemplateJson = { Resources: Record<string, Resource>; Outputs: Record<string, { Value: Json }> };

/** What a stage of real families has to be told. */
export const DURABLE = {
  clubName: 'Hillside Soccer',
  clubContact: '+1 801 555 0100',
  clubTimeZone: 'America/Denver',
  mailFrom: 'Hillside Soccer <fees@hillside.example>',
};

/** A directory that is removed when the test file ends. */
export const temporaryDirectory = (): { path: string; remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), 'club-payments-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

/** Writes a function of each name that does nothing: enough for whatever only looks at the template. */
export const writeIdleFunctions = (directory: string): void => {
  for (const name of functionNames) {
    writeFileSync(join(directory, `${name}.ts`), `export const handler = async () => '${name}';\n`);
  }
};

/** The template of a stage, made around functions that do nothing. */
export const templateOf = async (
  stage: string,
  context: Record<string, string> = {},
): Promise<TemplateJson> => {
  const directory = temporaryDirectory();
  try {
    writeIdleFunctions(directory.path);
    const assembly = await synthesize({
      stage,
      context,
      outdir: join(directory.path, 'out'),
      functionsDirectory: directory.path,
    });
    return readTemplate(
      join(directory.path, 'out', `club-payments-${stage}.template.json`),
      assembly.stacks.length,
    );
  } finally {
    directory.remove();
  }
};

const readTemplate = (file: string, stacks: number): TemplateJson => {
  if (stacks !== 1) throw new Error(`There is one stack in an assembly, not ${stacks}.`);
  return JSON.parse(readFileSync(file, 'utf8')) as TemplateJson;
};

export const ofType = (template: TemplateJson, type: string): [string, Resource][] =>
  Object.entries(template.Resources).filter(([, resource]) => resource.Type === type);

/**
 * A value of the template as a person would say it: `OrdersTable/index/byProduct` for the ARN of that index.
 * Logical ids lose the hash that CDK ends them with.
 */
export const said = (value: Json | undefined): string => {
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return JSON.stringify(value);
  if (typeof value.Ref === 'string') return nameOf(value.Ref);
  const { 'Fn::GetAtt': attribute, 'Fn::Join': join } = value;
  if (Array.isArray(attribute)) {
    const [id, what] = attribute;
    return what === 'Arn' ? nameOf(String(id)) : `${nameOf(String(id))}.${String(what)}`;
  }
  if (Array.isArray(join) && Array.isArray(join[1])) {
    const text = join[1].map(said).join('');
    return text.replace(/^arn:AWS::Partition:([^:]+):AWS::Region:AWS::AccountId:/, '$1:');
  }
  return JSON.stringify(value);
};

const nameOf = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}$/, '');

/** Something of the template as a list, whether it is one thing or several. */
export const list = (value: Json | undefined): Json[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

export const record = (value: Json | undefined): { [key: string]: Json } => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new Error(`Expected an object in the template, and found ${JSON.stringify(value)}.`);
  }
  return value;
};
