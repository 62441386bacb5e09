// Masks as the views draw them: the mean over the channels of each cell, in the colours of `paint` in Python.
import { VIRIDIS } from './viridis.js';

// The mean over the channels, cell by cell.
export function cellMeans({ data, dims: [channels, height, width] }) {
  const cells = height * width;
  const sums = new Float64Array(cells);
  for (let at = 0; at < data.length; at++) sums[at % cells] += data[at];
  return Float32Array.from(sums, (sum) => sum / channels);
}

// [low, high] of the numbers of a sheet.
export function rangeOf(values) {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

// Red, green and blue (0 to 255) of a number between low and high.
export function colourOf(value, [low, high]) {
  const share = Math.max(0, Math.min(1, (value - low) / (high - low || 1)));
  const at = 3 * Math.min(255, Math.floor(share * 256));
  return [VIRIDIS[at], VIRIDIS[at + 1], VIRIDIS[at + 2]];
}

// The masks beside each other, coarsest first, one pixel a cell: what ImageData takes.
export function stripPixels(
  masks, // list of { data, dims: [channels, height, width] }
  limits = null, // for each mask [low, high], the values of its first and its last colour; null: its own
) {
  const sheets = masks.map(cellMeans);
  const bounds = limits ?? sheets.map(rangeOf);
  const width = masks.reduce((sum, { dims }) => sum + dims[2], 0);
  const height = Math.max(...masks.map(({ dims }) => dims[1]));
  const pixels = new Uint8ClampedArray(4 * width * height);
  let left = 0;
  masks.forEach(({ dims: [, , columns] }, i) => {
    sheets[i].forEach((value, cell) => {
      const at = Math.floor(cell / columns) * width + left + (cell % columns);
      pixels.set([...colourOf(value, bounds[i]), 255], 4 * at);
    });
    left += columns;
  });
  return { pixels, width, height, limits: bounds };
}
