// What can be taken away: the picture, a film of the way there, lines of Python, the address.
import { add } from '../elements.js';
import { gifOf } from './gif.js';
import { dialog, wordButton } from './pieces.js';
import { canvasOf, sheetOf, spread } from './sheets.js';

const ZOOM = 4;

export async function savePicture(picture, size, name) {
  const large = enlargedSheet(picture, size);
  const blob = await new Promise((done) => large.toBlob(done, 'image/png'));
  download(blob, name);
  return blob;
}

function enlargedSheet(picture, size, zoom = ZOOM) {
  const large = sheetOf(size.map((side) => side * zoom));
  spread(large, canvasOf(picture, size), true);
  return large;
}

function download(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// A film from the pose of the source to the one on the screen and back.
export async function saveFilm(flow, state, name, { steps = 8, onStep = () => {} } = {}) {
  const start = flow.personOf(state.person).pictures[0].pose;
  const frames = [];
  const size = flow.size.map((side) => side * 2);
  for (let i = 0; i <= steps; i++) {
    const pose = poseBetween(start, state.pose, i / steps);
    const { picture } = await flow.peek({ ...state, pose });
    const large = enlargedSheet(picture, flow.size, 2);
    frames.push(large.getContext('2d').getImageData(0, 0, size[1], size[0]));
    onStep(i / steps);
  }
  const blob = new Blob([gifOf([...frames, ...frames.slice(1, -1).reverse()], size, 0.12)], {
    type: 'image/gif',
  });
  download(blob, name);
  return blob;
}

// Between two poses; a joint that is missing at either end is missing on the way, too.
export function poseBetween(a, b, t) {
  if (t <= 0) return a;
  if (t >= 1) return b;
  return a.map((k, j) => (k[0] < 0 || b[j][0] < 0 ? [-1, -1] : k.map((v, i) => v + (b[j][i] - v) * t)));
}

// A dialog with a text to be copied.
export function showText(parent, title, text, t) {
  const { box, body } = dialog(parent, title, t('close'), 'pp-text');
  const area = add(body, 'textarea');
  area.readOnly = true;
  area.ariaLabel = title;
  area.value = text;
  area.rows = Math.min(18, text.split('\n').length + 1);
  const copy = wordButton(body, t('copy'), async () => {
    area.select();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      document.execCommand('copy');
    }
    copy.lastChild.textContent = t('copied');
  });
  box.addEventListener('close', () => box.remove());
  box.showModal();
}
