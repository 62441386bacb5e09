// Somebody's pose on another body: directions of the limbs from one, lengths from the other.
// A pose is a list of joints [x, y]; none of these functions changes one that it is given.
import { MISSING } from '../pose.js';
import { isThere } from './landmarks.js';
import { LIMBS, OTHER_SIDE } from './skeleton.js';

const NECK = 1;
const HIPS = [8, 11];
const FEET = [10, 13];
const SMALLEST = 0.5; // a figure is made smaller so that it fits the picture, but not more than this
const MARGIN = 2; // pixels that should stay free at the picture's edges

const minus = ([a, b], [c, d]) => [a - c, b - d];
const plus = ([a, b], [c, d]) => [a + c, b + d];
const times = ([a, b], f) => [a * f, b * f];
const bone = (pose, [a, b]) => (isThere(pose[a]) && isThere(pose[b]) ? minus(pose[b], pose[a]) : null);
const lengthOf = (way) => (way ? Math.hypot(...way) : 0);

// The length of each bone of LIMBS: of its right and left one the longer, since the other may point at us.
export function boneLengths(pose) {
  return LIMBS.map(([a, b]) => {
    const sides = [
      [a, b],
      [OTHER_SIDE[a], OTHER_SIDE[b]],
    ];
    return Math.max(...sides.map((limb) => lengthOf(bone(pose, limb))));
  });
}

// How much larger a body is than another one. A bone that points at us is short, so the larger ratios count.
export function scaleBetween(lengths, others) {
  const ratios = lengths.map((length, i) => (length && others[i] ? length / others[i] : 0)).filter(Boolean);
  if (!ratios.length) return 1;
  ratios.sort((a, b) => a - b);
  return ratios[Math.floor(0.7 * (ratios.length - 1))];
}

// `seen` with the bones of `own`: no bone becomes longer than in `own`; one that points at us stays short.
// A bone that `own` does not show keeps its length, in proportion.
export function withBonesOf(seen, own) {
  const lengths = boneLengths(own);
  const zoom = scaleBetween(boneLengths(seen), lengths) || 1;
  const made = seen.map(() => MISSING);
  if (!isThere(seen[NECK])) return made;
  made[NECK] = seen[NECK];
  LIMBS.forEach((limb, i) => {
    const way = bone(seen, limb);
    if (!way || !isThere(made[limb[0]])) return;
    const length = lengthOf(way);
    const wanted = Math.min(length / zoom, lengths[i] || Number.POSITIVE_INFINITY);
    made[limb[1]] = plus(made[limb[0]], times(way, length ? wanted / length : 0));
  });
  return made;
}

// Where a figure stands: its lower foot, or else its hips, or else its neck; `kind` says which.
export function standOf(pose, kinds = ['feet', 'hips', 'neck']) {
  const all = (joints) => joints.every((j) => isThere(pose[j]));
  const middle = all(HIPS) ? (pose[HIPS[0]][0] + pose[HIPS[1]][0]) / 2 : null;
  const spots = {
    feet: middle !== null && all(FEET) ? [middle, Math.max(...FEET.map((j) => pose[j][1]))] : null,
    hips: middle !== null ? [middle, (pose[HIPS[0]][1] + pose[HIPS[1]][1]) / 2] : null,
    neck: isThere(pose[NECK]) ? pose[NECK] : null,
  };
  const kind = kinds.find((name) => spots[name]);
  return kind ? { kind, spot: spots[kind] } : null;
}

// A pose, moved so that it stands where another one stands.
export function standingLike(pose, other) {
  for (const kind of ['feet', 'hips', 'neck']) {
    const [from, to] = [standOf(pose, [kind]), standOf(other, [kind])];
    if (from && to) return pose.map((k) => (isThere(k) ? plus(k, minus(to.spot, from.spot)) : k));
  }
  return pose;
}

// A pose, made smaller about a spot until all of it lies in the picture.
export function shrunkInto(pose, spot, [height, width]) {
  const shares = pose.filter(isThere).flatMap((k) => {
    const edges = [width - 1 - MARGIN, height - 1 - MARGIN];
    return [0, 1].flatMap((axis) => {
      const way = k[axis] - spot[axis];
      const room = way > 0 ? edges[axis] - spot[axis] : spot[axis] - MARGIN;
      return Math.abs(way) > room ? [Math.max(room, 0) / Math.abs(way)] : [];
    });
  });
  const share = Math.max(SMALLEST, Math.min(1, ...shares));
  return pose.map((k) => (isThere(k) ? plus(spot, times(minus(k, spot), share)) : k));
}

// Somebody's pose for a person whose own pose is known: with that person's bones, in that person's place.
export function fittedPose(seen, own, size) {
  const placed = standingLike(withBonesOf(seen, own), own);
  const stand = standOf(placed);
  return stand ? shrunkInto(placed, stand.spot, size) : placed;
}

// A pose on the way from one to another. Each bone turns the shorter way round, so that limbs swing.
export function turnedBetween(a, b, t) {
  const made = a.map(() => MISSING);
  if (isThere(a[NECK]) && isThere(b[NECK])) made[NECK] = plus(times(a[NECK], 1 - t), times(b[NECK], t));
  for (const limb of LIMBS) {
    const [from, to] = [bone(a, limb), bone(b, limb)];
    if (!from || !to || !isThere(made[limb[0]])) continue;
    made[limb[1]] = plus(made[limb[0]], turned(from, to, t));
  }
  return made;
}

function turned(from, to, t) {
  const angleOf = ([x, y]) => Math.atan2(y, x);
  const turn = angleOf(to) - angleOf(from);
  const short = Math.atan2(Math.sin(turn), Math.cos(turn));
  const length = lengthOf(from) * (1 - t) + lengthOf(to) * t;
  const angle = angleOf(from) + short * t;
  return [length * Math.cos(angle), length * Math.sin(angle)];
}
