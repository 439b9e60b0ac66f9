// Words: numbers, times and names as a person reads them.

const SIDES = ['baseline', 'candidate'];

function number(value) {
  return value.toLocaleString('en-US');
}

function count(value, noun) {
  return `${number(value)} ${noun}${value === 1 ? '' : 's'}`;
}

function time(milliseconds) {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? `${milliseconds} ms` : date.toISOString().replace('.000Z', 'Z');
}

// The middle is left out: what tells two values apart is as often at the end as at the start.
function shortened(text, most) {
  const characters = [...visible(text)];
  if (characters.length <= most) return characters.join('');
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join('')}…${characters.slice(-end).join('')}`;
}

function sizesOf(group) {
  return group.profiles.map((profiles) => Math.max(...[0, ...new Set(profiles)]) + 1);
}

function shape(group) {
  const [before, after] = sizesOf(group);
  return `${number(before)} → ${number(after)}`;
}

// Some refs, and how many there are beyond.
function listed(refs, most) {
  const shown = refs.slice(0, most).join(', ');
  return refs.length > most ? `${shown} and ${number(refs.length - most)} more` : shown;
}

function fateInWords(fate) {
  return `${fate.what} at line ${number(fate.line)} (${fate.reason})`;
}

const KINDS = {
  rule: 'a rule joined profiles in one run only',
  collision: 'a value of another profile joined the two in one run only',
  eviction: 'a limit removed a value in one run only',
  limit: 'a full list refused a value in one run only',
  refusal: 'a value was refused in one run only',
  match: 'the runs found different profiles, or one found none',
  rejected: 'one run rejected the line',
  value: 'the runs stored different values',
};

// Profiles are counted from 1.
function profileName(index) {
  return `Profile ${number(index + 1)}`;
}
