// What of a group is drawn. Values that one record alone has are counted beside it: nothing hangs by them. Records that
// share the same values and end in the same profiles are one node, and profiles of such records alone are one box, so
// that a group of many hundred records is still seen at once. Where that leaves many nodes, all records that are in the
// same profiles on both sides are one at first, and only what ties such parts to each other is drawn.

const FEW = 20;
const MOST_FINE = 60;
const FIRST_NODES = 30;
const MOST_VALUES = 60;
const ALIKE = 3;

// *way* is 'fine', 'coarse', or 'auto' for coarse where fine ones would be many. Of coarse nodes, the *most* that have
// most records.
function folded(group, most, way) {
  const presenters = group.identifiers.map(() => new Set());
  for (const [record, identifier] of group.presented) presenters[identifier].add(record);
  const shared = group.refs.map(() => []);
  const own = group.refs.map(() => 0);
  presenters.forEach((records, identifier) => {
    for (const record of records) {
      if (records.size > 1) shared[record].push(identifier);
      else own[record] += 1;
    }
  });
  const boxes = SIDES.map((_, side) => boxesOf(group, side, shared));
  const fine = nodesOf(group, shared, own, boxes);
  const parts = coarse(fine);
  const isCoarse = way === 'coarse' || (way === 'auto' && fine.length > FEW);
  const nodes = isCoarse ? parts : fine;
  const kept = new Set([...nodes].sort((a, b) => b.records.length - a.records.length).slice(0, isCoarse ? most : MOST_FINE));
  const drawnNodes = nodes.filter((node) => kept.has(node));
  const { all, values } = valuesOf(drawnNodes);
  return {
    nodes: drawnNodes,
    values,
    boxes: boxes.map(({ order }, side) => order.filter((box) => drawnNodes.some((node) => node.boxes[side] === box))),
    isCoarse,
    hasOther: parts.length < fine.length && fine.length > FEW,
    left: nodes.length - drawnNodes.length,
    note: leftOut(nodes, drawnNodes, all, values, isCoarse),
  };
}

// The boxes of one side: a profile each, or several profiles whose records all share the same values.
function boxesOf(group, side, shared) {
  const profiles = [];
  group.profiles[side].forEach((profile, record) => (profiles[profile] ??= []).push(record));
  const keys = profiles.map((records) => {
    const found = new Set(records.map((record) => shared[record].join()));
    return found.size === 1 ? [...found][0] : null;
  });
  const alike = new Map();
  keys.forEach((key, profile) => key !== null && alike.set(key, [...(alike.get(key) ?? []), profile]));
  const made = new Map();
  const order = [];
  const of = profiles.map((_, profile) => {
    const together = keys[profile] === null ? [] : alike.get(keys[profile]);
    const several = together.length >= ALIKE;
    const name = several ? `like ${keys[profile]}` : profile;
    if (!made.has(name)) {
      const box = { profiles: several ? together : [profile], size: 0 };
      made.set(name, box);
      order.push(box);
    }
    made.get(name).size += profiles[profile].length;
    return made.get(name);
  });
  return { order, of };
}

// The nodes, in the order of the parts into which the group falls, or from which it was put together.
function nodesOf(group, shared, own, boxes) {
  const parts = group.kind === 'split' ? 1 : 0;
  const made = new Map();
  const places = boxes.map(({ order }) => new Map(order.map((box, place) => [box, place])));
  group.refs.forEach((_, record) => {
    const mine = boxes.map(({ of }, side) => of[group.profiles[side][record]]);
    const key = `${places[0].get(mine[0])} ${places[1].get(mine[1])} ${shared[record].join()}`;
    if (!made.has(key)) made.set(key, { records: [], shared: shared[record], boxes: mine, own: 0 });
    made.get(key).records.push(record);
    made.get(key).own += own[record];
  });
  return [...made.values()].sort(
    (a, b) => places[parts].get(a.boxes[parts]) - places[parts].get(b.boxes[parts]) || a.records[0] - b.records[0],
  );
}

// One node for all records in the same profiles; a value that no other node has is its own.
function coarse(nodes) {
  const made = new Map();
  for (const node of nodes) {
    const [one, other] = node.boxes;
    if (!made.has(one)) made.set(one, new Map());
    const within = made.get(one);
    if (!within.has(other)) within.set(other, { records: [], shared: new Set(), boxes: node.boxes, own: 0 });
    const whole = within.get(other);
    whole.records.push(...node.records);
    whole.own += node.own;
    for (const value of node.shared) whole.shared.add(value);
  }
  const parts = [...made.values()].flatMap((within) => [...within.values()]);
  const uses = new Map();
  for (const { shared } of parts) {
    for (const value of shared) uses.set(value, (uses.get(value) ?? 0) + 1);
  }
  return parts.map((part) => {
    const shared = [...part.shared].filter((value) => uses.get(value) > 1);
    return { ...part, shared, own: part.own + part.shared.size - shared.length };
  });
}

// The values that several records share, those of most records first.
function valuesOf(nodes) {
  const uses = new Map();
  for (const node of nodes) {
    for (const identifier of node.shared) uses.set(identifier, (uses.get(identifier) ?? 0) + node.records.length);
  }
  const all = [...uses.keys()].sort((a, b) => uses.get(b) - uses.get(a) || a - b);
  return { all, values: all.slice(0, MOST_VALUES) };
}

// The sentence that says what is not drawn; null where nothing is left out.
function leftOut(nodes, drawnNodes, all, values, isCoarse) {
  const left = [];
  const parts = isCoarse ? 'Records that are in the same profiles on both sides are one node, and what ties these is drawn. ' : '';
  if (drawnNodes.length < nodes.length) {
    const records = drawnNodes.reduce((sum, node) => sum + node.records.length, 0);
    const total = nodes.reduce((sum, node) => sum + node.records.length, 0);
    left.push(`${number(records)} of ${count(total, 'record')}`);
  }
  if (values.length < all.length) left.push(`${number(values.length)} of ${count(all.length, 'shared value')}`);
  return `${parts}${left.length ? `The graph shows ${left.join(' and ')}; the lists below have all.` : ''}` || null;
}
