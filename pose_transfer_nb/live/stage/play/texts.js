// The words of the page: one file for each language (texts/*.json), all with the same keys.

// The language to begin with: the one chosen before, or the browser's first that there is, or English.
export function languageFrom(wanted, texts) {
  const known = wanted.map((name) => String(name).slice(0, 2).toLowerCase());
  return known.find((name) => texts[name]) ?? 'en';
}

// A function from a key to its words; `{name}` in them is replaced by values.name.
export function speaker(texts, language) {
  const words = { ...texts.en, ...texts[language] };
  return (key, values = {}) => filledIn(words[key] ?? key, values);
}

function filledIn(words, values) {
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '…');
}
