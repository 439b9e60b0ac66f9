// Elements of a picture: which records, identifiers, profiles and merges of one side are drawn, and how they hang
// together. Nothing here knows the drawing library but for the shape of what it gives.

const MOST_RECORDS = 60;
const MOST_IDENTIFIERS = 120;

// What is drawn of a group, the same on both sides. Of a large group, each of its parts gets records in turn, and
// identifiers that several of those records presented come first: they are what the group hangs together by.
function drawnOf(group) {
  const parts = [];
  group.profiles[group.kind === 'split' ? 1 : 0].forEach((part, record) => (parts[part] ??= []).push(record));
  const records = new Set();
  for (let turn = 0; records.size < Math.min(MOST_RECORDS, group.refs.length); turn += 1) {
    for (const part of parts) {
      if (turn < part.length && records.size < MOST_RECORDS) records.add(part[turn]);
    }
  }
  const uses = new Map();
  for (const [record, identifier] of group.presented) {
    if (records.has(record)) uses.set(identifier, (uses.get(identifier) ?? 0) + 1);
  }
  const inOrder = [...records].sort((a, b) => a - b);
  const ranked = [...uses.keys()].sort((a, b) => uses.get(b) - uses.get(a) || a - b);
  return { records: new Set(inOrder), identifiers: new Set(ranked.slice(0, MOST_IDENTIFIERS)) };
}

// The sentence that says what is left out; null where nothing is.
function leftOut(group, drawn) {
  const left = [];
  if (drawn.records.size < group.refs.length) {
    left.push(`${number(drawn.records.size)} of ${count(group.refs.length, 'record')}`);
  }
  if (drawn.identifiers.size < group.identifiers.length) {
    left.push(`${number(drawn.identifiers.size)} of ${count(group.identifiers.length, 'identifier')}`);
  }
  return left.length ? `The graph shows ${left.join(' and ')}; the lists have all.` : null;
}

function elementsOf(group, side, drawn) {
  const joining = joiningOf(group, side);
  return [
    ...profileNodes(group, side, drawn),
    ...recordNodes(group, side, drawn),
    ...identifierNodes(group, side, drawn, joining),
    ...presentedEdges(group, side, drawn),
    ...mergeEdges(group, side, drawn),
  ];
}

function joiningOf(group, side) {
  const keys = group.merges[side].flatMap((merge) => merge.identifiers.map(keyOf));
  return new Set(keys);
}

function keyOf([idType, value]) {
  return `${idType}\n${value}`;
}

function profileNodes(group, side, drawn) {
  const sizes = new Map();
  group.profiles[side].forEach((profile) => sizes.set(profile, (sizes.get(profile) ?? 0) + 1));
  const shown = new Set([...drawn.records].map((record) => group.profiles[side][record]));
  return [...sizes]
    .filter(([profile]) => shown.has(profile))
    .map(([profile, size]) => {
      const others = group.others[side][profile];
      const beyond = others ? ` + ${number(others)} outside this group` : '';
      const label = `${profileName(profile)}: ${count(size, 'record')}${beyond}`;
      return { data: { id: `p${profile}`, label, told: label }, classes: 'profile' };
    });
}

function recordNodes(group, side, drawn) {
  return [...drawn.records].map((record) => ({
    data: {
      id: `r${record}`,
      parent: `p${group.profiles[side][record]}`,
      label: shortened(group.refs[record], 17),
      text: group.refs[record],
      told: `Record ${group.refs[record]}, in ${profileName(group.profiles[side][record])}`,
    },
    classes: 'record',
  }));
}

function identifierNodes(group, side, drawn, joining) {
  return [...drawn.identifiers].map((position) => {
    const identifier = group.identifiers[position];
    const holders = identifier.holders[side];
    const kinds = ['identifier'];
    if (holders.length === 0) kinds.push('gone');
    if (holders.length > 1) kinds.push('shared');
    if (joining.has(keyOf([identifier.idType, identifier.value]))) kinds.push('joins');
    return {
      data: {
        id: `i${position}`,
        ...(holders.length === 1 ? { parent: `p${holders[0]}` } : {}),
        label: `${shortened(identifier.idType, 24)}\n${shortened(identifier.value, 25)}`,
        text: `${identifier.idType} ${identifier.value}`,
        told: `${identifier.idType} ${identifier.value}: ${whereabouts(identifier, side)}`,
      },
      classes: kinds.join(' '),
    };
  });
}

// Where an identifier is on one side, in words: the picture's node and the table's cell say the same.
function whereabouts(identifier, side) {
  const holders = identifier.holders[side];
  const fate = identifier.fates[side];
  const held = holders.length ? `held by ${listed(holders.map(profileName), 4)}` : 'not held in this group';
  return fate ? `${held}; ${fateInWords(fate)}` : held;
}

function presentedEdges(group, side, drawn) {
  return group.presented
    .filter(
      ([record, identifier, , sides]) =>
        sides & (1 << side) && drawn.records.has(record) && drawn.identifiers.has(identifier),
    )
    .map(([record, identifier, line]) => ({
      data: {
        id: `e${record}-${identifier}`,
        source: `r${record}`,
        target: `i${identifier}`,
        told: `${group.refs[record]} presented ${group.identifiers[identifier].idType} at line ${number(line)}`,
      },
      classes: group.identifiers[identifier].holders[side].length ? 'presented' : 'presented gone',
    }));
}

function mergeEdges(group, side, drawn) {
  const numbers = new Map(group.refs.map((ref, record) => [ref, record]));
  return group.merges[side].flatMap((merge, position) =>
    merge.absorbed
      .map((ref) => [numbers.get(ref), numbers.get(merge.survivor)])
      .filter(([from, to]) => drawn.records.has(from) && drawn.records.has(to) && from !== to)
      .map(([from, to]) => ({
        data: {
          id: `m${position}-${from}`,
          source: `r${from}`,
          target: `r${to}`,
          label: `line ${number(merge.line)}`,
          told: mergeInWords(merge),
        },
        classes: 'merge',
      })),
  );
}

function mergeInWords(merge) {
  const on = merge.identifiers.map(([idType, value]) => `${idType} ${value}`).join(' and ');
  const by = merge.rule === 'collision' ? 'a collision' : `rule “${merge.rule}”`;
  return `Line ${number(merge.line)}: ${listed(merge.absorbed, 6)} merged into the profile of ${merge.survivor} by ${by} on ${on}`;
}
