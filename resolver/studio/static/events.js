// Events: typed, listed, changed, removed.

let replaced = null;

const RESULTS = { created: 'new', updated: 'updated', merged: 'merged', unchanged: 'nothing new', deleted: 'deleted', settings: 'settings', rejected: 'rejected' };

function badge(result, side) {
  return element('span', { class: `badge is-${result}` }, side ? `${side}: ` : '', RESULTS[result] || result);
}

function results(event) {
  const names = page.view.sides.map((side) => side.name);
  const alike = event.results.every((each) => each === event.results[0]);
  return alike ? [badge(event.results[0])] : event.results.map((each, place) => badge(each, names[place]));
}

function words(event) {
  const named = event.named ? [element('span', { class: 'type' }, `${event.op} `), shown(event.named), ' '] : [];
  const pairs = event.pairs.map(([name, value]) => element('span', { class: 'pair' }, element('span', { class: 'type' }, shown(name)), ' ', shown(value)));
  return pairs.length ? [...named, ...pairs] : [...named, element('span', { class: 'quiet' }, event.text ? shown(event.text.slice(0, 120)) : '')];
}

function drawEvents(view) {
  fill(byId('event-list'), view.events.map((event) => {
    const isNow = event.step === view.step;
    const open = element('button', {
      type: 'button', class: 'event', 'data-key': `event ${event.step}`, 'aria-current': isNow ? 'step' : null,
      onclick: () => { stop(); goTo(event.step); },
    },
    element('span', { class: 'event-head' }, element('span', { class: 'line' }, event.line), element('span', { class: 'ref' }, shown(event.ref || '')), element('span', { class: 'results' }, results(event))),
    element('span', { class: 'pairs' }, words(event)));
    const tools = isNow && page.mode === 'studio' && event.text ? element('span', { class: 'row event-tools' },
      element('button', { type: 'button', 'data-key': 'edit', onclick: () => edit(event) }, 'Edit'),
      element('button', { type: 'button', 'data-key': 'remove', onclick: () => quietly(change('DELETE', `events/${event.step}`, undefined, event.step - 1)) }, 'Remove')) : null;
    return element('li', { class: event.step > view.step ? 'later' : null, value: event.step }, open, tools);
  }));
  scrollToPresent();
  const hidden = view.steps - view.events.length;
  byId('event-note').textContent = view.steps === 0 ? '' : hidden > 0 ? `${counted(view.steps, 'event')}; those around the present step are listed` : counted(view.steps, 'event');
}

// The list scrolls to the present event, unless that is to be seen. A list that is not shown has nowhere to scroll.
function scrollToPresent() {
  const list = byId('event-list'), item = list.querySelector('[aria-current]')?.parentElement;
  if (item && (item.offsetTop < list.scrollTop || item.offsetTop + item.offsetHeight > list.scrollTop + list.clientHeight)) {
    list.scrollTop = item.offsetTop - list.clientHeight / 2;
  }
}

function edit(event) {
  replaced = event.step;
  byId('typed').value = event.text;
  byId('typed-label').textContent = `Line ${event.line}`;
  byId('add').textContent = 'Change';
  byId('cancel').hidden = false;
  byId('typed').focus();
}

function endEdit() {
  replaced = null;
  byId('typed').value = '';
  byId('typed-label').textContent = 'New events, one a line';
  byId('add').textContent = 'Add';
  byId('cancel').hidden = true;
  fill(byId('typed-errors'));
  byId('typed').removeAttribute('aria-invalid');
}

async function submit() {
  const text = byId('typed').value;
  if (!text.trim()) return;
  try {
    if (replaced === null) await change('POST', 'events', { text }, null);
    else await change('PUT', `events/${replaced}`, { text }, replaced);
    endEdit();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const found = error.answer.errors || [];
    byId('typed').setAttribute('aria-invalid', 'true');
    fill(byId('typed-errors'), found.slice(0, 8).map((each) => element('p', {}, element('strong', {}, `Line ${each.line}: `), shown(each.message))),
      found.length > 8 ? element('p', {}, `and ${found.length - 8} more lines`) : null,
      found.length ? element('p', { class: 'quiet' }, 'Nothing was added.') : null);
  }
}

function startEvents() {
  window.addEventListener('resize', scrollToPresent);
  byId('composer').addEventListener('submit', (event) => { event.preventDefault(); submit(); });
  byId('typed').addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) { event.preventDefault(); submit(); }
  });
  byId('cancel').addEventListener('click', endEdit);
  byId('clear').addEventListener('click', () => quietly(change('DELETE', 'events', undefined, null)));
  byId('download').addEventListener('click', () => quietly(page.source.file('events.jsonl').then((blob) => download(blob, 'events.jsonl'))));
  byId('share').addEventListener('click', async () => {
    say('The file is being made');
    await quietly(page.source.file(`export?step=${page.view.step}`).then((blob) => download(blob, 'studio.html')));
  });
  byId('undo').addEventListener('click', () => quietly(change('POST', 'undo')));
  byId('redo').addEventListener('click', () => quietly(change('POST', 'redo')));
  document.addEventListener('keydown', (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'z' && !isTyped(event.target) && page.mode === 'studio') {
      event.preventDefault();
      byId(event.shiftKey ? 'redo' : 'undo').click();
    }
  });
}

function download(blob, name) {
  const link = element('a', { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
