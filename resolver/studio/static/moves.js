// Steps: first, back, play, forward, last, a slider and a number.

let playing = null;

function drawMoves(view) {
  const first = page.source.first || 0;
  for (const id of ['slider', 'jump']) {
    byId(id).min = first;
    byId(id).max = view.steps;
    if (document.activeElement !== byId(id) || id === 'slider') byId(id).value = view.step;
  }
  byId('slider').setAttribute('aria-valuetext', `step ${view.step} of ${view.steps}`);
  byId('of').textContent = `of ${view.steps.toLocaleString('en')}`;
  byId('first').disabled = byId('back').disabled = view.step <= first;
  byId('last').disabled = byId('forward').disabled = view.step >= view.steps;
  byId('play').disabled = view.steps === 0;
}

function stop() {
  clearTimeout(playing);
  playing = null;
  byId('play').setAttribute('aria-label', 'Play');
  byId('play').querySelector('path').setAttribute('d', 'M5 3l8 5-8 5z');
}

function play() {
  if (playing !== null) {
    stop();
    return;
  }
  byId('play').setAttribute('aria-label', 'Pause');
  byId('play').querySelector('path').setAttribute('d', 'M5 3v10M11 3v10');
  const next = async () => {
    const from = page.view.step >= page.view.steps ? page.source.first || 0 : page.view.step + 1;
    await goTo(from);
    if (playing === null) return;
    if (page.view.step >= page.view.steps) stop();
    else playing = setTimeout(next, 900);
  };
  playing = setTimeout(next, 0);
}

// The step that the address names; null where it names none.
const stepInAddress = () => { const found = /^#step-(\d+)$/.exec(location.hash); return found ? Number(found[1]) : null; };

const isTyped = (target) => /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== 'range' && target.type !== 'checkbox';

function startMoves() {
  const moves = {
    first: () => 0,
    back: (step) => step - 1,
    forward: (step) => step + 1,
    last: () => page.view.steps,
  };
  for (const [id, to] of Object.entries(moves)) {
    byId(id).addEventListener('click', () => { stop(); goTo(Math.max(to(page.view.step), page.source.first || 0)); });
  }
  byId('play').addEventListener('click', play);
  byId('slider').addEventListener('input', (event) => { stop(); goTo(Number(event.target.value)); });
  byId('jump').addEventListener('change', (event) => { stop(); goTo(Number(event.target.value) || 0); });
  window.addEventListener('hashchange', () => {
    const step = stepInAddress();
    if (step !== null && step !== page.view.step) { stop(); goTo(Math.max(step, page.source.first || 0)); }
  });
  document.addEventListener('keydown', (event) => {
    if (byId('why').open || event.altKey || event.metaKey || event.ctrlKey || isTyped(event.target)) return;
    const id = { ArrowLeft: 'back', ArrowRight: 'forward', Home: 'first', End: 'last' }[event.key];
    const isSlider = event.target === byId('slider');
    if (id && !isSlider) {
      event.preventDefault();
      if (!byId(id).disabled) byId(id).click();
    } else if (event.key === ' ' && event.target === document.body) {
      event.preventDefault();
      byId('play').click();
    }
  });
}
