// Pictures between addresses, numbers and canvases.
import { floatsOf, pixelsOf } from './pictures.js';

const READ = { willReadFrequently: true }; // such sheets stay where their numbers are

export function sheetOf([height, width]) {
  const sheet = document.createElement('canvas');
  sheet.width = width;
  sheet.height = height;
  return sheet;
}

// The picture at an address as 3 x H x W numbers in [-1, 1]. It has the network's size already.
export async function numbersAt(address, size) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const c = sheetOf(size).getContext('2d', READ);
  c.drawImage(image, 0, 0, size[1], size[0]);
  return floatsOf(c.getImageData(0, 0, size[1], size[0]).data);
}

// Numbers as a canvas of their size.
export function canvasOf(picture, [height, width]) {
  const sheet = sheetOf([height, width]);
  sheet.getContext('2d', READ).putImageData(new ImageData(pixelsOf(picture), width, height), 0, 0);
  return sheet;
}

// Draw a small sheet over a whole canvas, its cells with sharp edges or smooth.
export function spread(canvas, sheet, smooth) {
  const c = canvas.getContext('2d');
  c.imageSmoothingEnabled = smooth;
  c.imageSmoothingQuality = 'high';
  c.drawImage(sheet, 0, 0, canvas.width, canvas.height);
}

// RGBA bytes as a canvas.
export function sheetFrom(bytes, [height, width]) {
  const sheet = sheetOf([height, width]);
  sheet.getContext('2d', READ).putImageData(new ImageData(bytes, width, height), 0, 0);
  return sheet;
}
