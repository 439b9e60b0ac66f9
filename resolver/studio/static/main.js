// The beginning: theme, parts, and the first view.

function startTheme() {
  const root = document.documentElement;
  const kept = () => { try { return localStorage.getItem('resolver-theme'); } catch { return null; } };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches);
  const name = () => { byId('theme').textContent = isDark() ? 'Light' : 'Dark'; };
  if (kept()) root.dataset.theme = kept();
  name();
  byId('theme').addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    try { localStorage.setItem('resolver-theme', root.dataset.theme); } catch { /* a page from disk may keep nothing */ }
    name();
  });
}

function startParts() {
  const parts = document.querySelector('.parts');
  for (const each of document.querySelectorAll('[data-part]')) {
    each.addEventListener('click', () => {
      parts.dataset.shown = each.dataset.part;
      for (const other of document.querySelectorAll('[data-part]')) other.setAttribute('aria-pressed', String(other === each));
      scrollToPresent();
    });
  }
}

// The stores to choose from, the last requests, and what happens meanwhile.
function startLive(store) {
  const choice = byId('store-choice').content.cloneNode(true);
  byId('source').replaceWith(choice);
  byId('stores').addEventListener('change', (event) => { location.search = new URLSearchParams({ store: event.target.value }); });
  byId('requests-part').hidden = false;
  const requests = async () => {
    let found;
    try {
      found = (await page.source.requests()).requests;
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      return;
    }
    fill(byId('requests'), found.reverse().map((each) => element('li', {}, element('span', { class: `badge is-${each.status < 400 ? 'same' : 'rejected'}` }, each.status), ' ', shown(each.method), ' ', element('span', { class: 'quiet' }, shown(each.path.replace(`/v1/Stores/${store}/`, ''))))),
      found.length ? null : element('li', { class: 'quiet' }, 'None yet.'));
  };
  requests();
  setInterval(async () => {
    if (!page.view || document.hidden || playing !== null || byId('why').open || page.view.step !== page.view.steps) return;
    requests();
    let state;
    try {
      state = await page.source.state(where(null));
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
      return;
    }
    if (state.view.steps !== page.view.steps && page.view.step === page.view.steps) await quietly(show(Promise.resolve(state)));
  }, 2000);
}

async function start() {
  startTheme();
  startParts();
  startMoves();
  startEvents();
  startPeople();
  startWhy();
  startSettings();
  const data = byId('data');
  const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content;
  const store = new URLSearchParams(location.search).get('store') || byId('store-choice')?.content.querySelector('option[selected]')?.value;
  page.source = data ? await saved(data.textContent) : page.mode === 'live' ? live(meta('studio-root'), store) : served(meta('studio-api'), meta('studio-token'));
  await quietly(show(page.source.state(where(stepInAddress()))));
  if (page.mode === 'live') startLive(store);
  document.documentElement.dataset.ready = 'true';
}

start();
