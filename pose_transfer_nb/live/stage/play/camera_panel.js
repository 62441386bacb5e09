// The student, small: the picture with the pose on it, what is to be known of it, and the buttons.
import { add } from '../elements.js';
import { iconButton, poseFigure, setPressed, svg, wordButton } from './pieces.js';

const FREEZABLE = ['live', 'frozen', 'lost'];
const SAID = 1000; // milliseconds that a sentence stays at least
// The outline in which to stand: head, trunk, arms and legs as thick lines on a sheet of 96 x 128.
const OUTLINE = ['M48 12v1', 'M48 32v26', 'M36 34l-8 26M60 34l8 26', 'M44 60l-3 56M52 60l3 56'];

export function cameraPanel(parent, t, { onFreeze, onFit, onStop }) {
  const box = add(parent, 'section', 'pp-me');
  box.ariaLabel = t('camera.title');
  const stage = add(box, 'div', 'pp-me-stage');
  const small = add(box, 'div', 'pp-me-small');
  const stop = iconButton(small, 'stop', t('camera.stop'), onStop);
  const fit = iconButton(small, 'people', t('camera.fit'), onFit);
  const said = add(box, 'p', 'pp-me-said');
  said.setAttribute('role', 'status');
  const buttons = add(box, 'div', 'pp-me-buttons');
  const freeze = wordButton(buttons, t('camera.freeze'), onFreeze, {
    icon: 'freeze',
    className: 'pp-me-freeze',
  });
  let figure = null;
  let count = null; // the number over the outline
  let since = Number.NEGATIVE_INFINITY; // when the last sentence began
  freeze.disabled = true;
  setPressed(freeze, false);
  stage.addEventListener('click', () => box.classList.remove('pp-me-aside'));
  box.addEventListener('keydown', (e) => {
    if (e.key === 'Escape') onStop();
  });

  return {
    box,
    stop,
    freeze,

    // What is shown: an element as large as `size`, or nothing but the figure.
    setFootage({ element = null, size, mirrored = false }) {
      stage.replaceChildren();
      stage.style.setProperty('--ratio', `${size[1]} / ${size[0]}`);
      stage.classList.toggle('pp-me-mirrored', mirrored);
      if (element) stage.append(element);
      figure = poseFigure(stage, size, 'pp-me-pose');
      figure.sheet.style.setProperty('--thick', size[0] / 128);
    },

    // The joints in pixels of the footage; null: nobody is seen.
    showJoints(joints) {
      figure?.sheet.classList.toggle('pp-me-nobody', !joints);
      if (joints) figure?.show(joints);
    },

    // The outline with a number; null takes both away.
    countDown(number) {
      if (number === null) {
        count?.remove();
        count = null;
        return;
      }
      count ??= outline(stage);
      count.lastChild.textContent = number;
    },

    // One of loading, counting, live, frozen, lost, trouble.
    setState(state) {
      box.dataset.state = state;
      freeze.disabled = !FREEZABLE.includes(state);
      setPressed(freeze, state === 'frozen');
      freeze.lastChild.textContent = t(state === 'frozen' ? 'camera.on' : 'camera.freeze');
    },

    canFreeze: () => FREEZABLE.includes(box.dataset.state),
    setFitted: (on) => setPressed(fit, on),

    // A sentence; one that only tells what is seen waits until the former one could be read.
    say(words, { soon = false } = {}) {
      const now = performance.now();
      if ((soon && now - since < SAID) || said.textContent === words) return;
      since = now;
      said.textContent = words;
    },

    // One more button, for a way out of trouble; it goes when it was pressed.
    offer(words, icon, act) {
      const button = wordButton(buttons, words, () => act(button.remove()), { icon });
      button.focus();
    },

    // On a phone: out of the way of what a tab shows; a touch brings it back.
    setAside: () => box.classList.add('pp-me-aside'),
    remove: () => box.remove(),
  };
}

function outline(stage) {
  const box = add(stage, 'div', 'pp-me-count');
  const sheet = svg(box, 'svg', { viewBox: '0 0 96 128', 'aria-hidden': 'true' });
  for (const d of OUTLINE) svg(sheet, 'path', { d });
  add(box, 'b').setAttribute('role', 'timer');
  return box;
}
