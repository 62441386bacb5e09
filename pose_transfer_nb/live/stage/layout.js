// What the editor is made of, before anything is drawn.
import { add } from './elements.js';

// What an editor's drawing depends on, from the traits of the widget or the data of a page.
export function lookOf(
  get, // function of a name
) {
  return {
    size: get('size'), // [height, width] of the picture
    grids: get('grids'), // [height, width] of each mask, coarsest first
    ramp: get('ramp'), // some colours of the masks, from low to high
    joints: get('joints'), // names
    limbs: get('limbs'), // pairs of joints
    limbColours: get('limb_colours'),
    jointColours: get('joint_colours'),
  };
}

// Canvases for the pose, the person and the masks; a button for each joint; room for words.
export function layOut(el, look) {
  const [height, width] = look.size;
  const fine = Math.max(1, Math.round(512 / height));
  const coarse = Math.max(1, Math.round(256 / height));
  el.classList.add('pt-editor');
  el.style.setProperty('--r', width / height);
  const bar = add(el, 'div', 'pt-tools');
  const row = add(el, 'div', 'pt-desk');
  const source = addSheet(row, 'source', 'pt-large', [height * fine, width * fine]);
  const edit = addSheet(row, 'target pose: drag a joint', 'pt-large pt-hand', [height * fine, width * fine]);
  const made = addSheet(row, 'generated', 'pt-large', [height * fine, width * fine]);
  const four = add(row, 'div', 'pt-four');
  const masks = look.grids.map(([h, w]) => {
    const sheet = addSheet(four, `${h} x ${w} cells`, '', [height * coarse, width * coarse]);
    return { ...sheet, bar: addBar(sheet.stage, look.ramp) };
  });
  return {
    bar,
    source,
    edit,
    made,
    masks,
    joints: look.joints.map((name, j) => addJoint(edit.stage, name, j)),
    hidden: add(el, 'div', 'pt-hidden'),
    speed: add(el, 'div', 'pt-speed'),
  };
}

// A canvas with words below it.
function addSheet(parent, text, className, [height, width]) {
  const figure = add(parent, 'figure', `pt-panel ${className}`);
  const stage = add(figure, 'div', 'pt-stage');
  const canvas = add(stage, 'canvas');
  canvas.width = width;
  canvas.height = height;
  return { stage, canvas, caption: add(figure, 'figcaption', '', text) };
}

// The colours of a mask, between the numbers of the first and the last one; stands below the mask.
function addBar(stage, ramp) {
  const bar = add(stage, 'div', 'pt-bar');
  const low = add(bar, 'span');
  add(bar, 'i').style.background = `linear-gradient(90deg, ${ramp.join(', ')})`;
  const high = add(bar, 'span');
  stage.after(bar);
  return { low, high };
}

// A joint is drawn on the canvas; this button over it can have the focus, and has a name.
function addJoint(stage, name, j) {
  const button = add(stage, 'button', 'pt-joint');
  button.type = 'button';
  button.ariaLabel = name;
  button.dataset.joint = j;
  return button;
}
