// The places of a picture's nodes: a box per profile, one below the other; in each, records left and identifiers
// right, beside the records that presented them. What no one profile holds stands between the boxes. The same data
// gives the same picture, and records keep their order on both sides, so that the eye can compare.

const RECORD = 124;
const IDENTIFIER = 190;
const ARCS = 72;
const ROW = 46;
const IDENTIFIERS_AT = 225;
const BOX_GAP = 60;
const OUTSIDE_GAP = 12;

function placesOf(nodes, edges) {
  const places = new Map();
  const boxes = nodes.filter((node) => node.classes === 'profile').map((node) => node.data.id);
  const records = byParent(nodes.filter((node) => node.classes === 'record'));
  const identifiers = nodes.filter((node) => node.classes.startsWith('identifier'));
  const held = byParent(identifiers.filter((node) => node.data.parent));
  const outside = byParent(identifiers.filter((node) => !node.data.parent), firstBox(records, edges));
  let top = 0;
  for (const box of boxes) {
    const mine = records.get(box) ?? [];
    mine.forEach((id, row) => places.set(id, { x: 0, y: top + row * ROW }));
    const end = beside(places, held.get(box) ?? [], edges, top, top + (mine.length - 1) * ROW);
    top = end + ROW;
    for (const id of outside.get(box) ?? []) {
      places.set(id, { x: IDENTIFIERS_AT, y: top + OUTSIDE_GAP });
      top += ROW;
    }
    top += BOX_GAP;
  }
  return places;
}

function byParent(nodes, parentOf = (node) => node.data.parent) {
  const found = new Map();
  for (const node of nodes) {
    const parent = parentOf(node);
    found.set(parent, [...(found.get(parent) ?? []), node.data.id]);
  }
  return found;
}

// The box after which an identifier stands that no one profile holds: that of the first record that presented it.
function firstBox(records, edges) {
  const boxes = new Map([...records].flatMap(([box, ids]) => ids.map((id) => [id, box])));
  const first = new Map();
  for (const { data } of edges) {
    if (!first.has(data.target)) first.set(data.target, boxes.get(data.source));
  }
  return (node) => first.get(node.data.id) ?? boxes.values().next().value;
}

// Puts identifiers as near as they fit to the middle of their records; gives where the lower column ends.
function beside(places, ids, edges, top, bottom) {
  const wanted = new Map(ids.map((id) => [id, []]));
  for (const { data } of edges) wanted.get(data.target)?.push(places.get(data.source)?.y ?? top);
  const middle = (id) => wanted.get(id).reduce((sum, y) => sum + y, 0) / Math.max(1, wanted.get(id).length);
  const ordered = [...ids].sort((a, b) => middle(a) - middle(b));
  let y = top - ROW;
  ordered.forEach((id, position) => {
    const latest = bottom - (ordered.length - 1 - position) * ROW;
    y = Math.max(y + ROW, Math.min(middle(id), latest));
    places.set(id, { x: IDENTIFIERS_AT, y });
  });
  return Math.max(y, bottom);
}
