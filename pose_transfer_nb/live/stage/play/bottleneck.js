// What can be done to the bottleneck's features before they are decoded, and its name as a text.
//
//   learned                         as the encoder gave them
//   from:7                          those of another person
//   upside-down, mirrored, average  turned, mirrored, each channel at its mean
//   12>7                            the features of cell 12 are put into cell 7, too (counted by rows)
//
// Several are joined by spaces, in this order; `12>7` may stand there more than once.
import { channelMeans } from './gates.js';

const TURNS = ['upside-down', 'mirrored', 'average'];

export const LEARNED = { from: null, turns: [], moves: [] };

export function bottleneckText({ from, turns, moves }) {
  const words = [
    ...(from !== null ? [`from:${from}`] : []),
    ...TURNS.filter((turn) => turns.includes(turn)),
    ...moves.map(([a, b]) => `${a}>${b}`),
  ];
  return words.join(' ') || 'learned';
}

function numberIn(word) {
  return word ? Number(word.slice(5)) : null;
}

// Throws an Error where a word is none of these.
export function bottleneckFrom(text) {
  const words = text.split(/\s+/).filter((word) => word && word !== 'learned' && word !== 'own');
  const isFrom = (word) => /^from:\d+$/.test(word);
  const isMove = (word) => /^\d+>\d+$/.test(word);
  const wrong = words.find((word) => !TURNS.includes(word) && !isMove(word) && !isFrom(word));
  if (wrong) throw new Error(`the bottleneck cannot be "${wrong}"`);
  return {
    from: numberIn(words.find(isFrom)),
    turns: TURNS.filter((turn) => words.includes(turn)),
    moves: words.filter(isMove).map((word) => word.split('>').map(Number)),
  };
}

export function withTurn(bottleneck, turn) {
  const { turns } = bottleneck;
  const others = turns.includes(turn) ? turns.filter((t) => t !== turn) : [...turns, turn];
  return { ...bottleneck, turns: others };
}

export function withMove(bottleneck, from, to) {
  return from === to ? bottleneck : { ...bottleneck, moves: [...bottleneck.moves, [from, to]] };
}

// For each cell the number of the cell whose features it holds.
export function cellsOf({ turns, moves }, [height, width]) {
  let cells = Array.from({ length: height * width }, (_, i) => i);
  const at = (row, column) => cells[row * width + column];
  const remade = (rule) => cells.map((_, i) => rule(Math.floor(i / width), i % width));
  if (turns.includes('upside-down')) cells = remade((r, c) => at(height - 1 - r, c));
  if (turns.includes('mirrored')) cells = remade((r, c) => at(r, width - 1 - c));
  for (const [a, b] of moves) if (a < cells.length && b < cells.length) cells[b] = cells[a];
  return cells;
}

// The features that are decoded; `features` are those of the person, or of the one in `from`.
export function usedFeatures(features, bottleneck) {
  const { data, dims } = features;
  const [channels, height, width] = dims;
  const size = height * width;
  const cells = cellsOf(bottleneck, [height, width]);
  const moved = new Float32Array(data.length);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < size; i++) moved[c * size + i] = data[c * size + cells[i]];
  const used = { data: moved, dims };
  return bottleneck.turns.includes('average') ? channelMeans(used) : used;
}
