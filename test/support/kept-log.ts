import { KEEP_LOGS_IN, logKeeper } from '../../infra/local/lambda/log-keeper.ts';
import type { Log } from '../../lib/ports.ts';

const keep = logKeeper(process.env[KEEP_LOGS_IN]);

/** For use cases that run without a function around them: what they log is kept beside what functions log. */
export const keptLog: Log = (event, fields = {}) => keep(USE_CASES, JSON.stringify({ event, ...fields }));

/** In place of a function's name. */
export const USE_CASES = 'use-cases';
