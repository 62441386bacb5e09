// One gate, large: all its channels by a slider, and the twelve that vary most.
import { add } from '../elements.js';
import { colouredPixels, gateColour } from './colours.js';
import { stretched, valveOf } from './gate_view.js';
import { cellValues } from './gates.js';
import { dialog, poseFigure } from './pieces.js';
import { sheetFrom, spread } from './sheets.js';

// onState: called with the number of the gate and the state that was chosen.
export function gateDialog(parent, size, { t, onState }) {
  const { box, body, title } = dialog(parent, '', t('close'), 'pp-gate-dialog');
  const left = add(body, 'div', 'pp-gate-large');
  const canvas = add(left, 'canvas');
  canvas.width = size[1] * 6;
  canvas.height = size[0] * 6;
  const figure = poseFigure(left, size, 'pp-thin');
  const side = add(body, 'div', 'pp-gate-side');
  const words = add(side, 'p');
  const valve = valveOf(side, t, (state) => onState(shown.index, state));
  const label = add(side, 'label', 'pp-channel');
  const name = add(label, 'span');
  const slider = add(label, 'input');
  slider.type = 'range';
  slider.min = -1;
  const tiles = add(side, 'div', 'pp-tiles');
  let shown = null; // { index, mask, pose, limits }
  slider.addEventListener('input', draw);

  function draw() {
    const { mask, pose, limits } = shown;
    const channel = Number(slider.value) < 0 ? null : Number(slider.value);
    name.textContent = channel === null ? t('channel.mean') : t('channel', { n: channel });
    paint(canvas, mask, channel, limits);
    figure.show(pose);
    [...tiles.children].forEach((tile) => {
      paint(tile.firstChild, mask, Number(tile.dataset.channel), limits);
    });
  }

  function fillTiles(mask) {
    tiles.replaceChildren();
    for (const channel of mostVarying(mask, 12)) {
      const tile = add(tiles, 'button', 'pp-box');
      tile.type = 'button';
      tile.dataset.channel = channel;
      tile.title = t('channel', { n: channel });
      tile.ariaLabel = tile.title;
      const small = add(tile, 'canvas');
      small.width = size[1];
      small.height = size[0];
      tile.addEventListener('click', () => {
        slider.value = channel;
        draw();
      });
    }
  }

  return {
    open(index, mask, { pose, gates }, limits) {
      const [channels, height, width] = mask.dims;
      shown = { index, mask, pose, limits };
      title.textContent = t('gate.title', { grid: `${height}\u2009×\u2009${width}` });
      words.textContent = t('gate.text', { channels, cells: height * width });
      slider.max = channels - 1;
      slider.value = -1;
      slider.ariaLabel = t('channel.slider');
      fillTiles(mask);
      valve.setState(gates[index]);
      draw();
      box.showModal();
    },

    refresh(masks, { pose, gates }) {
      if (!box.open) return;
      Object.assign(shown, { mask: masks[shown.index], pose });
      valve.setState(gates[shown.index]);
      draw();
    },
  };
}

function paint(canvas, mask, channel, limits) {
  const values = cellValues(mask, channel);
  const scaled = channel === null ? values.map((v) => stretched(v, limits)) : values;
  spread(canvas, sheetFrom(colouredPixels(scaled, [0, 1], gateColour), mask.dims.slice(1)), false);
}

// Numbers of the channels whose values differ most from cell to cell.
export function mostVarying({ data, dims: [channels, height, width] }, count) {
  const cells = height * width;
  const spreads = Array.from({ length: channels }, (_, c) => {
    const values = data.subarray(c * cells, (c + 1) * cells);
    const mean = values.reduce((sum, v) => sum + v, 0) / cells;
    return values.reduce((sum, v) => sum + (v - mean) ** 2, 0);
  });
  return [...spreads.keys()].sort((a, b) => spreads[b] - spreads[a] || a - b).slice(0, count);
}
