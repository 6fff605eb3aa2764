/* style.js - how a room looks. */
import { styleSheet } from "../elements.js";

const NAME_COLORS = 8;

const STYLE = `
:host {
  --bg: #fff; --soft: #f1f3f5; --line: #d4d9de; --text: #1b1f24; --faint: #57606a;
  --accent: var(--fastim-accent, #0b5fd1); --on-accent: var(--fastim-on-accent, #fff);
  --mine: #dbe9ff; --bad: #a8200d; --hint: #fff4ce;
  --n0: #a3260c; --n1: #844300; --n2: #575b00; --n3: #1e6b2d;
  --n4: #00636a; --n5: #1d5fb5; --n6: #6a3fc0; --n7: #a0247e;
  color-scheme: light dark; container-type: inline-size; display: block; position: relative;
  height: 32rem; min-height: 14rem; overflow: hidden; border: 1px solid var(--line);
  border-radius: .6rem; background: var(--bg); color: var(--text);
  font: 1rem/1.45 system-ui, "Noto Sans", "PingFang SC", "Microsoft YaHei", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :host {
    --bg: #14171a; --soft: #23282e; --line: #3b434b; --text: #e8eaed; --faint: #abb5bf;
    --accent: var(--fastim-accent, #8abaff); --on-accent: var(--fastim-on-accent, #0c1117);
    --mine: #1c3553; --bad: #ffa79e; --hint: #3a3212;
    --n0: #ffb4ab; --n1: #ffb77c; --n2: #d5d06b; --n3: #94d99b;
    --n4: #7fd6d8; --n5: #a9c7ff; --n6: #cfbcff; --n7: #ffafd8;
  }
}
:host([hidden]), [hidden] { display: none !important; }
:host([page]) { position: fixed; inset: 0; height: auto; border: 0; border-radius: 0; }
* { box-sizing: border-box; }
.root { display: flex; flex-direction: column; height: 100%; }
header { display: flex; align-items: center; gap: .6rem; padding: .5rem .9rem;
  border-bottom: 1px solid var(--line); }
h1, h2 { flex: 1; margin: 0; font-size: 1.05rem; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
button, input, textarea { font: inherit; color: inherit; }
button { border: 1px solid var(--line); border-radius: .5rem; background: var(--bg);
  padding: .3rem .7rem; cursor: pointer; }
button:disabled { color: var(--faint); cursor: default; }
button:focus-visible, textarea:focus-visible, input:focus-visible, .log:focus-visible,
  .text:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.main { background: var(--accent); color: var(--on-accent); border-color: transparent; }
.main:disabled { background: var(--soft); color: var(--faint); border-color: var(--line); }
.bar { display: flex; gap: .6rem; align-items: baseline; padding: .4rem .9rem;
  border-bottom: 1px solid var(--line); background: var(--soft); overflow-wrap: anywhere;
  white-space: pre-wrap; max-height: 7rem; overflow: auto; }
.bar b { flex: none; }
.bar span { flex: 1; }
.bar.notice { background: var(--hint); }
.middle { position: relative; flex: 1; min-height: 0; display: flex; }
.log { flex: 1; min-width: 0; overflow-y: auto; overflow-anchor: none; padding: .6rem .9rem;
  overscroll-behavior: contain; }
ol, ul { list-style: none; margin: 0; padding: 0; }
.more { display: block; margin: 0 auto .6rem; }
.empty { color: var(--faint); text-align: center; }
.log li { contain: layout style; margin: 0 20% .55rem 0; display: flex; flex-wrap: wrap;
  align-items: end; gap: .1rem .4rem; }
.log li.own { margin: 0 0 .55rem 20%; flex-direction: row-reverse; }
.head { width: 100%; font-size: .8rem; color: var(--faint); }
.own .head { text-align: end; }
.who { font-weight: 600; margin-inline-end: .4rem; }
.n0 { color: var(--n0); } .n1 { color: var(--n1); } .n2 { color: var(--n2); }
.n3 { color: var(--n3); } .n4 { color: var(--n4); } .n5 { color: var(--n5); }
.n6 { color: var(--n6); } .n7 { color: var(--n7); }
.text { max-width: 100%; padding: .35rem .7rem; border-radius: .8rem; background: var(--soft);
  overflow-wrap: anywhere; white-space: pre-wrap; unicode-bidi: plaintext; text-align: start; }
.text.long { max-height: 16rem; overflow: auto; }
.own .text { background: var(--mine); }
.pending .text { background: none; border: 1px dashed var(--faint); }
.failed .text { border-color: var(--bad); }
.state { width: 100%; font-size: .8rem; color: var(--faint); text-align: end; }
.failed .state { color: var(--bad); }
.log li button { font-size: .8rem; padding: .1rem .5rem; }
.log li .recall { opacity: 0; border-color: transparent; color: var(--faint); }
.log li:hover .recall, .recall:focus-visible { opacity: 1; }
@media (hover: none) { .log li .recall { opacity: 1; } }
.new { position: absolute; inset-inline: 0; bottom: .6rem; margin: auto; width: max-content;
  border-radius: 1rem; box-shadow: 0 1px 6px #0005; }
.people { width: 13rem; overflow-y: auto; border-inline-start: 1px solid var(--line);
  padding: .6rem .9rem; background: var(--bg); }
.people b { display: block; margin: 0 0 .4rem; font-size: .9rem; }
.people li { overflow-wrap: anywhere; }
.told { min-height: 1.6rem; padding: .1rem .9rem; font-size: .85rem; color: var(--faint); }
.bad { color: var(--bad); }
.clock { margin-inline-start: .3rem; }
form { display: flex; gap: .5rem; align-items: end; padding: 0 .9rem .7rem; }
textarea { flex: 1; min-width: 0; resize: none; height: 2.6rem; max-height: 9rem; }
textarea, input { padding: .45rem .6rem; border: 1px solid var(--faint); border-radius: .5rem;
  background: var(--bg); font-size: 1rem; }
.send { height: 2.6rem; }
.login { flex-direction: column; align-items: stretch; gap: .7rem; margin: auto;
  width: min(20rem, 100% - 2rem); padding: 1rem 0; }
.login label { display: flex; flex-direction: column; gap: .2rem; font-size: .9rem; }
.login small { color: var(--faint); }
@container (max-width: 30rem) {
  .people { position: absolute; inset: 0; width: auto; border: 0; }
  header, .bar, .log, .told, form { padding-inline: .6rem; }
  .log li { margin-right: 8%; }
  .log li.own { margin-left: 8%; }
}
@media (prefers-reduced-motion: no-preference) { .recall { transition: opacity .1s; } }
`;

let sheet;

/* One for all rooms of a page. */
export function roomSheet() {
  sheet ??= styleSheet(STYLE);
  return sheet;
}

/* The class of a user's name: n0 to n7. */
export function colorOf(userId) {
  let sum = 0;
  for (const char of userId) {
    sum = (sum * 31 + char.codePointAt(0)) % 65521;
  }
  return `n${sum % NAME_COLORS}`;
}
