import type { Mail, Mailer } from '../../../lib/ports.ts';

export type MemoryMailer = Mailer & { readonly sent: readonly (Mail & { messageId: string })[] };

/** Where a test lets a send fail: by throwing `before` the mail is taken, or `after`. */
export type MailFaults = { before?: (mail: Mail) => void; after?: (mail: Mail) => void };

export const memoryMailer = (faults: MailFaults = {}): MemoryMailer => {
  const sent: (Mail & { messageId: string })[] = [];
  return {
    sent,
    send: async (mail) => {
      faults.before?.(mail);
      const messageId = `mail-${sent.length + 1}`;
      sent.push({ ...structuredClone(mail), messageId });
      faults.after?.(mail);
      return { messageId };
    },
  };
};
