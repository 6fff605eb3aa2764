/* style.js - how the operators' page looks. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f3f4f8; --card: #fff; --line: #c3c9d6; --text: #1b2030; --faint: #545c70;
  --accent: #3350d6; --on-accent: #fff; --good: #14693f; --bad: #b3261e; --busy: #8a5600;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12141b; --card: #1b1f2a; --line: #3b4458; --text: #e7eaf3; --faint: #a9b2c6;
    --accent: #9db0ff; --on-accent: #10142a; --good: #5fd39a; --bad: #ff9a91; --busy: #f0b54a;
  }
}
* { box-sizing: border-box; }
body {
  max-width: 78rem; margin: 0 auto; padding: 0 1rem 5rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.45 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif;
}
[hidden] { display: none !important; }
h1 { flex: 1; margin: 0; font-size: 1.2rem; }
h2 { margin: 0 0 .6rem; font-size: 1.05rem; overflow-wrap: anywhere; }
header, nav, .row { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; }
header { padding: .8rem 0; }
nav { margin-bottom: .8rem; }
nav [aria-current=page] { border-color: var(--accent); color: var(--accent); font-weight: 600; }
section, .card {
  display: block; margin: 0 0 .8rem; padding: .9rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .6rem;
}
section section, section .card { padding: .6rem 0 0; border-width: 1px 0 0; border-radius: 0; }
.narrow { max-width: 30rem; margin-inline: auto; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; }
@media (min-width: 60rem) { .columns { grid-template-columns: minmax(0, 1fr) 24rem; } }
form { margin: 0; }
form.row { align-items: end; margin-top: .5rem; }
form.row > button { margin-bottom: .5rem; }
.row > h2 { margin: 0; }
.row + #live { margin-top: .5rem; }
label, .field { display: block; margin: 0 0 .5rem; min-width: 0; flex: 1 1 9rem; }
label.tick { display: flex; gap: .5rem; align-items: center; }
.hint, .faint { color: var(--faint); font-size: .85rem; }
.hint { display: block; }
input:not([type=checkbox]), textarea, select {
  display: block; width: 100%; min-height: 2.5rem; padding: .4rem .6rem;
  border: 1px solid var(--faint); border-radius: .4rem; background: var(--page);
  color: inherit; font: inherit;
}
textarea { resize: vertical; }
input[type=checkbox] {
  flex: none; width: 1.15rem; height: 1.15rem; margin: 0; accent-color: var(--accent);
}
button {
  min-height: 2.5rem; padding: .35rem .8rem; border: 1px solid var(--faint); border-radius: .4rem;
  background: var(--card); color: inherit; font: inherit; cursor: pointer; overflow-wrap: anywhere;
}
button.main { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
button.danger { border-color: var(--bad); color: var(--bad); }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
summary { padding: .4rem 0; cursor: pointer; font-weight: 600; }
details { border-top: 1px solid var(--line); padding: .2rem 0 .6rem; }
.scroll { overflow: auto; max-height: 70vh; }
table { width: 100%; border-collapse: collapse; }
caption { text-align: start; color: var(--faint); font-size: .85rem; }
.row + .scroll caption { display: none; } /* the heading says it */
th, td {
  min-width: 4.5rem; padding: .35rem .5rem .35rem 0; border-bottom: 1px solid var(--line);
  text-align: start; vertical-align: top; overflow-wrap: anywhere; white-space: pre-wrap;
}
th { color: var(--faint); font-weight: 600; font-size: .85rem; }
ul, ol { margin: 0; padding: 0; list-style: none; }
ul.list > li { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; padding: .25rem 0; }
ul.list > li > :first-child { flex: 1; min-width: 8rem; overflow-wrap: anywhere; }
ul.chips {
  display: flex; flex-wrap: wrap; gap: .4rem; max-height: 16rem; overflow: auto; padding: 3px;
}
#live {
  height: 60vh; height: 60dvh; min-height: 14rem; overflow: auto; overscroll-behavior: contain;
  border: 1px solid var(--line); border-radius: .5rem; background: var(--page);
}
#messages > li {
  display: flex; gap: .6rem; align-items: start; padding: .4rem .6rem;
  border-bottom: 1px solid var(--line);
}
#messages .body { flex: 1; min-width: 0; }
.said { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
.head { margin: 0; color: var(--faint); font-size: .85rem; overflow-wrap: anywhere; }
.head b { color: var(--text); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.busy { color: var(--busy); }
#said {
  position: fixed; inset: auto 0 0; z-index: 1; padding: .6rem 1rem; background: var(--card);
  border-top: 1px solid var(--line); overflow-wrap: anywhere; max-height: 30vh; overflow: auto;
}
#said:empty { padding: 0; border: 0; }
dialog {
  width: min(32rem, calc(100vw - 2rem)); max-height: calc(100dvh - 2rem);
  overflow: auto; padding: 1rem;
  border: 1px solid var(--line); border-radius: .7rem; background: var(--card); color: inherit;
}
dialog::backdrop { background: #000a; }
dialog .said {
  max-height: 10rem; margin-bottom: .6rem; padding: .5rem; overflow: auto; background: var(--page);
}
dialog .row { margin-top: .6rem; }
`;
