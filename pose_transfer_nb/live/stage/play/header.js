// The buttons at the top: inside the network, save, in front of a class, language, light or dark.

import { add } from '../elements.js';
import { bottleneckFrom } from './bottleneck.js';
import { openOnce } from './choosing.js';
import { dialog, iconButton, wordButton } from './pieces.js';
import { pythonLines } from './python_line.js';
import { saveFilm, savePicture, showText } from './saving.js';

const NAMES = { en: 'English', de: 'Deutsch', es: 'Español', zh: '中文' };

export function headerButtons(parent, { t, inside, save, teach, language, theme, camera }) {
  const buttons = add(parent, 'nav', 'pp-nav');
  buttons.ariaLabel = t('nav.label');
  iconButton(buttons, 'inside', t('nav.inside'), inside, 'pp-nav-inside pp-handy');
  if (camera) iconButton(buttons, 'camera', t('nav.camera'), camera, 'pp-handy');
  iconButton(buttons, 'save', t('nav.save'), save, 'pp-handy');
  iconButton(buttons, 'teacher', t('nav.teach'), teach);
  iconButton(buttons, 'language', t('nav.language'), language, 'pp-handy');
  iconButton(buttons, 'theme', t('nav.theme'), theme);
  return buttons;
}

export function chooseLanguage(parent, texts, t, onChoose) {
  const { box, body } = dialog(parent, t('nav.language'), t('close'));
  const list = add(body, 'div', 'pp-menu');
  for (const [code, words] of Object.entries(texts)) {
    const mark = words.checked === 'no' ? ` (${words['language.unchecked']})` : '';
    const button = wordButton(list, `${NAMES[code] ?? code}${mark}`, () => {
      box.close();
      onChoose(code);
    });
    button.lang = code;
  }
  openOnce(box);
}

// Picture, film, lines of Python, address.
export function saveMenu(parent, flow, state, t) {
  const { box, body } = dialog(parent, t('nav.save'), t('close'));
  const list = add(body, 'div', 'pp-menu');
  const entry = (icon, key, act) => wordButton(list, t(key), act, { icon });
  entry('save', 'save.picture', async () => {
    const { picture } = await flow.answered();
    await savePicture(picture, flow.size, `pose-transfer-${state().person}.png`);
    box.close();
  });
  const film = entry('film', 'save.film', async () => {
    film.disabled = true;
    const onStep = (share) => film.style.setProperty('--share', `${100 * share}%`);
    await saveFilm(flow, state(), `pose-transfer-${state().person}.gif`, { onStep });
    box.close();
  });
  film.classList.add('pp-option');
  entry('code', 'save.python', () => {
    box.close();
    showText(parent, t('save.python'), linesOf(flow, state()), t);
  });
  entry('link', 'save.address', () => {
    box.close();
    showText(parent, t('save.address'), location.href, t);
  });
  openOnce(box);
}

export function linesOf(flow, { person, pose, gates, bottleneck }) {
  const nameOf = (number) => flow.personOf(number).pictures[0].id ?? `person ${number}`;
  const { from } = bottleneckFrom(bottleneck);
  const other = from === null ? null : nameOf(from);
  return pythonLines({ picture: nameOf(person), other, pose, gates, bottleneck });
}
