import { receiveMailEvent } from '../lib/usecases/receive-mail-event.ts';
import { readConfig } from './config.ts';
import { sqsText } from './sqs.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'CLUB_NAME',
  'CLUB_CONTACT',
  'CLUB_TIME_ZONE',
  'ORDERS_TABLE',
  'ROSTER_TABLE',
  'BLASTS_TABLE',
]);
const deps = {
  log: wiring.log,
  orders: wiring.orders(config),
  roster: wiring.roster(config),
  blasts: wiring.blasts(config),
  club: wiring.club(config),
};

/** What SES tells of each mail, from the queue. */
export const handler = sqsText((body) => receiveMailEvent({ body }, deps), deps);
