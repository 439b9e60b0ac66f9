// Why two events are one profile or two, on every side.

let asked = null;
let about = null;

function openWhy(row, one, other, card) {
  about = card;
  const events = [...new Map(row.sides.flat().flatMap((card) => card.events).map((each) => [each.step, each])).values()].sort((a, b) => a.step - b.step);
  for (const [id, step] of [['why-one', one], ['why-other', other]]) {
    fill(byId(id), events.map((each) => element('option', { value: each.step, selected: each.step === step }, shown(each.name))));
    byId(id).value = step;
  }
  byId('why').showModal();
  byId('why-title').focus();
  explain();
}

async function explain() {
  const [one, other] = ['why-one', 'why-other'].map((id) => Number(byId(id).value));
  const key = asked = `${one} ${other} ${page.view.step}`;
  byId('why-title').textContent = page.mode === 'live' ? `Why: ${about.label}` : one === other ? `Why: ${chosen('why-one')}` : `Why: ${chosen('why-one')} and ${chosen('why-other')}`;
  fill(byId('why-body'), element('p', { class: 'quiet' }, 'Working it out.'));
  let answer;
  try {
    answer = (await page.source.why(one, other, page.view.step, about)).map(explanation);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const kept = page.source.outcome && page.source.outcome(Math.max(one, other));
    answer = kept ? kept.map(outcome) : [element('p', {}, shown(error.message))];
  }
  if (asked === key) fill(byId('why-body'), answer);
}

const chosen = (id) => byId(id).selectedOptions[0]?.textContent || '';

const indent = (line) => Math.min(3, Math.ceil((line.length - line.trimStart().length) / 3));

const told = (line, place) => (line.trim() === '' ? element('hr') : element('p', { class: `told${place === 0 ? ' first' : ''}`, 'data-indent': indent(line) }, shown(line.trim())));

function explanation(side) {
  const state = side.together === null ? null : side.together ? 'one profile' : 'two profiles';
  return element('div', { class: 'side' }, element('h3', {}, title(side.name), ' ', state ? element('span', { class: `badge is-${side.together ? 'same' : 'split'}` }, state) : null),
    side.lines.map(told),
    side.more.length ? element('details', {}, element('summary', {}, 'All about the profile'), side.more.map((line) => told(line, 1))) : null);
}

function startWhy() {
  byId('why-close').addEventListener('click', () => byId('why').close());
  for (const id of ['why-one', 'why-other']) byId(id).addEventListener('change', explain);
}
