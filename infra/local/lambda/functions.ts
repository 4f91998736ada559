import type { Deployment } from '../template/identity.ts';
import type { Properties } from '../template/properties.ts';
import type { Assembly } from '../template/template.ts';
import type { FunctionSpec } from './lambda-process.ts';

/** The template's functions, with their bundles on disk. */
export function functionsOf(assembly: Assembly, deployment: Deployment): FunctionSpec[] {
  return deployment.ofType('AWS::Lambda::Function').map(({ logicalId, identity, properties }) => {
    const roleArn = properties.text('Role');
    const role = deployment.ofType('AWS::IAM::Role').find((each) => each.identity.attributes.Arn === roleArn);
    return {
      logicalId,
      name: identity.ref,
      arn: identity.attributes.Arn ?? '',
      role: role?.logicalId ?? roleArn,
      codeDirectory: assembly.assetDirectory(assetHashOf(properties)),
      handler: properties.text('Handler'),
      timeoutMs: properties.number('Timeout', 3) * 1_000,
      memoryMb: properties.number('MemorySize', 128),
      reservedConcurrency: properties.optionalNumber('ReservedConcurrentExecutions'),
      logFormat:
        properties.optionalObject('LoggingConfig')?.optionalText('LogFormat') === 'JSON' ? 'JSON' : 'Text',
      environment: environmentOf(properties),
    };
  });
}

function assetHashOf(properties: Properties): string {
  const key = properties.optionalObject('Code')?.optionalText('S3Key');
  if (key === undefined) {
    throw new Error(`${properties.where}: only code from an asset is known to the local runner.`);
  }
  return key.replace(/\.zip$/, '');
}

function environmentOf(properties: Properties): Record<string, string> {
  const variables = properties.optionalObject('Environment')?.optionalObject('Variables');
  return Object.fromEntries((variables?.names() ?? []).map((name) => [name, variables?.text(name) ?? '']));
}
