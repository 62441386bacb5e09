// The teacher's notes in a second window, which stays on the teacher's own screen: the answer, what to say,
// what comes next, and the timer. It follows the page, and its buttons move the page.
import { add } from '../elements.js';
import { wordButton } from './pieces.js';
import { STEPS } from './steps.js';

const NAME = 'pose-transfer-notes';
const SHAPE = 'popup,width=560,height=760';

export function notesWindow({ t, guide, onStep, onShow, onClock, onKey }) {
  let other = null; // the window, once it was opened
  let clock = null;
  let time = '';

  const isOpen = () => Boolean(other && !other.closed);

  function open() {
    if (isOpen()) {
      other.focus();
      return;
    }
    other = window.open('', NAME, SHAPE);
    if (!other) {
      alert(t('notes.blocked'));
      return;
    }
    const { lang, dataset } = document.documentElement;
    other.document.documentElement.lang = lang;
    other.document.documentElement.dataset.theme = dataset.theme;
    const styles = [...document.querySelectorAll('style')].map((style) => style.cloneNode(true));
    other.document.head.replaceChildren(...styles);
    other.document.title = t('notes.title');
    other.document.body.className = 'pp-notes';
    other.addEventListener('keydown', onKey, { capture: true });
    window.addEventListener('pagehide', close, { once: true });
    draw();
  }

  function close() {
    if (isOpen()) other.close();
    other = null;
  }

  function draw() {
    if (!isOpen()) return;
    const number = guide.step();
    const { name, options, right } = STEPS[number - 1];
    const body = add(other.document.body, 'main', 'pp-notes-body');
    other.document.body.replaceChildren(body);
    drawHead(body, number);
    part(body, 'notes.say', t(`note.${name}`));
    if (options) {
      part(body, 'notes.see', `${t(`step.${name}.do`)} ${t(`step.${name}.ask`)}`);
      const list = add(body, 'ol', 'pp-notes-options');
      for (let i = 1; i <= options; i++)
        add(list, 'li', i === right ? 'pp-notes-right' : '', t(`step.${name}.${i}`));
      part(body, guide.isAnswered() ? 'notes.shown' : 'notes.answer', t(`step.${name}.answer`));
    }
    const next = STEPS[number];
    const title = next && t(`step.${next.name}.title`);
    add(body, 'p', 'pp-notes-next', next ? t('notes.next', { title }) : t('notes.last'));
    drawWays(body, number, options);
  }

  function drawHead(body, number) {
    const head = add(body, 'h1', '', `${number}/${STEPS.length} `);
    add(head, 'span', '', t(`step.${STEPS[number - 1].name}.title`));
  }

  function part(body, key, text) {
    add(body, 'h2', '', t(key));
    add(body, 'p', '', text);
  }

  function drawWays(body, number, options) {
    const ways = add(body, 'nav', 'pp-notes-ways');
    ways.ariaLabel = t('guide.label');
    wordButton(ways, t('guide.back'), () => onStep(number - 1)).disabled = number === 1;
    if (options && !guide.isAnswered()) wordButton(ways, t('guide.show'), onShow);
    wordButton(ways, t('guide.on'), () => onStep(number + 1)).disabled = number === STEPS.length;
    clock = wordButton(ways, time, onClock, { className: 'pp-notes-clock' });
    clock.title = t('notes.clock');
  }

  guide.whenDrawn(draw);
  return {
    open,
    close,

    setClock(text) {
      time = text;
      if (clock && isOpen()) clock.firstChild.textContent = text;
    },
  };
}
