import type { Mail, Mailer, MailQuota } from '../../../lib/ports.ts';
import { kept } from './kept.ts';

export type MemoryMailer = Mailer & {
  readonly sent: readonly (Mail & { messageId: string })[];
  /** What `quota()` tells; a test may set it. Each mail that is taken adds one to `sentLast24Hours`. */
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
      faults.before?.(mail);
      const messageId = `mail-${sent.length + 1}`;
      sent.push(kept({ ...mail, messageId }));
      account.sentLast24Hours += 1;
      faults.after?.(mail);
      return { messageId };
    },
    quota: async () => ({ ...account }),
  };
};
