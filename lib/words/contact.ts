const address = /^[^\s@<>"',;:?&]+@[^\s@<>"',;:?&]+\.[^\s@<>"',;:?&]+$/;
const telephone = /^\+?[\d\s().-]{7,24}$/;

/** What a tap on the club's contact opens: a mail, a call, or nothing (null) when it is some other text. */
export const contactHref = (contact: string): string | null => {
  const text = contact.trim();
  if (address.test(text)) return `mailto:${encodeURIComponent(text).replace('%40', '@')}`;
  const digits = text.replace(/\D/g, '');
  if (telephone.test(text) && digits.length >= 7) return `tel:${text.startsWith('+') ? '+' : ''}${digits}`;
  return null;
};
