// The look of a picture: shapes, borders and lines that can be told apart without colour; colours from the page's style.

function colour(name) {
  const probe = element('span', { class: `ink-${name}`, hidden: true });
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function look() {
  const [ink, quiet, line, accent, surface, box, mark] = [
    'ink', 'quiet', 'line', 'accent', 'surface', 'box', 'mark',
  ].map(colour);
  const font = getComputedStyle(document.body).fontFamily;
  return [
    { selector: 'node', style: { 'font-family': font, 'font-size': 12, color: ink, label: 'data(label)' } },
    {
      selector: '.profile',
      style: {
        shape: 'round-rectangle', 'background-color': box, 'border-color': quiet, 'border-width': 1.5, padding: 14,
        'min-width': 'data(room)', 'min-width-bias-left': '100%', 'min-width-bias-right': '0%',
        'text-valign': 'top', 'text-halign': 'center', 'text-margin-y': -4, 'font-weight': 'bold',
      },
    },
    {
      selector: '.record',
      style: {
        shape: 'rectangle', width: RECORD, height: 30, 'background-color': surface, 'border-color': ink,
        'border-width': 1, 'text-valign': 'center', 'text-halign': 'center',
      },
    },
    {
      selector: '.identifier',
      style: {
        shape: 'round-rectangle', 'corner-radius': 18, width: IDENTIFIER, height: 38, 'background-color': surface,
        'border-color': quiet, 'border-width': 1, 'text-valign': 'center', 'text-halign': 'center',
        'text-wrap': 'wrap', 'text-max-width': 400, 'font-size': 11,
      },
    },
    { selector: '.shared', style: { 'border-style': 'double', 'border-width': 4 } },
    { selector: '.joins', style: { 'border-color': accent, 'border-width': 3 } },
    { selector: '.shared.joins', style: { 'border-width': 5 } },
    { selector: 'node.gone', style: { 'border-style': 'dashed', 'background-opacity': 0, color: quiet } },
    {
      selector: '.presented',
      style: { width: 1, 'line-color': quiet, 'line-opacity': 0.75, 'curve-style': 'straight' },
    },
    { selector: 'edge.gone', style: { 'line-style': 'dashed', 'line-color': line } },
    {
      selector: '.merge',
      style: {
        width: 2.5, 'line-color': accent, 'target-arrow-color': accent, 'target-arrow-shape': 'triangle',
        'curve-style': 'unbundled-bezier', 'control-point-distances': 'data(bend)', 'control-point-weights': 0.5,
        'source-endpoint': '-50% 0', 'target-endpoint': '-50% 0', label: 'data(label)', 'font-size': 10, color: ink,
        'font-family': font, 'text-background-color': box, 'text-background-opacity': 1,
        'text-background-padding': 2,
      },
    },
    { selector: '.hit', style: { 'background-color': mark, 'background-opacity': 1, 'border-color': ink, 'border-width': 3 } },
    { selector: ':selected', style: { 'overlay-color': accent, 'overlay-opacity': 0.18, 'overlay-padding': 4 } },
  ];
}
