// What a browser remembers of this page between visits: theme, language, step. It may refuse, as in a
// private window.

export function remember(name, value) {
  try {
    localStorage.setItem(`pose-transfer:${name}`, value);
  } catch {
    // then it is forgotten
  }
}

export function remembered(name) {
  try {
    return localStorage.getItem(`pose-transfer:${name}`);
  } catch {
    return null;
  }
}

// The part of the address behind the #, without a new entry among the pages that were visited.
export function writeAddress(text) {
  try {
    history.replaceState(null, '', `#${text}`);
  } catch {
    // a browser may refuse this for a file, or when it is asked too often
  }
}
