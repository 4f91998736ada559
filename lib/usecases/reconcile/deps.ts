import type { Deps } from '../deps.ts';
import type { NoticeDeps } from '../fulfil-payment.ts';

export type ReconcileDeps = NoticeDeps & Pick<Deps, 'books' | 'roster' | 'blasts' | 'runs' | 'pace'>;
