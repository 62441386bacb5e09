// One picture, two answers (real or generated), and a clock.
import { add, addButton } from './elements.js';

// For whoever asks their system for less motion, the clock goes second by second.
const isCalm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

export function trial(
  el, // the element to fill
  onAnswer, // called once for each picture with { number, real, seconds }
) {
  el.classList.add('pt-trial');
  el.dataset.lmSuppressShortcuts = 'true';
  el.tabIndex = -1; // it can have the focus, and with it the keys
  const clock = add(el, 'div', 'pt-clock');
  const fill = add(clock, 'i');
  const frame = add(el, 'div', 'pt-frame-box');
  const img = add(frame, 'img');
  img.alt = 'Is this picture real or generated?';
  addButton(el, 'real', () => answer(true));
  addButton(el, 'generated', () => answer(false));
  let room = null; // the whole view, in which the keys work
  let asked = null; // number of the picture that has no answer yet
  let shownAt = 0;
  let timer = null;

  function answer(real) {
    if (asked === null) return;
    const number = asked;
    asked = null;
    onAnswer({ number, real, seconds: (performance.now() - shownAt) / 1000 });
  }

  function onKey(e) {
    const key = e.key.toLowerCase();
    const isTyping = e.target.matches('input, textarea') || e.ctrlKey || e.metaKey || e.altKey;
    if (asked === null || isTyping || !['r', 'g'].includes(key)) return;
    e.preventDefault();
    e.stopPropagation(); // in a notebook, R means something else
    answer(key === 'r');
  }

  // The keys are heard wherever the focus is in the view: after Start it is on that button.
  function listen() {
    if (room) return;
    room = el.closest('.pt-view') ?? el;
    room.dataset.lmSuppressShortcuts = 'true';
    room.addEventListener('keydown', onKey);
  }

  // Show picture `number` for that many seconds (0: without a clock); an empty `picture` hides everything.
  function show(number, picture, seconds) {
    clearTimeout(timer);
    el.hidden = !picture;
    asked = picture ? number : null;
    if (!picture) return;
    listen();
    img.src = picture;
    img.style.visibility = 'visible';
    frame.classList.remove('pt-over');
    shownAt = performance.now();
    startClock(seconds);
  }

  function startClock(seconds) {
    clock.style.visibility = seconds > 0 ? 'visible' : 'hidden';
    fill.style.transition = 'none';
    fill.style.width = '100%';
    if (!(seconds > 0)) return;
    fill.getBoundingClientRect(); // the full bar is laid out now, so that it shrinks from there
    fill.style.transition = `width ${seconds}s ${isCalm() ? `steps(${Math.ceil(seconds)})` : 'linear'}`;
    fill.style.width = '0%';
    timer = setTimeout(() => {
      img.style.visibility = 'hidden';
      frame.classList.add('pt-over');
    }, seconds * 1000);
  }

  return { show };
}
