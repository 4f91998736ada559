import { arn, type Deployment } from '../template/identity.ts';
import type { ApiCall, Service } from './call.ts';
import { accessesOf } from './iam/asked.ts';
import { denial, notAuthorized, principalOf } from './iam/denial.ts';
import { nameOfTrigger, type Trigger } from './iam/lambda-permissions.ts';
import { type Question, readPolicies, type Verdict } from './iam/policies.ts';
import type { Access } from './iam/statements.ts';
import type { ServiceError } from './service-error.ts';

/** Who makes a call. `ops` is everybody who is not a function: tests, the seed data, the command line. */
export type Caller =
  | { kind: 'function'; logicalId: string /** Logical id of its role. */; role: string }
  | { kind: 'ops' };

export type Decision = { allowed: true } | { allowed: false; error: ServiceError };

export type Authorize = {
  /** On a call that passes the gateway, before it takes effect. */
  call(call: ApiCall, caller: Caller): Decision;
  /** On what Lambda's own pollers do with a queue in a function's name, for example `sqs:ReceiveMessage`. */
  poll(action: string, queueArn: string, caller: Caller): Decision;
  /** On what starts a function from outside. @param functionName its physical name */
  trigger(trigger: Trigger, functionName: string): Decision;
  /** On what a service does by itself, which only the resource's own policy can allow: a topic's message to a queue. */
  service(act: ServiceAct): Decision;
};

/** `service`: its principal, `sns.amazonaws.com`. `source`: ARN of what it acts for. */
export type ServiceAct = { service: string; source: string } & Access;

/** Asks whether a function may be started, and keeps a refusal. @param functionName its physical name */
export type MayStart = (trigger: Trigger, functionName: string) => boolean;

/** Where permissions are evaluated: gets the deployed resources, roles and policies with physical ARNs among them. */
export type Authorizer = (deployment: Deployment) => Authorize;

/** Lets everything through. */
export const admitAll: Authorizer = () => ({
  call: () => ({ allowed: true }),
  poll: () => ({ allowed: true }),
  trigger: () => ({ allowed: true }),
  service: () => ({ allowed: true }),
});

/**
 * Evaluates the template's roles and resource policies as AWS does: what no statement allows is denied. Ops are
 * admitted: who they are is not in the template.
 * @param hear is told of each question with its answer
 * @throws {Error} when the stack starts, for an element of a policy that is not known here
 */
export function enforceRoles(hear?: (question: Question, verdict: Verdict) => void): Authorizer {
  return (deployment) => {
    const policies = readPolicies(deployment);
    const verdictOn = (question: Question): Verdict => {
      const verdict = policies.verdictOn(question);
      hear?.(question, verdict);
      return verdict;
    };
    const physicalName = (logicalId: string) => deployment.get(logicalId)?.identity.ref ?? logicalId;

    const decide = (service: Service, accesses: readonly Access[], caller: Caller): Decision => {
      if (caller.kind === 'ops') return { allowed: true };
      for (const access of accesses) {
        const verdict = verdictOn({ by: 'role', role: caller.role, ...access });
        if (verdict.allowed) continue;
        const principal = principalOf(physicalName(caller.role), physicalName(caller.logicalId));
        return { allowed: false, error: denial(service, principal, access, verdict.because) };
      }
      return { allowed: true };
    };

    return {
      call: (call, caller) =>
        decide(call.service, caller.kind === 'ops' ? [] : accessesOf(call, deployment), caller),
      poll: (action, resource, caller) => decide('sqs', [{ action, resource }], caller),
      trigger(trigger, functionName) {
        const verdict = verdictOn({ by: 'trigger', trigger, functionName });
        if (verdict.allowed) return verdict;
        const access = { action: verdict.action, resource: arn('lambda', `function:${functionName}`) };
        const message = notAuthorized(nameOfTrigger(trigger), access, verdict.because);
        return { allowed: false, error: { status: 403, code: 'AccessDeniedException', message } };
      },
      service(act) {
        const verdict = verdictOn({ by: 'service', ...act });
        if (verdict.allowed) return verdict;
        const message = notAuthorized(`${act.service} (${act.source})`, act, verdict.because);
        return { allowed: false, error: { status: 403, code: 'AccessDeniedException', message } };
      },
    };
  };
}
