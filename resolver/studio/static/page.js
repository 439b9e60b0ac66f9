// What the page is about at this moment, and the way from one moment to the next.

const page = {
  mode: document.documentElement.dataset.mode,
  source: null,
  state: null,
  view: null,
  find: '',
  changed: false,
  side: 1,
};

const where = (step) => ({ step, find: page.find, changed: page.changed });

let latest = 0;

// Show what something that is asked for gives; an answer that comes after a later one was asked for is not shown.
async function show(asking) {
  const number = ++latest;
  document.documentElement.dataset.busy = 'true';
  try {
    const given = await asking;
    if (number !== latest) return true;
    complain('');
    if (given.view) {
      page.state = given;
      page.view = given.view;
      drawState();
    } else {
      page.view = given;
    }
    drawView();
    return true;
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    complain(error.answer.errors || error.answer.path ? '' : error.message);
    throw error;
  } finally {
    if (number === latest) document.documentElement.dataset.busy = 'false';
  }
}

const quietly = (promise) => promise.catch((error) => { if (!(error instanceof Trouble)) throw error; });

const goTo = (step) => quietly(show(page.source.view(where(Math.min(Math.max(step, 0), page.view.steps)))));

const change = (method, path, body, step) =>
  show(page.source.change(method, path, body, where(step === undefined ? page.view.step : step)));

function drawState() {
  const { state } = page;
  if (byId('source')) byId('source').textContent = shown(state.title);
  for (const [id, what, word] of [['undo', state.undoes, 'Undo'], ['redo', state.redoes, 'Redo']]) {
    byId(id).disabled = !what;
    byId(id).title = what ? `${word}: ${what}` : '';
  }
  drawSettings();
}

function drawView() {
  const { view } = page;
  history.replaceState(null, '', `#step-${view.step}`);
  document.documentElement.dataset.sides = view.sides.length;
  drawMoves(view);
  drawEvents(view);
  drawNow(view);
  drawPeople(view);
  say(view.step === 0 ? 'Before the first event' : `Step ${view.step} of ${view.steps}: ${view.sides.map((side) => `${side.name} ${side.outcome.text}`).join('; ')}`);
}
