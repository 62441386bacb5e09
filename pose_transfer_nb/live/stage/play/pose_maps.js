// A pose as the network reads it: one sheet for each joint with a spot where the joint is, as pose_maps in
// Python makes them. A missing joint, or one outside the picture, leaves its sheet empty.

// What is fainter is left out. It would change nothing, but numbers smaller than 1e-38 take a processor a
// hundred times longer than others, and the far ends of a spot are full of them.
const FAINT = 1e-8;

// Two poses, 36 sheets: those of the source, then those of the target.
export function posePair(
  source, // 18 [x, y] in pixels of the network's size
  target,
  [height, width],
  sigma, // null: one pixel a joint; else the spot's standard deviation in pixels
) {
  const poses = [...source, ...target];
  const maps = new Float32Array(poses.length * height * width);
  poses.forEach((joint, sheet) => {
    const size = height * width;
    drawSpot(maps.subarray(sheet * size, (sheet + 1) * size), joint.map(Math.fround), [height, width], sigma);
  });
  return maps;
}

function drawSpot(sheet, [x, y], [height, width], sigma) {
  if (!(x >= 0 && y >= 0 && x < width && y < height)) return;
  const across = profile(x, width, sigma);
  const down = profile(y, height, sigma);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const value = down[row] * across[column];
      if (value > FAINT) sheet[row * width + column] = value;
    }
  }
}

// How bright the spot is along one side of the picture; a spot is the product of two of these.
function profile(middle, count, sigma) {
  const values = new Float32Array(count);
  if (sigma === null) values[Math.floor(middle)] = 1;
  else for (let i = 0; i < count; i++) values[i] = Math.exp(-((i - middle) ** 2) / (2 * sigma ** 2));
  return values;
}
