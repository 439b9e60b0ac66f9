// This step on every side, and the people: profiles that have events in common stand in one row.

const FACTS = {
  ProfileCreated: (fact) => ['created', fact.profile],
  IdentifierAdded: (fact) => ['added', `${fact.idType} ${fact.value}`],
  IdentifierRemoved: (fact) => ['removed', `${fact.idType} ${fact.value}`, fact.reason],
  IdentifierEvicted: (fact) => ['evicted', `${fact.idType} ${fact.value}`, fact.reason],
  IdentifierRefused: (fact) => ['refused', `${fact.idType} ${fact.value}`, fact.owner ? `${fact.reason} with ${fact.owner}` : fact.reason],
  ProfilesMerged: (fact) => ['merged', `${fact.absorbed.join(', ')} into ${fact.profile}`, `${fact.rule}: ${fact.identifiers.map((pair) => pair.join(' ')).join(' and ')}`],
  ProfileDeleted: (fact) => ['deleted', fact.profile],
  IdentifierSuppressed: (fact) => ['suppressed', `${fact.idType} ${fact.value}`],
  IdentifierUnsuppressed: (fact) => ['unsuppressed', `${fact.idType} ${fact.value}`],
  SettingsApplied: () => ['settings', 'new settings are in force'],
};

function factLine(fact) {
  const [what, about, why] = FACTS[fact.kind](fact);
  return element('li', { class: `fact is-${what}` }, element('span', { class: 'verb' }, what), ' ', shown(about), why ? element('span', { class: 'quiet' }, ` (${shown(why)})`) : null);
}

function foundLine(match) {
  const pairs = match.shared.map(([name, given, held]) => (given === held ? `${name} ${given}` : `${name} ${given}, like ${held}`));
  return element('li', {}, 'Rule ', element('code', {}, shown(match.rule)), ` found ${match.profile}: `, shown(pairs.join('; ')));
}

function outcome(side) {
  const { outcome: what, name } = side;
  return element('div', { class: 'side' },
    element('h3', {}, title(name), ' ', badge(what.status), what.profile ? element('span', { class: 'quiet' }, ` ${what.profile}`) : null),
    element('p', { class: 'told' }, shown(what.text[0].toUpperCase() + what.text.slice(1)), '.'),
    what.found.length ? element('ul', { class: 'found', 'aria-label': `Why, ${name}` }, what.found.map(foundLine)) : null,
    what.facts.length ? element('ul', { class: 'facts', 'aria-label': `Facts, ${name}` }, what.facts.map(factLine)) : null);
}

const title = (name) => name[0].toUpperCase() + name.slice(1);

function drawNow(view) {
  if (view.step === 0) {
    fill(byId('now'), element('p', { class: 'empty' }, view.steps === 0
      ? page.mode === 'studio' ? 'Nothing has happened yet. Type an event, or paste some.' : 'Nothing has happened yet.'
      : 'Before the first event.'));
    return;
  }
  const event = view.event;
  const text = (side) => JSON.stringify({ ...side.outcome });
  const alike = view.sides.length > 1 && view.sides.every((side) => text(side) === text(view.sides[0]));
  const sides = alike ? [{ ...view.sides[0], name: 'both sides' }] : view.sides;
  fill(byId('now'),
    element('p', { class: 'now-event' }, element('strong', {}, shown(event.name)), event.time ? element('span', { class: 'quiet' }, ` ${event.time}`) : null, ' ', element('span', { class: 'pairs' }, words(event))),
    element('div', { class: sides.length > 1 ? 'sides' : '' }, sides.map(outcome)));
}

function drawPeople(view) {
  fill(byId('totals'), view.sides.map((side) => element('p', { class: 'side' }, view.sides.length > 1 ? element('strong', {}, title(side.name)) : null, ' ',
    [counted(side.profiles, 'profile'), `${counted(side.merges, 'event')} merged profiles`, side.rejected ? `${side.rejected.toLocaleString('en')} rejected` : null].filter(Boolean).join(', '))));
  byId('people-note').textContent = view.people === null ? '' : view.sides.length > 1
    ? `${view.people === 1 ? '1 person' : `${view.people.toLocaleString('en')} people`}, ${view.changed.toLocaleString('en')} ${view.changed === 1 ? 'differs' : 'differ'}`
    : '';
  const rows = view.rows.map(rowOf);
  const none = view.step === 0 ? null : element('li', { class: 'empty' }, page.find || page.changed ? 'No profile fits.' : 'No profile is left.');
  const more = view.hasMore ? element('li', { class: 'quiet' }, 'The latest are shown; find others by a value or a ref.') : null;
  fill(byId('rows'), rows.length ? [...rows, more] : none);
}

const KINDS = { values: 'other values', same: 'same on both sides' };

function kindOf(row) {
  if (row.kind !== 'split') return KINDS[row.kind];
  const [before, after] = row.counts;
  return after > before ? 'split' : after < before ? 'joined' : 'grouped differently';
}

function rowOf(row, place) {
  const isOne = row.sides.length === 1;
  const isSame = isOne || row.kind === 'same';
  const head = isOne ? null : element('p', { class: 'row row-head' },
    element('span', { class: `badge is-${row.kind}` }, kindOf(row)),
    row.kind === 'split' ? element('span', {}, row.counts.length ? `${counted(row.counts[0], 'profile')} under the baseline, ${row.counts[1]} under the candidate` : '') : null,
    row.isTouched ? element('span', { class: 'badge is-now' }, 'this step') : null,
    element('span', { class: 'gap' }),
    row.kind === 'split' ? whyButton(row, place) : null);
  const sides = isSame ? [row.sides[0]] : row.sides;
  return element('li', { class: `person is-${row.kind}${row.isTouched ? ' is-touched' : ''}` }, head,
    element('div', { class: isSame ? '' : 'sides' }, sides.map((cards, side) => element('div', { class: 'side' },
      isSame ? null : element('p', { class: 'side-name quiet' }, title(page.view.sides[side].name)),
      cards.length ? cards.map((card) => cardOf(card, row)) : element('p', { class: 'empty' }, 'No profile.')))),
    row.isWhole ? null : element('p', { class: 'quiet' }, 'The first 2,000 events of a larger group.'));
}

function whyButton(row, place) {
  const parts = row.sides.find((cards) => cards.length > 1) || row.sides[0];
  const events = parts.map((card) => card.events[0]).concat(row.sides.flat().flatMap((card) => card.events));
  const [one, other] = [events[0], events.find((each) => each && each.step !== events[0].step) || events[0]];
  return element('button', { type: 'button', class: 'why', 'data-key': `why ${place}`, 'aria-label': `Why is this group ${kindOf(row)}?`, onclick: () => openWhy(row, one.step, other.step, parts[0]) }, 'Why?');
}

function cardOf(card, row) {
  const aliases = card.aliases.length ? element('span', { class: 'quiet' }, ` took in ${card.aliases.join(', ')}`) : null;
  return element('article', { class: 'card', 'aria-label': `Profile ${card.label}` },
    element('h3', { title: `${card.id}, created ${card.created}` }, card.label, aliases),
    element('dl', {}, card.types.map(typeOf)),
    element('ul', { class: 'chips', 'aria-label': `Events of ${card.label}` },
      card.events.map((event, place) => element('li', {}, element('button', {
        type: 'button', class: 'chip', 'data-key': `chip ${card.label} ${event.step} ${place}`, title: `Why is ${event.name} in ${card.label}?`,
        'aria-label': `${event.name}: why is it in ${card.label}?`, onclick: () => openWhy(row, card.events[0].step === event.step ? (card.events[1] || event).step : card.events[0].step, event.step, card),
      }, shown(event.name)))),
      card.moreEvents ? element('li', { class: 'quiet' }, `and ${card.moreEvents.toLocaleString('en')} more`) : null));
}

function typeOf(type) {
  const room = type.limit === null ? 'not configured any more' : `${type.count} of ${type.limit}`;
  const isTight = type.isFull || type.limit === null;
  return element('div', {}, element('dt', {}, shown(type.idType), isTight ? element('span', { class: 'badge is-full' }, type.isFull ? `full: ${room}` : room) : null),
    element('dd', {}, type.more ? element('span', { class: 'quiet' }, `${type.more} earlier, `) : null,
      type.values.map((each) => element('span', { class: `value${each.isNew ? ' is-new' : ''}` }, shown(each.value),
        each.isNew ? element('span', { class: 'unseen' }, ' (new)') : null,
        each.holders > 1 ? element('span', { class: 'quiet holders' }, ` held by ${each.holders}`) : null))));
}

function startPeople() {
  let waiting = null;
  byId('find').addEventListener('input', (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { page.find = event.target.value; goTo(page.view.step); }, 200);
  });
  byId('changed').addEventListener('change', (event) => { page.changed = event.target.checked; goTo(page.view.step); });
}
