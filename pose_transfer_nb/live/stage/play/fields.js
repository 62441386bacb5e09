// Receptive fields: what a cell can depend on. They follow from the convolutions alone (attention.py):
// a stem of 3x3; then for each halving a 4x4 of stride 2 and a residual block of two 3x3.
// Both encoders, that of the pictures and that of the poses, are built like this.

const RESIDUAL = 2; // cells to each side that two convolutions of 3x3 look at

// The pixels along one side, first and last, that cell `i` sees after so many halvings.
// They may lie outside the picture, where there is nothing but zeros.
export function seenAlong(i, halvings) {
  let [low, high] = [i, i];
  for (let k = 0; k < halvings; k++) {
    [low, high] = [low - RESIDUAL, high + RESIDUAL];
    [low, high] = [2 * low - 1, 2 * high + 2];
  }
  return [low - 1, high + 1];
}

// What the cell of a grid sees, as a box of pixels { left, top, right, bottom }, each the last one inside.
export function fieldOf(row, column, halvings, [height, width]) {
  const cut = ([low, high], side) => [Math.max(0, low), Math.min(side - 1, high)];
  const [top, bottom] = cut(seenAlong(row, halvings), height);
  const [left, right] = cut(seenAlong(column, halvings), width);
  return { left, top, right, bottom };
}

// The pixels that the cell stands for: its share of the picture.
export function shareOf(row, column, halvings) {
  const side = 2 ** halvings;
  return {
    left: column * side,
    top: row * side,
    right: (column + 1) * side - 1,
    bottom: (row + 1) * side - 1,
  };
}

export function sidesOf({ left, top, right, bottom }) {
  return [bottom - top + 1, right - left + 1];
}
