import * as v from 'valibot';
import { HeldMail, SettledDelivery } from '../../mailing.ts';
import { type ActorOptions, actorFrom, commandFor } from '../blast.ts';
import { momentOf } from '../columns.ts';
import { confirm } from '../confirm.ts';
import type { Environment } from '../environment.ts';
import type { ApplyOptions, StageOptions } from '../options.ts';
import { UsageProblem } from '../problem.ts';
import type { Report } from '../report.ts';

export type SettleOptions = StageOptions &
  ActorOptions &
  ApplyOptions & { sent?: boolean; sendAgain?: boolean; reason: string; address?: string };

/** A person's word on a mail of which nobody knows whether it left. Sending it again is shown before it is done. */
export const blastSettle = async (
  environment: Environment,
  report: Report,
  options: SettleOptions,
  blastId: string,
  orderId: string,
): Promise<void> => {
  const { sent = false, sendAgain = false, address, apply: shown } = options;
  if (sent === sendAgain) {
    throw new UsageProblem(
      'Did the mail arrive?',
      'Give --sent if it did, or --send-again if it did not: one of the two.',
    );
  }
  const mail = { blastId, orderId, ...(address !== undefined && { addressKey: address }) };
  if (sendAgain && shown === undefined) return show(mail, environment, report, options);
  if (sendAgain) await confirm(`Send the mail about order ${orderId} once more`, [], options);
  const settled = v.parse(
    SettledDelivery,
    await environment.invoke(environment.outputs.PlanBlastFunctionName, {
      action: 'settle',
      ...mail,
      as: sent ? 'sent' : 'send_again',
      actor: actorFrom(options),
      reason: options.reason,
      ...(sendAgain && { shown }),
    }),
  );
  report.data({ settled });
  report.done(
    sent
      ? `The mail about order ${orderId} counts as sent.`
      : `The mail about order ${orderId} is sent again within minutes, unless it is paid by then.`,
  );
};

const show = async (
  mail: { blastId: string; orderId: string; addressKey?: string },
  { invoke, outputs }: Environment,
  report: Report,
  options: SettleOptions,
): Promise<void> => {
  const held = v.parse(
    HeldMail,
    await invoke(outputs.PlanBlastFunctionName, { action: 'show_held', ...mail }),
  );
  report.data({ held });
  const { blastId, orderId, addressKey } = mail;
  report.plain(
    `The mail about order ${orderId} to ${held.address} may have left at ${momentOf(held.claimedAt)}: nobody knows. If it did, the family gets it twice.`,
  );
  if (held.standing !== 'payable') {
    report.advice(`The order is ${held.standing} now: as long as it is, nothing is sent.`);
  }
  report.ok('Nothing was done yet.');
  const which = addressKey === undefined ? '' : ` --address ${addressKey}`;
  const again = `blast settle ${blastId} ${orderId} --send-again${which} --apply ${held.hash} --reason "…"`;
  report.plain(`To send it again:\n  ${commandFor(again, options)}`);
};
