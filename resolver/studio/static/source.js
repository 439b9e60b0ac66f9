// Where views come from: the server that this page is of, or the file that it is.

class Trouble extends Error {
  constructor(answer) {
    super(answer.error);
    this.answer = answer;
  }
}

function served(base, token) {
  async function ask(method, path, body) {
    const headers = token ? { 'X-Studio-Token': token } : {};
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    let answer;
    try {
      answer = await fetch(location.origin + base + path, // whole, as the page's own address may have credentials in it
        { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    } catch {
      throw new Trouble({ error: 'The server does not answer. Is resolver still running?' });
    }
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => ({}));
    throw new Trouble({ ...said, error: said.error || said.message || `The server answered ${answer.status}.` });
  }
  const json = async (...given) => (await ask(...given)).json();
  const place = ({ step, find, changed }) =>
    new URLSearchParams({ step: step === null ? '' : step, find: find || '', changed: changed ? '1' : '' });
  return {
    json: (path) => json('GET', path),
    state: (where) => json('GET', `state?${place(where)}`),
    view: (where) => json('GET', `view?${place(where)}`),
    why: (one, other, step) => json('GET', `why?${new URLSearchParams({ one, other, step })}`),
    change: (method, path, body, where) => json(method, `${path}?${place(where)}`, body),
    file: async (path) => (await ask('GET', path)).blob(),
  };
}

// The live stores of an emulator, which the browser has the credentials of.
function live(root, store) {
  const own = served(root, null);
  const base = `/stores/${encodeURIComponent(store)}`;
  const view = ({ step, find, changed }) => own.json(`${base}/studio?${new URLSearchParams({ ...(step === null ? {} : { step }), find: find || '', changed: String(Boolean(changed)) })}`);
  return {
    state: view,
    view: async (where) => (await view(where)).view,
    why: async (one, other, step, card) => {
      const { merges } = await own.json(`${base}/profiles/${encodeURIComponent(card.id)}/merges`);
      const lines = merges.map((each) => ` write ${each.command} (${each.at}): ${each.absorbed.join(', ')} was merged into ${each.survivor}. It was ${each.because}.`);
      return [{ name: 'store', together: null, lines: lines.length ? ['The merges that formed the profile:', ...lines] : ['No merge formed this profile: its writes found it, or created it.'], more: [] }];
    },
    requests: () => own.json('/requests?limit=30'),
  };
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).json();
}

const AROUND = 60;

async function saved(text) {
  const [state, ...views] = await unpacked(text);
  const first = views[0].step;
  const place = (step) => Math.min(Math.max(step - first, 0), views.length - 1);
  const kept = ({ step, find, changed }) => {
    const view = views[place(step === null ? Infinity : step)];
    const wanted = (find || '').trim().toLowerCase();
    const rows = view.rows.map((row) => state.rows[row]).filter((row) => (!changed || row.kind === 'split') && (!wanted || hasText(row, wanted)));
    const start = Math.max(0, Math.min(view.step - state.events[0]?.step - AROUND, state.events.length - 2 * AROUND - 1));
    return { ...view, rows, events: state.events.slice(start, start + 2 * AROUND + 1) };
  };
  const last = views.at(-1).step;
  return {
    first,
    last,
    state: async (where) => ({ ...state, view: kept(where) }),
    view: async (where) => kept(where),
    why: async (one, other, step) => {
      const found = step === last && (state.whys[`${one} ${other}`] || state.whys[`${other} ${one}`]);
      return found || Promise.reject(new Trouble({ error: 'This file has no explanation of these two.' }));
    },
    outcome: (step) => (step < first ? null : views[place(step)].sides.map((side) => ({ name: side.name, outcome: side.outcome }))),
  };
}

function hasText(row, wanted) {
  return row.sides.flat().some((card) =>
    card.events.some((each) => each.name.toLowerCase().includes(wanted)) ||
    card.types.some((type) => type.values.some((each) => each.value.toLowerCase().includes(wanted))));
}
