// One group in full: what became of it, why, its picture, and the same in words.

const PROFILES = 12;
const REFS = 24;

function detail(group, picture) {
  const note = leftOut(group, picture.drawn);
  return [
    element(
      'h3',
      { tabindex: '-1' },
      element('span', { class: `badge ${group.kind}` }, `${group.kind} ${shape(group)}`),
      ` ${headlineOf(group)}`,
    ),
    explanation(group),
    element('div', { class: 'beside' }, SIDES.map((name, side) => partition(group, side))),
    element('h4', {}, 'Graph'),
    note ? element('p', { class: 'quiet' }, note) : null,
    picture.panel,
    element('h4', {}, 'Identifiers'),
    group.identifiers.length ? identifierTable(group) : element('p', { class: 'quiet' }, 'Its records presented none.'),
    mergeLists(group),
  ];
}

function headlineOf(group) {
  const [before, after] = sizesOf(group);
  return `${count(group.refs.length, 'record')}: ${count(before, 'profile')} under the baseline, ${number(after)} under the candidate`;
}

function explanation(group) {
  if (!group.cause) return element('p', { class: 'quiet' }, 'No line is known at which the runs first differ for this group.');
  return element(
    'div',
    { class: 'why' },
    told('The first difference', group.cause),
    group.parting ? told('Then they part', group.parting) : null,
  );
}

function told(title, cause) {
  const where = [`Line ${number(cause.line)}`, cause.ref, cause.at === null ? null : time(cause.at), KINDS[cause.kind]];
  return element(
    'div',
    {},
    element('h4', {}, title, element('span', { class: 'badge' }, cause.kind)),
    element('p', { class: 'quiet' }, where.filter((part) => part).join(' · ')),
    element('p', {}, `${cause.why.charAt(0).toUpperCase()}${cause.why.slice(1)}.`),
  );
}

// The records of one side, profile by profile.
function partition(group, side) {
  const profiles = [];
  group.profiles[side].forEach((profile, record) => (profiles[profile] ??= []).push(group.refs[record]));
  const cards = element('ol', { class: 'profiles' });
  const card = ([refs, profile]) => {
    const items = element('ul', { class: 'refs' });
    const more = showInSteps(items, refs, REFS, (ref) => element('li', {}, ref), 'record');
    const others = group.others[side][profile];
    const beyond = others ? element('p', { class: 'quiet' }, `and ${count(others, 'record')} outside this group`) : null;
    return element('li', {}, element('h5', {}, profileName(profile)), items, more, ...(beyond ? [beyond] : []));
  };
  const more = showInSteps(cards, profiles.map((refs, profile) => [refs, profile]), PROFILES, card, 'profile');
  const title = `${side === 0 ? 'Before: baseline' : 'After: candidate'}`;
  return element('div', {}, element('h4', {}, title), cards, more);
}
