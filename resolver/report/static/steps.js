// A long list shown in steps, so that its length costs nothing until somebody asks for more.

function showInSteps(place, items, step, make, noun) {
  const more = element('button', { type: 'button', class: 'more' });
  let shown = 0;
  const showNext = () => {
    const next = items.slice(shown, shown + step).map(make);
    shown += next.length;
    place.append(...next);
    more.hidden = shown >= items.length;
    more.textContent = `Show ${number(Math.min(step, items.length - shown))} more of ${count(items.length, noun)}`;
    return next;
  };
  more.addEventListener('click', () => {
    const [first] = showNext();
    first?.querySelector('button')?.focus();
  });
  showNext();
  return more;
}
