// The files of the stage can be joined: Python's `bundle` puts them one after another without their imports.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const FOLDER = new URL('../../pose_transfer_nb/live/stage/', import.meta.url);
const NAMES = readdirSync(FOLDER).filter((name) => name.endsWith('.js'));
const read = (name) => readFileSync(new URL(name, FOLDER), 'utf8');
const IMPORT = /^import \{([^}]*)\} from '\.\/(\w+\.js)';\n/gm;

const importsOf = (name) =>
  [...read(name).matchAll(IMPORT)].map(([, words, from]) => ({ from, words: words.match(/\w+/g) }));

const exportsOf = (name) =>
  [...read(name).matchAll(/^export (?:async function|function|const) (\w+)/gm)].map(([, word]) => word);

// Names that a file declares at its outermost level.
function declaredIn(name) {
  const lines = read(name).split('\n');
  const found = lines.map((line) =>
    line.match(/^(?:export )?(?:async function|function|const|let|class) (\w+)/),
  );
  return found.filter(Boolean).map(([, word]) => word);
}

// A file and all that it imports.
function joined(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const { from } of importsOf(name)) joined(from, found);
  return found;
}

for (const name of NAMES) {
  test(`${name} imports what is there, and nothing else`, () => {
    const lines = read(name).match(/^import\b/gm) ?? [];
    assert.equal(lines.length, importsOf(name).length, "only import { a, b } from './c.js';");
    assert.doesNotMatch(read(name), /import\(|\bas\b.* from|<\/script/);
    for (const { from, words } of importsOf(name)) {
      assert.ok(NAMES.includes(from), from);
      for (const word of words) assert.ok(exportsOf(from).includes(word), `${from} exports no ${word}`);
    }
  });

  test(`${name} exports in the plain form`, () => {
    const lines = read(name).match(/^export\b.*$/gm) ?? [];
    const last = name.startsWith('widget_') ? 1 : 0; // a widget ends with what anywidget calls
    assert.equal(lines.length, exportsOf(name).length + last);
    if (last) assert.ok(read(name).endsWith('\nexport default { render };\n'));
  });

  test(`${name} and what it imports declare no name twice`, () => {
    const all = [...joined(name)].flatMap(declaredIn);
    assert.deepEqual(
      all.filter((word, i) => all.indexOf(word) !== i),
      [],
    );
    const listed = [...joined(name)]
      .map((file) => read(file).match(/^(const|let|var) [[{]/m))
      .filter(Boolean);
    assert.deepEqual(listed, [], 'one name a declaration, at the outermost level');
  });

  test(`${name} begins by saying what it is`, () => assert.match(read(name), /^\/\/ [A-Z]/));
}

// What the folder `play` uses of these files.
const fromPlay = () => {
  const folder = new URL('play/', FOLDER);
  const texts = readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'));
  return texts.flatMap((text) => [...text.matchAll(/from '\.\.\/(\w+\.js)'/g)].map(([, name]) => name));
};

test('every file is used by a widget or a page', () => {
  const ends = [...NAMES.filter((name) => /^(widget|page)_/.test(name)), ...fromPlay()];
  const used = new Set(ends.flatMap((name) => [...joined(name)]));
  assert.deepEqual(
    NAMES.filter((name) => !used.has(name)),
    [],
  );
});
