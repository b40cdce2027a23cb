/** The one style sheet of the console and of the connect page. Colours keep a contrast of 4.5 : 1 in light and dark. */
export const CONSOLE_STYLE = `
:root {
  color-scheme: light dark;
  --text: #1b2127; --quiet: #54606c; --page: #f4f6f8; --card: #ffffff; --line: #d5dbe1;
  --accent: #0b57b0; --button: #0b57b0; --on-button: #ffffff; --focus: #0b57b0; --field: #7a8591;
  --good: #14653a; --good-back: #e2f4e9; --warn: #7a4a00; --warn-back: #fdf1d8;
  --bad: #a3161f; --bad-back: #fde8e8; --calm: #44505c; --calm-back: #e9edf1;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e9edf1; --quiet: #a5b0bb; --page: #12161a; --card: #1b2126; --line: #343d46;
    --accent: #8ab8ff; --button: #8ab8ff; --on-button: #0c1a2c; --focus: #8ab8ff; --field: #7d8894;
    --good: #8fdcae; --good-back: #173626; --warn: #f3c877; --warn-back: #3a2c10;
    --bad: #ff9d9d; --bad-back: #44191c; --calm: #c0c9d2; --calm-back: #2b333b;
  }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 system-ui, 'Segoe UI', Roboto, 'Open Sans', sans-serif }
a { color: var(--accent) }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere }
h2 { margin: 2rem 0 .75rem; font-size: 1.125rem }
p { margin: 0 0 1rem; overflow-wrap: anywhere }
code, .id { font: .9em/1.4 ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; overflow-wrap: anywhere }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; border-radius: .25rem }
main:focus { outline: none }
.skip { position: absolute; left: -99rem }
.skip:focus { left: 1rem; top: .5rem; background: var(--card); padding: .5rem 1rem; z-index: 1 }
.unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap }

.bar { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; padding: .6rem 1.5rem; background: var(--card); border-bottom: 1px solid var(--line) }
.bar nav { display: flex; gap: .25rem; flex: 1 }
.bar nav a { padding: .3rem .75rem; border-radius: .375rem; color: var(--text); text-decoration: none }
.bar nav a:hover { background: var(--calm-back) }
.bar nav a[aria-current] { background: var(--calm-back); font-weight: 600 }
.product { font-weight: 700; letter-spacing: -.01em }
.person { display: flex; gap: .75rem; align-items: center; color: var(--quiet); font-size: .9375rem }
.person form { margin: 0 }
.role { margin-left: .25rem; padding: .1rem .5rem; border-radius: 1rem; background: var(--calm-back); color: var(--calm); font-size: .8125rem }
body > .wide { max-width: 76rem; margin: 1.5rem auto -.5rem; padding: 0 1.5rem }
.wide .done { margin: 0 }
body > main { max-width: 76rem; margin: 0 auto; padding: 1.5rem }
main.card { max-width: 32rem; margin: 10vh auto 2rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem }

table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; overflow: hidden }
.scroll { overflow-x: auto }
caption { text-align: left; padding: 0 0 .5rem; color: var(--quiet) }
th, td { padding: .5rem .75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere }
thead th { color: var(--quiet); font-size: .875rem; font-weight: 600; white-space: nowrap }
tbody tr:last-child > * { border-bottom: 0 }
tbody th { font-weight: 400; min-width: 11rem }
table + p { margin-top: .75rem }
td.tight, td time { white-space: nowrap }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums }
.empty { padding: 2rem; text-align: center; color: var(--quiet); background: var(--card); border: 1px dashed var(--line); border-radius: .5rem }
.quiet { color: var(--quiet) }
.small { font-size: .875rem }

.badge { display: inline-block; padding: .1rem .55rem; border-radius: 1rem; font-size: .875rem; font-weight: 600; white-space: nowrap; background: var(--calm-back); color: var(--calm) }
.badge.good { background: var(--good-back); color: var(--good) }
.badge.warn { background: var(--warn-back); color: var(--warn) }
.badge.bad { background: var(--bad-back); color: var(--bad) }
.tag { display: inline-block; margin: 0 .25rem .25rem 0; padding: .05rem .45rem; border: 1px solid var(--line); border-radius: .25rem; font-size: .8125rem; color: var(--text); text-decoration: none }
a.tag:hover { border-color: var(--accent) }

.notice, .problem, .done { margin: 0 0 1.25rem; padding: .75rem 1rem; border-radius: .5rem; border-left: 4px solid currentColor; overflow-wrap: anywhere }
.notice { background: var(--warn-back); color: var(--warn) }
.problem { background: var(--bad-back); color: var(--bad) }
.done { background: var(--good-back); color: var(--good) }
.notice p:last-child, .problem p:last-child { margin: 0 }
.notice a, .problem a, .done a { color: inherit }

button, .button { display: inline-block; padding: .45rem .9rem; border: 1px solid var(--field); border-radius: .375rem; background: var(--card); color: var(--text); font: inherit; line-height: 1.4; text-decoration: none; cursor: pointer }
button:hover, .button:hover { border-color: var(--accent) }
button.primary, .button.primary { background: var(--button); border-color: var(--button); color: var(--on-button); font-weight: 600 }
button.danger, .button.danger { border-color: var(--bad); color: var(--bad) }
button[aria-disabled] { opacity: .6 }
.actions { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0 0 1.5rem }
.actions form { margin: 0 }

label { display: block; margin: 0 0 .25rem; font-weight: 600 }
::placeholder { color: var(--quiet); opacity: 1 }
label.check { font-weight: 400 }
label.check input { width: auto }
input, select, textarea { padding: .45rem .6rem; border: 1px solid var(--field); border-radius: .375rem; background: var(--card); color: var(--text); font: inherit }
.card input, .card textarea, .fields input, .fields textarea { width: 100% }
.card form, .fields { margin: 0 }
.field { margin: 0 0 1.25rem }
.field .help { margin: .25rem 0 0; color: var(--quiet); font-size: .9375rem }
.card button.primary, .card .button.primary { margin-top: 1rem; width: 100%; text-align: center; padding: .65rem 1rem }
.fields { max-width: 36rem }
.filter { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; margin: 0 0 1.25rem }
.filter label { font-size: .875rem; font-weight: 600; color: var(--quiet) }
.filter input, .filter select { width: 100% }
.filter > div { min-width: 9rem; flex: 1 1 9rem }
.filter > div.wide { flex: 2 1 16rem }
.filter > div.go { flex: 0 0 auto; min-width: 0 }

.facts { display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.5rem; margin: 0 0 1rem; padding: 1rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem }
.facts dt { color: var(--quiet) }
.facts dd { margin: 0; overflow-wrap: anywhere }
.heading { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: baseline; margin: 0 0 1rem }
.heading h1 { margin: 0 }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: 0 1.5rem }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: .75rem; margin: 0 0 1rem; padding: 0; list-style: none }
.figures li { padding: .75rem 1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem }
.figures .count { display: block; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums }
.figures a { color: inherit; text-decoration: none }
.figures a:hover { text-decoration: underline }
ul.plain { margin: 0; padding: 0; list-style: none }
progress { width: 8rem; height: .6rem; accent-color: var(--accent) }
.pages { display: flex; gap: .75rem; align-items: center; margin: 1rem 0 }

.brand { display: flex; gap: .75rem; align-items: center; margin: 0 0 1.5rem; font-weight: 600 }
.brand img { max-height: 2.5rem; max-width: 10rem }
@media (max-width: 40rem) {
  .facts { grid-template-columns: 1fr; gap: 0 }
  .facts dd { margin: 0 0 .6rem }
  body > main { padding: 1rem }
}
`

/** A key on a ring, for tabs of browsers. */
export const CONSOLE_ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b57b0"/><circle cx="12" cy="16" r="5" fill="none" stroke="#fff" stroke-width="3"/><path d="M17 16h9m-4 0v5m4-5v4" stroke="#fff" stroke-width="3" fill="none"/></svg>`
