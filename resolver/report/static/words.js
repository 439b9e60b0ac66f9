// Words: numbers, times and names as a person reads them.

const SIDES = ['baseline', 'candidate'];
const VERDICTS = { better: '✓ better', worse: '✗ worse', even: '= even' };

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

function sizesOf(group) {
  return group.profiles.map((profiles) => profiles.reduce((most, profile) => Math.max(most, profile), -1) + 1);
}

function shape(group) {
  const [before, after] = group.sizes;
  return group.kind === 'split' ? `1 profile becomes ${number(after)}` : `${number(before)} profiles become 1`;
}

// Some names, and how many there are beyond.
function listed(names, most) {
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} and ${number(names.length - most)} more` : shown;
}

function fateInWords(fate) {
  return `${fate.what} at line ${number(fate.line)} (${fate.reason})`;
}

// Profiles are counted from 1.
function profileName(index) {
  return `Profile ${number(index + 1)}`;
}

// Where an identifier is on one side.
function whereabouts(identifier, side) {
  const holders = identifier.holders[side];
  const fate = identifier.fates[side];
  const held = holders.length ? `held by ${listed(holders.map(profileName), 4)}` : 'not held in this group';
  return fate ? `${held}; ${fateInWords(fate)}` : held;
}

function mergeInWords(merge) {
  const on = merge.identifiers.map(([idType, value]) => `${idType} ${value}`).join(' and ');
  const by = merge.rule === 'collision' ? 'a collision' : `rule “${merge.rule}”`;
  return `Line ${number(merge.line)}: ${listed(merge.absorbed, 6)} merged into the profile of ${merge.survivor} by ${by} on ${on}`;
}

// How many more or fewer pairs are wrong and missed, in the words of the causes.
function pairsInWords({ wrong, missed }) {
  const told = [
    ['wrong', wrong],
    ['missed', missed],
  ]
    .filter(([, change]) => change !== 0)
    .map(([name, change]) => `${count(Math.abs(change), `${name} pair`)} ${change > 0 ? 'more' : 'fewer'}`);
  return told.join(', ') || 'as many wrong and missed pairs as before';
}
