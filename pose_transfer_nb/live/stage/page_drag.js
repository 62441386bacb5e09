// The script of the page "Drag a joint": the widget's editor, but its answers came with the page.
// DATA holds what the drawing depends on, the pose, and an answer for each place of a wrist or an ankle.

import { editor } from './editor.js';
import { addButton } from './elements.js';
import { storedHand } from './hands.js';
import { lookOf } from './layout.js';
import { localKeeper } from './local_keeper.js';
import { placesOf } from './places.js';
import { storedEngine } from './stored_engine.js';

const places = placesOf(DATA.pose, DATA.moves);
const start = { pose: DATA.pose, files: DATA.start.slice(-2) };
const view = editor(document.getElementById('view'), {
  look: lookOf((name) => DATA[name]),
  engine: storedEngine([start, ...Object.values(places).flat()], DATA.limits),
  keeper: localKeeper(DATA.pose),
  hand: storedHand(DATA.size, places, DATA.step),
});
view.setPerson('', DATA.pose);
view.command('hello');
addButton(view.ui.hidden, 'Back to the first pose', () => view.move(DATA.pose, true));
