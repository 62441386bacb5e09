// The geometry of a pose: a list of joints [x, y] in pixels of the picture; a missing joint is [-1, -1].
// A size is [height, width]. No function here changes a pose that it is given.

export const MISSING = [-1, -1];

export function isSeen([x]) {
  return x >= 0;
}

// Numbers of the joints that are missing.
export function missingJoints(pose) {
  return [...pose.keys()].filter((j) => !isSeen(pose[j]));
}

// The spot itself, or the nearest one inside the picture.
export function inside([x, y], [height, width]) {
  const between = (v, high) => Math.max(0, Math.min(high, v));
  return [between(x, width - 1), between(y, height - 1)];
}

// The pose with one joint somewhere else.
export function withJoint(pose, joint, spot) {
  return pose.map((k, j) => (j === joint ? spot : k));
}

// Hit testing: which of the joints is nearest to a spot, and how far away it is.
export function nearestJoint(pose, [x, y], joints) {
  const far = (j) =>
    isSeen(pose[j]) ? Math.hypot(pose[j][0] - x, pose[j][1] - y) : Number.POSITIVE_INFINITY;
  const joint = joints.reduce((a, b) => (far(b) < far(a) ? b : a));
  return { joint, far: far(joint) };
}

// The spot of the picture under a place of the window; `box`: the picture's getBoundingClientRect.
// The middle of the first pixel is (0, 0), so its left edge is at -.5.
export function spotUnder(clientX, clientY, box, [height, width]) {
  const x = ((clientX - box.left) / box.width) * width - 0.5;
  const y = ((clientY - box.top) / box.height) * height - 0.5;
  return [x, y];
}

// Where a spot is, in hundredths of the picture's width and height.
export function percentOf([x, y], [height, width]) {
  return [(100 * (x + 0.5)) / width, (100 * (y + 0.5)) / height];
}

// Where a spot is on a canvas that shows the whole picture.
export function onCanvas([x, y], zoom) {
  return [(x + 0.5) * zoom, (y + 0.5) * zoom];
}

// The direction of an arrow key, or undefined for any other key.
export function arrowOf(key) {
  return { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
}
