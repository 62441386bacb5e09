// The editor: a pose to drag, and the person and the masks that follow.

import { imageAt } from './bitmaps.js';
import { drawMasks, drawPaper, drawPicture, drawPose, placeJoints, tracePose } from './draw.js';
import { editorTools } from './editor_tools.js';
import { add, addButton } from './elements.js';
import { checkEngine } from './engine.js';
import { layOut } from './layout.js';
import { listen } from './listen.js';
import { missingJoints } from './pose.js';
import { questions } from './questions.js';
import { speedOf } from './speed.js';

export function editor(
  el, // the element to fill
  {
    look, // what the drawing depends on (layout.js)
    engine, // answers the questions (engine.js)
    keeper, // holds the pose and its past (kernel_keeper.js)
    hand, // what a drag does to a pose (hands.js)
    onSelect = () => {}, // called with the number of a joint that was touched
    onSpeed = () => {}, // called after a drag, with how quickly it was answered (speed.js)
    onUnder = () => {}, // called with what was chosen to lie below the skeleton
  },
) {
  checkEngine(engine);
  const ui = layOut(el, look);
  let pose = null; // none until the keeper tells one
  let person = {}; // who is shown: { pose, features }, the features as a promise
  let image = null; // that picture, to be drawn
  let made = null; // the picture that the engine made last
  let strip = null; // the masks that are drawn
  let selected = 4; // the joint that was touched last
  let under = 'generated'; // what lies below the skeleton: 'generated', 'source' or 'nothing'
  let traced = true; // is the skeleton drawn on the masks?
  let held = false; // is a joint held by the pointer?

  const queue = questions(answer, { onError: say });

  // Where a drag becomes questions to the engine: the masks first, then the picture. A slow engine may answer
  // when a later question has been answered already; such an answer is not drawn.
  async function answer(target, outdated) {
    const { pose: source, features } = person;
    const masks = await engine.masks(source, target);
    if (!outdated()) await show(masks, features, outdated);
  }

  async function show(masks, features, outdated = () => false) {
    paintMasks(masks);
    const picture = await engine.decode(await features, masks);
    if (outdated()) return;
    made = picture;
    drawPicture(ui.made.canvas, made);
    paint();
  }

  function paint() {
    if (!pose) return;
    drawPaper(ui.edit.canvas, { generated: made, source: image }[under]);
    drawPose(ui.edit.canvas, pose, look);
    placeJoints(ui.joints, pose, look.size);
    offerMissing();
  }

  function paintMasks(masks) {
    strip = masks;
    drawMasks(ui.masks, masks, look.grids);
    if (traced) for (const { canvas } of ui.masks) tracePose(canvas, pose, look);
  }

  // A button for each joint that is missing, where the keeper can bring one back.
  function offerMissing() {
    const missing = missingJoints(pose);
    if (!keeper.restore || ui.hidden.dataset.gone === String(missing)) return;
    ui.hidden.dataset.gone = missing;
    ui.hidden.replaceChildren();
    if (missing.length) add(ui.hidden, 'span', '', 'Hidden joints (choose one to bring it back):');
    for (const j of missing) addButton(ui.hidden, look.joints[j], () => me.command('restore', j));
  }

  function say(error) {
    ui.speed.textContent = error.message;
  }

  const me = {
    el,
    ui,
    pose: () => pose,
    isFree: queue.isFree,
    whenFree: queue.whenFree,

    // One of the keeper's commands, if it has that one.
    command(name, ...details) {
      if (keeper[name]) queue.command(() => keeper[name](...details));
    },

    // Another pose, made by the hand; `first`: of a drag, so that undo returns to the pose before.
    move(moved, first) {
      pose = moved;
      paint();
      keeper.keep(moved, first);
      queue.ask(moved);
    },

    // The pointer takes hold of a joint, or lets it go.
    hold(on) {
      held = on;
    },

    // How quickly questions were answered since a moment.
    report(since) {
      const speed = speedOf(queue.timesSince(since));
      if (speed) onSpeed(speed);
    },

    select(joint) {
      selected = joint;
      ui.edit.caption.textContent = `target pose: ${look.joints[joint]}`;
      onSelect(joint);
    },

    // Another pose that did not come from the hand, perhaps with its masks. A hand that is moving goes first.
    async setPose(other, masks) {
      if (!held && !queue.isWaiting()) pose = other;
      if (masks) await show(masks, person.features);
      else queue.ask(pose);
    },

    // Another person: the address of a picture ('' where there is none to draw), and the pose in it.
    async setPerson(picture, source) {
      const other = { pose: source, features: engine.encode(picture) };
      person = other;
      other.features.catch(say);
      const found = picture ? await imageAt(picture) : null;
      if (person !== other || !found) return; // somebody else was chosen meanwhile
      image = found;
      drawPicture(ui.source.canvas, image);
      paint();
    },

    setUnder(name) {
      under = name;
      tools.showUnder(name);
      paint();
    },

    // Draw the skeleton on the masks, or leave it away.
    setTraced(on) {
      traced = on;
      tools.showTraced(on);
      if (strip) paintMasks(strip);
    },
  };

  const tools = editorTools(ui.bar, {
    onCommand: (name) => me.command(name, selected),
    onTraced: me.setTraced,
    onUnder(name) {
      me.setUnder(name);
      onUnder(name);
    },
  });

  keeper.onPose = me.setPose;
  listen(me, hand, look.size);
  return me;
}
