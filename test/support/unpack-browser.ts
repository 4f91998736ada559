import { unpackBrowser } from '../../infra/local/browser.ts';

/** Once, before any test file: one that finds it half unpacked by another can't start it, and its tests would be skipped. */
export default async (): Promise<void> => {
  // Should it fail, whoever wants to start it says why.
  await unpackBrowser().catch(() => undefined);
};
