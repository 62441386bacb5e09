// A keeper (kernel_keeper.js says what that is) for a page without a kernel: pose and past are kept here.
import { newHistory, undone, withPose } from './history.js';

export function localKeeper(pose) {
  let history = newHistory(pose);
  const keeper = {
    onPose: () => {},

    keep(moved, first) {
      history = withPose(history, moved, first);
    },
    async hello() {
      await keeper.onPose(history.pose);
    },
    async undo() {
      history = undone(history);
      await keeper.onPose(history.pose);
    },
  };
  return keeper;
}
