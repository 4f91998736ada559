import * as v from 'valibot';
import { InvalidInput } from '../lib/domain/errors.ts';
import { ContractRow, FamilyRow, OrderRow } from '../lib/domain/import-row.ts';
import type { RetireMessage } from '../lib/ports.ts';
import { type Kept, keepRecord } from '../lib/usecases/keep-record.ts';
import { readConfig } from './config.ts';
import { type Answer, http, json } from './http.ts';
import { bodyOf, parseInput } from './input.ts';
import * as wiring from './wiring.ts';

const config = readConfig(process.env, [
  'STAGE',
  'LIVEMODE',
  'BASE_URL',
  'ORDERS_TABLE',
  'ROSTER_TABLE',
  'RETIRE_QUEUE_URL',
]);
const deps = {
  clock: wiring.clock,
  log: wiring.log,
  newId: wiring.newId,
  orders: wiring.orders(config),
  roster: wiring.roster(config),
  retireQueue: wiring.seldomUsedQueue<RetireMessage>(config.RETIRE_QUEUE_URL),
  site: wiring.site(config),
};

const Body = v.looseObject({});

/**
 * `PUT /orders/{orderId}`, `PUT /families/{familyId}`, `PUT /players/{playerId}/contract` (IAM: the club's own systems
 * call it). What is put stands afterwards, however often it is put: 201 where it is new, else 200; 409 where something
 * stands that only a person can change, such as another amount.
 */
export const handler = http(async (event) => {
  const body = bodyOf(event, Body);
  const named = event.pathParameters ?? {};
  for (const [field, id] of Object.entries(named)) {
    if (field in body && body[field] !== id) {
      throw new InvalidInput(`The path names one id, and the body another in ${field}.`);
    }
  }
  const row = { ...body, ...named };
  switch (event.routeKey) {
    case 'PUT /orders/{orderId}':
      return answer(await keepRecord({ kind: 'orders', row: parseInput(OrderRow, row) }, deps), named);
    case 'PUT /families/{familyId}':
      return answer(await keepRecord({ kind: 'families', row: parseInput(FamilyRow, row) }, deps), named);
    case 'PUT /players/{playerId}/contract':
      return answer(await keepRecord({ kind: 'contracts', row: parseInput(ContractRow, row) }, deps), named);
    default:
      throw new InvalidInput(`There is no route ${event.routeKey} here.`);
  }
}, deps);

const answer = ({ outcome }: Kept, named: object): Answer =>
  json(outcome === 'new' ? 201 : 200, { ...named, outcome });
