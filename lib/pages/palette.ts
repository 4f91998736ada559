/** Colours of pages and mails. Text on its ground keeps the 4.5:1 of WCAG AA in both schemes; a test counts. */
export const light = {
  ground: '#f3f5f1',
  card: '#ffffff',
  line: '#dde3dc',
  text: '#17211c',
  muted: '#55625b',
  accent: '#0b6848',
  onAccent: '#ffffff',
  tint: '#e3f1ea',
} as const;

export const dark: Record<keyof typeof light, string> = {
  ground: '#0f1512',
  card: '#18211c',
  line: '#2e3a33',
  text: '#e9efeb',
  muted: '#a7b5ad',
  accent: '#6fd3a6',
  onAccent: '#06281b',
  tint: '#1d3329',
};
