// Elements that occur again and again: buttons with a drawing, figures of a pose, choices of one out of some.
import { add } from '../elements.js';
import { isSeen } from '../pose.js';
import { iconMarkup } from './icons.js';
import { LIMBS, sideOf } from './skeleton.js';

const SVG = 'http://www.w3.org/2000/svg';

// A button with a drawing; its words are heard, and shown when the pointer rests on it.
export function iconButton(parent, icon, words, onClick, className = '') {
  const button = add(parent, 'button', `pp-icon ${className}`);
  button.type = 'button';
  button.innerHTML = iconMarkup(icon);
  nameButton(button, words);
  button.addEventListener('click', onClick);
  return button;
}

export function nameButton(button, words) {
  button.title = words;
  button.ariaLabel = words;
}

// A button with words, and perhaps a drawing before them.
export function wordButton(parent, words, onClick, { icon = null, className = '' } = {}) {
  const button = add(parent, 'button', `pp-button ${className}`);
  button.type = 'button';
  if (icon) button.innerHTML = iconMarkup(icon);
  add(button, 'span', '', words);
  button.addEventListener('click', onClick);
  return button;
}

export function setPressed(button, pressed) {
  if (button.getAttribute('aria-pressed') !== String(pressed))
    button.setAttribute('aria-pressed', String(pressed));
}

export function svg(parent, tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent?.append(element);
  return element;
}

// The figure of a pose; `show(pose)` draws another one. Right limbs are darker than left ones, and thicker.
export function poseFigure(parent, [height, width], className = '') {
  const sheet = svg(parent, 'svg', { viewBox: `0 0 ${width} ${height}`, class: `pp-pose ${className}` });
  sheet.setAttribute('aria-hidden', 'true');
  const rims = LIMBS.map(() => svg(sheet, 'line', { class: 'pp-rim' }));
  const lines = LIMBS.map(([, b]) => svg(sheet, 'line', { class: `pp-limb pp-limb-${sideOf(b)}` }));

  const placed = [];

  function show(pose) {
    LIMBS.forEach(([a, b], i) => {
      const place = `${pose[a]} ${pose[b]}`;
      if (place === placed[i]) return; // most limbs stay where they are
      placed[i] = place;
      const seen = isSeen(pose[a]) && isSeen(pose[b]);
      for (const line of [rims[i], lines[i]]) {
        line.style.display = seen ? '' : 'none';
        if (seen) placeLine(line, pose[a], pose[b]);
      }
    });
  }
  return { sheet, show };
}

function placeLine(line, [x1, y1], [x2, y2]) {
  line.setAttribute('x1', x1 + 0.5);
  line.setAttribute('y1', y1 + 0.5);
  line.setAttribute('x2', x2 + 0.5);
  line.setAttribute('y2', y2 + 0.5);
}

// A dialog over the page with a title and a button that closes it; Escape does so, too.
export function dialog(parent, title, closeWords, className = '') {
  const box = add(parent, 'dialog', `pp-dialog ${className}`);
  const head = add(box, 'div', 'pp-dialog-head');
  const words = add(head, 'h2', '', title);
  iconButton(head, 'close', closeWords, () => box.close());
  box.ariaLabel = title;
  box.addEventListener('click', (e) => {
    if (e.target === box) box.close(); // beside what it holds
  });
  return { box, body: add(box, 'div', 'pp-dialog-body'), title: words };
}
