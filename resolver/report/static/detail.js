// One group in full: what became of it, why, its graph, and the same in words. With *most* refs, rows and profiles at a
// time; all of them, where it is printed.

const PROFILES = 12;
const REFS = 24;
const ROWS = 50;

function detail(group, header, graph, whole = false) {
  return [
    element('h3', { tabindex: '-1', id: whole ? null : 'opened-title' }, headlineOf(group)),
    element(
      'p',
      { class: 'badges' },
      element('span', { class: `badge ${group.kind}` }, group.kind),
      group.pairs ? element('span', { class: `badge ${group.pairs.verdict}` }, VERDICTS[group.pairs.verdict]) : null,
      group.pairs ? element('span', { class: 'quiet' }, `Against the truth: ${pairsInWords(group.pairs)}.`) : null,
    ),
    explanation(group, header),
    element('h4', {}, 'Graph'),
    graph.root,
    element('h4', {}, 'Records'),
    element('div', { class: 'beside' }, header.sides.map((name, side) => partition(group, name, side, whole))),
    element('h4', {}, 'Identifiers'),
    group.identifiers.length ? identifierTable(group, whole) : element('p', { class: 'quiet' }, 'Its records presented none.'),
    mergeLists(group, header, whole),
  ];
}

function headlineOf(group) {
  return `Group ${number(group.number)}: ${count(group.refs.length, 'record')}, ${shape(group)}`;
}

function explanation(group, header) {
  const reason = header.reasons[group.reason];
  return element(
    'div',
    { class: 'why' },
    element('p', { class: 'reason' }, `${reason.words}${group.values.length ? ': ' : '.'}`, valuesOfReason(group)),
    element('p', { class: 'quiet' }, reason.rule ? element('span', { class: 'badge' }, `rule ${reason.rule}`) : null, settingsBehind(group, reason)),
    group.cause ? told('The first difference', group.cause) : element('p', { class: 'quiet' }, 'No line is known at which the runs first differ for this group.'),
    group.parting ? told('Then they part', group.parting) : null,
  );
}

// The settings that bring the group back, each alone, or else some of its records; where none does, or where that was
// not tried, the nearest ones.
function settingsBehind(group, reason) {
  const back = group.back === null ? [] : reason.settings.filter(({ place }) => group.back[place]);
  const whole = back.filter(({ place }) => group.back[place] === group.moved);
  const settings = [whole, back, reason.settings].find((each) => each.length) || [];
  if (!settings.length) return null;
  const part = ({ place }) => (whole.length || !back.length ? '' : ` (${number(group.back[place])} of ${count(group.moved, 'record')})`);
  const links = settings.flatMap((each, place) => [place ? '; ' : '', element('a', { href: `#${each.anchor}`, title: each.path }, each.words), part(each)]);
  if (whole.length) return [whole.length > 1 ? ' Each of these, put back alone, brings the group back: ' : ' Put back alone, this brings the group back: ', ...links];
  if (back.length) return [' Put back alone, no setting brings the whole group back; this comes nearest: ', ...links];
  if (group.back) return [' No single setting, put back alone, brings a record back. The nearest: ', ...links];
  return [settings.length > 1 ? ' The nearest settings: ' : ' The nearest setting: ', ...links];
}

function valuesOfReason(group) {
  return group.values.map(([idType, value], place) => [place ? ', ' : '', element('span', { class: 'type' }, idType), ' ', element('b', {}, value)]);
}

function told(title, cause) {
  const where = [`line ${number(cause.line)}`, cause.ref, cause.at === null ? null : time(cause.at)].filter((part) => part);
  return element('p', {}, element('b', {}, `${title}, ${where.join(' · ')}: `), `${cause.why}.`);
}

// The records of one side, profile by profile.
function partition(group, name, side, whole) {
  const profiles = [];
  group.profiles[side].forEach((profile, record) => (profiles[profile] ??= []).push(group.refs[record]));
  const cards = element('ol', { class: 'profiles' });
  const card = ([refs, profile]) => {
    const items = element('ul', { class: 'refs' });
    const more = showInSteps(items, refs, whole ? refs.length : REFS, (ref) => element('li', {}, ref), 'record');
    const others = group.others[side][profile];
    const beyond = others ? element('p', { class: 'quiet' }, `and ${count(others, 'record')} outside this group`) : null;
    return element('li', {}, element('h5', {}, `${profileName(profile)}: ${count(refs.length, 'record')}`), items, more, beyond);
  };
  const numbered = profiles.map((refs, profile) => [refs, profile]);
  const more = showInSteps(cards, numbered, whole ? numbered.length : PROFILES, card, 'profile');
  return element('div', {}, element('p', { class: 'side' }, `${side === 0 ? 'Before' : 'After'}: ${name}`), cards, more);
}

function identifierTable(group, whole) {
  const presenters = group.identifiers.map(() => []);
  for (const [record, identifier, line] of group.presented) presenters[identifier].push([record, line]);
  const ranked = group.identifiers
    .map((identifier, place) => [identifier, presenters[place]])
    .sort((a, b) => b[1].length - a[1].length);
  const body = element('tbody');
  const row = ([identifier, mine]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, element('span', { class: 'type' }, identifier.idType), ' ', element('span', {}, identifier.value)),
      element('td', {}, listed(mine.map(([record, line]) => `${group.refs[record]} (line ${number(line)})`), whole ? mine.length : 6)),
      SIDES.map((_, side) => element('td', {}, whereabouts(identifier, side))),
    );
  const more = showInSteps(body, ranked, whole ? ranked.length : ROWS, row, 'identifier');
  const heads = ['identifier', 'presented by', ...SIDES].map((head) => element('th', { scope: 'col' }, head));
  const table = element('table', { class: 'identifiers' }, element('thead', {}, element('tr', {}, heads)), body);
  const scroller = { class: 'scrolls', tabindex: '0', role: 'region', 'aria-label': `Identifiers of group ${number(group.number)}` };
  return element('div', {}, element('div', whole ? {} : scroller, table), more);
}

function mergeLists(group, header, whole) {
  return element(
    'div',
    { class: 'beside' },
    header.sides.map((name, side) => {
      const items = element('ol', { class: 'merges' });
      const merges = group.merges[side];
      const more = showInSteps(items, merges, whole ? merges.length : ROWS, (merge) => element('li', {}, mergeInWords(merge)), 'merge');
      const title = element('h4', {}, `Merges: ${name}`);
      if (!merges.length) return element('div', {}, title, element('p', { class: 'quiet' }, 'None.'));
      return element('div', {}, title, items, more);
    }),
  );
}
