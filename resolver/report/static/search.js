// Search: the groups in which a ref or an identifier value has the text that is looked for, and the marks on it.

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
  if (typed === '') return [];
  const bare = typed.replace(PUNCTUATION, '');
  return /^\+?\d{5,}$/.test(bare) && bare !== typed ? [typed, bare] : [typed];
}

function hasWording(text, wanted) {
  const lower = text.toLowerCase();
  return wanted.some((wording) => lower.includes(wording));
}

function found(texts, query) {
  const wanted = wordings(query);
  const numbers = [];
  texts.forEach((text, position) => {
    if (wanted.length === 0 || wanted.some((wording) => text.includes(wording))) numbers.push(position);
  });
  return numbers;
}

// What of a group has the text: refs, and identifiers by type and value.
function hitsOf(group, query) {
  const wanted = wordings(query);
  if (wanted.length === 0) return [];
  const refs = group.refs.filter((ref) => hasWording(ref, wanted));
  const values = group.identifiers.map((each) => `${each.idType} ${each.value}`);
  return [...refs, ...values.filter((value) => hasWording(value, wanted))];
}

// Puts a mark around every piece of text below an element that has what is looked for; marks of before go away.
function markText(root, query) {
  for (const mark of root.querySelectorAll('mark')) mark.replaceWith(...mark.childNodes);
  root.normalize();
  const wanted = wordings(query).map((wording) => visible(wording));
  if (wanted.length === 0) return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const lower = node.data.toLowerCase();
    const wording = wanted.find((each) => lower.includes(each));
    if (wording !== undefined && lower.length === node.data.length) {
      const rest = node.splitText(lower.indexOf(wording));
      rest.splitText(wording.length);
      const mark = element('mark');
      rest.replaceWith(mark);
      mark.append(rest);
    }
  }
}
