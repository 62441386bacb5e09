// The address of this state as a code that a phone can read; the code is drawn by the package uqr.
import { add } from '../elements.js';
import { isAlone } from './address.js';
import { openOnce } from './choosing.js';
import { dialog } from './pieces.js';

export async function showPhones(
  parent,
  t,
  code, // the part that holds the package's script (parts.js)
) {
  const { box, body } = dialog(parent, t('teacher.phones'), t('close'), 'pp-phones');
  if (isAlone(location)) add(body, 'p', '', t('phones.alone'));
  else {
    const picture = add(body, 'div', 'pp-code');
    picture.role = 'img';
    picture.ariaLabel = t('phones.label');
    const { renderSVG } = await moduleOf(await code.load());
    picture.innerHTML = renderSVG(location.href, { border: 4 });
    add(body, 'p', '', t('phones.scan'));
    add(body, 'p', 'pp-code-address', location.href.split('#')[0]);
  }
  openOnce(box);
}

async function moduleOf(script) {
  const address = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  try {
    return await import(address);
  } finally {
    URL.revokeObjectURL(address);
  }
}
