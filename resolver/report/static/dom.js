// Elements, made of names and text and never of HTML: no value can become markup. And the data of the page.

// What would be obeyed, reorder the text around it, or not be seen, as visible escapes; the rest as it is.
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]/gu;
const NAMED = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function visible(text) {
  return text.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0).toString(16);
    if (code.length > 4) return `\\U${code.padStart(8, '0')}`;
    return NAMED[character] ?? (code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`);
  });
}

function withVisible(value) {
  return typeof value === 'string' ? visible(value) : value;
}

function filled(made, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, withVisible(value));
  }
  made.append(...children.flat(2).filter((child) => child !== null && child !== undefined).map(withVisible));
  return made;
}

function element(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

// A part of a drawing; the name of its language is that of a drawing which is on the page already.
function drawn(name, attributes = {}, ...children) {
  return filled(document.createElementNS(document.querySelector('svg').namespaceURI, name), attributes, children);
}

function replaceContents(place, ...children) {
  place.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
}

// The data is JSON, compressed, in base64, so that no text in it can be taken for markup.
async function readData() {
  const packed = atob(document.getElementById('data').textContent);
  const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return JSON.parse(await new Response(stream).text());
}
