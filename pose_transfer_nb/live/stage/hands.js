// A hand says what a drag does to a pose. Lengths are in pixels of the picture.
//
//   joints                    numbers of the joints that it can take hold of
//   grip(scale)               how near to a joint it must come; `scale`: pixels of the screen in one of those
//   stride(shift)             how far an arrow key moves a joint; `shift`: is the shift key pressed, too?
//   move(pose, joint, spot)   the new pose; the same object where nothing moves

import { inside, withJoint } from './pose.js';

// Any joint goes anywhere in the picture, alone.
export function freeHand(size, joints) {
  return {
    joints,
    grip: (scale) => 26 / scale, // 26 pixels of the screen: a fingertip
    stride: (shift) => (shift ? 5 : 1),
    move: (pose, joint, spot) => withJoint(pose, joint, inside(spot, size)),
  };
}
