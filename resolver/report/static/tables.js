// Tables that a click on a heading sorts, and commands that a click copies.

// Sorts by the number in data-sort where a cell has one, else by its text; a second click turns the order round.
function makeSortable(table) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = element('button', { type: 'button', class: 'sort' }, ...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const isFirst = head.getAttribute('aria-sort') === null;
      const turned = head.dataset.first === 'most';
      const descending = isFirst ? turned : head.getAttribute('aria-sort') === 'ascending';
      for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
      const rows = [...body.rows].map((row, place) => [row, sortKey(row.cells[column]), place]);
      rows.sort(([, one, a], [, other, b]) => (descending ? -1 : 1) * compared(one, other) || a - b);
      body.append(...rows.map(([row]) => row));
    });
  });
}

function sortKey(cell) {
  return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
}

function compared(one, other) {
  return typeof one === 'number' && typeof other === 'number' ? one - other : String(one).localeCompare(String(other));
}

function offerCopying(code) {
  const button = element('button', { type: 'button', class: 'copy' }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = 'Copied';
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = 'Selected';
    }
  });
  code.after(' ', button);
}
