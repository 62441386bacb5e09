// The buttons beside the result, and those below the bottleneck.
import { add } from '../elements.js';
import { caption } from './frame.js';
import { iconButton, setPressed, wordButton } from './pieces.js';

export function resultTools(parent, t, { undo, redo, mirror, hide, toggle, keep }) {
  const box = add(parent, 'div', 'pp-tools');
  box.setAttribute('role', 'toolbar');
  box.ariaLabel = t('tools.label');
  const back = iconButton(box, 'undo', t('tools.undo'), undo);
  const again = iconButton(box, 'redo', t('tools.redo'), redo);
  iconButton(box, 'mirror', t('tools.mirror'), mirror);
  const hider = iconButton(box, 'hide', t('tools.hide', { joint: t('joint.4') }), () => hide());
  add(box, 'hr');
  const switches = {
    skeleton: iconButton(box, 'skeleton', t('tools.skeleton'), () => toggle('skeleton')),
    truth: iconButton(box, 'truth', t('tools.truth'), () => toggle('truth')),
    difference: iconButton(box, 'keep', t('tools.keep'), (e) => {
      const on = e.currentTarget.getAttribute('aria-pressed') === 'true';
      if (on) toggle('difference', false);
      else keep();
    }),
  };

  return {
    box,

    setState(shown) {
      if (back.disabled === shown.canUndo) back.disabled = !shown.canUndo;
      if (again.disabled === shown.canRedo) again.disabled = !shown.canRedo;
      for (const [name, button] of Object.entries(switches)) setPressed(button, shown[name]);
    },

    setJoint(name) {
      hider.title = t('tools.hide', { joint: name });
      hider.ariaLabel = hider.title;
    },
  };
}

// A button for each joint that was hidden by hand: it brings the joint back.
export function missingView(parent, t, bringBack) {
  const box = add(parent, 'div', 'pp-missing');
  return {
    show(joints) {
      if (box.dataset.joints === String(joints)) return;
      box.dataset.joints = joints;
      box.replaceChildren();
      for (const j of joints)
        wordButton(box, t('tools.bring', { joint: t(`joint.${j}`) }), () => bringBack(j));
    },
  };
}

export function neckTools(parent, t, { turn, exchange, reset, setChannel }) {
  const box = add(parent, 'div', 'pp-neck');
  caption(box, t('neck.caption'));
  const place = add(box, 'div');
  const row = add(box, 'div', 'pp-neck-tools');
  row.setAttribute('role', 'toolbar');
  row.ariaLabel = t('neck.tools');
  const turns = {
    'upside-down': iconButton(row, 'upsideDown', t('neck.upside-down'), () => turn('upside-down')),
    mirrored: iconButton(row, 'mirrored', t('neck.mirrored'), () => turn('mirrored')),
    average: iconButton(row, 'mean', t('neck.average'), () => turn('average')),
  };
  const swap = iconButton(row, 'swap', t('neck.exchange'), exchange);
  const clean = iconButton(row, 'reset', t('neck.reset'), reset);
  const label = add(box, 'label', 'pp-channel');
  const words = add(label, 'span', '', t('channel.picture'));
  const slider = add(label, 'input');
  slider.type = 'range';
  slider.min = -1;
  slider.max = 255;
  slider.value = -1;
  slider.ariaLabel = t('channel.slider');
  slider.addEventListener('input', () => {
    const channel = Number(slider.value) < 0 ? null : Number(slider.value);
    words.textContent = channel === null ? t('channel.picture') : t('channel', { n: channel });
    setChannel(channel);
  });

  return {
    box,
    place,
    setBottleneck({ from, turns: now, moves }) {
      for (const [name, button] of Object.entries(turns)) setPressed(button, now.includes(name));
      setPressed(swap, from !== null);
      clean.disabled = from === null && !now.length && !moves.length;
    },
    setChannels(count) {
      slider.max = count - 1;
    },
  };
}
