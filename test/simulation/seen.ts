import type { BlastState } from '../../lib/domain/blast.ts';
import type { Blasts, Runs } from '../../lib/ports.ts';
import type { Subject } from './coverage.ts';

/** States that come about and pass again, for the coverage: told as they are written. */
export type Saw = (subject: Subject, what: string) => void;

/** @param told of the state that a mailing has come to */
export const watchBlasts = (
  blasts: Blasts,
  saw: Saw,
  told: (blastId: string, state: BlastState) => void,
): Blasts => ({
  ...blasts,
  create: async (blast) => {
    const created = await blasts.create(blast);
    if (created === 'created') saw('blast', blast.state);
    return created;
  },
  advance: async (blastId, from, to, at) => {
    const advanced = await blasts.advance(blastId, from, to, at);
    if (advanced) {
      saw('blast', to.state);
      told(blastId, to.state);
    }
    return advanced;
  },
  claim: async (delivery) => {
    const claimed = await blasts.claim(delivery);
    if (claimed === 'claimed') sawDelivery(delivery, saw);
    return claimed;
  },
  settle: async (delivery) => {
    const settled = await blasts.settle(delivery);
    if (settled) sawDelivery(delivery, saw);
    return settled;
  },
  report: async (ref, news) => {
    const reported = await blasts.report(ref, news);
    if (reported) saw('delivery', news.state);
    return reported;
  },
  settleHeld: async (ref, decided) => {
    const settled = await blasts.settleHeld(ref, decided);
    if (settled) saw('delivery', decided.state);
    return settled;
  },
});

const sawDelivery = ({ state, reason }: { state: string; reason: string | null }, saw: Saw): void => {
  saw('delivery', state);
  if (state === 'skipped') saw('delivery', `skipped: ${reason}`);
};

export const watchRuns = (runs: Runs, saw: Saw): Runs => ({
  ...runs,
  keepFinding: async (runId, finding) => {
    await runs.keepFinding(runId, finding);
    saw('finding', finding.kind);
  },
});
