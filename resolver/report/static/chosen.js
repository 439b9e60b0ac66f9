// All that a page without groups does: let the reader choose light or dark.

offerTheme(() => {});
document.documentElement.dataset.ready = 'true';
