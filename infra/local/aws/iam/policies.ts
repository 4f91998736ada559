import { ACCOUNT_ID, type Deployment } from '../../template/identity.ts';
import type { RequestContext } from './conditions.ts';
import { lackingOf, readLambdaPermissions, type Trigger } from './lambda-permissions.ts';
import { readResourcePolicies } from './resource-policies.ts';
import { isLambdas, readRoles } from './roles.ts';
import { type Access, wordOf } from './statements.ts';

/** Something that AWS would look into its policies for. Plain data: it can be kept, and asked again of other policies. */
export type Question =
  | ({
      by: 'role';
      /** Logical id. */
      role: string;
    } & Access)
  | { by: 'trigger'; trigger: Trigger; functionName: string }
  | ({
      by: 'service';
      /** `sns.amazonaws.com` */
      service: string;
      /** ARN of what it acts for: a topic. */
      source: string;
    } & Access);

export type Verdict =
  | { allowed: true }
  | {
      allowed: false;
      /** What is lacking. */
      action: string;
      /** As AWS ends its sentence. */
      because: string;
    };

export type Policies = { verdictOn(question: Question): Verdict };

/** On AWS every SDK speaks HTTPS, and that is what the plain HTTP of this machine stands for. */
const CONTEXT: RequestContext = { 'aws:securetransport': 'true' };

/**
 * Everything that the template says about who may do what.
 * @throws {Error} at once for what it would otherwise pass over, naming resource and element
 */
export function readPolicies(deployment: Deployment): Policies {
  refuseWhatIsNotEvaluated(deployment);
  const roles = readRoles(deployment);
  const resourcePolicies = readResourcePolicies(deployment);
  const permissions = readLambdaPermissions(deployment);

  /** Of roles: a function asks the same few things with every call. */
  const known = new Map<string, Verdict>();
  const verdictOnRole = (role: string, access: Access): Verdict => {
    const statements = roles.get(role);
    if (statements === undefined) throw new Error(`The template has no role ${role}.`);
    const byRole = wordOf(statements, access, CONTEXT);
    const byResource = wordOf(resourcePolicies.ofEverybody, access, CONTEXT);
    const { action } = access;
    if (byRole === 'deny') return refused(action, 'with an explicit deny in an identity-based policy');
    if (byResource === 'deny') return refused(action, DENIED_BY_RESOURCE);
    // Within one account either of the two is enough.
    if (byRole === 'allow' || byResource === 'allow') return { allowed: true };
    return refused(action, nothingAllows('identity', action));
  };

  return {
    verdictOn(question) {
      if (question.by === 'role') {
        const key = `${question.role} ${question.action} ${question.resource}`;
        const verdict = known.get(key) ?? verdictOnRole(question.role, question);
        known.set(key, verdict);
        return verdict;
      }
      if (question.by === 'trigger') {
        const action = lackingOf(permissions, question.trigger, question.functionName);
        return action === undefined ? { allowed: true } : refused(action, nothingAllows('resource', action));
      }
      const { action, service, source } = question;
      const context = { ...CONTEXT, 'aws:sourcearn': source, 'aws:sourceaccount': ACCOUNT_ID };
      const word = wordOf(resourcePolicies.of(service), question, context);
      if (word === 'allow') return { allowed: true };
      return refused(action, word === 'deny' ? DENIED_BY_RESOURCE : nothingAllows('resource', action));
    },
  };
}

const DENIED_BY_RESOURCE = 'with an explicit deny in a resource-based policy';

function refused(action: string, because: string): Verdict {
  return { allowed: false, action, because };
}

function nothingAllows(kind: 'identity' | 'resource', action: string): string {
  return `because no ${kind}-based policy allows the ${action} action`;
}

/** What changes who may do what, and is not evaluated here, must not be passed over in silence. */
function refuseWhatIsNotEvaluated(deployment: Deployment): void {
  const roles = deployment.ofType('AWS::IAM::Role');
  for (const { properties } of deployment.ofType('AWS::Lambda::Function')) {
    const role = roles.find(({ identity }) => identity.attributes.Arn === properties.text('Role'));
    if (role === undefined) throw new Error(`${properties.where}.Role: is not a role of this template.`);
    if (!isLambdas(role)) {
      throw new Error(
        `${properties.where}: The role defined for the function cannot be assumed by Lambda. ` +
          `${role.properties.where} must let lambda.amazonaws.com assume it.`,
      );
    }
  }
  for (const [type, property] of OWN_KEYS) {
    for (const { properties } of deployment.ofType(type)) {
      if (nested(properties, property) === undefined) continue;
      throw new Error(
        `${properties.where}.${property}: who uses a key of our own needs permissions of KMS, ` +
          'which the local runner does not evaluate.',
      );
    }
  }
  for (const { properties } of deployment.ofType('AWS::Scheduler::Schedule')) {
    throw new Error(`${properties.where}: the local runner does not evaluate what this is allowed to do.`);
  }
}

const OWN_KEYS: readonly [type: string, property: string][] = [
  ['AWS::DynamoDB::Table', 'SSESpecification.KMSMasterKeyId'],
  ['AWS::SQS::Queue', 'KmsMasterKeyId'],
  ['AWS::SecretsManager::Secret', 'KmsKeyId'],
];

function nested(
  properties: { raw(name: string): unknown; optionalObject(name: string): typeof properties | undefined },
  path: string,
): unknown {
  const [first = '', second] = path.split('.');
  return second === undefined ? properties.raw(first) : properties.optionalObject(first)?.raw(second);
}
