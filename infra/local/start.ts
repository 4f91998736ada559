import { parseArgs } from 'node:util';
import { instant } from '../../lib/domain/ids.ts';
import { announce } from '../running-here.ts';
import { clubAtHand, STAGE, storesOf } from './club/at-hand.ts';
import { type Desk, openDesk } from './desk/desk.ts';
import { type LocalStack, type Refusal, startLocalStack } from './runner.ts';
import * as incident from './seed/incident.ts';
import { seedFresh, seedRoster } from './seed/write.ts';

/** A month that somebody waits for: one run of the schedule a day finds all that is due. */
const DAY_MS = 24 * 60 * 60 * 1000;

export type LocalClub = { stack: LocalStack; desk: Desk; stop(): Promise<void> };

/** The whole system with the families of April 2026, on the day of their mailing, and the front desk in front of it. */
export const startLocalClub = async ({
  port,
  onRefusal,
}: {
  port?: number;
  onRefusal?: (refusal: Refusal) => void;
} = {}): Promise<LocalClub> => {
  const stack = await startLocalStack({
    epochMs: incident.MAILED_AT,
    live: true,
    tickEveryMs: DAY_MS,
    ...(onRefusal && { onRefusal }),
  });
  const stores = storesOf(stack);
  const stopStack = async (): Promise<void> => {
    stores.close();
    await stack.stop();
  };
  try {
    const now = instant(stack.clock.now());
    await seedRoster(incident, stores);
    await seedFresh(
      { orders: [...incident.tournamentOrders, ...incident.monthlyOrders] },
      { ...stores, now },
    );
    const desk = await openDesk(clubAtHand(stack, stores), {
      products: incident.products,
      ...(port !== undefined && { port }),
    });
    const stop = async (): Promise<void> => {
      await desk.stop();
      await stopStack();
    };
    return { stack, desk, stop };
  } catch (error) {
    await stopStack();
    throw error;
  }
};

const portFrom = (flag: string | undefined, environment: string | undefined): number => {
  const text = flag ?? environment ?? '0';
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new Error(`"${text}" is no port. Use a number from 0 (any free one) to 65535.`);
};

const places = ({ stack, desk }: LocalClub): string =>
  [
    ['Front desk', desk.url],
    ['Mails as text and source', stack.inboxUrl],
    ['Stripe simulator', stack.stripe.url],
    ["Parents' links begin with", `${stack.apiUrl}/pay/`],
    ['Webhooks go to', stack.webhookUrl],
    ['AWS gateway', stack.gatewayUrl],
  ]
    .map(([what, where]) => `  ${what?.padEnd(26)} ${where}`)
    .join('\n');

/** What a function's role does not allow fails here as it would on AWS: whoever changes a function wants to know at once. */
const warn = ({ functionName, message }: Refusal): void =>
  console.error(`refused ${functionName}: ${message}`);

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { port: { type: 'string' } } });
  const port = portFrom(values.port, process.env.PORT);
  const starting = startLocalClub({ port, onRefusal: warn });

  // Asked to end while it starts, it starts first: only then is all known that has to end.
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await starting.then((local) => local.stop()).catch(() => undefined);
    process.exit();
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());

  const local = await starting;
  if (stopping) return;
  process.once('exit', announce({ stage: STAGE, gatewayUrl: local.stack.gatewayUrl }));
  console.log(`ready ${local.desk.url}\n\n${places(local)}\n\nCtrl-C ends all of it.`);
};

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error(readable(error));
    process.exit(1);
  }
}

function readable(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'EADDRINUSE') {
    return 'That port is taken by another program. Choose another: npm start -- --port 0';
  }
  return `The club could not be started: ${error.message}`;
}
