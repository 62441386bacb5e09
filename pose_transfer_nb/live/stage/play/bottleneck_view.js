// The bottleneck as its cells. Each is drawn as the piece of the picture that it stands for, so that one
// sees where it came from; or as one channel's numbers. A cell can be dragged onto another one.
import { add } from '../elements.js';
import { cellsOf } from './bottleneck.js';
import { colouredPixels, featureColour, limitsOf } from './colours.js';
import { cellValues } from './gates.js';
import { sheetFrom, spread } from './sheets.js';

const GAP = 1.2; // between cells, in pixels of the picture

export function bottleneckView(parent, [height, width], size, { t, onMove, onPoint }) {
  const frame = add(parent, 'div', 'pp-bottleneck');
  frame.tabIndex = 0;
  frame.setAttribute('role', 'application');
  frame.ariaLabel = t('bottleneck.label');
  const canvas = add(frame, 'canvas');
  canvas.width = size[1] * 4;
  canvas.height = size[0] * 4;
  const cursor = add(frame, 'i', 'pp-cell');
  const ghost = add(frame, 'i', 'pp-ghost');
  let held = null; // number of the cell that is dragged, or was taken with the keys
  let at = null; // number of the cell under the pointer

  const cellAt = (e) => {
    const edge = frame.getBoundingClientRect();
    const column = Math.floor(((e.clientX - edge.left) / edge.width) * width);
    const row = Math.floor(((e.clientY - edge.top) / edge.height) * height);
    return row >= 0 && row < height && column >= 0 && column < width ? row * width + column : null;
  };

  function mark(element, cell) {
    element.style.display = cell === null ? 'none' : 'block';
    if (cell === null) return;
    element.style.left = `${(100 * (cell % width)) / width}%`;
    element.style.top = `${(100 * Math.floor(cell / width)) / height}%`;
    element.style.width = `${100 / width}%`;
    element.style.height = `${100 / height}%`;
  }

  function point(cell) {
    at = cell;
    mark(cursor, cell);
    onPoint(cell === null ? null : [Math.floor(cell / width), cell % width], held);
  }

  function take(cell) {
    held = cell;
    mark(ghost, cell);
    frame.classList.toggle('pp-held', cell !== null);
  }

  function put(cell) {
    const from = held;
    take(null);
    if (from !== null && cell !== null && from !== cell) onMove(from, cell);
  }

  frame.addEventListener('pointerdown', (e) => {
    e.preventDefault();
    frame.focus({ preventScroll: true, focusVisible: false });
    frame.setPointerCapture(e.pointerId);
    take(cellAt(e));
  });
  frame.addEventListener('pointermove', (e) => point(cellAt(e)));
  frame.addEventListener('pointerup', (e) => put(cellAt(e)));
  frame.addEventListener('pointercancel', () => take(null));
  frame.addEventListener('pointerleave', () => held === null && point(null));
  frame.addEventListener('blur', () => {
    take(null);
    point(null);
  });
  frame.addEventListener('focus', () => frame.matches(':focus-visible') && point(at ?? width + 2));
  frame.addEventListener('keydown', (e) => {
    const way = { ArrowUp: -width, ArrowDown: width, ArrowLeft: -1, ArrowRight: 1 }[e.key];
    if (way) {
      const next = (at ?? 0) + way;
      if (next >= 0 && next < height * width) point(next);
    } else if (e.key === 'Enter' || e.key === ' ') {
      if (held === null) take(at);
      else put(at);
    } else if (e.key === 'Escape' && held !== null) take(null);
    else return;
    e.preventDefault();
    e.stopPropagation();
  });

  return {
    frame,

    // The cells as pieces of the picture whose features they hold; `picture`: a canvas of the network's size.
    showPieces(picture, bottleneck) {
      const c = canvas.getContext('2d');
      const [h, w] = [size[0] / height, size[1] / width];
      const zoom = canvas.width / size[1];
      c.clearRect(0, 0, canvas.width, canvas.height);
      c.imageSmoothingEnabled = true;
      const source = bottleneck.turns.includes('average') ? averaged(picture) : picture;
      cellsOf(bottleneck, [height, width]).forEach((cell, i) => {
        const from = [(cell % width) * w, Math.floor(cell / width) * h, w, h];
        const [x, y] = [(i % width) * w + GAP / 2, Math.floor(i / width) * h + GAP / 2];
        c.drawImage(source, ...from, x * zoom, y * zoom, (w - GAP) * zoom, (h - GAP) * zoom);
      });
    },

    // One channel's numbers.
    showChannel(features, channel) {
      const values = cellValues(features, channel);
      const [low, high] = limitsOf(values);
      const pixels = colouredPixels(values, [Math.min(0, low), Math.max(high, 1e-6)], featureColour);
      spread(canvas, sheetFrom(pixels, [height, width]), false);
    },
  };
}

// A picture of nothing but its mean colour.
function averaged(picture) {
  const sheet = document.createElement('canvas');
  sheet.width = picture.width;
  sheet.height = picture.height;
  const bytes = picture.getContext('2d').getImageData(0, 0, picture.width, picture.height).data;
  const sums = [0, 0, 0];
  for (let i = 0; i < bytes.length; i += 4) for (let k = 0; k < 3; k++) sums[k] += bytes[i + k];
  const c = sheet.getContext('2d');
  c.fillStyle = `rgb(${sums.map((v) => Math.round((4 * v) / bytes.length)).join(' ')})`;
  c.fillRect(0, 0, sheet.width, sheet.height);
  return sheet;
}
