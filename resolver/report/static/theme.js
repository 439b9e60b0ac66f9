// Light or dark: as the system has it, until the reader chooses; what was chosen is remembered where that is allowed.

const REMEMBERED = 'resolver-report-theme';

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

function remember(theme) {
  try {
    localStorage.setItem(REMEMBERED, theme);
  } catch {
    // a browser may keep nothing of pages on disk; the choice then lasts as long as the page
  }
}

function offerTheme() {
  const button = document.getElementById('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = remembered();
  const isDark = () => (chosen ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const show = () => {
    if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', isDark() ? 'Light colours' : 'Dark colours');
  };
  button.addEventListener('click', () => {
    chosen = isDark() ? 'light' : 'dark';
    remember(chosen);
    show();
  });
  system.addEventListener('change', show);
  button.hidden = false;
  show();
}
