// In front of a class: larger type, a timer, and keys that work wherever the focus is.
//   T  begins and ends it; Space shows the answer; PageDown and PageUp go on and back, as a clicker does
import { add } from '../elements.js';
import { iconButton, setPressed } from './pieces.js';

export function teacherView(parent, { t, guide, onStep, onTeaching, stop }) {
  const box = add(parent, 'div', 'pp-class');
  const clock = add(box, 'button', 'pp-clock');
  clock.type = 'button';
  iconButton(box, 'close', t('teacher.end'), () => setTeaching(false));
  const say = t;
  let teaching = false;
  let seconds = 0; // of the timer that are left; below zero it has ended
  let ticking = null;

  const isTyping = (e) =>
    e.target.matches?.('input:not([type=range]), textarea, select') || e.target.isContentEditable;

  function setTeaching(on) {
    teaching = on;
    document.documentElement.classList.toggle('pp-teaching', on);
    guide.setTeaching(on);
    setTimer(on ? 60 : 0, false);
    onTeaching(on);
  }

  function setTimer(left, run) {
    clearInterval(ticking);
    seconds = left;
    draw();
    ticking = run ? setInterval(tick, 1000) : null;
    setPressed(clock, run);
  }

  function tick() {
    seconds -= 1;
    if (seconds <= 0) setTimer(0, false);
    else draw();
  }

  function draw() {
    const rest = Math.max(0, seconds);
    clock.textContent = `${Math.floor(rest / 60)}:${String(rest % 60).padStart(2, '0')}`;
    clock.title = say('teacher.timer', { seconds: rest });
    clock.ariaLabel = `${clock.textContent}. ${clock.title}`; // a name begins with what is seen
    clock.classList.toggle('pp-over', teaching && rest === 0);
  }

  clock.addEventListener('click', () => {
    if (ticking) setTimer(seconds, false);
    else setTimer(seconds || 60, true);
  });

  // The whole window listens, before any button does.
  window.addEventListener(
    'keydown',
    (e) => {
      if (isTyping(e) || e.ctrlKey || e.metaKey || e.altKey) return;
      const act = actOf(e);
      if (!act) return;
      e.preventDefault();
      e.stopPropagation();
      act();
    },
    { capture: true, signal: stop },
  );

  function actOf(e) {
    if (e.key.toLowerCase() === 't') return () => setTeaching(!teaching);
    if (e.key === 'PageDown')
      return () => (teaching && !guide.isAnswered() ? show() : onStep(guide.step() + 1));
    if (e.key === 'PageUp') return () => onStep(guide.step() - 1);
    if (document.querySelector('dialog[open]')) return null; // it has its own use for these keys
    if (teaching && e.key === ' ') return show;
    if (teaching && e.key === 'Escape') return () => setTeaching(false);
    return null;
  }

  function show() {
    if (guide.isAnswered()) onStep(guide.step() + 1);
    else guide.reveal();
  }

  return {
    setTeaching,
    isTeaching: () => teaching,
  };
}
