/** More than so many times the usual is taken for a mistake until somebody says otherwise. */
export const UNUSUAL_TIMES = 10;

/** @param usual null before there was any */
export const isUnusual = (count: number, usual: number | null): boolean =>
  usual !== null && count > UNUSUAL_TIMES * usual;
