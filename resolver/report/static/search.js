// Search: the groups in which a ref or an identifier value has the text that is looked for.

const PUNCTUATION = /[\s().-]/g;

// One text per group, made once; looking through ten thousand of them takes a few milliseconds.
function searchTexts(groups) {
  return groups.map((group) =>
    [...group.refs, ...group.identifiers.map((each) => `${each.idType} ${each.value}`)].join('\n').toLowerCase(),
  );
}

// A phone number may be typed as people write it; it is stored without spaces and punctuation.
function wordings(query) {
  const typed = query.trim().toLowerCase();
  const bare = typed.replace(PUNCTUATION, '');
  return /^\+?\d{5,}$/.test(bare) && bare !== typed ? [typed, bare] : [typed];
}

function hasWording(text, query) {
  const lower = text.toLowerCase();
  return wordings(query).some((wording) => wording !== '' && lower.includes(wording));
}

function found(texts, query) {
  const wanted = wordings(query);
  const numbers = [];
  texts.forEach((text, position) => {
    if (wanted.some((wording) => text.includes(wording))) numbers.push(position);
  });
  return numbers;
}
