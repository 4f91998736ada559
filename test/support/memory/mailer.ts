import { deliverable } from '../../../lib/adapters/ses/address.ts';
import { MailRefused, Unmailable } from '../../../lib/domain/errors.ts';
import type { Mail, Mailer, MailQuota } from '../../../lib/ports.ts';
import { kept } from './kept.ts';

/** A mail that was taken. */
export type SentMail = Mail & { messageId: string };

export type MemoryMailer = Mailer & {
  /** What was taken, and to whom as it travels. */
  readonly sent: readonly SentMail[];
  /** What `quota()` tells; a test may set it. Each mail that is taken adds one to `sentLast24Hours`, up to the day's quota. */
  readonly account: MailQuota;
};

/** Where a test lets a send fail: by throwing `before` the mail is taken, or `after`. */
export type MailFaults = { before?: (mail: Mail) => void; after?: (mail: SentMail) => void };

/** @param sentLast24Hours where time goes by: how many mails count now. Without it all of them do. */
export const memoryMailer = (faults: MailFaults = {}, sentLast24Hours?: () => number): MemoryMailer => {
  const sent: SentMail[] = [];
  const account: MailQuota = { perSecond: 500, per24Hours: 50_000, sentLast24Hours: 0 };
  const used = (): number => sentLast24Hours?.() ?? account.sentLast24Hours;
  return {
    sent,
    account,
    send: async (mail) => {
      const to = deliverable(mail.to);
      if (mail.unsubscribeUrl !== undefined && !URL.canParse(mail.unsubscribeUrl)) {
        throw new Unmailable('The mail can not be put into the form in which mails travel.', 'render');
      }
      if (used() >= account.per24Hours) {
        throw new MailRefused('SES did not take the mail (Throttling).', 'daily_quota', {
          deliveryTag: mail.deliveryTag,
          error: 'Throttling',
        });
      }
      faults.before?.(mail);
      const taken = kept({ ...mail, to, messageId: `mail-${sent.length + 1}` });
      sent.push(taken);
      account.sentLast24Hours += 1;
      faults.after?.(taken);
      return { messageId: taken.messageId };
    },
    quota: async () => ({ ...account, sentLast24Hours: used() }),
  };
};
