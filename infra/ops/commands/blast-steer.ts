import * as v from 'valibot';
import { Blast } from '../../../lib/domain/blast.ts';
import { type ActorOptions, actorFrom, commandFor } from '../blast.ts';
import type { Environment } from '../environment.ts';
import type { StageOptions } from '../options.ts';
import type { Report } from '../report.ts';

export type SteerOptions = StageOptions & ActorOptions;

const steer =
  (
    action: 'pause' | 'resume' | 'cancel',
    tell: (blast: Blast, options: SteerOptions, report: Report) => void,
  ) =>
  async (environment: Environment, report: Report, options: SteerOptions, blastId: string): Promise<void> => {
    const blast = v.parse(
      Blast,
      await environment.invoke(environment.outputs.PlanBlastFunctionName, {
        action,
        blastId,
        actor: actorFrom(options),
      }),
    );
    report.data({ blast });
    tell(blast, options, report);
  };

export const blastPause = steer('pause', ({ blastId }, options, report) => {
  report.done(`The mailing ${blastId} is paused: within seconds nothing more leaves.`);
  report.plain(`To go on:\n  ${commandFor(`blast resume ${blastId}`, options)}`);
});

export const blastResume = steer('resume', ({ blastId, state }, _, report) =>
  report.done(
    state === 'planned'
      ? `The mailing ${blastId} waits for its time again.`
      : `The mailing ${blastId} goes on where it was. Nobody is written to twice.`,
  ),
);

export const blastCancel = steer('cancel', ({ blastId }, _, report) =>
  report.done(
    `The mailing ${blastId} is canceled. What has left has left; nobody else is written to. ` +
      'To reach the others, preview a new mailing with --only-never-mailed.',
  ),
);
