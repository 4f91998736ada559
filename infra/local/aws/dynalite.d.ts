declare module 'dynalite' {
  import type { Server } from 'node:http';
  /** An in-memory DynamoDB. @param options.createTableMs how long a new table stays CREATING */
  export default function dynalite(options?: { createTableMs?: number }): Server;
}
