// A film: pieces of HTML of which one is on the screen, with a button that plays them and a slider.
import { add, addButton } from './elements.js';

export function film(
  el, // the element to fill
  frames, // texts of HTML
  labels, // one text for each frame
  seconds, // each frame is shown while the film plays
  onIndex = () => {}, // called with the number of the frame on the screen
) {
  let index = 0;
  let timer = null;
  const bar = add(el, 'div', 'pt-film');
  const play = addButton(bar, '', () => (timer ? stop() : start()));
  const range = add(bar, 'input');
  const label = add(bar, 'span', 'pt-label');
  const boxes = frames.map((text) => {
    const box = add(el, 'div', 'pt-frame');
    box.innerHTML = text;
    return box;
  });
  range.type = 'range';
  range.min = 0;
  range.max = frames.length - 1;
  range.setAttribute('aria-label', 'step');
  range.oninput = () => {
    stop();
    show(Number(range.value));
  };

  function show(i) {
    index = (i + frames.length) % frames.length; // after the last frame comes the first
    boxes.forEach((box, k) => {
      box.hidden = k !== index;
    });
    range.value = index;
    label.textContent = labels[index] || '';
    onIndex(index);
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    play.textContent = '▶ Play';
  }

  function start() {
    timer = setInterval(() => (el.isConnected ? show(index + 1) : stop()), seconds * 1000);
    play.textContent = '⏸ Pause';
  }

  bar.hidden = frames.length < 2;
  stop();
  show(0);
  return { show, stop };
}
