// Colours of numbers, and pictures made of them.

// Gates: black lets nothing pass, white everything, green lies between.
const GATE = [
  [8, 10, 9],
  [0, 62, 48],
  [0, 122, 88],
  [64, 182, 118],
  [176, 228, 160],
  [255, 255, 246],
];

// Features: near black is nothing, blue is much.
const BLUE = [
  [14, 17, 24],
  [10, 61, 109],
  [0, 114, 178],
  [86, 180, 233],
  [236, 247, 255],
];

// Differences: less is violet, as much as before is grey, more is orange.
const DIFFERENCE = [
  [94, 60, 153],
  [178, 171, 210],
  [236, 236, 236],
  [253, 184, 99],
  [196, 88, 6],
];

const between = (a, b, t) => a.map((v, i) => Math.round(v + (b[i] - v) * t));

function onRamp(ramp, t) {
  const place = Math.max(0, Math.min(1, t)) * (ramp.length - 1);
  const i = Math.min(ramp.length - 2, Math.floor(place));
  return between(ramp[i], ramp[i + 1], place - i);
}

export const gateColour = (t) => onRamp(GATE, t);
export const featureColour = (t) => onRamp(BLUE, t);
export const differenceColour = (t) => onRamp(DIFFERENCE, t); // 0 to 1, the middle is no difference

// Numbers as a picture, a pixel each: RGBA bytes for an ImageData.
export function colouredPixels(values, [low, high], colourOf) {
  const pixels = new Uint8ClampedArray(4 * values.length);
  const range = high - low || 1;
  values.forEach((value, i) => {
    pixels.set(colourOf((value - low) / range), 4 * i);
    pixels[4 * i + 3] = 255;
  });
  return pixels;
}

export function limitsOf(values) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const v of values) [low, high] = [Math.min(low, v), Math.max(high, v)];
  return [low, high];
}
