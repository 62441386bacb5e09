// The regions of the page, empty: what stands left, in the middle, right and below.
import { add } from '../elements.js';
import { featureColour, gateColour } from './colours.js';
import { GATE_STATES } from './gates.js';
import { iconMarkup } from './icons.js';
import { poseFigure } from './pieces.js';

export function frameOf(el, size, t) {
  el.replaceChildren();
  el.classList.add('pp-root');
  const page = add(el, 'div', 'pp-page');
  page.style.setProperty('--pp-ratio', `${size[1]} / ${size[0]}`);
  const header = add(page, 'header', 'pp-header');
  add(header, 'h1').innerHTML = titleMarkup(t);
  const left = add(page, 'section', 'pp-left');
  const net = add(page, 'section', 'pp-net');
  const right = add(page, 'section', 'pp-right');
  left.ariaLabel = t('source.caption');
  net.ariaLabel = t('net.label');
  right.ariaLabel = t('result.label');
  return { page, header, left, net, right };
}

// The sentence of the page, its two words marked by colour and by line.
function titleMarkup(t) {
  const mark = (word, kind) => `<b class="pp-word-${kind}">${word}</b>`;
  return t('title', { person: mark(t('title.person'), 'person'), pose: mark(t('title.pose'), 'pose') });
}

export function caption(parent, words, kind = '') {
  return add(parent, 'div', `pp-caption ${kind}`, words);
}

// The large source picture, with room for the light on a part of it.
export function sourceView(parent, size, t) {
  caption(parent, t('source.caption'));
  const box = add(parent, 'div', 'pp-source');
  const canvas = add(box, 'canvas');
  canvas.width = size[1] * 4;
  canvas.height = size[0] * 4;
  canvas.setAttribute('role', 'img');
  canvas.ariaLabel = t('source.label');
  return { box, canvas, field: add(box, 'div', 'pp-field') };
}

// The two poses from which all masks are made.
export function posesView(parent, size, t) {
  const box = add(parent, 'div', 'pp-poses');
  caption(box, t('poses.caption'), 'pp-of-pose');
  const pair = add(box, 'div', 'pp-poses-pair');
  const cards = ['source', 'target'].map((name, i) => {
    if (i) add(pair, 'span', '', '→');
    const card = add(pair, 'div', 'pp-pose-card');
    card.setAttribute('role', 'img');
    card.ariaLabel = t(`poses.${name}`);
    card.title = t(`poses.${name}`);
    const figure = poseFigure(card, size, 'pp-small');
    return { ...figure, field: add(card, 'div', 'pp-field') };
  });
  return { box, pair, cards };
}

// What the colours and the valves mean; over it stands what is pointed at.
export function inspectorView(parent, t) {
  const box = add(parent, 'div', 'pp-inspector');
  const readout = add(box, 'p', 'pp-readout');
  readout.setAttribute('role', 'status');
  const legend = add(box, 'div', 'pp-legend');
  for (const state of GATE_STATES) {
    const line = add(legend, 'span');
    line.innerHTML = iconMarkup(state);
    line.append(t(`valve.${state}.short`));
  }
  const scale = add(box, 'div', 'pp-scale');
  add(scale, 'span', '', t('scale.none'));
  add(scale, 'i').style.background = gradient(gateColour);
  add(scale, 'span', '', t('scale.all'));
  return { box, readout };
}

export function gradient(colourOf) {
  const colours = [0, 0.2, 0.4, 0.6, 0.8, 1].map((v) => `rgb(${colourOf(v).join(' ')})`);
  return `linear-gradient(90deg, ${colours.join(', ')})`;
}

export const featureGradient = () => gradient(featureColour);
