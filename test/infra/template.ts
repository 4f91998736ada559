import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { App } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { functionNames } from '../../infra/functions.ts';
import { constructs, synthesize } from '../../infra/synthesize.ts';

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
  domainName: 'pay.hillside.example',
  hostedZoneId: 'Z0123456789ABC',
  alarmEmail: 'treasurer@hillside.example',
};

/** The same for a club whose DNS is not in Route 53. */
export const DURABLE_DNS_ELSEWHERE = {
  ...DURABLE,
  hostedZoneId: '',
  certificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0',
};

/** The same for a club that mails links of the API's own name. */
export const DURABLE_WITHOUT_DOMAIN = {
  ...DURABLE,
  domainName: '',
  hostedZoneId: '',
  acceptThatMailedLinksDieWithTheApi: 'true',
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

/** Where to synthesize with functions that do nothing. The directory is removed once `use` is done. */
const withIdleFunctions = async <T>(
  use: (where: { outdir: string; functionsDirectory: string }) => Promise<T>,
): Promise<T> => {
  const directory = temporaryDirectory();
  try {
    writeIdleFunctions(directory.path);
    return await use({ outdir: join(directory.path, 'out'), functionsDirectory: directory.path });
  } finally {
    directory.remove();
  }
};

/** The constructs of a stage, around functions that do nothing. */
export const constructsOf = (stage: string, context: Record<string, string> = {}): Promise<App> =>
  withIdleFunctions((where) => constructs({ stage, context, ...where }));

/** What is told of a stage that is made around functions that do nothing, while its files are there. */
export const assemblyOf = <T>(
  stage: string,
  context: Record<string, string>,
  tell: (assembly: CloudAssembly) => T | Promise<T>,
): Promise<T> => withIdleFunctions(async (where) => tell(await synthesize({ stage, context, ...where })));

/** Made once each: synthesis takes seconds. */
const templates = new Map<string, Promise<TemplateJson>>();

/** The template of a stage, made around functions that do nothing. */
export const templateOf = async (
  stage: string,
  context: Record<string, string> = {},
): Promise<TemplateJson> => {
  const key = JSON.stringify([stage, context]);
  const made =
    templates.get(key) ??
    assemblyOf(stage, context, ({ directory, stacks }) =>
      readTemplate(join(directory, `club-payments-${stage}.template.json`), stacks.length),
    );
  templates.set(key, made);
  return structuredClone(await made);
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

/** The services that may use the one key of the stack: all that can publish to a topic that is encrypted with it. */
export const publishersUnderKey = (template: TemplateJson): string[] => {
  const [key, ...others] = ofType(template, 'AWS::KMS::Key');
  if (key === undefined || others.length > 0) throw new Error('The stack has one key.');
  return list(record(key[1].Properties.KeyPolicy).Statement)
    .map(record)
    .filter(({ Action }) => JSON.stringify(Action) === '["kms:GenerateDataKey","kms:Decrypt"]')
    .flatMap(({ Principal }) => list(record(Principal).Service).map(said));
};
