import { type Context, Hono } from 'hono';
import { ulid } from 'ulid';
import { addressesOf, type Product } from '../../../lib/domain/roster.ts';
import type { SeenPreview } from '../../mailing.ts';
import type { ClubAtHand } from '../club/club.ts';
import { operations, Refused } from '../club/operations.ts';
import { createApril } from './april.ts';
import { entriesOf, findEntry, unmatchedOf } from './books.ts';
import { latestMailings, progressOf } from './mailings.ts';
import { frontPage } from './views/front.ts';
import { inboxPage, mailPage } from './views/inbox.ts';
import { apology, type Frame, type Html, page } from './views/layout.ts';
import { mailingPage, mailingsPage } from './views/mailings.ts';
import { orderPage } from './views/order.ts';
import { ordersPage } from './views/orders.ts';
import { previewPage } from './views/preview.ts';
import { counted } from './words.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The desk's own pages run no script and load nothing from anywhere. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; base-uri 'none'";

/** A mail is somebody else's markup: it may be read and its links may be clicked, and that is all. */
const MAIL_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src https: data:; base-uri 'none'; sandbox allow-popups allow-popups-to-escape-sandbox";

/** The front desk: reading is GET, doing is POST and a redirect. */
export const deskApp = (club: ClubAtHand, products: readonly Product[]): Hono => {
  const app = new Hono();
  const april = createApril(club);
  const ops = operations(club);
  const inTurn = oneAtATime();
  /** What has been shown here, by its hash: the system itself keeps its numbers only. */
  const previews = new Map<string, SeenPreview>();

  const frame = (context: Context): Frame => {
    const { pathname, searchParams } = new URL(context.req.url);
    const said = {
      done: searchParams.get('done') ?? undefined,
      problem: searchParams.get('problem') ?? undefined,
    };
    searchParams.delete('done');
    searchParams.delete('problem');
    const query = searchParams.size === 0 ? '' : `?${searchParams}`;
    return { club, said, path: `${pathname}${query}` };
  };
  const show = (context: Context, title: string, body: Html): Response | Promise<Response> => {
    context.header('content-security-policy', PAGE_POLICY);
    return context.html(page(title, frame(context), body));
  };
  const missing = (context: Context, what: string): Response | Promise<Response> => {
    context.status(404);
    return show(context, 'Not found', apology(what));
  };

  app.use(async (context, next) => {
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD') {
      // Another site that is open in the same browser must not press these buttons.
      const origin = context.req.header('origin');
      if (origin !== undefined && origin !== new URL(context.req.url).origin) {
        return context.text('Only the front desk itself may do that.', 403);
      }
    }
    await next();
    context.header('cache-control', 'no-store');
    // Not `no-referrer`: the browser would then hide from us, too, that a form is our own.
    context.header('referrer-policy', 'same-origin');
    context.header('x-content-type-options', 'nosniff');
  });

  /** Does something, one thing at a time, and goes back to where its button was, with what came of it. */
  const act = async (
    context: Context,
    back: string,
    work: () => Promise<string | { done: string; to: string }>,
  ): Promise<Response> => {
    try {
      const result = await inTurn(work);
      const { done, to } = typeof result === 'string' ? { done: result, to: back } : result;
      return context.redirect(withQuery(to, { done }), 303);
    } catch (error) {
      if (!(error instanceof Refused)) console.error('Front desk:', error);
      const problem = error instanceof Error ? error.message : String(error);
      return context.redirect(withQuery(back, { problem }), 303);
    }
  };

  app.get('/', async (context) => {
    const [entries, mails, unmatched, started, waiting] = await Promise.all([
      Promise.all(products.map((product) => entriesOf(product, club))),
      club.inbox(),
      unmatchedOf(club),
      latestMailings(club),
      ops.waiting(),
    ]);
    const view = { club, april: april.sofar(), entries: entries.flat(), mails, mailings: started };
    return show(context, 'Front desk', frontPage({ ...view, unmatched, waiting: waiting.items }));
  });

  app.post('/clock', async (context) => {
    const form = await formOf(context);
    return act(context, form.back, async () => {
      const days = form.get('days') === '30' ? 30 : 1;
      await club.clock.advance(days * DAY_MS);
      await club.settled();
      return days === 1 ? 'A day has passed.' : 'Thirty days have passed.';
    });
  });

  const aprilSteps: Record<string, [step: () => Promise<void>, done: string]> = {
    mail: [april.mailTheOldWay, 'The April mailing is out.'],
    day: [april.letTheFirstDayPass, 'A day has passed.'],
    'take-over': [april.takeOver, 'The orders have been taken over.'],
    look: [april.look, 'Stripe has been asked about every order that is owed. Nothing was changed.'],
  };
  app.post('/april/apply', async (context) => {
    const form = await formOf(context);
    return act(context, '/', async () => {
      const { counts } = await april.apply(form.get('hash'), form.get('actor'));
      return `${counted(counts.recovered, 'order')} recovered.`;
    });
  });
  app.post('/april/:step', (context) => {
    const step = aprilSteps[context.req.param('step')];
    if (step === undefined) return context.notFound();
    return act(context, '/', async () => {
      await step[0]();
      return step[1];
    });
  });

  app.get('/orders', async (context) => {
    const chosen =
      products.find(({ productId }) => productId === context.req.query('product')) ?? products[0];
    if (chosen === undefined) return missing(context, 'The club has no product yet.');
    const entries = await entriesOf(chosen, club);
    return show(context, `Orders: ${chosen.name}`, ordersPage({ club, products, chosen, entries }));
  });

  app.get('/orders/:orderId', async (context) => {
    const entry = await findEntry(context.req.param('orderId'), club);
    if (entry === undefined) return missing(context, 'There is no such order.');
    const payUrl = await club.payUrl(entry.order);
    const decisionId = `dec_${ulid(club.clock.now()).toLowerCase()}`;
    const title = `${entry.player?.name ?? entry.order.playerId}, ${entry.product.name}`;
    return show(context, title, orderPage({ club, entry, payUrl, decisionId }));
  });

  app.post('/orders/:orderId/cancel', async (context) => {
    const form = await formOf(context);
    const orderId = context.req.param('orderId');
    return act(context, `/orders/${encodeURIComponent(orderId)}`, async () => {
      await ops.cancel({
        orderId,
        actor: form.get('actor'),
        reason: form.get('reason'),
        decisionId: form.get('decisionId'),
      });
      await club.settled();
      return `Order ${orderId} is canceled.`;
    });
  });

  app.get('/mailings', async (context) =>
    show(context, 'Mailings', mailingsPage({ club, products, mailings: await latestMailings(club) })),
  );

  app.post('/mailings/previews', async (context) => {
    const form = await formOf(context);
    return act(context, form.back, async () => {
      const preview = await ops.previewMailing({
        productId: form.get('productId'),
        filter: { onlyNeverMailed: form.get('onlyNeverMailed') !== '' },
      });
      previews.set(preview.hash, preview);
      const to = withQuery(`/mailings/previews/${preview.hash}`, { back: form.back });
      return { done: 'This is what would happen. Nothing has been sent.', to };
    });
  });

  app.get('/mailings/previews/:hash', (context) => {
    const preview = previews.get(context.req.param('hash'));
    if (preview === undefined) return missing(context, 'This preview is not known here any more.');
    const back = pathOfDesk(context.req.query('back'));
    return show(context, `Before it leaves: ${preview.productName}`, previewPage({ club, preview, back }));
  });

  app.get('/mailings/previews/:hash/mail', (context) => {
    const sample = previews.get(context.req.param('hash'))?.sample ?? null;
    if (sample === null) return missing(context, 'There is no such mail.');
    context.header('content-security-policy', MAIL_POLICY);
    return context.html(inItsFrame(sample.html));
  });

  app.post('/mailings', async (context) => {
    const form = await formOf(context);
    const hash = form.get('hash');
    const preview = withQuery(`/mailings/previews/${encodeURIComponent(hash)}`, { back: form.back });
    return act(context, preview, async () => {
      const { blast, startsLocal, moved } = await ops.sendMailing({
        hash,
        createdBy: form.get('createdBy'),
        ...(form.get('at') !== '' && { at: form.get('at') }),
        ...(form.get('acceptUnusualSize') !== '' && { acceptUnusualSize: true }),
      });
      await club.settled();
      const later = `The mailing starts at ${startsLocal}${moved ? ', the first time there is after the one you gave' : ''}.`;
      return { done: blast.state === 'planned' ? later : 'The mailing is out.', to: form.back };
    });
  });

  const steered = { pause: 'is paused', resume: 'goes on', cancel: 'is canceled' } as const;
  app.post('/mailings/:blastId/:action{pause|resume|cancel}', async (context) => {
    const form = await formOf(context);
    const { blastId, action } = context.req.param();
    return act(context, `/mailings/${encodeURIComponent(blastId)}`, async () => {
      const wanted = action as keyof typeof steered;
      await ops.steerMailing({ action: wanted, blastId, actor: form.get('actor') });
      await club.settled();
      return `The mailing ${steered[wanted]}.`;
    });
  });

  app.post('/mailings/:blastId/settle', async (context) => {
    const form = await formOf(context);
    const blastId = context.req.param('blastId');
    return act(context, `/mailings/${encodeURIComponent(blastId)}`, async () => {
      const { as } = await ops.settleDelivery({
        blastId,
        orderId: form.get('orderId'),
        addressKey: form.get('addressKey'),
        as: form.get('as'),
        actor: form.get('actor'),
        reason: form.get('reason'),
      });
      await club.settled();
      return as === 'sent' ? 'It counts as sent.' : 'It is sent again.';
    });
  });

  app.get('/mailings/:blastId', async (context) => {
    const progress = await progressOf(context.req.param('blastId'), club);
    if (progress === undefined) return missing(context, 'There is no such mailing.');
    const report = await ops.reportMailing(progress.blast.blastId);
    return show(context, 'Mailing', mailingPage({ club, products, progress, report }));
  });

  app.get('/mailings/:blastId/funnel.json', async (context) => {
    const blast = await club.blasts.get(context.req.param('blastId'));
    if (blast === undefined) return context.json({ error: 'There is no such mailing.' }, 404);
    return context.json(await ops.reportMailing(blast.blastId));
  });

  app.get('/inbox', async (context) => {
    const familyId = context.req.query('family');
    const family = familyId === undefined ? undefined : await club.roster.family(familyId);
    const addresses = family === undefined ? undefined : addressesOf(family);
    const mails = (await club.inbox()).filter(
      ({ to }) => addresses === undefined || to.some((address) => addresses.includes(address)),
    );
    return show(context, 'Inbox', inboxPage({ club, mails, whose: addresses?.join(', ') ?? null }));
  });

  const mailOf = async (context: Context<object, '/inbox/:messageId'>) =>
    (await club.inbox()).find(({ messageId }) => messageId === context.req.param('messageId'));

  app.get('/inbox/:messageId', async (context) => {
    const mail = await mailOf(context);
    if (mail === undefined) return missing(context, 'There is no such mail.');
    const as = context.req.query('as') === 'text' || mail.html === '' ? 'text' : 'html';
    return show(context, mail.subject, mailPage({ club, mail, as }));
  });

  app.get('/inbox/:messageId/alone', async (context) => {
    const mail = await mailOf(context);
    if (mail === undefined) return missing(context, 'There is no such mail.');
    context.header('content-security-policy', MAIL_POLICY);
    return context.html(inItsFrame(mail.html));
  });

  app.notFound((context) => missing(context, 'There is no such page.'));
  app.onError((error, context) => {
    console.error('Front desk:', error);
    context.status(500);
    return show(context, 'That did not work', apology(`That did not work: ${error.message}`));
  });
  return app;
};

/** A link in a mail opens in a window of its own, as in any mail program. */
const inItsFrame = (mail: string): string =>
  mail.includes('<head>')
    ? mail.replace('<head>', '<head><base target="_blank"/>')
    : `<base target="_blank"/>${mail}`;

/** Fields of a form that was posted; what is absent is empty. */
const formOf = async (context: Context) => {
  const form = new URLSearchParams(await context.req.text());
  return {
    get: (name: string): string => form.get(name) ?? '',
    back: pathOfDesk(form.get('back')),
  };
};

/** A page of the desk, whatever was sent. */
const pathOfDesk = (path: string | null | undefined): string =>
  path && /^\/(?![/\\])/.test(path) ? path : '/';

const withQuery = (path: string, query: Record<string, string>): string =>
  `${path}${path.includes('?') ? '&' : '?'}${new URLSearchParams(query)}`;

/** Buttons that are pressed twice, or in two windows, are done one after the other. */
const oneAtATime = () => {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(work: () => Promise<T>): Promise<T> => {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next;
  };
};
