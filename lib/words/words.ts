import type { Language } from '../domain/roster.ts';
import { en, type Words } from './en.ts';
import { es } from './es.ts';

/** All that a family reads, by language. A new language does not compile until its words stand here. */
export const words: Record<Language, Words> = { en, es };
