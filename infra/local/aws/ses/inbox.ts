import { type LoopbackServer, listen } from '../../http/loopback.ts';
import type { Emulator } from '../emulators.ts';
import { headersByName, headersIn } from '../raw-mail.ts';
import type { TakenMail } from './mail.ts';

/** A mail as SES took it, with what it says. */
export type ReceivedMail = Pick<
  TakenMail,
  'messageId' | 'at' | 'from' | 'to' | 'tags' | 'configurationSet'
> & {
  subject: string;
  html: string;
  text: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
};

export type Inbox = {
  /** Of the page that shows every mail. */
  readonly url: string;
  /** @param form the request that brought it */
  put(mail: TakenMail, form: Buffer): void;
  /** Oldest first. */
  read(): Promise<ReceivedMail[]>;
  clear(): Promise<void>;
  close(): Promise<void>;
};

type Store = {
  emails: {
    messageId: string;
    from: string;
    subject: string;
    body: { html?: string; text?: string };
  }[];
};

/**
 * aws-ses-v2-local, which parses mails and shows them on a page, and keeps neither envelope nor tags. A mail goes there
 * when somebody looks: to parse one costs as much as everything else that SES does with it here, and a mailing of
 * thousands is seldom read.
 */
export async function createInbox(emulator: Emulator): Promise<Inbox> {
  let unread: { mail: TakenMail; form: Buffer }[] = [];
  /** By the id that the emulator gave it. */
  let mails = new Map<string, TakenMail>();
  let bringing: Promise<void> = Promise.resolve();

  /** One after the other, so that they lie there in their order. */
  async function bring(): Promise<void> {
    for (const { mail, form } of unread.splice(0)) {
      const headers = { authorization: 'AWS4 local', 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await emulator.send({ method: 'POST', headers, body: form });
      const id = /<MessageId>([^<]+)</.exec(answer.body.toString('utf8'))?.[1];
      if (id === undefined) throw new Error(`The inbox cannot read a mail: ${answer.body.toString('utf8')}`);
      mails.set(id, mail);
    }
  }
  const brought = (): Promise<void> => {
    bringing = bringing.then(bring, bring);
    return bringing;
  };

  const page: LoopbackServer = await listen(async ({ request, body }, response) => {
    await brought();
    const { method = 'GET', url = '/', headers } = request;
    const type = headers['content-type'];
    const answer = await emulator.send({
      path: url,
      method: method === 'POST' ? 'POST' : 'GET',
      ...(body.length > 0 && { body }),
      headers: type === undefined ? {} : { 'content-type': type },
    });
    const { connection: _, 'transfer-encoding': __, ...answered } = answer.headers;
    response.writeHead(answer.status, answered);
    response.end(answer.body);
  });

  return {
    url: page.url,
    put: (mail, form) => void unread.push({ mail, form }),

    async read() {
      await brought();
      const answer = await emulator.send({ path: '/store', method: 'GET' });
      const { emails } = JSON.parse(answer.body.toString('utf8')) as Store;
      return emails.flatMap((email) => {
        const mail = mails.get(email.messageId);
        if (mail === undefined) return [];
        const { messageId, at, to, tags, configurationSet } = mail;
        const { from, subject, body } = email;
        const headers = headersByName(headersIn(mail.head));
        const content = { from, subject, html: body.html ?? '', text: body.text ?? '', headers };
        return [{ messageId, at, to, tags, configurationSet, ...content }];
      });
    },

    async clear() {
      unread = [];
      await bringing.catch(() => undefined);
      mails = new Map();
      await emulator.send({ path: '/clear-store', method: 'POST' });
    },
    close: page.close,
  };
}
