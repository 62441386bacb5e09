// The editor as a widget: the kernel answers, and keeps the pose and its past.
import { editor } from './editor.js';
import { freeHand } from './hands.js';
import { kernelEngine } from './kernel_engine.js';
import { kernelKeeper } from './kernel_keeper.js';
import { kernelLine } from './kernel_line.js';
import { lookOf } from './layout.js';
import { speedText } from './speed.js';

function render({ model, el }) {
  const look = lookOf((name) => model.get(name));
  const line = kernelLine(model);
  const view = editor(el, {
    look,
    engine: kernelEngine(line),
    keeper: kernelKeeper(line),
    hand: freeHand(look.size, [...look.joints.keys()]),
    onSelect: (joint) => tell('selected', joint),
    onUnder: (name) => tell('under', name),
    onSpeed(speed) {
      view.ui.speed.textContent = speedText(speed);
      tell('latency', speed);
    },
  });

  // Python reads these traits, and sets those below.
  function tell(name, value) {
    model.set(name, value);
    model.save_changes();
  }

  const setUnder = () => view.setUnder(model.get('under'));
  const setPerson = () => view.setPerson(model.get('source'), model.get('source_pose'));
  model.on('change:under', setUnder);
  model.on('change:source', setPerson);
  setUnder();
  setPerson();
  view.command('hello'); // the kernel answers with its pose
}

export default { render };
