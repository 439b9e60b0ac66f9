// Settings: a form for whatever the document of a side has.

const open = new Set(['Matching rules', 'Identifier types']);

function drawSettings() {
  const { state } = page;
  const isStill = page.mode !== 'studio';
  for (const each of document.querySelectorAll('[data-side]')) {
    const side = Number(each.dataset.side);
    each.setAttribute('aria-pressed', String(side === page.side));
    each.hidden = side >= state.sides.length;
  }
  const side = state.sides[page.side] || state.sides[0];
  const differs = state.sides.length > 1 && JSON.stringify(state.sides[0].document) !== JSON.stringify(state.sides[1].document);
  byId('settings-note').textContent = isStill ? 'As they are in force.' : page.side === 1 ? differs ? 'What differs from the baseline is marked.' : 'The same as the baseline. Change something, and see what becomes of it.' : 'The settings to compare with.';
  fill(byId('settings-errors'));
  fill(byId('form'), side.form.map((node) => nodeOf(node, side)), isStill ? null : actions(side));
}

function actions(side) {
  const other = page.state.sides[1 - page.side];
  return element('div', { class: 'settings-actions' },
    element('details', { 'data-key': 'json', open: open.has('json'), ontoggle: (event) => keep('json', event.target.open) },
      element('summary', {}, 'As JSON'),
      element('label', { class: 'unseen', for: 'document' }, 'The settings document'),
      element('textarea', { id: 'document', rows: 14, spellcheck: 'false', 'data-key': 'document' }, JSON.stringify(side.document, null, 2)),
      element('button', { type: 'button', 'data-key': 'take', onclick: take }, 'Take this document')),
    element('div', { class: 'row' },
      element('button', { type: 'button', 'data-key': 'copy', onclick: () => put(other.document, 'all settings') }, page.side === 1 ? 'Reset to the baseline' : 'Take the candidate\u2019s'),
      side.file ? element('button', { type: 'button', 'data-key': 'save', onclick: () => save(side) }, `Save to ${shown(side.file)}`) : null,
      element('button', { type: 'button', 'data-key': 'download', onclick: () => download(new Blob([`${JSON.stringify(side.document, null, 2)}\n`], { type: 'application/json' }), `${side.name}.json`) }, 'Download')));
}

const keep = (key, isOpen) => (isOpen ? open.add(key) : open.delete(key));

async function save(side) {
  try {
    const answer = await page.source.change('POST', `save/${page.side}`, undefined, where(page.view.step));
    byId('settings-note').textContent = `Saved to ${shown(answer.saved || side.file)}.`;
    say('Saved');
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    fault(error);
  }
}

function take() {
  let document;
  try {
    document = JSON.parse(byId('document').value);
  } catch (error) {
    fill(byId('settings-errors'), element('p', {}, `No JSON: ${error.message}`));
    return;
  }
  put(document, 'all settings');
}

async function put(document, what, key) {
  try {
    await change('PUT', `settings/${page.side}`, { document, what });
    fill(byId('settings-errors'));
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    fault(error, key);
  }
}

function fault(error, key) {
  const at = key && [...byId('form').querySelectorAll('[data-key]')].find((each) => each.dataset.key === key);
  fill(byId('settings-errors'), element('p', {}, shown(error.message)));
  if (at) at.setAttribute('aria-invalid', 'true');
}

// The document with something else in one place.
function changed(document, path, value) {
  const copy = structuredClone(document);
  let place = copy;
  for (const key of path.slice(0, -1)) place = place[key] ??= {};
  if (value === undefined) delete place[path.at(-1)];
  else place[path.at(-1)] = value;
  return copy;
}

function set(node, value) {
  const side = page.state.sides[page.side];
  return put(changed(side.document, node.path, value), node.label.toLowerCase() === node.label ? node.label : node.label.toLowerCase(), node.path.join('.'));
}

const MAKERS = { group, items, words: list, flag, number, choice, text };

const nodeOf = (node, side) => MAKERS[node.kind](node, side);

const was = (node) => (node.was === undefined ? null : element('span', { class: 'was' }, `baseline: ${(Array.isArray(node.was) ? node.was.join(', ') : node.was ?? '') || 'none'}`));

function field(node, input, isInline) {
  const key = node.path.join('.');
  const id = `field-${key}`;
  input.id = id;
  input.dataset.key = key;
  input.disabled = page.mode !== 'studio';
  if (node.help) input.title = node.help;
  const label = element('label', { for: id }, node.label);
  return element('div', { class: `field${node.was === undefined ? '' : ' differs'}${isInline ? ' inline' : ''}` }, isInline ? [input, label] : [label, input], was(node));
}

// What a field that was emptied leaves in the document: nothing, where it need not be there.
const empty = (node) => (node.isOptional ? undefined : null);

function flag(node) {
  return field(node, element('input', { type: 'checkbox', checked: node.value, onchange: (event) => set(node, event.target.checked) }), true);
}

function number(node) {
  return field(node, element('input', { type: 'number', min: node.min, max: node.max, value: node.value, onchange: (event) => set(node, event.target.value === '' ? empty(node) : Number(event.target.value)) }));
}

function choice(node) {
  return field(node, element('select', { onchange: (event) => set(node, event.target.value === '' ? empty(node) : event.target.value) },
    node.choices.map((each) => element('option', { value: each, selected: each === node.value }, each || 'not set'))));
}

function text(node) {
  return field(node, element('input', { type: 'text', value: node.value, onchange: (event) => set(node, event.target.value) }));
}

function group(node, side) {
  const key = node.path.join('.');
  const number = count(node);
  const tools = node.isItem && page.mode === 'studio' ? element('button', { type: 'button', class: 'remove', 'data-key': `drop ${key}`, 'aria-label': `Remove ${node.label}`, onclick: () => drop(node, side) }, 'Remove') : null;
  return element('details', { class: 'group', open: open.has(key), 'data-key': `open ${key}`, ontoggle: (event) => keep(key, event.target.open) },
    element('summary', {}, element('span', {}, shown(node.label)), node.isItem ? element('span', { class: 'quiet' }, gist(node)) : null,
      node.isNew ? element('span', { class: 'was' }, 'not in the baseline') : number ? element('span', { class: 'was' }, counted(number, 'difference')) : null),
    node.nodes.map((each) => nodeOf(each, side)), tools);
}

const count = (node) => (node.was === undefined ? 0 : 1) + (node.nodes || []).reduce((sum, each) => sum + count(each), 0);

function gist(node) {
  const value = (key) => node.nodes.find((each) => each.path.at(-1) === key)?.value;
  if (value('enforceUnique') === undefined) return '';
  return [value('enforceUnique') ? 'unique' : 'shared', `limit ${value('limit')}`].join(', ');
}

function items(node, side) {
  const key = node.path.join('.');
  const what = node.name === 'idType' ? 'type' : 'value';
  const add = element('form', { class: 'row add-type', onsubmit: (event) => { event.preventDefault(); addItem(node, side, event.target.elements.name.value.trim()); } },
    element('input', { 'aria-label': `${node.label}: a new ${what}`, name: 'name', type: 'text', placeholder: node.placeholder || 'loyalty_id', 'data-key': `new ${key}` }),
    element('button', { type: 'submit', 'data-key': `add ${key}` }, `Add ${what}`));
  return element('div', { class: 'items' }, element('h3', {}, node.label), node.nodes.map((each) => group(each, side)), page.mode === 'studio' ? add : null);
}

const partOf = (document, path) => path.reduce((place, key) => place?.[key], document);

function addItem(node, side, name) {
  if (!name) return;
  const entry = { ...node.template, [node.name]: Array.isArray(node.template[node.name]) ? [name] : name };
  const document = changed(side.document, node.path, [...(partOf(side.document, node.path) || []), entry]);
  if (node.name === 'idType') document.matchingRules.push(name);
  put(document, name);
}

function drop(node, side) {
  const list = node.path.slice(0, -1);
  const document = changed(side.document, list, partOf(side.document, list).toSpliced(node.path.at(-1), 1));
  if (list[0] === 'identifierConfigs') document.matchingRules = document.matchingRules.filter((rule) => !rule.split(' AND ').includes(node.label));
  put(document, node.label);
}

function list(node) {
  const key = node.path.join('.');
  const isStill = page.mode !== 'studio';
  const put = (values) => set(node, values.length ? values : empty(node) === undefined ? undefined : values);
  const moved = (place, by) => { const values = [...node.value]; [values[place], values[place + by]] = [values[place + by], values[place]]; return values; };
  const lines = node.value.map((value, place) => element('li', {},
    element('input', { type: 'text', value, 'aria-label': `${node.label}, ${place + 1}`, 'data-key': `${key} ${place}`, disabled: isStill, onchange: (event) => put(event.target.value.trim() ? node.value.with(place, event.target.value.trim()) : node.value.toSpliced(place, 1)) }),
    isStill ? null : [element('button', { type: 'button', class: 'small', disabled: place === 0, 'data-key': `up ${key} ${place}`, 'aria-label': `Move ${value} up`, onclick: () => put(moved(place, -1)) }, '\u2191'),
      element('button', { type: 'button', class: 'small', disabled: place === node.value.length - 1, 'data-key': `down ${key} ${place}`, 'aria-label': `Move ${value} down`, onclick: () => put(moved(place, 1)) }, '\u2193'),
      element('button', { type: 'button', class: 'small', 'data-key': `gone ${key} ${place}`, 'aria-label': `Remove ${value}`, onclick: () => put(node.value.toSpliced(place, 1)) }, '\u00d7')]));
  const add = isStill ? null : element('form', { class: 'row', onsubmit: (event) => { event.preventDefault(); const value = event.target.elements.value.value.trim(); if (value) put([...node.value, value]); } },
    element('input', { type: 'text', name: 'value', 'aria-label': `${node.label}, a new one`, 'data-key': `new ${key}`, placeholder: node.suggestions ? node.suggestions.slice(0, 2).join(' AND ') : '' }),
    element('button', { type: 'submit', 'data-key': `add ${key}` }, 'Add'));
  return element('div', { class: `items words${node.was === undefined ? '' : ' differs'}` }, element('h3', {}, node.label), node.help && !isStill ? element('p', { class: 'quiet' }, node.help) : null, element('ol', {}, lines), add, was(node));
}

function startSettings() {
  for (const each of document.querySelectorAll('[data-side]')) {
    each.addEventListener('click', () => { page.side = Number(each.dataset.side); drawSettings(); });
  }
}
