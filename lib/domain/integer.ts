import * as v from 'valibot';

/** A whole number, within what a JavaScript number holds exactly. */
export const Integer = v.pipe(v.number(), v.safeInteger());
