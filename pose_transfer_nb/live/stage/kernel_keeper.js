// A keeper holds the pose that is edited, and its past; here the kernel does (PoseHistory in Python).
//
//   hello()                       async, as all commands: tells the pose that there is
//   undo(), mirror(), hide(j), restore(j)
//                                 a keeper may lack them, and then the keys for them do nothing
//   keep(pose, first)             the hand moved a joint; `first`: this begins a drag, a step for undo
//   onPose(pose, masks)           is called with a pose that did not come from the hand,
//                                 and with its masks, if the keeper has them already

export function kernelKeeper(line) {
  const keeper = {
    onPose: () => {},

    // The pose itself travels with the question about its masks (kernel_engine.js).
    keep(_pose, first) {
      line.start = line.start || first;
    },
    hello: () => command({ kind: 'hello' }),
    undo: () => command({ kind: 'undo' }),
    mirror: () => command({ kind: 'mirror' }),
    hide: (joint) => command({ kind: 'hide', joint }),
    restore: (joint) => command({ kind: 'restore', joint }),
  };

  const tell = (answer) => keeper.onPose(answer.keypoints, answer);

  async function command(content) {
    await tell(await line.send(content));
  }

  line.onNews = tell;
  return keeper;
}
