// The same as the picture, in words: a group's identifiers, and its merges.

const ROWS = 50;

function identifierTable(group) {
  const presenters = group.identifiers.map(() => []);
  for (const [record, identifier, line] of group.presented) presenters[identifier].push([record, line]);
  const body = element('tbody');
  const row = (identifier, position) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, element('span', { class: 'type' }, identifier.idType), ' ', identifier.value),
      element('td', {}, presentedBy(group, presenters[position])),
      SIDES.map((name, side) => element('td', {}, whereabouts(identifier, side))),
    );
  const more = showInSteps(
    body,
    group.identifiers.map((identifier, position) => [identifier, position]),
    ROWS,
    ([identifier, position]) => row(identifier, position),
    'identifier',
  );
  const heads = ['identifier', 'presented by', ...SIDES];
  return element(
    'div',
    {},
    element(
      'div',
      { class: 'scrolls', tabindex: '0', role: 'region', 'aria-label': 'Identifiers of this group' },
      element('table', { class: 'identifiers' }, element('thead', {}, element('tr', {}, heads.map((head) => element('th', { scope: 'col' }, head)))), body),
    ),
    more,
  );
}

function presentedBy(group, presenters) {
  return listed(presenters.map(([record, line]) => `${group.refs[record]} (line ${number(line)})`), 6);
}

function mergeLists(group) {
  return element(
    'div',
    { class: 'beside' },
    SIDES.map((name, side) => {
      const items = element('ol', { class: 'merges' });
      const merges = group.merges[side];
      const more = showInSteps(items, merges, ROWS, (merge) => element('li', {}, mergeInWords(merge)), 'merge');
      const title = element('h4', {}, `Merges under the ${name}`);
      if (!merges.length) return element('div', {}, title, element('p', { class: 'quiet' }, 'None.'));
      return element('div', {}, title, items, more);
    }),
  );
}
