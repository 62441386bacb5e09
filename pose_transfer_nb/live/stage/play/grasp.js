// Pointer and keys on the skeleton: they become other poses.
import { arrowOf, inside, nearestJoint, spotUnder } from '../pose.js';
import { limbMoved } from './limbs.js';
import { loupe } from './loupe.js';

const ALL = [...Array(18).keys()];
const TOGETHER = 1000; // arrow keys within so many milliseconds are one step for undo

export function grasp(
  view, // of the result (result.js)
  size,
  {
    pose, // function: the pose that there is
    move, // called with another pose, and whether this begins a step for undo
    hide, // called with the number of a joint
    select = () => {}, // called with the number of a joint that was touched, or null
    drop = () => {}, // called at the end of a drag with when it began
  },
) {
  const { stage, canvas } = view;
  const glass = loupe(stage, canvas, size);
  let held = null; // { joint, start: the pose before, offset, moved, began }
  let lastArrow = Number.NEGATIVE_INFINITY;

  const spotOf = (e) => spotUnder(e.clientX, e.clientY, canvas.getBoundingClientRect(), size);
  const gripOf = (e) => {
    const scale = canvas.getBoundingClientRect().width / size[1];
    return (e.pointerType === 'touch' ? 34 : 26) / scale;
  };

  stage.addEventListener('pointerdown', (e) => {
    if (e.target.closest('.pp-inset, .pp-missing') || stage.classList.contains('pp-bare') || e.button > 0)
      return;
    const { joint, far } = nearestJoint(pose(), spotOf(e), ALL);
    if (far > gripOf(e)) return;
    e.preventDefault();
    stage.setPointerCapture(e.pointerId);
    const spot = spotOf(e);
    const offset = pose()[joint].map((v, i) => v - spot[i]);
    held = { joint, start: pose(), offset, moved: false, began: performance.now() };
    stage.classList.add('pp-held');
    view.joints[joint].focus({ preventScroll: true, focusVisible: false });
    select(joint);
    view.name(null);
    if (e.pointerType === 'touch') glass.show(e, pose());
  });

  stage.addEventListener('pointermove', (e) => {
    if (!held) {
      hover(e);
      return;
    }
    const spot = spotOf(e).map((v, i) => v + held.offset[i]);
    const moved = limbMoved(pose(), held.joint, inside(spot, size), {
      size,
      start: held.start,
      alone: e.shiftKey,
    });
    move(moved, !held.moved);
    held.moved = true;
    if (e.pointerType === 'touch') glass.show(e, pose());
  });

  function hover(e) {
    const { joint, far } = nearestJoint(pose(), spotOf(e), ALL);
    const near = far <= gripOf(e) && !stage.classList.contains('pp-bare');
    stage.classList.toggle('pp-near', near);
    view.name(near ? joint : null, pose());
  }

  function release() {
    if (!held) return;
    const { began, moved } = held;
    held = null;
    glass.hide();
    stage.classList.remove('pp-held');
    if (moved) drop(began);
  }
  stage.addEventListener('pointerup', release);
  stage.addEventListener('pointercancel', release);
  stage.addEventListener('pointerleave', () => view.name(null));

  view.joints.forEach((button, j) => {
    button.addEventListener('focus', () => {
      select(j);
      if (!held) view.name(j, pose());
    });
    button.addEventListener('blur', () => view.name(null));
    button.addEventListener('keydown', (e) => {
      if (e.key === 'Delete' || e.key === 'Backspace') {
        e.preventDefault();
        hide(j);
      }
      const way = arrowOf(e.key);
      if (!way) return;
      e.preventDefault();
      nudge(j, way, e.shiftKey);
    });
  });

  function nudge(joint, [right, down], alone) {
    const now = performance.now();
    const [x, y] = pose()[joint];
    const spot = [x + 2 * right, y + 2 * down];
    move(limbMoved(pose(), joint, inside(spot, size), { size, alone }), now - lastArrow > TOGETHER);
    lastArrow = now;
    view.name(joint, pose());
  }

  return { isHeld: () => held !== null };
}
