// One gate: the mask that it uses, and the valve that says where it comes from.
import { add } from '../elements.js';
import { colouredPixels, differenceColour, gateColour, limitsOf } from './colours.js';
import { cellValues, GATE_STATES } from './gates.js';
import { iconMarkup } from './icons.js';
import { nameButton, poseFigure } from './pieces.js';
import { sheetFrom, spread } from './sheets.js';

export function gateView(parent, [height, width], size, { t, onState, onPoint, onEnlarge }) {
  const box = add(parent, 'section', 'pp-gate');
  const head = add(box, 'div', 'pp-gate-head');
  add(head, 'span', 'pp-grid-size', `${height}\u2009×\u2009${width}`);
  const frame = add(box, 'button', 'pp-mask');
  frame.type = 'button';
  const canvas = add(frame, 'canvas');
  canvas.width = width; // a pixel for each cell; the browser enlarges them, with sharp edges (network.css)
  canvas.height = height;
  const figure = poseFigure(frame, size, 'pp-thin');
  const stateWord = add(frame, 'span', 'pp-state');
  const cursor = add(frame, 'i', 'pp-cell');
  const valve = valveOf(box, t, onState);
  const limits = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]; // of all masks that were shown
  let shown = null; // the mask on the screen

  frame.addEventListener('click', () => onEnlarge());
  frame.addEventListener('pointermove', (e) => {
    const edge = canvas.getBoundingClientRect();
    const column = Math.floor(((e.clientX - edge.left) / edge.width) * width);
    const row = Math.floor(((e.clientY - edge.top) / edge.height) * height);
    if (row >= 0 && row < height && column >= 0 && column < width) point(row, column);
  });
  frame.addEventListener('pointerleave', () => point(null));
  frame.addEventListener('focus', () => frame.matches(':focus-visible') && point(height >> 2, width >> 1));
  frame.addEventListener('blur', () => point(null));
  frame.addEventListener('keydown', (e) => {
    const way = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[e.key];
    if (!way || !pointed) return;
    e.preventDefault();
    const within = (v, n) => Math.max(0, Math.min(n - 1, v));
    point(within(pointed[0] + way[0], height), within(pointed[1] + way[1], width));
  });

  let pointed = null;
  function point(row, column) {
    pointed = row === null ? null : [row, column];
    cursor.style.display = pointed ? 'block' : 'none';
    if (pointed) {
      cursor.style.left = `${(100 * column) / width}%`;
      cursor.style.top = `${(100 * row) / height}%`;
      cursor.style.width = `${100 / width}%`;
      cursor.style.height = `${100 / height}%`;
    }
    onPoint(pointed);
  }

  return {
    box,
    frame,
    valve: valve.box,
    grid: [height, width],
    value: (row, column) => (shown ? shown[row * width + column] : 0),
    limits: () => limits,

    setState(state) {
      box.dataset.state = state;
      valve.setState(state);
      stateWord.textContent = state === 'learned' ? '' : t(`valve.${state}`);
      frame.ariaLabel = t('gate.label', { grid: `${height} × ${width}`, state: t(`valve.${state}`) });
    },

    setPose: (pose) => figure.show(pose),
    showSheet: (sheet) => spread(canvas, sheet, false),

    // Draw what the gate uses. Black is 0 and white is 1; between them lies what learned masks have shown
    // so far.
    show(mask, learned, channel = null) {
      const wide = limitsOf(cellValues(learned, channel));
      limits[0] = Math.min(limits[0], wide[0]);
      limits[1] = Math.max(limits[1], wide[1]);
      shown = cellValues(mask, channel);
      const scaled = shown.map((v) => stretched(v, limits));
      spread(canvas, sheetFrom(colouredPixels(scaled, [0, 1], gateColour), [height, width]), false);
    },

    // The difference to another mask: more is orange, less is violet.
    showDifference(mask, other, channel = null) {
      const a = cellValues(mask, channel);
      const b = cellValues(other, channel);
      shown = a.map((v, i) => v - b[i]);
      const [low, high] = limitsOf(shown);
      const top = Math.max(-low, high, 0.02);
      spread(canvas, sheetFrom(colouredPixels(shown, [-top, top], differenceColour), [height, width]), false);
    },
  };
}

// 0 stays black and 1 stays white; the range of learned masks takes most of the colours.
export function stretched(v, [low, high]) {
  if (v <= 0) return 0;
  if (v >= 1) return 1;
  return 0.08 + 0.84 * Math.max(0, Math.min(1, (v - low) / (high - low || 1)));
}

// Four buttons, one for each state.
export function valveOf(parent, t, onState) {
  const box = add(parent, 'div', 'pp-valve');
  box.setAttribute('role', 'radiogroup');
  box.ariaLabel = t('valve');
  const buttons = GATE_STATES.map((state) => {
    const button = add(box, 'button', 'pp-valve-state');
    button.type = 'button';
    button.setAttribute('role', 'radio');
    button.dataset.state = state;
    button.innerHTML = iconMarkup(state);
    nameButton(button, t(`valve.${state}.long`));
    button.addEventListener('click', () => onState(state));
    return button;
  });
  box.addEventListener('keydown', (e) => {
    const way = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[e.key];
    const at = buttons.indexOf(e.target);
    if (!way || at < 0) return;
    e.preventDefault();
    const next = (at + way + buttons.length) % buttons.length;
    onState(GATE_STATES[next]);
    buttons[next].focus();
  });

  return {
    box,
    setState(state) {
      for (const button of buttons) {
        const chosen = button.dataset.state === state;
        button.setAttribute('aria-checked', String(chosen));
        button.tabIndex = chosen ? 0 : -1;
      }
    },
  };
}
