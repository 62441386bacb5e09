// Pictures as the network has them, 3 x H x W floats in [-1, 1], and as a screen has them.

// What ImageData takes, of a picture as floats.
export function pixelsOf(
  picture, // Float32Array, red sheet, then green, then blue
) {
  const cells = picture.length / 3;
  const pixels = new Uint8ClampedArray(4 * cells);
  for (let cell = 0; cell < cells; cell++) {
    for (let c = 0; c < 3; c++) pixels[4 * cell + c] = (picture[c * cells + cell] + 1) * 127.5;
    pixels[4 * cell + 3] = 255;
  }
  return pixels;
}

// A picture as floats, of what getImageData gives.
export function floatsOf(pixels) {
  const cells = pixels.length / 4;
  const picture = new Float32Array(3 * cells);
  for (let cell = 0; cell < cells; cell++)
    for (let c = 0; c < 3; c++) picture[c * cells + cell] = pixels[4 * cell + c] / 127.5 - 1;
  return picture;
}

// Anything that drawImage takes, as floats of the network's size.
export function readPicture(drawable, [height, width]) {
  const canvas = new OffscreenCanvas(width, height);
  const c = canvas.getContext('2d', { willReadFrequently: true });
  c.fillStyle = '#fff';
  c.fillRect(0, 0, width, height);
  c.drawImage(drawable, 0, 0, width, height);
  return floatsOf(c.getImageData(0, 0, width, height).data);
}
