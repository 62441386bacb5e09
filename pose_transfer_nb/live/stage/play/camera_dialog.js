// Asks where the pose should come from, before anything is loaded or any camera is asked for.
import { add } from '../elements.js';
import { openOnce } from './choosing.js';
import { dialog, wordButton } from './pieces.js';

export const MEGABYTE = 1e6;

export function cameraDialog(parent, t, { bytes, onCamera, onFile, onDance }) {
  const { box, body } = dialog(parent, t('camera.title'), t('close'), 'pp-ask');
  add(body, 'p', '', t('camera.text'));
  const list = add(body, 'div', 'pp-menu');
  const entry = (icon, words, act) => {
    const row = add(list, 'div', 'pp-ask-row');
    const button = wordButton(row, words, act, { icon });
    return { row, button };
  };
  const close = (act) => (given) => {
    box.close();
    act(given);
  };
  const camera = entry('camera', t('camera.use'), close(onCamera));
  const promise = add(camera.row, 'p', 'pp-ask-promise', t('camera.promise'));
  promise.id = 'pp-camera-promise';
  camera.button.setAttribute('aria-describedby', promise.id);
  const file = entry('film', t('camera.file'), () => input.click());
  const input = fileInput(file.row, t('camera.file'), close(onFile));
  add(file.row, 'p', '', t('camera.drop'));
  const dance = entry('dance', t('camera.dance'), close(onDance));
  add(dance.row, 'p', '', t('camera.dance.text'));
  if (bytes) add(body, 'p', 'pp-ask-size', t('camera.size', { size: (bytes / MEGABYTE).toFixed(1) }));
  acceptDrops(box, close(onFile));
  openOnce(box);
  return box;
}

// A hidden input for one picture or film.
function fileInput(parent, words, onFile) {
  const input = add(parent, 'input', 'pp-file');
  input.type = 'file';
  input.accept = 'image/*,video/*';
  input.hidden = true;
  input.ariaLabel = words;
  input.addEventListener('change', () => {
    if (input.files[0]) onFile(input.files[0]);
  });
  return input;
}

// Files that are dropped on an element.
export function acceptDrops(element, onFile, signal) {
  const over = (e) => {
    if (e.dataTransfer?.types.includes('Files')) e.preventDefault();
  };
  element.addEventListener('dragover', over, { signal });
  element.addEventListener(
    'drop',
    (e) => {
      const file = e.dataTransfer?.files[0];
      if (!file) return;
      e.preventDefault();
      onFile(file);
    },
    { signal },
  );
}
