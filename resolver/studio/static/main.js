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
    });
  }
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
  page.source = data ? await saved(data.textContent) : served(meta('studio-api'), meta('studio-token'));
  const step = /^#step-(\d+)$/.exec(location.hash);
  await quietly(show(page.source.state(where(step ? Number(step[1]) : null))));
  document.documentElement.dataset.ready = 'true';
}

start();
