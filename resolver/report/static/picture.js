// The picture of a group: the baseline beside the candidate, to be zoomed, moved and searched.

const NEAREST = 2.5;
const FARTHEST = 0.05;
const PAN = 60;
const LOWEST = 160;
const HIGHEST = 620;
const EDGE = 10;
const LARGEST = 1.15;
const READABLE = 0.6;

class Picture {
  constructor(group) {
    this.group = group;
    this.drawn = drawnOf(group);
    this.told = element('p', { role: 'status', class: 'told' }, 'Choose a node or a line to read what it is.');
    this.find = element('input', {
      type: 'search',
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-label': 'Find in this graph',
      placeholder: 'Find in this graph',
      oninput: () => this.mark(this.find.value),
      onkeydown: (event) => event.key === 'Enter' && this.next(),
    });
    this.hits = element('span', { role: 'status', class: 'quiet' });
    this.stages = SIDES.map((name) => element('div', { class: 'stage', tabindex: '0', role: 'img' }));
    this.views = [];
    this.panel = element('div', { class: 'picture' }, this.tools(), this.frames(), legend(), this.told);
  }

  tools() {
    const button = (label, name, act) =>
      element('button', { type: 'button', 'aria-label': name, title: name, onclick: act }, label);
    return element(
      'div',
      { class: 'tools' },
      this.find,
      this.hits,
      button('+', 'Zoom in', () => this.zoom(1.3)),
      button('−', 'Zoom out', () => this.zoom(1 / 1.3)),
      button('Fit', 'Fit both graphs into view', () => this.fit()),
    );
  }

  frames() {
    const sizes = sizesOf(this.group);
    return element(
      'div',
      { class: 'beside frames' },
      SIDES.map((name, side) => {
        const title = `${name === 'baseline' ? 'Baseline' : 'Candidate'}: ${count(sizes[side], 'profile')}`;
        this.stages[side].setAttribute('aria-label', `Graph of the ${name}. The lists beside it say the same in words.`);
        return element('figure', {}, element('figcaption', {}, title), this.stages[side]);
      }),
    );
  }

  // The stages must be in the page and have a size before anything can be drawn on them.
  draw() {
    this.views = this.stages.map((stage, side) => this.view(stage, side));
    const level = this.levelForWidth();
    const tallest = Math.max(...this.views.map((view) => view.elements().boundingBox().h)) * level;
    for (const stage of this.stages) stage.style.height = `${Math.min(HIGHEST, Math.max(LOWEST, tallest + 2 * EDGE))}px`;
    for (const view of this.views) view.resize();
    this.fit();
  }

  view(stage, side) {
    const elements = elementsOf(this.group, side, this.drawn);
    const nodes = elements.filter((each) => !each.data.source);
    const edges = elements.filter((each) => each.data.source);
    const places = placesOf(nodes, edges);
    for (const node of nodes) {
      if (places.has(node.data.id)) node.position = places.get(node.data.id);
    }
    for (const node of nodes) node.data.room = room(node, nodes, edges);
    for (const edge of edges) edge.data.bend = bend(edge.data, places);
    const view = cytoscape({
      container: stage,
      elements,
      layout: { name: 'preset' },
      style: look(),
      minZoom: FARTHEST,
      maxZoom: NEAREST,
      autoungrabify: true,
      boxSelectionEnabled: false,
    });
    view.on('tap', 'node, edge', (event) => {
      this.told.textContent = visible(event.target.data('told'));
    });
    stage.addEventListener('keydown', (event) => this.key(event, view));
    // The wheel scrolls the page, as everywhere; with Ctrl (or a pinch) it zooms.
    stage.addEventListener('wheel', (event) => !event.ctrlKey && !event.metaKey && event.stopPropagation(), true);
    return view;
  }

  key(event, view) {
    const moves = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] };
    if (event.key in moves) view.panBy({ x: moves[event.key][0], y: moves[event.key][1] });
    else if (event.key === '+' || event.key === '=') this.zoom(1.3);
    else if (event.key === '-') this.zoom(1 / 1.3);
    else if (event.key === '0') this.fit();
    else return;
    event.preventDefault();
  }

  zoom(factor) {
    for (const view of this.views) {
      view.zoom({ level: view.zoom() * factor, renderedPosition: { x: view.width() / 2, y: view.height() / 2 } });
    }
  }

  // One scale for both sides, so that equal things look equal.
  levelForWidth() {
    const levels = this.views.map((view) => (view.width() - 2 * EDGE) / view.elements().boundingBox().w);
    return Math.min(LARGEST, ...levels);
  }

  // All of it where that can be read; else as much as can, from the top, where reading begins.
  fit() {
    const heights = this.views.map((view) => (view.height() - 2 * EDGE) / view.elements().boundingBox().h);
    const level = Math.min(this.levelForWidth(), Math.max(READABLE, Math.min(...heights)));
    for (const view of this.views) {
      const box = view.elements().boundingBox();
      const left = (view.width() - box.w * level) / 2;
      view.viewport({ zoom: level, pan: { x: left - box.x1 * level, y: EDGE - box.y1 * level } });
    }
  }

  // Marks the nodes that have the text; gives whether there are any.
  mark(text) {
    this.place = -1;
    const hits = this.views.map((view) => {
      view.nodes().removeClass('hit');
      return text.trim() ? view.nodes().filter((node) => hasWording(node.data('text') ?? '', text)).addClass('hit') : [];
    });
    this.hits.textContent = text.trim() ? `${count(Math.max(...hits.map((each) => each.length)), 'hit')}` : '';
  }

  next() {
    this.place = (this.place ?? -1) + 1;
    for (const view of this.views) {
      const hits = view.nodes('.hit');
      if (hits.length) view.center(hits[this.place % hits.length]);
    }
  }

  repaint() {
    for (const view of this.views) view.style(look());
  }

  // The library keeps listening to the window until it is told that nobody looks any more.
  close() {
    for (const view of this.views) view.destroy();
    this.views = [];
  }
}

// How far a merge's line bends out, to the left whether it goes up or down: the farther, the longer it is.
function bend(data, places) {
  const [from, to] = [places.get(data.source), places.get(data.target)];
  const length = Math.abs(to.y - from.y);
  return (to.y < from.y ? -1 : 1) * Math.min(2 * ARCS, 84 + length / 6);
}

// How wide a profile's box is at least: with space on its left for the lines of its merges.
function room(node, nodes, edges) {
  const children = nodes.filter((each) => each.data.parent === node.data.id);
  const right = children.some((each) => each.classes.startsWith('identifier')) ? IDENTIFIERS_AT + IDENTIFIER / 2 : RECORD / 2;
  return RECORD / 2 + right + (edges.some((edge) => edge.classes === 'merge') ? ARCS : 0);
}

function legend() {
  const entry = (kind, text) => element('li', {}, element('span', { class: `key ${kind}`, 'aria-hidden': 'true' }), text);
  return element(
    'ul',
    { class: 'legend' },
    entry('of-profile', 'profile'),
    entry('of-record', 'record'),
    entry('of-identifier', 'identifier'),
    entry('of-joins', 'joined profiles'),
    entry('of-shared', 'on several profiles'),
    entry('of-gone', 'not held'),
    entry('of-merge', 'merged into'),
    element('li', { class: 'quiet' }, 'Drag to move; +, −, 0 and the arrow keys, or Ctrl and the wheel.'),
  );
}
