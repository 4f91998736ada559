import { enableCompileCache } from 'node:module';
import { COMPILE_CACHE } from '../compile-cache.ts';

/** `npm run ops -- <command>`, and `npm run deploy -- --stage dev`. Before anything large is loaded. */
enableCompileCache(COMPILE_CACHE);
await import('./run-cli.ts');
