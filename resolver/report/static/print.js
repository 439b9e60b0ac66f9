// On paper: the first groups of the list in full, as there is nothing to choose them by.

const PRINTED = 10;
const GRAPH_HEIGHT = 860;

function offerPrinting(groups, header, listedNow) {
  const place = element('div', { class: 'printed', 'aria-hidden': 'true' });
  document.getElementById('groups').append(place);
  addEventListener('beforeprint', () => {
    const positions = listedNow().slice(0, PRINTED);
    const graphs = [];
    replaceContents(
      place,
      element('p', {}, `The first ${number(positions.length)} of ${count(groups.length, 'group')}.`),
      positions.map((position) => {
        const graph = new Graph(groups[position], header.sides);
        graphs.push(graph);
        return element('article', {}, detail(groups[position], header, graph, true));
      }),
    );
    for (const graph of graphs) {
      graph.fit(GRAPH_HEIGHT);
      graph.close();
    }
  });
  addEventListener('afterprint', () => replaceContents(place));
}
