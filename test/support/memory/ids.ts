import type { NewId } from '../../../lib/ports.ts';

/** `ord_00000000000000000000000001`, `…2`: of the real shape, sortable, and the same in every run. */
export const countedIds = (): NewId => {
  let count = 0;
  return (prefix) => `${prefix}_${String(++count).padStart(26, '0')}`;
};
