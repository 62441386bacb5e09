// What is pointed at: a cell of a mask or of the bottleneck. The part of the pictures that it sees lights
// up, and its numbers are told.
import { fieldOf, shareOf, sidesOf } from './fields.js';
import { placeField } from './result.js';

const BOTTLENECK = 4; // halvings

export function pointing({ size, gates, grids, source, poses, result, inspector, t, newest, shown }) {
  let at = null; // { gate, row, column }, the gate null for the bottleneck

  const halvings = ({ gate }) => (gate === null ? BOTTLENECK : 4 - gate);

  function light(fields) {
    placeField(source.field, fields.source, size);
    for (const { field } of poses.cards) placeField(field, fields.pose, size);
    result.light(fields.pose);
  }

  function show() {
    if (!at) {
      light({});
      inspector.readout.textContent = '';
      return;
    }
    const box = fieldOf(at.row, at.column, halvings(at), size);
    light(at.gate === null ? { source: box } : { pose: box });
    inspector.readout.textContent = at.gate === null ? cellWords(box) : gateWords(box);
  }

  function gateWords(box) {
    const { gate, row, column } = at;
    const [height, width] = sidesOf(box);
    const value = gates[gate].value(row, column);
    const words = t(shown.difference ? 'point.difference' : 'point.gate', {
      value: value.toFixed(2),
      height,
      width,
    });
    const product = gate === 0 ? productWords(row * grids[0][1] + column) : '';
    return `${words} ${product}`;
  }

  // The cross of the gate in numbers: the channel that speaks loudest in this cell.
  function productWords(cell) {
    const answer = newest();
    if (!answer) return '';
    const { data, dims } = answer.features;
    const cells = dims[1] * dims[2];
    const channels = [...Array(dims[0]).keys()];
    const loudest =
      shown.channel ??
      channels.reduce((a, c) => (data[c * cells + cell] > data[a * cells + cell] ? c : a), 0);
    const feature = data[loudest * cells + cell];
    const mask = answer.used[0].data[loudest * cells + cell];
    const numbers = { channel: loudest, feature: feature.toFixed(1), mask: mask.toFixed(2) };
    return t('point.product', { ...numbers, product: (feature * mask).toFixed(2) });
  }

  function cellWords(box) {
    const [height, width] = sidesOf(box);
    const share = shareOf(at.row, at.column, BOTTLENECK);
    return t('point.cell', { height, width, x: share.left, y: share.top });
  }

  return {
    gate(gate, cell) {
      at = cell && { gate, row: cell[0], column: cell[1] };
      show();
    },
    cell(cell) {
      at = cell && { gate: null, row: cell[0], column: cell[1] };
      show();
    },
    refresh() {
      if (at) show();
    },
  };
}
