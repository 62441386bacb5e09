// Pictures of people, and figures of poses, of which one is chosen.
import { add } from '../elements.js';
import { iconButton, nameButton, poseFigure, setPressed, wordButton } from './pieces.js';

// A grid of people of which the first `few` are shown, and all of them in a dialog.
export function peopleStrip(parent, people, few, { t, onChoose, openAll }) {
  const box = add(parent, 'div', 'pp-people');
  box.setAttribute('role', 'group');
  box.ariaLabel = t('people.label');
  const buttons = people.slice(0, few).map((person, i) => {
    return personButton(box, person, i, t('people.one', { n: i + 1 }), () => onChoose(i));
  });
  const more = wordButton(box, t('people.more'), openAll, { className: 'pp-more' });
  more.ariaLabel = t('people.more.long');
  return {
    box,
    mark(number) {
      for (const button of buttons) setPressed(button, button.dataset.person === String(number));
    },
  };
}

export function personButton(parent, person, number, words, onClick) {
  const button = add(parent, 'button', 'pp-person');
  button.type = 'button';
  button.dataset.person = number;
  nameButton(button, words);
  const picture = add(button, 'img');
  picture.src = person.pictures[0].picture;
  picture.alt = '';
  picture.draggable = false;
  button.addEventListener('click', onClick);
  return button;
}

// Figures of poses; those whose truth is known carry a mark. `poses`: list of { pose, known }.
export function poseStrip(parent, size, { t, onChoose, openAll }) {
  const row = add(parent, 'div', 'pp-presets');
  row.setAttribute('role', 'group');
  row.ariaLabel = t('presets.label');
  const box = add(row, 'div', 'pp-presets-few');
  const more = iconButton(row, 'more', t('presets.all'), openAll);
  more.classList.add('pp-preset-more');
  return {
    box: row,
    draw(poses) {
      box.replaceChildren();
      poses.forEach(({ pose, known }, i) => {
        const button = poseButton(
          box,
          pose,
          size,
          t(known ? 'presets.known' : 'presets.one', { n: i + 1 }),
          () => onChoose(i),
        );
        button.classList.toggle('pp-known', known);
      });
    },
    mark(pose) {
      for (const button of box.children) setPressed(button, button.dataset.pose === JSON.stringify(pose));
    },
  };
}

export function poseButton(parent, pose, size, words, onClick) {
  const button = add(parent, 'button', 'pp-preset');
  button.type = 'button';
  button.dataset.pose = JSON.stringify(pose);
  nameButton(button, words);
  poseFigure(button, size, 'pp-small').show(pose);
  button.addEventListener('click', onClick);
  return button;
}
