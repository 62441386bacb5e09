// On a phone the same views in another order: the picture, the masks in a row, and the rest in a sheet from
// below.
import { add } from '../elements.js';
import { iconMarkup } from './icons.js';
import { setPressed } from './pieces.js';

const NARROW = '(max-width: 800px), (max-aspect-ratio: 1/1)';

export function phoneView(desk, { guide }, t, signal) {
  const { page, left, net, right } = desk.ui;
  const sheet = add(page, 'section', 'pp-sheet');
  const tabs = add(page, 'nav', 'pp-tabs');
  tabs.ariaLabel = t('phone.tabs');
  const pages = {
    steps: { icon: 'steps', elements: [guide.box] },
    people: { icon: 'people', elements: [left] },
    poses: {
      icon: 'skeleton',
      elements: [right.querySelector('.pp-presets'), right.querySelector('.pp-tools')],
    },
    neck: { icon: 'mean', elements: [net.querySelector('.pp-neck')] },
  };
  const homes = Object.values(pages).flatMap(({ elements }) =>
    elements.map((element) => ({ element, parent: element.parentElement, next: element.nextElementSibling })),
  );
  const buttons = {};
  for (const [name, { icon }] of Object.entries(pages)) {
    const button = add(tabs, 'button', 'pp-tab');
    button.type = 'button';
    button.innerHTML = iconMarkup(icon);
    add(button, 'span', '', t(`phone.${name}`));
    button.addEventListener('click', () => choose(name));
    buttons[name] = button;
  }

  function choose(name) {
    sheet.replaceChildren(...pages[name].elements);
    sheet.dataset.page = name;
    for (const [other, button] of Object.entries(buttons)) setPressed(button, other === name);
  }

  function arrange(narrow) {
    document.documentElement.classList.toggle('pp-phone', narrow);
    if (narrow) {
      for (const { element } of homes) element.remove();
      choose('steps');
    } else
      for (const { element, parent, next } of homes)
        parent.insertBefore(element, next?.parentElement === parent ? next : null);
    desk.lay();
  }

  const query = matchMedia(NARROW);
  query.addEventListener('change', () => arrange(query.matches), { signal });
  arrange(query.matches);
}
