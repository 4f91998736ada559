import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type LoopbackServer, listen, type Received } from '../http/loopback.ts';
import type { Authorize, Caller, Decision } from './authorizer.ts';
import { type ApiCall, readCall, readCredentials, UnknownCall } from './call.ts';
import type { createCallLog, LoggedCall } from './call-log.ts';
import type { createFaults, Fault } from './faults.ts';
import { answerError } from './service-error.ts';

/** What answers for a service. Gets the call as it came; may rewrite it on the way to an emulator. */
export type Backend = (call: ApiCall) => Promise<Answer>;

/** What the gateway is told once the stack behind it stands. */
export type GatewayRules = {
  backends: Readonly<Record<ApiCall['service'], Backend>>;
  callerOf(accessKeyId: string): Caller;
  /** Short name of a function by its logical id. */
  functionNameOf(logicalId: string): string;
  /** Short name of a resource by its physical one. */
  resourceNameOf(call: ApiCall): string | undefined;
  authorize: Authorize['call'];
  onRefusal(refusal: { functionName: string; message: string }): void;
  crashInstance(instanceId: string): Promise<void>;
};

export type Gateway = LoopbackServer & { open(rules: GatewayRules): void };

/**
 * The one address behind `AWS_ENDPOINT_URL`. For each request: who calls (access key id), what (service from the
 * credential's scope, action from the protocol), may it, does a fault strike; then on to whatever answers for it.
 */
export async function startGateway(options: {
  now(): number;
  log: ReturnType<typeof createCallLog>;
  faults: ReturnType<typeof createFaults>;
}): Promise<Gateway> {
  let rules: GatewayRules | undefined;

  async function handle(received: Received, response: ServerResponse): Promise<void> {
    // The SDK compares this header with its own clock, which is the stack's.
    response.setHeader('date', new Date(options.now()).toUTCString());
    if (rules === undefined) throw new Error('The gateway was called before the stack stood.');

    const credentials = readCredentials(received);
    if (credentials === undefined) {
      const message = 'Request is missing Authentication Token';
      return answerError(response, undefined, { status: 403, code: 'MissingAuthenticationToken', message });
    }
    let call: ApiCall;
    try {
      call = readCall(received, credentials.service);
    } catch (error) {
      if (!(error instanceof UnknownCall)) throw error;
      return answerError(response, undefined, { status: 400, code: error.name, message: error.message });
    }

    const caller = rules.callerOf(credentials.accessKeyId);
    const logged: LoggedCall = {
      at: options.now(),
      functionName: caller.kind === 'function' ? rules.functionNameOf(caller.logicalId) : 'ops',
      service: call.service,
      action: call.action,
      resource: rules.resourceNameOf(call),
      index: call.index,
      status: undefined,
    };
    options.log.add(logged);

    let decision: Decision;
    try {
      decision = rules.authorize(call, caller);
    } catch (error) {
      if (!(error instanceof UnknownCall)) throw error;
      logged.status = 400;
      return answerError(response, call.service, { status: 400, code: error.name, message: error.message });
    }
    if (!decision.allowed) {
      logged.status = decision.error.status;
      rules.onRefusal({ functionName: logged.functionName, message: decision.error.message });
      return answerError(response, call.service, decision.error);
    }

    const strike = async (when: 'before' | 'after'): Promise<boolean> => {
      const fault = options.faults.strike(when, logged);
      return (
        fault !== undefined &&
        applyFault({ fault, call, logged, response, instanceId: credentials.instanceId })
      );
    };
    if (await strike('before')) return;
    const answer = await rules.backends[call.service](call);
    if (await strike('after')) return;

    logged.status = answer.status;
    for (const [name, value] of Object.entries(answer.headers)) {
      if (value !== undefined && !HOP_BY_HOP.has(name)) response.setHeader(name, value);
    }
    response.writeHead(answer.status);
    response.end(answer.body);
  }

  /** Resolves to whether the call has been answered by it. */
  async function applyFault(strike: {
    fault: Fault;
    call: ApiCall;
    logged: LoggedCall;
    response: ServerResponse;
    instanceId: string | undefined;
  }): Promise<boolean> {
    const { fault, call, logged, response } = strike;
    if (fault.kind === 'delay') {
      await sleep(fault.ms);
      return false;
    }
    if (fault.kind === 'status') {
      logged.status = fault.status;
      answerError(response, call.service, {
        status: fault.status,
        code: fault.code ?? (fault.status < 500 ? 'ThrottlingException' : 'InternalServerError'),
        message: fault.message ?? 'Injected by a test.',
      });
      return true;
    }
    logged.status = 0;
    if (fault.kind === 'crash' && strike.instanceId !== undefined) {
      await rules?.crashInstance(strike.instanceId);
    }
    response.destroy();
    return true;
  }

  const server = await listen(handle);
  return {
    ...server,
    open(given) {
      rules = given;
    },
  };
}

const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'date']);
