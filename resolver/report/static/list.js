// The list of changed groups, with what narrows and orders it.

const STEP = 100;

const ORDERS = {
  'in order of first record': null,
  'most records first': (group) => -group.refs.length,
  'most profiles first': (group) => -Math.max(...group.sizes),
  'earliest cause first': (group) => group.cause?.line ?? Infinity,
};

class GroupList {
  constructor(groups, open) {
    this.groups = groups;
    this.texts = searchTexts(groups);
    this.open = open;
    this.query = element('input', {
      type: 'search',
      id: 'query',
      autocomplete: 'off',
      spellcheck: 'false',
      placeholder: 'crm:17, ada@example.com, 317-555-6789',
      oninput: () => this.show(),
    });
    this.kind = this.choice('Change', ['all', ...new Set(groups.map((group) => group.kind))]);
    this.cause = this.choice('Cause', ['all', ...[...new Set(groups.map(causeKind))].sort()]);
    this.order = this.choice('Order', Object.keys(ORDERS));
    this.status = element('p', { role: 'status', class: 'quiet' });
    this.items = element('ol', { class: 'list', 'aria-label': 'Changed groups' });
    this.foot = element('div');
    this.panel = element(
      'div',
      { class: 'finder' },
      element('label', { for: 'query' }, 'Search a ref or an identifier'),
      this.query,
      element('div', { class: 'choices' }, this.kind.label, this.cause.label, this.order.label),
      this.status,
      this.items,
      this.foot,
    );
  }

  choice(name, options) {
    const select = element(
      'select',
      { onchange: () => this.show() },
      options.map((option) => element('option', { value: option }, option)),
    );
    return { select, label: element('label', {}, `${name} `, select) };
  }

  chosen() {
    const [kind, cause] = [this.kind.select.value, this.cause.select.value];
    const numbers = found(this.texts, this.query.value).filter((position) => {
      const group = this.groups[position];
      return (kind === 'all' || group.kind === kind) && (cause === 'all' || causeKind(group) === cause);
    });
    const key = ORDERS[this.order.select.value];
    return key === null ? numbers : numbers.sort((a, b) => key(this.groups[a]) - key(this.groups[b]) || a - b);
  }

  show() {
    const numbers = this.chosen();
    const all = numbers.length === this.groups.length;
    this.status.textContent = all
      ? `${count(numbers.length, 'group')}`
      : `${number(numbers.length)} of ${count(this.groups.length, 'group')}`;
    replaceContents(this.items);
    replaceContents(
      this.foot,
      numbers.length
        ? showInSteps(this.items, numbers, STEP, (position) => this.item(position), 'group')
        : element('p', { class: 'empty' }, 'No changed group has this. A record that is in none of them is unaffected.'),
    );
  }

  item(position) {
    const group = this.groups[position];
    const button = element(
      'button',
      { type: 'button', 'data-group': position, onclick: () => this.open(position) },
      element('span', { class: `badge ${group.kind}` }, `${group.kind} ${shape(group)}`),
      element('span', { class: 'refs' }, listed(group.refs, 3)),
      element('span', { class: 'quiet' }, group.cause ? `line ${number(group.cause.line)}, ${group.cause.kind}` : ''),
    );
    if (position === this.current) button.setAttribute('aria-current', 'true');
    return element('li', {}, button);
  }

  mark(position) {
    this.current = position;
    this.items.querySelector('[aria-current]')?.removeAttribute('aria-current');
    this.items.querySelector(`[data-group="${position}"]`)?.setAttribute('aria-current', 'true');
  }
}

function causeKind(group) {
  return group.cause?.kind ?? 'none found';
}
