import type { Deployment } from '../../template/identity.ts';
import { type Properties, properties } from '../../template/properties.ts';
import { readStatements, type Statement } from './statements.ts';

/**
 * What the template's queues and topics themselves say about whoever calls. Statements about a service (SES may
 * publish here) are left out: no service calls through the gateway.
 * @throws {Error} for a principal that is neither everybody nor a service
 */
export function readResourcePolicies(deployment: Deployment): readonly Statement[] {
  return ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']
    .flatMap((type) => deployment.ofType(type))
    .flatMap(({ properties: policy }) =>
      readStatements(
        properties(policy.raw('PolicyDocument'), `${policy.where}.PolicyDocument`),
        ['Principal'],
        isAboutEverybody,
      ),
    );
}

function isAboutEverybody(statement: Properties): boolean {
  const principal = statement.raw('Principal');
  if (principal === '*') return true;
  const [[kind, who] = [], ...more] = Object.entries((principal ?? {}) as Record<string, unknown>);
  if (more.length === 0 && kind === 'AWS' && who === '*') return true;
  if (more.length === 0 && kind === 'Service') return false;
  throw new Error(
    `${statement.where}.Principal: ${JSON.stringify(principal)} is not known to the local runner; ` +
      'it knows everybody, and services.',
  );
}
