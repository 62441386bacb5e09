// Small pictures side by side, of which one is chosen by a click.
import { add } from './elements.js';

export function thumbs(
  el, // the element to fill
  label, // what the pictures are, for those who hear the page
  onChoose, // called with the number of the picture that was clicked
) {
  el.classList.add('pt-thumbs');
  el.setAttribute('role', 'group');
  el.setAttribute('aria-label', label);

  function addThumb([address, text], i) {
    const button = add(el, 'button');
    const picture = add(button, 'img');
    add(button, 'span', '', text);
    button.type = 'button';
    button.title = text || `${label} ${i + 1}`;
    button.ariaLabel = button.title;
    button.onclick = () => onChoose(i);
    picture.src = address;
    picture.alt = '';
  }

  // Other pictures; `height` in pixels, `wrap`: in several rows, rather than one that scrolls.
  function draw(items, height, wrap) {
    el.classList.toggle('pt-wrap', wrap);
    el.style.setProperty('--h', `${height}px`);
    el.replaceChildren();
    items.forEach(addThumb);
  }

  // Show which one is chosen. A strip in one row scrolls it into view.
  function mark(selected) {
    [...el.children].forEach((button, i) => {
      button.setAttribute('aria-pressed', i === selected);
    });
    const chosen = el.children[selected];
    if (chosen && !el.classList.contains('pt-wrap'))
      el.scrollLeft = Math.max(0, chosen.offsetLeft - el.clientWidth / 2);
  }

  return { draw, mark };
}
