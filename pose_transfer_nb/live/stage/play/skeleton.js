// The eighteen joints, in OpenPose's order, as the package has them (keypoints.py; a test compares the two).

export const JOINTS = [
  'nose',
  'neck',
  'right shoulder',
  'right elbow',
  'right wrist',
  'left shoulder',
  'left elbow',
  'left wrist',
  'right hip',
  'right knee',
  'right ankle',
  'left hip',
  'left knee',
  'left ankle',
  'right eye',
  'left eye',
  'right ear',
  'left ear',
];

export const LIMBS = [
  [1, 2],
  [2, 3],
  [3, 4],
  [1, 5],
  [5, 6],
  [6, 7],
  [1, 8],
  [8, 9],
  [9, 10],
  [1, 11],
  [11, 12],
  [12, 13],
  [1, 0],
  [0, 14],
  [14, 16],
  [0, 15],
  [15, 17],
];

// For each joint the one on the other side.
export const OTHER_SIDE = JOINTS.map((name) => JOINTS.indexOf(sideSwapped(name)));

function sideSwapped(name) {
  return name.replace('right', '?').replace('left', 'right').replace('?', 'left');
}

// The side of the person that a joint is on: 'right', 'left' or 'middle'.
export function sideOf(joint) {
  const [side] = JOINTS[joint].split(' ');
  return side === 'right' || side === 'left' ? side : 'middle';
}

// The pose as a mirror shows it, right and left joints exchanged.
export function mirroredPose(pose, [, width]) {
  return OTHER_SIDE.map((j) => (pose[j][0] < 0 ? [-1, -1] : [width - 1 - pose[j][0], pose[j][1]]));
}
