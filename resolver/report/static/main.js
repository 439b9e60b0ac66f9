// The beginning: read the data, show the list, open groups on request. The address names the open group (#group-3).

const NAME = /^#group-(\d+)$/;

async function start() {
  const place = document.getElementById('groups');
  let picture = null;
  offerTheme(() => picture?.repaint());
  if (place === null) return;
  const groups = await readData();
  for (const group of groups) group.sizes = sizesOf(group);
  const opened = element('article', { class: 'opened', 'aria-live': 'off' });
  const list = new GroupList(groups, (position) => {
    location.hash = `group-${position + 1}`;
  });
  const open = (position, isAsked) => {
    picture?.close();
    picture = new Picture(groups[position]);
    replaceContents(opened, detail(groups[position], picture));
    picture.draw();
    picture.find.value = list.query.value.trim();
    picture.mark(picture.find.value);
    list.mark(position);
    if (isAsked) opened.querySelector('h3').focus({ preventScroll: innerWidth > NARROW });
  };
  const openNamed = (isAsked) => {
    const named = NAME.exec(location.hash);
    const position = named ? Number(named[1]) - 1 : 0;
    if (position in groups) open(position, isAsked);
  };
  replaceContents(place, element('div', { class: 'browser' }, list.panel, opened));
  list.show();
  openNamed(false);
  addEventListener('hashchange', () => openNamed(true));
  document.documentElement.dataset.ready = 'true';
}

// Below this width the group stands under the list, and opening one scrolls to it.
const NARROW = 900;

start();
