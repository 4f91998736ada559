import type { Deployment } from '../template/identity.ts';
import type { ApiCall } from './call.ts';

/** Who makes a call. `ops` is everybody who is not a function: tests, the seed data, the command line. */
export type Caller =
  | { kind: 'function'; logicalId: string /** Logical id of its role. */; role: string }
  | { kind: 'ops' };

export type Decision = { allowed: true } | { allowed: false; reason: string };

/** Decides on a call before it takes effect. A refusal reaches the caller as `AccessDeniedException`. */
export type Authorize = (call: ApiCall, caller: Caller) => Decision;

/** Where roles are evaluated: gets the deployed resources, roles and policies with physical ARNs among them. */
export type Authorizer = (deployment: Deployment) => Authorize;

/** Lets everything through. */
export const admitAll: Authorizer = () => () => ({ allowed: true });
