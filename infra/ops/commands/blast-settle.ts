import * as v from 'valibot';
import { SettledDelivery } from '../../mailing.ts';
import { type ActorOptions, actorFrom } from '../blast.ts';
import type { Environment } from '../environment.ts';
import { UsageProblem } from '../problem.ts';
import type { Report } from '../report.ts';

export type SettleOptions = ActorOptions & {
  sent?: boolean;
  sendAgain?: boolean;
  reason: string;
  address?: string;
};

/** A person's word on a mail of which nobody knows whether it left. */
export const blastSettle = async (
  environment: Environment,
  report: Report,
  options: SettleOptions,
  blastId: string,
  orderId: string,
): Promise<void> => {
  const { sent = false, sendAgain = false, reason, address } = options;
  if (sent === sendAgain) {
    throw new UsageProblem(
      'Did the mail arrive?',
      'Give --sent if it did, or --send-again if it did not: one of the two.',
    );
  }
  const settled = v.parse(
    SettledDelivery,
    await environment.invoke(environment.outputs.PlanBlastFunctionName, {
      action: 'settle',
      blastId,
      orderId,
      as: sent ? 'sent' : 'send_again',
      actor: actorFrom(options),
      reason,
      ...(address !== undefined && { addressKey: address }),
    }),
  );
  report.data({ settled });
  report.done(
    sent
      ? `The mail about order ${orderId} counts as sent.`
      : `The mail about order ${orderId} is sent again within minutes, unless it is paid by then.`,
  );
};
