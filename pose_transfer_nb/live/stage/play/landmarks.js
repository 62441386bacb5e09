// From what BlazePose answers to a pose. It looks at a square of the picture, the crop, and finds 33 points
// of a person, its landmarks, and a few points that say where the person is. Nothing here changes its input.
//
//   crop   { x, y, side }: the middle of a square and its side, in pixels of the picture
//   spot   [x, y] in pixels of the picture; (0, 0) is the upper left corner
import { MISSING } from '../pose.js';
import { OTHER_SIDE } from './skeleton.js';

export const CROP = 256; // the crop has so many pixels in height and width when the network looks at it
const EACH = 5; // numbers of a landmark: x, y, depth, and the logits of "is not hidden" and "is there"

// For each of our joints the landmark of BlazePose; the neck lies between its shoulders.
const SHOULDERS = [11, 12];
const LANDMARKS = [
  [0],
  SHOULDERS,
  [12],
  [14],
  [16],
  [11],
  [13],
  [15],
  [24],
  [26],
  [28],
  [23],
  [25],
  [27],
].concat(
  [[5], [2], [8], [7]], // eyes and ears
);
// Two points that are no part of the body: its middle between the hips, and a place on the circle around it.
const MIDDLE = 33;
const RIM = 34;
const MARGIN = 1.25;

const APPEARS = 0.6; // a joint that was missing is believed from here on
const VANISHES = 0.4; // a joint that was there is believed until here
export const THERE = 0.5; // from here on there is a person in the crop

const chance = (logit) => 1 / (1 + Math.exp(-logit));

// The landmarks as [{ spot, sure }]; `sure` is between 0 and 1.
export function landmarksOf(
  numbers, // 5 for each landmark, x and y in pixels of the crop
  { x, y, side },
) {
  const placed = (v, middle) => middle + (v / CROP - 0.5) * side;
  return Array.from({ length: Math.floor(numbers.length / EACH) }, (_, i) => {
    const [left, top, , open, present] = numbers.slice(i * EACH, i * EACH + EACH);
    return { spot: [placed(left, x), placed(top, y)], sure: chance(Math.min(open, present)) };
  });
}

// Our eighteen joints; what the network doubts is missing.
export function jointsOf(
  landmarks,
  before = null, // the joints of the picture before this one: what was seen there is doubted later
) {
  return LANDMARKS.map((numbers, j) => {
    const used = numbers.map((n) => landmarks[n]);
    const sure = Math.min(...used.map((landmark) => landmark.sure));
    const asked = before && isThere(before[j]) ? VANISHES : APPEARS;
    if (sure < asked) return MISSING;
    return [0, 1].map((axis) => used.reduce((sum, { spot }) => sum + spot[axis], 0) / used.length);
  });
}

// A joint may lie beside the picture, so a single negative number does not say that it is missing.
export function isThere([x, y]) {
  return x !== MISSING[0] || y !== MISSING[1];
}

// Where to look first: the largest square in the middle of a picture of some [height, width].
export function firstCrop([height, width]) {
  return { x: width / 2, y: height / 2, side: Math.min(height, width) };
}

// Where to look when nobody was found: at the whole picture, and at nothing beside it.
export function wholeCrop([height, width]) {
  return { x: width / 2, y: height / 2, side: Math.max(height, width) };
}

// Where to look next: around the person who was found.
export function nextCrop(
  { landmarks, presence }, // `presence`: how sure the network is that there is a person, 0 to 1
  size,
) {
  const [x, y] = landmarks[MIDDLE].spot;
  const [a, b] = landmarks[RIM].spot;
  const side = 2 * MARGIN * Math.hypot(a - x, b - y);
  const sensible = side > 0.1 * Math.min(...size) && side < 4 * Math.max(...size);
  return presence >= THERE && sensible ? { x, y, side } : wholeCrop(size);
}

// Spots of a picture in the network's pixels: heights agree, and so do the middles.
export function scaledJoints(
  joints,
  [height, width], // of the picture
  size, // [height, width] of the network's pictures
) {
  const zoom = size[0] / height;
  const across = (x) => (x - width / 2) * zoom + size[1] / 2 - 0.5;
  return joints.map((spot) => (isThere(spot) ? [across(spot[0]), spot[1] * zoom - 0.5] : MISSING));
}

// The same pose as the network may have it: a joint beside the picture is missing.
export function cutPose(joints, [height, width]) {
  const lies = ([x, y]) => x >= -0.5 && y >= -0.5 && x < width - 0.5 && y < height - 0.5;
  const within = (v, high) => Math.min(Math.max(v, 0), high);
  return joints.map((k) =>
    lies(k) && isThere(k) ? [within(k[0], width - 1), within(k[1], height - 1)] : MISSING,
  );
}

// As a mirror shows it, right and left joints exchanged.
export function mirroredJoints(joints, [, width]) {
  return OTHER_SIDE.map((j) => (isThere(joints[j]) ? [width - 1 - joints[j][0], joints[j][1]] : MISSING));
}
