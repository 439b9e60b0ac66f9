// Elements, made without markup: every text is a text.

const byId = (id) => document.getElementById(id);

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (key in made && typeof value === 'boolean') made[key] = value;
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]/gu;

// A text from data as it may be shown: what would reorder other text, or not be seen, as an escape.
function shown(text) {
  return String(text).replace(HIDDEN, (each) => `\\u${each.codePointAt(0).toString(16).padStart(4, '0')}`);
}

// Put children in the place of those that are there; the element that had the focus has it again.
function fill(container, ...children) {
  const focused = document.activeElement;
  const key = container.contains(focused) ? focused.dataset.key : undefined;
  container.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  if (key === undefined) return;
  const again = [...container.querySelectorAll('[data-key]')].find((each) => each.dataset.key === key);
  if (again) again.focus({ preventScroll: true });
}

const counted = (number, noun) => `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

function say(text) {
  byId('status').textContent = text;
}

function complain(text) {
  const place = byId('trouble');
  place.hidden = !text;
  place.textContent = text || '';
}
