// The network as a drawing with live pictures in every box. Columns are scales, from fine to coarse. Above
// the picture goes down to the bottleneck, in the middle the poses become masks, below the picture comes
// back up.
import { add } from '../elements.js';
import { colouredPixels, featureColour, gateColour, limitsOf } from './colours.js';
import { engineText } from './engine_line.js';
import { stretched } from './gate_view.js';
import { cellValues } from './gates.js';
import { dialog, iconButton, poseFigure } from './pieces.js';
import { canvasOf, sheetFrom, spread } from './sheets.js';

export function drawingView(parent, flow, { t }) {
  const { box, body } = dialog(parent, t('drawing.title'), t('close'), 'pp-drawing');
  const rows = ['encoder', 'masks', 'decoder'].map((name) => {
    const row = add(body, 'div', `pp-row pp-row-${name}`);
    add(row, 'h3', '', t(`drawing.${name}`));
    return row;
  });
  const [encoder, masks, decoder] = rows;
  const boxes = {
    source: boxOf(encoder, 'source'),
    encoder: [1, 2, 3, 4].map((k) => boxOf(encoder, 'encoder', k)),
    poses: boxOf(masks, 'poses'),
    masks: [1, 2, 3, 4].map((k) => boxOf(masks, 'mask', k)),
    made: boxOf(decoder, 'made'),
    decoder: [1, 2, 3, 4].map((k) => boxOf(decoder, 'decoder', k)),
  };
  const larger = enlarged(body, t);
  const who = add(body, 'p', 'pp-engine');
  const poses = [
    poseFigure(boxes.poses.frame, flow.size, 'pp-half'),
    poseFigure(boxes.poses.frame, flow.size, 'pp-half'),
  ];
  let person = null; // whose encoder's features are drawn

  // One box: a canvas, its size in numbers; a click enlarges it.
  function boxOf(row, kind, k = 0) {
    const frame = add(row, 'button', `pp-box pp-box-${kind}`);
    frame.type = 'button';
    const canvas = add(frame, 'canvas');
    canvas.width = flow.size[1] * 3;
    canvas.height = flow.size[0] * 3;
    const words = add(frame, 'span');
    const it = { frame, canvas, words, kind, k, array: null, paint: null };
    frame.addEventListener('click', () => larger.show(it));
    return it;
  }

  function fill(it, array, paint) {
    it.array = array;
    it.paint = paint;
    const [channels, height, width] = array.dims;
    paint(it.canvas, array, null);
    it.words.textContent = `${channels} · ${height}\u2009×\u2009${width}`;
    it.frame.ariaLabel = `${t(`drawing.${it.kind}.title`)}: ${it.words.textContent}`;
  }

  function fillAll(some, arrays, paint) {
    for (const [i, array] of arrays.entries()) fill(some[i], array, paint);
  }

  function fillPicture(it, numbers) {
    const array = { data: numbers, dims: [3, ...flow.size] };
    fill(it, array, (canvas) => spread(canvas, canvasOf(numbers, flow.size), true));
  }

  async function drawPerson(number) {
    if (person === number) return;
    person = number;
    fillPicture(boxes.source, await flow.picture(number));
    const stages = await flow.encoderStages(number);
    if (person === number) fillAll(boxes.encoder, stages.slice(-4), paintFeatures);
  }

  function draw(answer) {
    if (!box.open || !answer) return;
    drawPerson(answer.state.person);
    const source = flow.personOf(answer.state.person).pictures[0].pose;
    poses[0].show(source);
    poses[1].show(answer.state.pose);
    boxes.poses.words.textContent = `36 · ${flow.size[0]}\u2009×\u2009${flow.size[1]}`;
    fillAll(boxes.masks, [...answer.used].reverse(), paintMask);
    fillPicture(boxes.made, answer.picture);
    if (answer.stages) fillAll(boxes.decoder, answer.stages.slice(0, 4).reverse(), paintFeatures);
    larger.refresh();
  }

  async function tellEngine() {
    const about = await flow.engine()?.about?.();
    who.textContent = about ? engineText(about, t) : '';
  }

  box.addEventListener('close', () => {
    flow.setStages(false);
    larger.hide();
  });
  flow.on('picture', draw);

  return {
    open() {
      box.showModal();
      flow.setStages(true);
      draw(flow.newest());
      tellEngine();
    },
    isOpen: () => box.open,
  };
}

function paintFeatures(canvas, array, channel) {
  const values = channel === null ? strengths(array) : cellValues(array, channel);
  const pixels = colouredPixels(values, limitsOf(values), featureColour);
  spread(canvas, sheetFrom(pixels, array.dims.slice(1)), false);
}

function paintMask(canvas, array, channel) {
  const values = cellValues(array, channel);
  const limits = limitsOf(values);
  const scaled = channel === null ? values.map((v) => stretched(v, limits)) : values;
  spread(canvas, sheetFrom(colouredPixels(scaled, [0, 1], gateColour), array.dims.slice(1)), false);
}

// How strongly the channels speak in each cell: the root of their mean square.
function strengths({ data, dims: [channels, height, width] }) {
  const cells = height * width;
  const sums = new Float32Array(cells);
  for (let i = 0; i < data.length; i++) sums[i % cells] += data[i] ** 2;
  return sums.map((sum) => Math.sqrt(sum / channels));
}

// One box, large: what it does in a paragraph, and twelve of its channels.
function enlarged(body, t) {
  const panel = add(body, 'div', 'pp-enlarged');
  panel.hidden = true;
  let it = null;

  function show(other) {
    it = other.array ? other : null;
    panel.hidden = !it;
    if (!it) return;
    panel.replaceChildren();
    iconButton(panel, 'back', t('drawing.all'), hide, 'pp-enlarged-back').focus();
    const left = add(panel, 'canvas', 'pp-enlarged-main');
    left.width = it.canvas.width;
    left.height = it.canvas.height;
    const words = add(panel, 'div', 'pp-enlarged-words');
    add(words, 'h3', '', t(`drawing.${it.kind}.title`));
    add(words, 'p', '', t(`drawing.${it.kind}.text`));
    const tiles = add(panel, 'div', 'pp-tiles');
    const count = it.array.dims[0] > 3 ? 12 : 0;
    for (let k = 0; k < count; k++) {
      const tile = add(tiles, 'canvas');
      tile.width = 96;
      tile.height = 128;
      tile.title = t('channel', { n: k });
    }
    refresh();
  }

  function refresh() {
    if (!it || panel.hidden) return;
    const [left, ...tiles] = panel.querySelectorAll('canvas');
    it.paint(left, it.array, null);
    for (const [k, tile] of tiles.entries()) it.paint(tile, it.array, k);
  }

  function hide() {
    panel.hidden = true;
    it?.frame.focus();
  }

  return { show, refresh, hide };
}
