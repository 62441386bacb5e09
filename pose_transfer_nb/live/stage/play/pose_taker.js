// What was seen of somebody becomes the pose of the page: fitted or as it is, until it is frozen.
import { isSeen, missingJoints } from '../pose.js';
import { fittedPose } from './fitting.js';
import { cutPose } from './landmarks.js';
import { poseDistance } from './presets.js';

export function poseTaker(desk, flow, t, panel) {
  const { size } = flow;
  const known = flow.people.flatMap(({ pictures }) => pictures.map(({ pose }) => pose));
  let newest = null; // joints that were seen, in the network's pixels; they may lie beside the picture
  let frozen = false;
  let fitted = true;
  let began = false; // all that is taken is one step for undo
  panel.setFitted(fitted);

  function take(joints) {
    newest = joints;
    if (frozen) return;
    const own = flow.personOf(desk.state().person).pictures[0].pose;
    const pose = cutPose(fitted ? fittedPose(joints, own, size) : joints, size);
    if (!pose.some(isSeen)) return;
    desk.set({ pose }, !began);
    began = true;
    const names = missingJoints(pose).map((j) => t(`joint.${j}`));
    const words = names.length ? t('camera.unseen', { joints: names.join(', ') }) : t('camera.challenge');
    panel.say(words, { soon: true });
  }

  // The pose stays as it is, to be changed by hand; or it follows again.
  function setFrozen(on) {
    if (on === frozen || !panel.canFreeze()) return;
    frozen = on;
    panel.setState(on ? 'frozen' : 'live');
    const far = Math.min(...known.map((pose) => poseDistance(pose, desk.state().pose)));
    if (on) panel.say(t('camera.frozen', { far: far.toFixed(1), count: known.length }));
  }

  return {
    take,
    setFrozen,
    isFrozen: () => frozen,

    toggleFitted() {
      fitted = !fitted;
      panel.setFitted(fitted);
      if (newest) take(newest);
    },
  };
}
