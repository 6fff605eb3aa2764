/* elements.js - how the room and the operators' page make elements and change them.
 *
 * What comes from outside becomes text nodes, never HTML. */

/* An element; a prop is a handler, a property or an attribute. Children are nodes or texts. */
export function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);

  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") {
      made.addEventListener(name, value);
    } else if (name in made && name !== "role") {
      made[name] = value;
    } else {
      made.setAttribute(name, value);
    }
  }
  made.append(...children.filter((child) => child !== undefined && child !== false));
  return made;
}

/* What is the same is left alone: so nothing is laid out or read out again. */
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

export function setHidden(element, hidden) {
  if (element.hidden !== hidden) {
    element.hidden = hidden;
  }
}

/* A constructed sheet needs no leave of the Content-Security-Policy. */
export function styleSheet(text) {
  const sheet = new CSSStyleSheet();

  sheet.replaceSync(text);
  return sheet;
}
