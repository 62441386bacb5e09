// Inverse kinematics in the plane: one joint is moved, and its limb follows. Bones keep their lengths.
// No function here changes a pose that it is given.
import { inside, isSeen, withJoint } from '../pose.js';

const CHAINS = [
  [2, 3, 4],
  [5, 6, 7],
  [8, 9, 10],
  [11, 12, 13],
]; // shoulder, elbow, wrist; hip, knee, ankle
const HEAD = [0, 14, 15, 16, 17];
const NECK = 1;
const NOSE = 0;

const minus = ([a, b], [c, d]) => [a - c, b - d];
const plus = ([a, b], [c, d]) => [a + c, b + d];
const times = ([a, b], f) => [a * f, b * f];
const lengthOf = ([a, b]) => Math.hypot(a, b);

// The pose with `joint` at a spot, or as near as its bones allow.
// `start`: the pose at the beginning of the drag, from which lengths and bends are taken.
// `alone`: only this joint moves, and its bones become longer or shorter.
export function limbMoved(pose, joint, spot, { size, start = pose, alone = false }) {
  const moved = alone ? withJoint(pose, joint, spot) : followed(pose, joint, spot, start);
  return moved.map((k, j) => (isSeen(pose[j]) || k === spot ? inside(k, size) : k));
}

function followed(pose, joint, spot, start) {
  const chain = CHAINS.find((c) => c.includes(joint));
  if (joint === NECK) return carried(pose, [...pose.keys()], minus(spot, pose[NECK]));
  if (joint === NOSE) return headTurned(pose, spot, start);
  if (!chain?.every((j) => isSeen(pose[j]) && isSeen(start[j]))) return withJoint(pose, joint, spot);
  return [rootCarried, middleTurned, endReached][chain.indexOf(joint)](pose, chain, spot, start);
}

// Some joints move together, by the same way.
function carried(pose, joints, way) {
  return pose.map((k, j) => (joints.includes(j) && isSeen(k) ? plus(k, way) : k));
}

// The whole limb goes along with shoulder or hip.
function rootCarried(pose, chain, spot) {
  return carried(pose, chain, minus(spot, pose[chain[0]]));
}

// Elbow or knee turns about its root; what lies below it keeps its direction.
function middleTurned(pose, [root, middle, end], spot, start) {
  const bone = lengthOf(minus(start[middle], start[root]));
  const place = towards(pose[root], spot, bone);
  return carried(pose, [middle, end], minus(place, pose[middle]));
}

// The head turns about the neck.
function headTurned(pose, spot, start) {
  if (!isSeen(pose[NECK])) return carried(pose, HEAD, minus(spot, pose[NOSE]));
  const bone = lengthOf(minus(start[NOSE], start[NECK]));
  return carried(pose, HEAD, minus(towards(pose[NECK], spot, bone), pose[NOSE]));
}

// The spot at a distance from a root, in the direction of another spot.
function towards(root, spot, distance) {
  const way = minus(spot, root);
  const far = lengthOf(way);
  return far < 1e-6 ? plus(root, [0, distance]) : plus(root, times(way, distance / far));
}

// Wrist or ankle goes to the spot as far as the limb reaches; elbow or knee bends to the side it was bent to.
function endReached(pose, [root, middle, end], spot, start) {
  const upper = lengthOf(minus(start[middle], start[root]));
  const lower = lengthOf(minus(start[end], start[middle]));
  const wanted = lengthOf(minus(spot, pose[root]));
  const far = Math.max(Math.abs(upper - lower) + 1e-3, Math.min(wanted, upper + lower));
  const place = towards(pose[root], spot, far);
  const bent = elbowOf(pose[root], place, upper, lower, bendOf(start, [root, middle, end]));
  return withJoint(withJoint(pose, middle, bent), end, place);
}

// +1 or -1: the side of the line from root to end on which the middle joint lies.
export function bendOf(pose, [root, middle, end]) {
  const [a, b] = minus(pose[end], pose[root]);
  const [c, d] = minus(pose[middle], pose[root]);
  return a * d - b * c >= 0 ? 1 : -1;
}

// Where two bones meet that begin at a root and end at a place.
function elbowOf(root, place, upper, lower, bend) {
  const way = minus(place, root);
  const far = Math.max(lengthOf(way), 1e-6);
  const along = Math.max(-upper, Math.min(upper, (upper ** 2 - lower ** 2 + far ** 2) / (2 * far)));
  const across = Math.sqrt(Math.max(upper ** 2 - along ** 2, 0));
  const [x, y] = times(way, 1 / far);
  return plus(root, plus(times([x, y], along), times([-y, x], bend * across)));
}
