// A page without groups: light or dark, sorting, copying, and a row that was linked to.

offerTheme();
document.querySelectorAll('table.sortable').forEach(makeSortable);
document.querySelectorAll('code.command').forEach(offerCopying);
showTips();
document.documentElement.dataset.ready = 'true';

// What a mark of a chart stands for, in words below it: where there is no pointer that rests, nothing else shows them.
function showTips() {
  for (const chart of document.querySelectorAll('.chart')) {
    const told = chart.querySelector('.told');
    for (const mark of chart.querySelectorAll('a')) {
      const show = () => {
        told.textContent = mark.getAttribute('aria-label');
      };
      mark.addEventListener('pointerenter', show);
      mark.addEventListener('focus', show);
    }
  }
}
