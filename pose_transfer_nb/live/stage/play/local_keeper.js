// A keeper (kernel_keeper.js says what that is) where no kernel is asked: pose and past are kept here.
import { newHistory, undone, withPose } from '../history.js';
import { isSeen, MISSING, withJoint } from '../pose.js';
import { mirroredPose } from './skeleton.js';

export function localKeeper(
  pose,
  [height, width], // of the picture
  onChange = () => {}, // called with each new pose
) {
  let history = newHistory(pose);
  let places = pose; // where joints were when they were last seen

  const keeper = {
    onPose: () => {},

    keep(moved, first) {
      history = withPose(history, moved, first);
      remember();
    },
    async hello() {
      await keeper.onPose(history.pose);
    },
    async undo() {
      history = undone(history);
      await tell();
    },
    // Another pose, as a step for undo.
    async show(other) {
      history = withPose(history, other, true);
      await tell();
    },
    mirror: () => keeper.show(mirroredPose(history.pose, [height, width])),
    hide: (joint) => keeper.show(withJoint(history.pose, joint, MISSING)),
    restore(joint) {
      const place = isSeen(places[joint]) ? places[joint] : [width / 2, height / 2];
      return keeper.show(withJoint(history.pose, joint, place));
    },
  };

  function remember() {
    places = places.map((k, j) => (isSeen(history.pose[j]) ? history.pose[j] : k));
    onChange(history.pose);
  }

  async function tell() {
    remember();
    await keeper.onPose(history.pose);
  }

  return keeper;
}
