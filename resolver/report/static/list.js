// The list of changed groups, with what narrows and orders it.

const STEP = 100;

const ORDERS = {
  'largest change first': (group) => group.number,
  'most records first': (group) => -group.refs.length,
  'most profiles first': (group) => -Math.max(...group.sizes),
  'earliest line first': (group) => group.cause?.line ?? Infinity,
};
const ORDERS_BY_TRUTH = {
  'worst first': (group) => -(group.pairs.wrong + group.pairs.missed),
  'best first': (group) => group.pairs.wrong + group.pairs.missed,
};

class GroupList {
  // *changed* is called with the groups that are listed, whenever the reader narrows them.
  constructor(groups, header, open, changed) {
    this.groups = groups;
    this.header = header;
    this.texts = searchTexts(groups);
    this.open = open;
    this.changed = changed;
    this.reason = null;
    this.query = element('input', {
      type: 'search',
      id: 'query',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: 'crm:17, ada@example.com',
      oninput: () => this.narrow(),
      onkeydown: (event) => this.key(event, -1),
    });
    const isJudged = groups.some((group) => group.pairs);
    this.orders = isJudged ? { ...ORDERS, ...ORDERS_BY_TRUTH } : ORDERS;
    const kinds = [...new Set(groups.map((group) => group.kind))];
    this.kind = kinds.length > 1 ? this.choice('Change', ['all', ...kinds]) : null;
    this.verdict = isJudged ? this.choice('Truth', ['all', 'better', 'worse', 'even']) : null;
    this.order = this.choice('Order', Object.keys(this.orders));
    this.chip = element('p', { class: 'chip', hidden: true });
    this.status = element('p', { role: 'status', class: 'quiet' });
    this.items = element('ol', { class: 'list', 'aria-label': 'Changed groups', onkeydown: (event) => this.key(event, this.places().indexOf(event.target)) });
    this.foot = element('div');
    this.panel = element(
      'div',
      { class: 'finder' },
      element('label', { for: 'query' }, 'Search a ref or an identifier'),
      this.query,
      element('div', { class: 'choices' }, this.kind?.label, this.verdict?.label, this.order.label),
      this.chip,
      this.status,
      this.items,
      this.foot,
    );
  }

  choice(name, options) {
    const select = element(
      'select',
      { onchange: () => this.narrow() },
      options.map((option) => element('option', { value: option }, option)),
    );
    return { select, label: element('label', {}, `${name} `, select) };
  }

  // Only groups behind which there is a reason, and a value of it where one is given; null for all.
  narrowTo(reason) {
    this.reason = reason;
    this.narrow();
  }

  isChosen(group) {
    const [kind, verdict] = [this.kind?.select.value ?? 'all', this.verdict?.select.value ?? 'all'];
    const { reason } = this;
    return (
      (kind === 'all' || group.kind === kind) &&
      (verdict === 'all' || group.pairs.verdict === verdict) &&
      (reason === null || group.reason === reason.place) &&
      (reason?.value ?? []).every(([idType, value]) => group.values.some((pair) => pair[0] === idType && pair[1] === value))
    );
  }

  chosen() {
    const key = this.orders[this.order.select.value];
    return found(this.texts, this.query.value)
      .filter((position) => this.isChosen(this.groups[position]))
      .sort((a, b) => key(this.groups[a]) - key(this.groups[b]) || a - b);
  }

  narrow() {
    this.show();
    this.changed(this.listed);
  }

  show() {
    this.listed = this.chosen();
    const all = this.listed.length === this.groups.length;
    this.status.textContent = all ? count(this.listed.length, 'group') : `${number(this.listed.length)} of ${count(this.groups.length, 'group')}`;
    this.showChip();
    replaceContents(this.items);
    replaceContents(
      this.foot,
      this.listed.length
        ? showInSteps(this.items, this.listed, STEP, (position) => this.item(position), 'group')
        : element('p', { class: 'empty' }, 'No changed group has this. A record that is in none of them is unaffected.'),
    );
  }

  showChip() {
    this.chip.hidden = this.reason === null;
    if (this.reason === null) return;
    const { place, value } = this.reason;
    const words = `${this.header.reasons[place].words}${value ? `: ${value.map((pair) => pair.join(' ')).join(', ')}` : ''}`;
    const clear = element('button', { type: 'button', 'aria-label': 'Show the groups of all causes', onclick: () => this.narrowTo(null) }, '× all causes');
    replaceContents(this.chip, element('span', {}, words), ' ', clear);
  }

  item(position) {
    const group = this.groups[position];
    const hits = hitsOf(group, this.query.value);
    const button = element(
      'button',
      { type: 'button', 'data-group': position, onclick: () => this.open(position) },
      element('span', { class: 'item-title' }, `${number(group.number)}. ${count(group.refs.length, 'record')}`),
      element(
        'span',
        {},
        element('span', { class: `badge ${group.kind}` }, group.kind),
        ' ',
        group.pairs ? element('span', { class: `badge ${group.pairs.verdict}` }, VERDICTS[group.pairs.verdict]) : null,
        ' ',
        shape(group),
      ),
      element('span', { class: 'quiet' }, hits.length ? listed(hits, 3) : listed(group.refs, 3)),
    );
    markText(button, this.query.value);
    if (position === this.current) button.setAttribute('aria-current', 'true');
    return element('li', {}, button);
  }

  places() {
    return [...this.items.querySelectorAll('button')];
  }

  // Up and down go through the list and open as they go; Enter in the search opens the first.
  key(event, place) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    const places = this.places();
    if (event.key === 'Enter' && place < 0) this.listed.length && this.open(this.listed[0]);
    if (!(event.key in steps)) return;
    event.preventDefault();
    const next = places[place + steps[event.key]];
    if (next === undefined) {
      if (place === 0) this.query.focus();
      return;
    }
    next.focus();
    this.open(Number(next.dataset.group), true);
  }

  mark(position) {
    this.current = position;
    this.items.querySelector('[aria-current]')?.removeAttribute('aria-current');
    this.items.querySelector(`[data-group="${position}"]`)?.setAttribute('aria-current', 'true');
  }
}
