// Light or dark: as the system has it, until the reader chooses.

function offerTheme(changed) {
  const button = document.getElementById('theme');
  const system = matchMedia('(prefers-color-scheme: dark)');
  let chosen = null;
  const isDark = () => (chosen ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const show = () => {
    if (chosen) document.documentElement.dataset.theme = chosen;
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', isDark() ? 'Switch to light colours' : 'Switch to dark colours');
    changed();
  };
  button.addEventListener('click', () => {
    chosen = isDark() ? 'light' : 'dark';
    show();
  });
  system.addEventListener('change', show);
  button.hidden = false;
  show();
}
