import { deliverable } from '../../../lib/adapters/ses/address.ts';
import { MailRefused, Unmailable } from '../../../lib/domain/errors.ts';
import type { Mail, Mailer, MailQuota } from '../../../lib/ports.ts';
import { kept } from './kept.ts';

export type MemoryMailer = Mailer & {
  /** What was taken, and to whom as it travels. */
  readonly sent: readonly (Mail & { messageId: string })[];
  /** What `quota()` tells; a test may set it. Each mail that is taken adds one to `sentLast24Hours`, up to the day's quota. */
  readonly account: MailQuota;
};

/** Where a test lets a send fail: by throwing `before` the mail is taken, or `after`. */
export type MailFaults = { before?: (mail: Mail) => void; after?: (mail: Mail) => void };

export const memoryMailer = (faults: MailFaults = {}): MemoryMailer => {
  const sent: (Mail & { messageId: string })[] = [];
  const account: MailQuota = { perSecond: 500, per24Hours: 50_000, sentLast24Hours: 0 };
  return {
    sent,
    account,
    send: async (mail) => {
      const to = deliverable(mail.to);
      if (mail.unsubscribeUrl !== undefined && !URL.canParse(mail.unsubscribeUrl)) {
        throw new Unmailable('The mail can not be put into the form in which mails travel.', 'render');
      }
      faults.before?.(mail);
      if (account.sentLast24Hours >= account.per24Hours) {
        throw new MailRefused('SES did not take the mail (Throttling).', 'daily_quota', {
          deliveryTag: mail.deliveryTag,
          error: 'Throttling',
        });
      }
      const messageId = `mail-${sent.length + 1}`;
      sent.push(kept({ ...mail, to, messageId }));
      account.sentLast24Hours += 1;
      faults.after?.(mail);
      return { messageId };
    },
    quota: async () => ({ ...account }),
  };
};
