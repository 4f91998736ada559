/** Who follows a link, as far as a request tells. */
export type Follower = 'person' | 'program';

/**
 * What names itself as a program. Kept small: whatever follows links of mails or messages and was seen, or is
 * documented, to say so. Many a scanner says that it is a browser, and is taken for one.
 */
const programs = [
  // The words by which programs say what they are; a Cubot is a telephone.
  /(?<!\bcu)bot\b|(?<!\bcu)bot[-/]|crawler|spider|scanner|preview|headless/,
  // Gateways and mailboxes: https://github.com/JayBizzle/Crawler-Detect/issues/552 (Barracuda),
  // https://github.com/mssola/user_agent/issues/71 (Gmail); Outlook.com comes as `BingPreview`:
  // https://github.com/phpList/phplist3/issues/415
  /barracuda|gmail-content-sampling/,
  // https://developers.google.com/crawling/docs/crawlers-fetchers/google-special-case-crawlers
  /google-safety/,
  // Previews of a link that was passed on: https://developers.facebook.com/docs/sharing/webmasters/web-crawlers
  /facebookexternalhit|whatsapp\//,
  // Libraries, by what they send unless told otherwise.
  /^(?:curl|wget|python-requests|python-urllib|aiohttp|go-http-client|java|apache-httpclient)\b/,
];

/**
 * A guess, for counting clicks: it never decides what is answered. HEAD is no browser's way to open a page, and every
 * browser says what it is.
 * @param userAgent the header
 */
export const followerOf = ({
  method,
  userAgent = '',
}: {
  method: string;
  userAgent: string | undefined;
}): Follower => {
  const name = userAgent.trim().toLowerCase();
  const isProgram = method === 'HEAD' || name === '' || programs.some((program) => program.test(name));
  return isProgram ? 'program' : 'person';
};
