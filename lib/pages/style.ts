import { dark, light } from './palette.ts';

const variables = (palette: Record<string, string>): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');

/** The whole style of a page, inline: nothing is fetched from anywhere. */
export const style = `
:root{color-scheme:light dark;${variables(light)}}
@media(prefers-color-scheme:dark){:root{${variables(dark)}}}
*{box-sizing:border-box;margin:0}
body{min-height:100vh;display:flex;flex-direction:column;padding:1.25rem 1rem 2rem;background:var(--ground);color:var(--text);font:1.0625rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;-webkit-text-size-adjust:100%;text-size-adjust:100%}
header,main,footer{width:100%;max-width:34rem;margin-inline:auto;overflow-wrap:break-word}
header{padding:0 .25rem .875rem;font-weight:600;color:var(--muted)}
main{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.5rem 1.25rem}
main>*+*{margin-top:.875rem}
.sign{display:flex;width:3rem;height:3rem;border-radius:50%;align-items:center;justify-content:center;background:var(--tint);color:var(--accent)}
.sign svg{width:1.625rem;height:1.625rem;fill:none;stroke:currentColor;stroke-width:2.25;stroke-linecap:round;stroke-linejoin:round}
h1{font-size:1.5rem;line-height:1.25;letter-spacing:-.01em;text-wrap:balance}
p{text-wrap:pretty}
dl{border-block:1px solid var(--line);padding-block:.75rem;display:grid;gap:.5rem}
dl div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem}
dt{color:var(--muted)}
dd{font-weight:600;font-variant-numeric:tabular-nums}
a{color:var(--accent);text-underline-offset:.2em}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:.25rem}
.button{display:block;padding:.75rem 1.25rem;border-radius:.625rem;background:var(--accent);color:var(--onAccent);font-weight:600;text-align:center;text-decoration:none}
button.button{width:100%;border:0;font:inherit;font-weight:600;cursor:pointer}
.button:focus-visible{border-radius:.625rem}
.quiet{background:var(--tint);color:var(--accent)}
footer{padding:1.125rem .25rem 0;color:var(--muted)}
footer .contact{display:inline-block;padding-block:.5rem;font-weight:600}
@media(min-width:40rem){body{padding-top:12vh}main{padding:2.25rem}}
@media(forced-colors:active){.button,button.button{border:1px solid}}
`;
