// The large picture with the skeleton on it, and a button for each joint.
import { add } from '../elements.js';
import { isSeen, percentOf } from '../pose.js';
import { poseFigure } from './pieces.js';
import { spread } from './sheets.js';
import { JOINTS } from './skeleton.js';

const ZOOM = 2; // canvas pixels in one of the picture
const RINGED = [4, 7, 10, 13]; // wrists and ankles: rings say that they can be dragged

export function resultView(parent, size, t) {
  const stage = add(parent, 'div', 'pp-result');
  const canvas = add(stage, 'canvas', 'pp-made');
  canvas.width = size[1] * ZOOM;
  canvas.height = size[0] * ZOOM;
  canvas.setAttribute('role', 'img');
  canvas.ariaLabel = t('result.label');
  const field = add(add(stage, 'div', 'pp-fields'), 'div', 'pp-field');
  const figure = poseFigure(stage, size, 'pp-large');
  const joints = JOINTS.map((_, j) => jointButton(stage, j, t));
  const placed = []; // where the buttons are
  const said = add(stage, 'div', 'pp-joint-name');
  said.setAttribute('aria-hidden', 'true');
  const progress = add(stage, 'div', 'pp-progress');
  progress.setAttribute('role', 'status');
  progress.hidden = true;
  const inset = add(stage, 'button', 'pp-inset');
  inset.type = 'button';
  inset.hidden = true;
  const insetPicture = add(inset, 'canvas');
  insetPicture.width = size[1] * ZOOM;
  insetPicture.height = size[0] * ZOOM;
  const insetWords = add(inset, 'span');

  return {
    stage,
    canvas,
    joints,
    inset,
    progress,

    showPicture: (sheet) => spread(canvas, sheet, true),

    showPose(pose) {
      figure.show(pose);
      joints.forEach((button, j) => {
        const [left, top] = percentOf(pose[j], size);
        if (String(pose[j]) === placed[j]) return;
        placed[j] = String(pose[j]);
        button.hidden = !isSeen(pose[j]);
        button.style.left = `${left}%`;
        button.style.top = `${top}%`;
      });
    },

    setSkeleton: (on) => stage.classList.toggle('pp-bare', !on),

    // The name of a joint beside it; '' takes it away.
    name(joint, pose) {
      said.textContent = joint === null ? '' : t(`joint.${joint}`);
      if (joint === null || !isSeen(pose[joint])) return;
      const [left, top] = percentOf(pose[joint], size);
      said.style.left = `${left}%`;
      said.style.top = `${top}%`;
      said.classList.toggle('pp-leftwards', left > 60);
    },

    // A second picture in the corner; null takes it away.
    setInset(sheet, words = '') {
      inset.hidden = !sheet;
      insetWords.textContent = words;
      inset.ariaLabel = words;
      if (sheet) spread(insetPicture, sheet, true);
    },

    // The part of the picture that a cell sees; null takes the light away.
    light: (box) => placeField(field, box, size),
  };
}

function jointButton(stage, j, t) {
  const button = add(stage, 'button', `pp-joint ${RINGED.includes(j) ? 'pp-ringed' : ''}`);
  button.type = 'button';
  button.ariaLabel = t(`joint.${j}`);
  button.dataset.joint = j;
  return button;
}

export function placeField(field, box, [height, width]) {
  field.classList.toggle('pp-lit', Boolean(box));
  if (!box) return;
  field.style.left = `${(100 * box.left) / width}%`;
  field.style.top = `${(100 * box.top) / height}%`;
  field.style.width = `${(100 * (box.right - box.left + 1)) / width}%`;
  field.style.height = `${(100 * (box.bottom - box.top + 1)) / height}%`;
}
