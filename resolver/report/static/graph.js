// The graph of a group: profiles as boxes of records on the left, the values that they share on the right, the baseline
// beside the candidate. It is made of buttons, so that it can be read, reached by keyboard, and searched like all text.

const NODE_REFS = 3;

class Graph {
  constructor(group, names) {
    this.group = group;
    this.names = names;
    this.root = element('div', { class: 'graph' });
    this.build(FIRST_NODES, 'auto');
    this.observer = new ResizeObserver(() => this.place());
    this.observer.observe(this.root);
  }

  // Draws anew: with at *most* so many parts, or in another *way*.
  build(most, way) {
    this.pinned = null;
    this.content = folded(this.group, most, way);
    this.told = element('p', { role: 'status', class: 'told' }, 'Choose a record or a value to see what it is tied to, on both sides.');
    this.panels = this.names.map((name, side) => new Panel(this, name, side));
    const { note, left, isCoarse, hasOther } = this.content;
    const button = (words, act) => element('button', { type: 'button', class: 'more', onclick: act }, words);
    const more = button(`Draw ${number(Math.min(left, most))} more of ${count(left, 'part')} left`, () => this.rebuild(2 * most, way));
    const other = isCoarse
      ? button('Draw the records one by one', () => this.rebuild(FIRST_NODES, 'fine'))
      : button('Draw the parts as one each', () => this.rebuild(FIRST_NODES, 'coarse'));
    replaceContents(
      this.root,
      note ? element('p', { class: 'quiet' }, note) : null,
      element('div', { class: 'beside frames' }, this.panels.map((panel) => panel.figure)),
      element('p', { class: 'tools' }, isCoarse && left ? [more, ' '] : null, hasOther ? other : null),
      legend(),
      this.told,
    );
  }

  rebuild(most, way) {
    this.build(most, way);
    this.place();
    this.root.querySelector('.panel button').focus();
  }

  // As much as fits into a height: on paper, a graph that ran over pages would be cut.
  fit(height) {
    for (const most of [30, 20, 12, 8, 5, 3]) {
      this.place();
      if (this.root.offsetHeight <= height) return;
      this.build(most, 'coarse');
    }
    this.place();
  }

  place() {
    for (const panel of this.panels) panel.place();
  }

  close() {
    this.observer.disconnect();
  }

  // A node and what it is tied to, lit on both sides; all else is dimmed. Null lights nothing in particular.
  light(what) {
    const lit = what ?? this.pinned;
    for (const panel of this.panels) panel.light(lit);
  }

  pin(what, words) {
    this.pinned = this.pinned === what ? null : what;
    for (const panel of this.panels) panel.press(this.pinned);
    this.told.textContent = this.pinned === null ? '' : visible(words);
    this.light(null);
  }
}

class Panel {
  constructor(graph, name, side) {
    this.graph = graph;
    this.side = side;
    this.buttons = new Map();
    this.edges = [];
    const { group, content } = graph;
    const joining = joiningOf(group, side);
    this.boxes = element('div', { class: 'boxes' }, content.boxes[side].map((box) => this.box(box)));
    this.values = element('div', { class: 'shared-values' }, content.values.map((value) => this.value(value, joining)));
    this.lines = drawn('svg', { class: 'edges', 'aria-hidden': 'true' });
    this.area = element(
      'div',
      { class: 'panel', role: 'group', 'aria-label': `Graph of the ${name}; the lists below say the same in words`, onkeydown: (event) => this.key(event) },
      this.lines,
      this.boxes,
      this.values,
    );
    this.area.querySelector('button')?.setAttribute('tabindex', '0');
    this.figure = element('figure', {}, element('figcaption', {}, `${name}: ${count(group.sizes[side], 'profile')}`), this.area);
  }

  box(box) {
    const { group, content } = this.graph;
    const nodes = content.nodes.filter((node) => node.boxes[this.side] === box);
    const title = element('p', { class: 'box-title' }, boxTitle(group, this.side, box));
    return element('div', { class: 'box' }, title, nodes.map((node, place) => [this.goes(node, nodes[place - 1]), this.node(node)]));
  }

  // In the whole, what stands above the records of each part: the profile in which they are on the other side.
  goes(node, before) {
    const isWhole = (this.graph.group.kind === 'split') === (this.side === 0);
    const there = node.boxes[1 - this.side];
    if (!isWhole || there === before?.boxes[1 - this.side]) return null;
    return element('p', { class: 'also goes' }, `${this.side === 0 ? '→' : '←'} ${partName(there)}`);
  }

  node(node) {
    const { group, content } = this.graph;
    const refs = node.records.map((record) => group.refs[record]);
    const several = refs.length > 1;
    const own = node.own ? element('span', { class: 'also' }, ` + ${number(node.own)} own`) : null;
    const words = `${several ? `${count(refs.length, 'record')}: ` : 'Record '}${listed(refs, 20)}. ${this.tied(node)}`;
    return this.button('node', node, words, [
      element('span', {}, several ? count(refs.length, 'record') : refs[0]),
      own,
      several && !content.isCoarse ? element('span', { class: 'also under' }, listed(refs, NODE_REFS)) : null,
    ]);
  }

  tied(node) {
    const values = node.shared.map((each) => this.graph.group.identifiers[each]);
    return values.length ? `Shares ${listed(values.map((each) => `${each.idType} ${each.value}`), 8)}.` : 'Shares nothing with the others.';
  }

  value(place, joining) {
    const identifier = this.graph.group.identifiers[place];
    const holders = identifier.holders[this.side];
    const lines = joining.get(keyOf([identifier.idType, identifier.value]));
    const kinds = ['value-node'];
    const notes = [identifier.idType];
    if (holders.length === 0) kinds.push('gone');
    if (holders.length > 1) kinds.push('several');
    if (lines) kinds.push('joins');
    if (holders.length === 0) notes.push('not held');
    if (holders.length > 1) notes.push(`on ${number(holders.length)} profiles`);
    if (lines) notes.push(`joined profiles at line ${listed(lines.map(number), 2)}`);
    return this.button(kinds.join(' '), place, `${identifier.idType} ${identifier.value}: ${whereabouts(identifier, this.side)}.`, [
      element('span', { class: 'under' }, identifier.value),
      element('span', { class: 'also under' }, notes.join(' · ')),
    ]);
  }

  button(kinds, what, words, children) {
    const { graph } = this;
    const made = element(
      'button',
      {
        type: 'button',
        class: kinds,
        tabindex: '-1',
        'aria-pressed': 'false',
        onclick: () => graph.pin(what, words),
        onpointerenter: () => graph.light(what),
        onpointerleave: () => graph.light(null),
        onfocus: (event) => {
          for (const button of this.area.querySelectorAll('button')) button.tabIndex = -1;
          event.target.tabIndex = 0;
          graph.light(what);
        },
        onblur: () => graph.light(null),
      },
      children,
    );
    this.buttons.set(what, made);
    return made;
  }

  // Values stand beside the middle of their records, as near as they fit; then lines are drawn to them.
  place() {
    if (!this.area.isConnected || this.area.clientWidth === 0) return;
    const middle = (button) => button.offsetTop + button.offsetHeight / 2;
    const { nodes, values } = this.graph.content;
    const wanted = new Map(values.map((value) => [value, []]));
    for (const node of nodes) {
      for (const value of node.shared) wanted.get(value)?.push(middle(this.buttons.get(node)));
    }
    const mean = (all) => all.reduce((sum, y) => sum + y, 0) / Math.max(1, all.length);
    const ordered = [...values].sort((a, b) => mean(wanted.get(a)) - mean(wanted.get(b)));
    const gap = 8;
    let least = 0;
    const heights = ordered.map((value) => this.buttons.get(value).offsetHeight);
    const tops = ordered.map((value, place) => {
      const top = Math.max(least, mean(wanted.get(value)) - heights[place] / 2);
      least = top + heights[place] + gap;
      return top;
    });
    let most = Math.max(this.boxes.offsetHeight, heights.reduce((sum, height) => sum + height + gap, 0));
    for (let place = ordered.length - 1; place >= 0; place -= 1) {
      tops[place] = Math.min(tops[place], most - heights[place]);
      most = tops[place] - gap;
    }
    ordered.forEach((value, place) => {
      this.buttons.get(value).style.top = `${tops[place]}px`;
    });
    const inOrder = ordered.map((value) => this.buttons.get(value));
    if (inOrder.some((button, place) => this.values.children[place] !== button)) this.values.append(...inOrder);
    const last = ordered.length - 1;
    this.values.style.minHeight = last < 0 ? '' : `${tops[last] + heights[last]}px`;
    this.connect(nodes, wanted, middle);
  }

  connect(nodes, wanted, middle) {
    this.edges = [];
    for (const node of nodes) {
      const from = this.buttons.get(node);
      const [x, y] = [from.offsetLeft + from.offsetWidth, middle(from)];
      for (const value of node.shared.filter((each) => wanted.has(each))) {
        const to = this.buttons.get(value);
        const [toX, toY] = [this.values.offsetLeft, this.values.offsetTop + middle(to)];
        const bend = (x + toX) / 2;
        const line = drawn('path', { d: `M${x} ${y}C${bend} ${y} ${bend} ${toY} ${toX} ${toY}`, class: this.holds(node, value) ? 'edge' : 'edge gone' });
        this.edges.push({ node, value, line });
      }
    }
    this.lines.replaceChildren(...this.edges.map(({ line }) => line));
  }

  holds(node, value) {
    return this.graph.group.identifiers[value].holders[this.side].some((profile) => node.boxes[this.side].profiles.includes(profile));
  }

  light(what) {
    this.area.classList.toggle('dimmed', what !== null);
    const near = new Set([what]);
    for (const { node, value, line } of this.edges) {
      const isLit = node === what || value === what;
      line.classList.toggle('lit', isLit);
      if (isLit) near.add(node).add(value);
    }
    for (const [each, button] of this.buttons) button.classList.toggle('lit', near.has(each));
  }

  press(what) {
    for (const [each, button] of this.buttons) button.setAttribute('aria-pressed', String(each === what));
  }

  // Up and down go through records or values, left and right from the one to the other.
  key(event) {
    const records = [...this.boxes.querySelectorAll('button')];
    const values = [...this.values.querySelectorAll('button')];
    const here = records.includes(event.target) ? records : values;
    const place = here.indexOf(event.target);
    const moves = { ArrowUp: here[place - 1], ArrowDown: here[place + 1], Home: here[0], End: here.at(-1) };
    const across = () => {
      const what = [...this.buttons].find(([, button]) => button === event.target)?.[0];
      const edge = this.edges.find(({ node, value }) => node === what || value === what);
      return edge && this.buttons.get(here === records ? edge.value : edge.node);
    };
    const isAcross = event.key === (here === records ? 'ArrowRight' : 'ArrowLeft');
    const next = isAcross ? across() : moves[event.key];
    if (!isAcross && !(event.key in moves)) return;
    event.preventDefault();
    next?.focus();
  }
}

// For each value that joined profiles on one side, the lines where it did.
function joiningOf(group, side) {
  const lines = new Map();
  for (const merge of group.merges[side]) {
    for (const pair of merge.identifiers) lines.set(keyOf(pair), [...(lines.get(keyOf(pair)) ?? []), merge.line]);
  }
  return lines;
}

function keyOf([idType, value]) {
  return `${idType}\n${value}`;
}

function partName(box) {
  return box.profiles.length === 1 ? profileName(box.profiles[0]) : `${number(box.profiles.length)} profiles`;
}

function boxTitle(group, side, box) {
  const others = box.profiles.reduce((sum, profile) => sum + group.others[side][profile], 0);
  const beyond = others ? ` + ${number(others)} outside this group` : '';
  const each = box.profiles.length > 1 ? ' in all' : '';
  return `${partName(box)}: ${count(box.size, 'record')}${each}${beyond}`;
}

function legend() {
  const entry = (kind, text) => element('li', {}, element('span', { class: `key ${kind}`, 'aria-hidden': 'true' }), text);
  return element(
    'ul',
    { class: 'legend' },
    entry('of-profile', 'profile'),
    entry('of-record', 'record'),
    entry('of-value', 'shared value'),
    entry('joins', 'joined profiles'),
    entry('several', 'on several profiles'),
    entry('gone', 'not held'),
    element('li', { class: 'quiet' }, '+ n own: values that no other node has'),
  );
}
