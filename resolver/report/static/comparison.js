// The page of a comparison: reads the data, shows the list, opens groups on request. The address names the open group
// (#group-3). Where there is no room for both, the list and the group are screens of their own.

const NAME = /^#group-(\d+)$/;
const NARROW = matchMedia('(width <= 900px)');

async function start() {
  offerTheme();
  document.querySelectorAll('code.command').forEach(offerCopying);
  const place = document.getElementById('groups');
  if (place !== null) showGroups(place, ...(await readData()));
  document.documentElement.dataset.ready = 'true';
}

function showGroups(place, header, ...groups) {
  groups.forEach((group, position) => {
    group.number = position + 1;
    group.sizes = sizesOf(group);
  });
  const opened = element('article', { class: 'opened', 'aria-labelledby': 'opened-title' });
  const back = element('button', { type: 'button', class: 'back' }, '← All groups');
  const screens = element('div', { class: 'browser', 'data-screen': 'list' }, element('div', { class: 'finding' }), opened);
  let graph = null;
  let current = null;

  const show = (screen) => {
    screens.dataset.screen = screen;
    document.documentElement.dataset.screen = screen;
  };
  const close = () => {
    graph?.close();
    graph = null;
    current = null;
  };
  const open = (position) => {
    close();
    current = position;
    graph = new Graph(groups[position], header.sides);
    replaceContents(opened, back, detail(groups[position], header, graph));
    show('group');
    graph.place();
    markText(opened, list.query.value);
    list.mark(position);
  };
  const openNamed = (isAsked) => {
    const position = Number(NAME.exec(location.hash)?.[1] ?? 0) - 1;
    if (!(position in groups)) {
      show('list');
      if (isAsked) document.getElementById(location.hash.slice(1))?.scrollIntoView({ block: 'start' });
      return;
    }
    open(position);
    const title = opened.querySelector('h3');
    if (isAsked || NARROW.matches) title.focus({ preventScroll: true });
    const { top } = title.getBoundingClientRect();
    if (NARROW.matches || top < 0 || top > innerHeight / 2) (NARROW.matches ? back : title).scrollIntoView({ block: 'start' });
  };
  const clear = () => {
    close();
    list.mark(null);
    replaceContents(opened, element('p', { class: 'empty', id: 'opened-title' }, 'No group is open.'));
    show('list');
  };
  const list = new GroupList(
    groups,
    header,
    (position, isPassing) => {
      if (isPassing && !NARROW.matches) {
        open(position);
        history.replaceState(null, '', `#group-${position + 1}`);
      } else if (!isPassing && location.hash === `#group-${position + 1}`) openNamed(true);
      else if (!isPassing) location.hash = `group-${position + 1}`;
    },
    (positions) => {
      if (positions.length === 0) clear();
      else if (NARROW.matches) show('list');
      else if (positions.length === 1) open(positions[0]);
      else if (!positions.includes(current)) open(positions[0]);
      if (graph !== null) markText(opened, list.query.value);
    },
  );
  back.addEventListener('click', () => {
    location.hash = 'changed';
    show('list');
    (list.items.querySelector('[aria-current]') ?? list.query).focus();
  });
  screens.firstChild.replaceWith(list.panel);
  replaceContents(place, screens);
  list.show();
  offerReasons(list);
  offerPrinting(groups, header, () => list.listed);
  if (NAME.test(location.hash)) openNamed(false);
  else if (NARROW.matches) clear();
  else open(0);
  addEventListener('hashchange', () => openNamed(true));
}

// The causes above narrow the list; chosen again, they let go.
function offerReasons(list) {
  const buttons = [...document.querySelectorAll('[data-reason]')];
  const press = () => {
    for (const button of buttons) button.setAttribute('aria-pressed', String(isChosen(button, list)));
  };
  for (const button of buttons) {
    button.addEventListener('click', () => {
      const { reason, value } = button.dataset;
      const { values } = list.header.reasons[reason];
      const wanted = { place: Number(reason), value: value === undefined ? null : values[value] };
      list.narrowTo(isChosen(button, list) ? null : wanted);
      document.getElementById('changed').scrollIntoView({ block: 'start' });
    });
  }
  const { changed } = list;
  list.changed = (positions) => {
    press();
    changed(positions);
  };
}

function isChosen({ dataset: { reason, value } }, list) {
  if (list.reason === null || list.reason.place !== Number(reason)) return false;
  return list.reason.value === (value === undefined ? null : list.header.reasons[reason].values[value]);
}

start();
