import type { DeployedResource, Deployment } from '../../template/identity.ts';
import { type Properties, properties } from '../../template/properties.ts';
import { readStatements, type Statement } from './statements.ts';

/**
 * What each role of the template says, by its logical id: its own policies, and those that are attached to it.
 * @throws {Error} for what would add or take away permissions unseen: AWS's own policies, permission boundaries
 */
export function readRoles(deployment: Deployment): ReadonlyMap<string, readonly Statement[]> {
  return new Map(
    deployment.ofType('AWS::IAM::Role').map((role) => {
      const { properties: read, logicalId } = role;
      if (read.raw('PermissionsBoundary') !== undefined)
        throw new Error(`${read.where}.PermissionsBoundary: is not known to the local runner.`);
      const own = read.objects('Policies').flatMap(documentOf);
      return [logicalId, [...own, ...attachedTo(role, deployment)]];
    }),
  );
}

/** Whether Lambda may take on a role: without this a deployment fails when it makes the function. */
export function isLambdas(role: DeployedResource): boolean {
  const trust = role.properties.optionalObject('AssumeRolePolicyDocument');
  if (trust === undefined) return false;
  const ofLambda = (statement: Properties): boolean =>
    statement.optionalObject('Principal')?.raw('Service') === 'lambda.amazonaws.com';
  return readStatements(trust, ['Principal'], ofLambda).some(
    ({ effect, actions }) => effect === 'Allow' && actions.includes('sts:AssumeRole'),
  );
}

function attachedTo(role: DeployedResource, deployment: Deployment): Statement[] {
  const names = (policy: DeployedResource) => policy.properties.list('Roles').includes(role.identity.ref);
  const arns = role.properties.list('ManagedPolicyArns');
  const managed = deployment.ofType('AWS::IAM::ManagedPolicy');
  for (const each of arns) {
    if (managed.some(({ identity }) => identity.ref === each)) continue;
    throw new Error(
      `${role.properties.where}.ManagedPolicyArns: ${String(each)} is not in the template, ` +
        'so the local runner can not know what it allows.',
    );
  }
  return [
    ...deployment.ofType('AWS::IAM::Policy').filter(names),
    ...managed.filter((policy) => names(policy) || arns.includes(policy.identity.ref)),
  ].flatMap(({ properties: policy }) => documentOf(policy));
}

function documentOf(policy: Properties): Statement[] {
  return readStatements(properties(policy.raw('PolicyDocument'), `${policy.where}.PolicyDocument`));
}
