import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import type { Product } from '../../../lib/domain/roster.ts';
import type { ClubAtHand } from '../club/club.ts';
import { deskApp } from './app.ts';

export type Desk = { url: string; stop(): Promise<void> };

/** Opens the front desk on this machine alone. Without a port it takes a free one. */
export const openDesk = async (
  club: ClubAtHand,
  { products, port = 0 }: { products: readonly Product[]; port?: number },
): Promise<Desk> => {
  const server = serve({ fetch: deskApp(club, products).fetch, port, hostname: '127.0.0.1' });
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    server.once('error', reject);
  });
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
};
