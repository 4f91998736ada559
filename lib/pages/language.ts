import * as v from 'valibot';
import { Language } from '../domain/roster.ts';

/** The language of ours that the reader prefers; English when they name none of them. */
export const languageOf = (acceptLanguage: string | undefined): Language => {
  const wishes = (acceptLanguage ?? '').split(',').flatMap((wish) => {
    const [tag = '', ...parameters] = wish.split(';').map((part) => part.trim().toLowerCase());
    const language = v.safeParse(Language, tag.split('-')[0]);
    const weight = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    return language.success && weight > 0 ? [{ language: language.output, weight }] : [];
  });
  return wishes.sort((a, b) => b.weight - a.weight)[0]?.language ?? 'en';
};
