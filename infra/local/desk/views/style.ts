import { dark, light } from '../../../../lib/pages/palette.ts';

/** Beside the colours that families see: what is urgent, what has ended, what is under way. */
const ours = {
  light: {
    alert: '#9a3412',
    alertTint: '#fdeee0',
    dead: '#a3262a',
    deadTint: '#fbe9e8',
    way: '#1d5b8f',
    wayTint: '#e4eff8',
    deep: '#0d4231',
  },
  dark: {
    alert: '#f3b37a',
    alertTint: '#3a2614',
    dead: '#f2a09b',
    deadTint: '#3b1f1e',
    way: '#93c4ee',
    wayTint: '#15293a',
    deep: '#0b2a20',
  },
};

const variables = (palette: Record<string, string>): string =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');

/** The whole style of the desk: nothing is fetched from anywhere, and no script is needed. */
export const style = `
:root{color-scheme:light dark;${variables({ ...light, ...ours.light })}}
@media(prefers-color-scheme:dark){:root{${variables({ ...dark, ...ours.dark })}}}
*{box-sizing:border-box;margin:0}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{background:var(--ground);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;overflow-wrap:break-word}
.wide{width:100%;max-width:72rem;margin-inline:auto;padding-inline:1rem}
a{color:var(--accent);text-underline-offset:.2em;text-decoration-thickness:1px}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px;border-radius:.375rem}
h1{font-size:1.625rem;line-height:1.2;letter-spacing:-.015em;text-wrap:balance}
h2{font-size:1.125rem;line-height:1.3;letter-spacing:-.005em}
h3{font-size:1rem;line-height:1.4}
p{text-wrap:pretty}
small,.small{font-size:.875rem}
.quiet{color:var(--muted)}
.number{font-variant-numeric:tabular-nums}
code{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--muted);overflow-wrap:anywhere}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem}

.top{background:var(--card);border-bottom:1px solid var(--line)}
.top .wide{display:flex;flex-wrap:wrap;align-items:center;gap:0 1.5rem;padding-top:.25rem}
.name{font-weight:650;color:var(--text);text-decoration:none;padding-block:.625rem;letter-spacing:-.01em}
.name span{color:var(--muted);font-weight:400}
.top nav{display:flex;gap:.25rem;margin-inline:-.625rem auto}
.top nav a{padding:.75rem .625rem .625rem;color:var(--muted);text-decoration:none;border-bottom:2px solid transparent;white-space:nowrap}
.top nav a:hover{color:var(--text)}
.top nav a[aria-current]{color:var(--text);font-weight:600;border-color:var(--accent)}

.clock{background:var(--deep);color:#e8f3ee}
.clock .wide{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1.25rem;padding-block:.75rem}
.clock p{margin-right:auto;line-height:1.35}
.clock strong{display:block;font-size:1.0625rem;font-weight:600;letter-spacing:-.005em}
.clock span{font-size:.875rem;color:#b5d1c5}
.clock .wide>div{display:grid;grid-template-columns:1fr 1fr;gap:.5rem}
@media(max-width:30rem){.clock .wide>div{width:100%}.clock button{padding-inline:.25rem;font-size:.875rem}}
.clock button{background:#ffffff1a;color:#fff;border-color:#ffffff40}
.clock button:hover{background:#ffffff2b}
.clock :focus-visible{outline-color:#fff}

main{padding-block:1.75rem 3rem}
main>*+*,.stack>*+*{margin-top:1rem}
.head{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;align-items:end;justify-content:space-between}
.lead{max-width:44rem;color:var(--muted);margin-top:.5rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:.875rem;padding:1.25rem}
.card>*+*{margin-top:.75rem}
.flush{padding:0;overflow:hidden}
.flush>h2{padding:1.125rem 1.25rem .25rem}
.flush>p{padding-inline:1.25rem}
.note{border-radius:.75rem;padding:.75rem 1rem;background:var(--tint);color:var(--text)}
.problem{background:var(--deadTint);color:var(--dead);font-weight:600}
.columns{display:grid;gap:1.25rem;align-items:start}
.columns>*{margin:0;min-width:0}
@media(min-width:60rem){.columns{grid-template-columns:minmax(0,1fr) 19.5rem}.halves{grid-template-columns:repeat(2,minmax(0,1fr))}}

button,.button{font:inherit;font-weight:600;font-size:.9375rem;line-height:1.3;cursor:pointer;display:inline-block;border:1px solid transparent;border-radius:.625rem;padding:.6875rem 1rem;min-height:2.75rem;background:var(--accent);color:var(--onAccent);text-decoration:none;text-align:center}
button:hover,.button:hover{filter:brightness(1.08)}
button.plain,.button.plain{background:transparent;color:var(--accent);border-color:var(--line)}
button.plain:hover,.button.plain:hover{background:var(--tint);filter:none}
button.danger{background:transparent;color:var(--dead);border-color:var(--line)}
button.danger:hover{background:var(--deadTint);filter:none}
.actions{display:flex;flex-wrap:wrap;gap:.625rem;align-items:center}
label{display:block;font-weight:600;font-size:.875rem}
input[type=text]{width:100%;font:inherit;font-size:1rem;font-weight:400;margin-top:.25rem;padding:.625rem .75rem;border:1px solid var(--muted);border-radius:.625rem;background:var(--ground);color:var(--text)}
.fields{display:grid;gap:.75rem}
@media(min-width:40rem){.fields.two{grid-template-columns:1fr 1fr}}

.badge{display:inline-block;border-radius:1rem;padding:.0625rem .625rem;font-size:.8125rem;font-weight:600;white-space:nowrap;background:var(--ground);color:var(--muted);box-shadow:inset 0 0 0 1px var(--line)}
p .badge{white-space:normal}
.badge.paid{background:var(--tint);color:var(--accent);box-shadow:none}
.badge.review,.badge.late{background:var(--alertTint);color:var(--alert);box-shadow:none}
.badge.processing{background:var(--wayTint);color:var(--way);box-shadow:none}
.badge.dead{background:var(--deadTint);color:var(--dead);box-shadow:none}

.card>.steps{margin-top:1.25rem}
.steps{list-style:none;padding:0;counter-reset:step}
.steps>li{position:relative;padding:0 0 1.375rem 2.75rem;counter-increment:step;min-height:2.75rem}
.steps>li:last-child{padding-bottom:0}
.steps>li::before{content:counter(step);position:absolute;left:0;top:-.125rem;width:1.75rem;height:1.75rem;border-radius:50%;display:grid;place-items:center;font-size:.875rem;font-weight:650;background:var(--ground);color:var(--muted);box-shadow:inset 0 0 0 1px var(--line)}
.steps>li:not(:last-child)::after{content:"";position:absolute;left:.8125rem;top:2rem;bottom:.375rem;border-left:2px solid var(--line)}
.steps>li.now::before{background:var(--accent);color:var(--onAccent);box-shadow:none}
.steps>li.done::before{content:"✓";background:var(--tint);color:var(--accent);box-shadow:none}
.steps>li.later h3,.steps>li.later p{color:var(--muted)}
.steps>li>*+*{margin-top:.375rem}
.steps>li>.actions{margin-top:.75rem}
.steps .found{margin-top:.875rem;border:1px solid var(--line);border-radius:.75rem;padding:.875rem 1rem}
.found>*+*{margin-top:.5rem}
.found .sum{font-size:1.375rem;font-weight:650;letter-spacing:-.015em;line-height:1.2}

.facts{display:grid;gap:.5rem}
.facts div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem}
.facts dt{color:var(--muted)}
.facts dd{font-weight:600;font-variant-numeric:tabular-nums;margin:0;overflow-wrap:anywhere}
.glance{display:grid;grid-template-columns:1fr 1fr;gap:1rem}
@media(min-width:48rem){.glance{grid-template-columns:repeat(4,1fr)}.glance div+div{border-left:1px solid var(--line);padding-left:1.25rem}}
.glance dt{font-size:.875rem;color:var(--muted)}
.glance dd{margin:0;font-size:1.5rem;font-weight:650;letter-spacing:-.02em;line-height:1.25;font-variant-numeric:tabular-nums}
.glance dd small{display:block;min-height:1.3em;font-weight:400;letter-spacing:0;color:var(--muted);font-size:.8125rem}
.plainlist{list-style:none;padding:0}
.plainlist>li+li{margin-top:.5rem}

.rows{list-style:none;padding:0}
.rows>li{border-top:1px solid var(--line)}
.flush>.rows:first-child>li:first-child{border-top:0}
.rows>li>a{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:.125rem 1rem;padding:.75rem 1.25rem;color:inherit;text-decoration:none;align-items:baseline}
.rows>li>a:hover{background:var(--tint)}
.rows>li>a:focus-visible{outline-offset:-3px}
.rows .main{font-weight:600;min-width:0}
.rows .side{text-align:right;font-variant-numeric:tabular-nums}
.rows .sub{color:var(--muted);font-size:.875rem;min-width:0}
.rows .whole{grid-column:1/-1}
.rows .more{font-weight:400;color:var(--muted)}
.orders .heads{display:none}
@media(min-width:48rem){.orders>li>a,.orders .heads{display:grid;grid-template-columns:2.5rem minmax(0,1fr) 10rem 5.5rem 10.5rem;gap:0 1rem;padding:.625rem 1.25rem}.orders .heads{color:var(--muted);font-size:.8125rem;padding-block:.75rem .5rem}.orders .sub{order:2}.orders .id{order:0}.orders .main{order:1}.orders .side{order:3;text-align:right}.orders .state{order:4;text-align:right;white-space:nowrap}.orders .number-inline{display:none}}
@media(max-width:47.99rem){.orders .id,.orders .more{display:none}.orders .state{text-align:right}}

.tabs{display:flex;flex-wrap:wrap;gap:.375rem}
.tabs a{padding:.4375rem .875rem;border-radius:2rem;text-decoration:none;color:var(--muted);font-size:.9375rem;box-shadow:inset 0 0 0 1px var(--line)}
.tabs a[aria-current]{background:var(--tint);color:var(--accent);font-weight:600;box-shadow:none}

.line{list-style:none;padding:0}
.line>li{padding:0 0 .875rem 1.5rem;position:relative}
.line>li:last-child{padding-bottom:0}
.line>li::before{content:"";position:absolute;left:0;top:.4375rem;width:.75rem;height:.75rem;border-radius:50%;border:2px solid var(--muted)}
.line>li:not(:last-child)::after{content:"";position:absolute;left:.3125rem;top:1.4375rem;bottom:-.1875rem;border-left:2px solid var(--line)}
.line>li.good::before{border-color:var(--accent);background:var(--accent)}
.line>li.bad::before{border-color:var(--dead);background:var(--dead)}

.chart{display:block;width:100%;max-width:26rem;height:auto}
.chart text{font-size:13px;fill:var(--text);font-variant-numeric:tabular-nums}
.chart .strong{font-weight:650;font-size:14.5px}
.chart .soft{fill:var(--muted)}
.chart .end{text-anchor:end}
.chart .bar,.chart .paid{fill:var(--accent)}
.chart .slope{fill:var(--tint)}
.chart .sent{fill:var(--muted)}
.chart .clicked{fill:var(--way)}
.chart .axis{stroke:var(--line);fill:none}
details.numbers>*+*{margin-top:.75rem}
.numbers summary{cursor:pointer;font-weight:600;font-size:.875rem;padding-block:.375rem;color:var(--accent)}
.numbers table{width:100%;max-width:32rem;border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums}
.numbers caption{text-align:left;font-weight:600;padding-block:.25rem}
.numbers td,.numbers th{text-align:left;font-weight:400;padding:.25rem 0;border-top:1px solid var(--line);vertical-align:top}
.numbers .days th{white-space:nowrap}
.numbers thead th{color:var(--muted);border-top:0}
.numbers td.side,.numbers th.side{text-align:right;padding-left:.625rem}

iframe{display:block;width:100%;height:46rem;border:0;background:#fff}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:.9375rem/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
progress{width:100%;height:.5rem;accent-color:var(--accent)}
footer{color:var(--muted);font-size:.875rem;padding-bottom:2rem}
@media(forced-colors:active){button,.button,.badge{border:1px solid}}
@media(prefers-reduced-motion:no-preference){button,.button,.rows a{transition:background-color .12s,filter .12s}}
`;
