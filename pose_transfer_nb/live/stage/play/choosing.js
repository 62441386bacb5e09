// Dialogs in which one of many is chosen: everybody, or all poses.
import { add } from '../elements.js';
import { dialog } from './pieces.js';
import { personButton, poseButton } from './strips.js';

// Calls `onChoose` with the number of a person.
export function chooseByFace(parent, people, title, t, onChoose) {
  const { box, body } = dialog(parent, title, t('close'));
  const grid = add(body, 'div', 'pp-everyone');
  people.forEach((person, i) => {
    personButton(grid, person, i, t('people.one', { n: i + 1 }), () => {
      box.close();
      onChoose(i);
    });
  });
  openOnce(box);
}

export function choosePose(parent, poses, size, t, onChoose) {
  const { box, body } = dialog(parent, t('presets.all'), t('close'));
  const grid = add(body, 'div', 'pp-allposes');
  poses.forEach((pose, i) => {
    poseButton(grid, pose, size, t('presets.one', { n: i + 1 }), () => {
      box.close();
      onChoose(pose);
    });
  });
  openOnce(box);
}

export function openOnce(box) {
  box.addEventListener('close', () => box.remove());
  box.showModal();
}
