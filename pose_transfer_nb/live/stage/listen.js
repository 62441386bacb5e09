// Pointer and keys of an editor (editor.js): they become moves of joints, and commands.
import { arrowOf, nearestJoint, spotUnder } from './pose.js';

export function listen(
  editor,
  hand, // what a drag does to a pose (hands.js)
  size, // [height, width] of the picture
) {
  const { stage, canvas } = editor.ui.edit;
  let held = null; // the joint that the pointer holds
  let moved = false; // since it was taken hold of
  let began = 0; // when that was
  let lastArrow = Number.NEGATIVE_INFINITY; // when an arrow key was pressed

  const spotOf = (e) => spotUnder(e.clientX, e.clientY, canvas.getBoundingClientRect(), size);

  function move(joint, spot, first) {
    const pose = hand.move(editor.pose(), joint, spot);
    if (pose === editor.pose()) return false;
    editor.move(pose, first);
    return true;
  }

  stage.addEventListener('pointerdown', (e) => {
    if (!editor.pose() || !editor.isFree()) return;
    const { joint, far } = nearestJoint(editor.pose(), spotOf(e), hand.joints);
    const scale = canvas.getBoundingClientRect().width / size[1];
    if (far > hand.grip(scale)) return;
    e.preventDefault();
    stage.setPointerCapture(e.pointerId);
    held = joint;
    moved = false;
    began = performance.now();
    editor.hold(true);
    editor.ui.joints[held].focus({ preventScroll: true });
  });

  stage.addEventListener('pointermove', (e) => {
    if (held === null) return;
    if (move(held, spotOf(e), !moved)) moved = true;
  });

  function drop() {
    if (held === null) return;
    held = null;
    editor.hold(false);
    if (moved) setTimeout(() => editor.report(began), 300); // the last answers are there by then
  }
  stage.addEventListener('pointerup', drop);
  stage.addEventListener('pointercancel', drop);

  editor.ui.joints.forEach((button, j) => {
    button.addEventListener('focus', () => editor.select(j));
    if (!hand.joints.includes(j)) button.remove();
  });

  editor.el.addEventListener('keydown', (e) => {
    const act = actOf(e);
    if (!act) return;
    e.preventDefault();
    e.stopPropagation(); // the notebook has other plans with these keys
    act();
  });

  // What a key does; undefined where it does nothing.
  function actOf(e) {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'z') return () => editor.command('undo');
    if (!e.target.classList.contains('pt-joint')) return undefined;
    const joint = Number(e.target.dataset.joint);
    if (e.key === 'Delete' || e.key === 'Backspace') return () => editor.command('hide', joint);
    const way = arrowOf(e.key);
    return way && (() => editor.whenFree(() => nudge(joint, way, hand.stride(e.shiftKey))));
  }

  // Arrow keys in quick succession are one step for undo.
  function nudge(joint, [right, down], far) {
    const [x, y] = editor.pose()[joint];
    const now = performance.now();
    move(joint, [x + far * right, y + far * down], now - lastArrow > 1000);
    lastArrow = now;
  }
}
