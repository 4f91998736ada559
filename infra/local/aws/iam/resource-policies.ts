import type { Deployment } from '../../template/identity.ts';
import { properties } from '../../template/properties.ts';
import { readStatements, type Statement } from './statements.ts';

/** What the template's queues and topics themselves say, by whom they say it of. */
export type ResourcePolicies = {
  /** Of everybody, services too. */
  ofEverybody: readonly Statement[];
  /** Of everybody, and of this service: `sns.amazonaws.com`. */
  of(service: string): readonly Statement[];
};

/** @throws {Error} for a principal that is neither everybody nor a service */
export function readResourcePolicies(deployment: Deployment): ResourcePolicies {
  const all = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']
    .flatMap((type) => deployment.ofType(type))
    .flatMap(({ properties: policy }) => {
      const document = properties(policy.raw('PolicyDocument'), `${policy.where}.PolicyDocument`);
      return readStatements(document, ['Principal']).map((statement, at) => ({
        statement,
        who: whoIs(statement.principal, `${document.where}.Statement[${at}].Principal`),
      }));
    });
  const said = (admits: (who: Who) => boolean): Statement[] =>
    all.filter(({ who }) => admits(who)).map(({ statement }) => statement);
  return {
    ofEverybody: said((who) => who === EVERYBODY),
    of: (service) => said((who) => who === EVERYBODY || who.includes(service)),
  };
}

const EVERYBODY = 'everybody';
type Who = typeof EVERYBODY | readonly string[];

function whoIs(principal: unknown, where: string): Who {
  if (principal === '*') return EVERYBODY;
  const [[kind, who] = [], ...more] = Object.entries((principal ?? {}) as Record<string, unknown>);
  if (more.length === 0 && kind === 'AWS' && who === '*') return EVERYBODY;
  if (more.length === 0 && kind === 'Service') return (Array.isArray(who) ? who : [who]).map(String);
  throw new Error(
    `${where}: ${JSON.stringify(principal)} is not known to the local runner; it knows everybody, and services.`,
  );
}
