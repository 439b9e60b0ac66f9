// A page without groups: light or dark, sorting, copying, and a row that was linked to.

offerTheme();
document.querySelectorAll('table.sortable').forEach(makeSortable);
document.querySelectorAll('code.command').forEach(offerCopying);
document.documentElement.dataset.ready = 'true';
