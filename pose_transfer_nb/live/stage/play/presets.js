// Which poses are offered: those that stand upright, whole and facing us come first.
import { isSeen } from '../pose.js';

const REQUIRED = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]; // neck, arms and legs
const SHOULDERS = [2, 5];
const NECK = 1;
const HIPS = [8, 11];

// How well a pose shows a whole person from the front; larger is better.
export function frontality(pose) {
  const seen = REQUIRED.filter((j) => isSeen(pose[j])).length / REQUIRED.length;
  return seen + facing(pose);
}

// How broad the shoulders are beside the length of the trunk; negative for a back, 0 where they are not seen.
export function facing(pose) {
  const joints = [...SHOULDERS, ...HIPS, NECK].map((j) => pose[j]);
  if (!joints.every(isSeen)) return 0;
  const [right, left, hipRight, hipLeft, neck] = joints;
  const trunk = Math.hypot(
    (hipRight[0] + hipLeft[0]) / 2 - neck[0],
    (hipRight[1] + hipLeft[1]) / 2 - neck[1],
  );
  return Math.max(-1, Math.min(1, (left[0] - right[0]) / Math.max(trunk, 1)));
}

// Numbers of the poses, the best first.
export function bestFirst(poses) {
  const scores = poses.map(frontality);
  return [...poses.keys()].sort((a, b) => scores[b] - scores[a] || a - b);
}

// Is the whole figure seen, from the front?
export function isWhole(pose) {
  return REQUIRED.every((j) => isSeen(pose[j])) && facing(pose) > 0.35;
}

// How different two poses are: the mean distance of the joints that both have.
export function poseDistance(a, b) {
  const both = [...a.keys()].filter((j) => isSeen(a[j]) && isSeen(b[j]));
  const far = (j) => Math.hypot(a[j][0] - b[j][0], a[j][1] - b[j][1]);
  return both.length ? both.reduce((sum, j) => sum + far(j), 0) / both.length : Number.POSITIVE_INFINITY;
}

// Some of the poses that are whole and unlike each other; `poses` come best first.
export function unlike(poses, count, distance = 6) {
  const chosen = [];
  for (const pose of poses) {
    if (chosen.length === count) break;
    if (chosen.every((other) => poseDistance(pose, other) >= distance)) chosen.push(pose);
  }
  return chosen;
}

// The poses of the strip, `count` of them: first this person's own other pictures, since the truth is known
// there.
export function offeredPoses(people, person, count) {
  const all = people.flatMap(({ pictures }) => pictures.map(({ pose }) => pose));
  const own = people[person].pictures.slice(1).map(({ pose }) => pose);
  const known = bestFirst(own).slice(0, 2);
  const best = bestFirst(all).map((i) => all[i]);
  const others = unlike(best.filter(isWhole), count);
  const offered = [
    ...known.map((i) => ({ pose: own[i], known: true })),
    ...others.map((pose) => ({ pose, known: false })),
  ];
  return offered.slice(0, count);
}

// The first pose of somebody that is whole, faces us, and is least like this one.
export function farthestWhole(people, pose) {
  const whole = people.map(({ pictures }) => pictures[0].pose).filter(isWhole);
  const far = (other) => poseDistance(pose, other);
  return whole.length ? whole.reduce((a, b) => (far(b) > far(a) ? b : a)) : pose;
}
