import type { DeployedResource, Deployment } from '../../../infra/local/template/identity.ts';
import { deploy } from '../../../infra/local/template/identity.ts';
import type { Assembly, Template } from '../../../infra/local/template/template.ts';

/** One thing that the template allows, and the template without it. */
export type Grant = {
  /** `tick: dynamodb:Query on table/club-payments-dev-OrdersTable/index/due` */
  name: string;
  /** Short name of the function that may do it, or may be started by it; or the service: `sns.amazonaws.com`. */
  functionName: string;
  /** `dynamodb:Query` */
  action: string;
  /** ARN. Of a permission to start a function: the function. */
  resource: string;
  without(template: Template): Template;
};

/** The stack's resources as they are named here, wherever its servers will listen. */
export const deployed = (assembly: Assembly, template = assembly.template): Deployment =>
  deploy(
    { ...assembly, template },
    { gatewayUrl: 'http://127.0.0.1:1', urlOf: (logicalId) => `http://127.0.0.1:2/${logicalId}` },
  );

/** Each action on each resource of each statement of each function's role. */
export const grantsOfRoles = (deployment: Deployment): Grant[] =>
  deployment.ofType('AWS::Lambda::Function').flatMap(({ shortName, properties }) => {
    const role = deployment
      .ofType('AWS::IAM::Role')
      .find(({ identity }) => identity.attributes.Arn === properties.text('Role'));
    if (role === undefined) throw new Error(`${shortName} has no role in the template.`);
    return grantsOf(role, shortName);
  });

const grantsOf = (role: DeployedResource, functionName: string): Grant[] =>
  role.properties.objects('Policies').flatMap((policy, p) =>
    (policy.optionalObject('PolicyDocument')?.objects('Statement') ?? []).flatMap((statement, s) =>
      listed(statement.raw('Action')).flatMap((action, a) =>
        listed(statement.raw('Resource')).map(
          (resource, r): Grant => ({
            name: `${functionName}: ${action} on ${inShort(resource)}`,
            functionName,
            action,
            resource,
            without: (template) =>
              withStatements(template, role.logicalId, p, (statements) =>
                statements.flatMap((each, at) => (at === s ? split(each, a, r) : [each])),
              ),
          }),
        ),
      ),
    ),
  );

/** What is left of a statement without one action on one resource. */
const split = (statement: RawStatement, action: number, resource: number): RawStatement[] => {
  const [actions, resources] = [raw(statement.Action), raw(statement.Resource)];
  const other = <T>(all: T[], at: number): T[] => all.filter((_, i) => i !== at);
  return [
    { ...statement, Action: other(actions, action) },
    { ...statement, Action: actions[action], Resource: other(resources, resource) },
  ].filter(({ Action, Resource }) => raw(Action).length > 0 && raw(Resource).length > 0);
};

/**
 * Each permission to start a function. CDK writes one for every route, and names no method in it, so that of GET and
 * HEAD are twins: one grant, written twice.
 */
export const grantsOfTriggers = (deployment: Deployment): Grant[] => {
  const twins = new Map<string, DeployedResource[]>();
  for (const permission of deployment.ofType('AWS::Lambda::Permission')) {
    const { properties } = permission;
    const written = JSON.stringify(properties.names().map((name) => [name, properties.raw(name)]));
    twins.set(written, [...(twins.get(written) ?? []), permission]);
  }
  return [...twins.values()].flatMap(([one, ...others]) => {
    if (one === undefined) return [];
    const { properties } = one;
    const started = deployment.find(properties.text('FunctionName'), ['AWS::Lambda::Function']);
    const action = properties.text('Action');
    const who = `${properties.text('Principal')} ${properties.optionalText('SourceArn') ?? ''}`.trim();
    const logicalIds = [one, ...others].map(({ logicalId }) => logicalId);
    return [
      {
        name: `${started.shortName}: ${action} for ${inShort(who)}`,
        functionName: started.shortName,
        action,
        resource: started.identity.attributes.Arn ?? '',
        without: (template) => ({
          ...template,
          Resources: Object.fromEntries(
            Object.entries(template.Resources).filter(([logicalId]) => !logicalIds.includes(logicalId)),
          ),
        }),
      },
    ];
  });
};

/**
 * What queues and topics allow to services by their own policies. Not CloudWatch: there are no metrics here, and so no
 * alarm that it could publish.
 */
export const grantsOfServices = (deployment: Deployment): Grant[] =>
  ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy']
    .flatMap((type) => deployment.ofType(type))
    .flatMap(({ properties, logicalId }) =>
      (properties.optionalObject('PolicyDocument')?.objects('Statement') ?? []).flatMap((statement, at) => {
        if (statement.text('Effect') !== 'Allow') return [];
        const service = statement.optionalObject('Principal')?.text('Service') ?? '';
        if (service === 'cloudwatch.amazonaws.com') return [];
        const [action, resource] = [statement.text('Action'), statement.text('Resource')];
        return [
          {
            name: `${service}: ${action} on ${inShort(resource)}`,
            functionName: service,
            action,
            resource,
            without: (template: Template) => withoutStatement(template, logicalId, at),
          },
        ];
      }),
    );

/** A resource's policy without one of its statements. */
const withoutStatement = (template: Template, policyId: string, at: number): Template => {
  const policy = template.Resources[policyId];
  if (policy === undefined) throw new Error(`The template has no ${policyId}.`);
  const { PolicyDocument } = policy.Properties as { PolicyDocument: { Statement: unknown[] } };
  const Statement = PolicyDocument.Statement.filter((_, each) => each !== at);
  const without = { ...policy.Properties, PolicyDocument: { ...PolicyDocument, Statement } };
  return {
    ...template,
    Resources: { ...template.Resources, [policyId]: { ...policy, Properties: without } },
  };
};

type RawStatement = { Action: unknown; Resource: unknown };
type RawPolicy = { PolicyDocument: { Statement: RawStatement[] } };

const withStatements = (
  template: Template,
  roleId: string,
  policyAt: number,
  changed: (statements: RawStatement[]) => RawStatement[],
): Template => {
  const role = template.Resources[roleId];
  if (role === undefined) throw new Error(`The template has no ${roleId}.`);
  const policies = ((role.Properties?.Policies ?? []) as RawPolicy[]).map((policy, at) =>
    at === policyAt
      ? {
          ...policy,
          PolicyDocument: { ...policy.PolicyDocument, Statement: changed(policy.PolicyDocument.Statement) },
        }
      : policy,
  );
  const without = { ...role, Properties: { ...role.Properties, Policies: policies } };
  return { ...template, Resources: { ...template.Resources, [roleId]: without } };
};

const raw = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const listed = (value: unknown): string[] => raw(value).map(String);

/** Without what all ARNs of a stack have in common. */
const inShort = (text: string): string => text.replace(/arn:aws:[a-z-]+:[a-z0-9-]*:\d*:/, '');
