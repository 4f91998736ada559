import { randomInt, randomUUID } from 'node:crypto';
import type { DeployedResource } from '../template/identity.ts';
import type { Properties } from '../template/properties.ts';

/** The values behind Secrets Manager, by ARN or name. */
export type SecretsMap = {
  get(id: string): string | undefined;
  /** A new version; functions see it when they read the secret the next time. */
  put(id: string, value: string): void;
};

type Stored = { arn: string; name: string; value: string; versionId: string };

export function createSecrets(resources: readonly DeployedResource[]): SecretsMap & {
  /** The body of a `GetSecretValue` answer. */
  getSecretValue(id: string): Readonly<Record<string, unknown>> | undefined;
} {
  const stored: Stored[] = resources.map((resource) => ({
    arn: resource.identity.ref,
    name: resource.identity.ref.replace(/^.*:secret:/, '').replace(/-[^-]+$/, ''),
    value: initialValue(resource.properties),
    versionId: randomUUID(),
  }));
  const find = (id: string) => stored.find((each) => each.arn === id || each.name === id);
  return {
    get: (id) => find(id)?.value,
    put(id, value) {
      const found = find(id);
      if (found === undefined) stored.push({ arn: id, name: id, value, versionId: randomUUID() });
      else Object.assign(found, { value, versionId: randomUUID() });
    },
    getSecretValue(id) {
      const found = find(id);
      if (found === undefined) return undefined;
      const { arn, name, value, versionId } = found;
      return {
        ARN: arn,
        Name: name,
        SecretString: value,
        VersionId: versionId,
        VersionStages: ['AWSCURRENT'],
      };
    },
  };
}

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-secretsmanager-secret-generatesecretstring.html */
function initialValue(secret: Properties): string {
  const given = secret.optionalText('SecretString');
  if (given !== undefined) return given;
  const generate = secret.optionalObject('GenerateSecretString');
  if (generate === undefined) return '';
  const password = generatePassword(generate);
  const key = generate.optionalText('GenerateStringKey');
  if (key === undefined) return password;
  const template = JSON.parse(generate.text('SecretStringTemplate')) as Record<string, unknown>;
  return JSON.stringify({ ...template, [key]: password });
}

function generatePassword(rules: Properties): string {
  const excluded = rules.optionalText('ExcludeCharacters') ?? '';
  const characters = [
    ['ExcludeLowercase', 'abcdefghijklmnopqrstuvwxyz'],
    ['ExcludeUppercase', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
    ['ExcludeNumbers', '0123456789'],
    ['ExcludePunctuation', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
  ]
    .map(([rule = '', set = '']) => (rules.flag(rule, false) ? '' : set))
    .join('')
    .split('')
    .filter((character) => !excluded.includes(character));
  const length = rules.number('PasswordLength', 32);
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}
