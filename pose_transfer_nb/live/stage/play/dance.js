// The recorded dance, for those who have no camera: poses of mannequins, and the way from each to the next.
import { turnedBetween } from './fitting.js';
import { isThere } from './landmarks.js';

const REST = 0.35; // of each beat the figure stays where it is

// The pose at a moment, in pixels of a picture of some size.
export function danceAt(
  { poses, seconds, size: [height] }, // of the dance: dance.json
  time, // in seconds
  size, // [height, width] of the picture
) {
  const beat = Math.max(0, time) / seconds;
  const number = Math.floor(beat) % poses.length;
  const t = Math.min(1, (beat % 1) / (1 - REST));
  const pose = turnedBetween(poses[number], poses[(number + 1) % poses.length], t * t * (3 - 2 * t));
  const zoom = size[0] / height;
  return pose.map((k) => (isThere(k) ? k.map((v) => v * zoom) : k));
}
