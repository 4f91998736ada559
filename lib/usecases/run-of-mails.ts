import type { Delivered } from './deliver.ts';

/** So many mails in a row tell of SES, or of the way to it, and not of any one mail. */
const UNCLEAR_IN_A_ROW = 5;
const REFUSED_IN_A_ROW = 20;

/** What became of one worker's mails, one after the other. */
export type RunOfMails = {
  /** Resolves to why no other mail should be tried, if so. */
  note(done: Delivered): 'no_answer' | 'mails_refused' | null;
  anySent(): boolean;
};

/**
 * A brake: with SES down, or refusing whatever comes, a mailing would otherwise go through its whole audience and leave
 * each family to be settled by a person, one by one.
 */
export const openRunOfMails = (): RunOfMails => {
  let unclear = 0;
  let refused = 0;
  let sent = false;
  return {
    note: (done) => {
      if (done.kind === 'unclear') unclear += 1;
      if (done.kind !== 'settled') return unclear >= UNCLEAR_IN_A_ROW ? 'no_answer' : null;
      if (done.as === 'refused') refused += 1;
      if (done.as === 'sent') {
        sent = true;
        unclear = 0;
        refused = 0;
      }
      return refused >= REFUSED_IN_A_ROW ? 'mails_refused' : null;
    },
    anySent: () => sent,
  };
};
