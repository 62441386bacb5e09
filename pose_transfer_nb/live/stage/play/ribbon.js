// What flows between the parts, drawn behind them: the blue ribbon of the person's features, from the
// bottleneck through the valves into the picture, wider after each; and the orange wires of the poses, one
// to each gate.
import { svg } from './pieces.js';

const WIDTHS = [20, 48, 64, 84, 110]; // of the ribbon, in twentieths of a line of text

const REST = 350; // milliseconds after the last change

export function ribbonView(parent) {
  let fading = null;
  const sheet = svg(parent, 'svg', { class: 'pp-ribbon' });
  sheet.setAttribute('aria-hidden', 'true');
  const pieces = WIDTHS.map(() => svg(sheet, 'path', { class: 'pp-stream' }));
  const wires = [0, 1, 2, 3].map(() => svg(sheet, 'path', { class: 'pp-wire' }));
  const sparks = [0, 1, 2, 3].map(() => svg(sheet, 'path', { class: 'pp-spark' }));

  // Lay everything out anew. All boxes are those of getBoundingClientRect.
  function lay({ frame, bottleneck, valves, result, poses, masks }) {
    const unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 20;
    sheet.setAttribute('viewBox', `0 0 ${frame.width} ${frame.height}`);
    const at = (x, y) => [x - frame.left, y - frame.top];
    const middle = (box) => at(box.left + box.width / 2, box.top + box.height / 2);
    const begin = at(bottleneck.right, middle(bottleneck)[1] + frame.top);
    const stops = [
      begin,
      ...valves.map(middle),
      at(result.left + 2, middle(valves[3])[1] + frame.top - 12 * unit),
    ];
    pieces.forEach((piece, i) => {
      const [from, to] = [(WIDTHS[Math.max(0, i - 1)] * unit) / 2, (WIDTHS[i] * unit) / 2];
      piece.setAttribute('d', streamPath(stops[i], stops[i + 1], i ? from : to * 0.8, to));
    });
    wires.forEach((wire, i) => {
      const start = at(poses.right, poses.top + poses.height * (0.68 - 0.14 * i));
      const down = i === 0;
      const from = down ? at(poses.left + poses.width * 0.72, poses.bottom) : start;
      const end = down
        ? at(masks[0].left + masks[0].width / 2, masks[0].top)
        : at(masks[i].left, masks[i].top + 24 * unit);
      const path = down ? dropPath(from, end) : wirePath(from, end);
      wire.setAttribute('d', path);
      sparks[i].setAttribute('d', path);
    });
  }

  return {
    lay,

    // Grey after the first gate that is shut, since nothing of the person gets any further; -1: none is.
    setShut(first) {
      pieces.forEach((piece, i) => {
        piece.classList.toggle('pp-dead', first >= 0 && i > first);
      });
    },

    // Each wire lights up by how much its mask has changed, and goes out when nothing changes any longer.
    // Nothing is drawn between two answers: the network needs the processor.
    pulse(changes) {
      changes.forEach((change, i) => {
        sparks[i].style.opacity = change < 1e-5 ? 0 : Math.min(1, 0.3 + change * 40);
      });
      clearTimeout(fading);
      fading = setTimeout(() => {
        for (const spark of sparks) spark.style.opacity = 0;
      }, REST);
    },
  };
}

// A band from one point to another that goes out and comes in level.
function streamPath([x1, y1], [x2, y2], half1, half2) {
  const bend = (x1 + x2) / 2;
  const upper = `M${x1} ${y1 - half1}C${bend} ${y1 - half1} ${bend} ${y2 - half2} ${x2} ${y2 - half2}`;
  return `${upper}L${x2} ${y2 + half2}C${bend} ${y2 + half2} ${bend} ${y1 + half1} ${x1} ${y1 + half1}Z`;
}

function wirePath([x1, y1], [x2, y2]) {
  const bend = (x1 + x2) / 2;
  return `M${x1} ${y1}C${bend} ${y1} ${bend} ${y2} ${x2} ${y2}`;
}

function dropPath([x1, y1], [x2, y2]) {
  const bend = (y1 + y2) / 2;
  return `M${x1} ${y1}C${x1} ${bend} ${x2} ${bend} ${x2} ${y2}`;
}
