import * as v from 'valibot';
import { SentMailing } from '../../mailing.ts';
import { type ActorOptions, actorFrom, commandFor } from '../blast.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import type { Report } from '../report.ts';

export type SendOptions = StageOptions & ActorOptions & { at?: string; acceptUnusualSize?: boolean };

/** Sends exactly what a preview has shown. */
export const blastSend = async (
  environment: Environment,
  report: Report,
  options: SendOptions,
  hash: string,
): Promise<void> => {
  const { at, acceptUnusualSize } = options;
  const sent = v.parse(
    SentMailing,
    await environment.invoke(environment.outputs.PlanBlastFunctionName, {
      action: 'send',
      hash,
      createdBy: actorFrom(options),
      ...(at !== undefined && { at }),
      ...(acceptUnusualSize !== undefined && { acceptUnusualSize }),
    }),
  );
  const { blast, isNew, startsLocal, moved, timeZone } = sent;
  report.data({ blastId: blast.blastId, ...sent });
  if (!isNew) {
    report.ok(`This preview was sent before: it is the mailing ${blast.blastId} (${blast.state}).`);
    return;
  }
  if (moved) {
    report.advice(
      `There is no ${at} in ${timeZone}: the clocks are put forward over it. It starts at ${startsLocal} instead.`,
    );
  }
  const mails = blast.approved?.deliveries ?? 0;
  report.done(
    blast.state === 'planned'
      ? `The mailing ${blast.blastId} of up to ${mails} mails starts at ${startsLocal} (${timeZone}).`
      : `The mailing ${blast.blastId} of up to ${mails} mails is under way.`,
  );
  report.plain(`To stop it for a while:\n  ${commandFor(`blast pause ${blast.blastId}`, options)}`);
};
