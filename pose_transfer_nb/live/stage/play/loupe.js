// A loupe beside the finger: what lies under it, twice as large, with the skeleton.
import { add } from '../elements.js';
import { isSeen } from '../pose.js';
import { LIMBS } from './skeleton.js';

const WIDE = 116; // pixels of the screen
const ZOOM = 2;

export function loupe(stage, canvas, [, width]) {
  const glass = add(stage, 'canvas', 'pp-loupe');
  glass.setAttribute('aria-hidden', 'true');
  glass.width = 2 * WIDE;
  glass.height = 2 * WIDE;
  glass.hidden = true;

  return {
    show(e, pose) {
      const box = canvas.getBoundingClientRect();
      const scale = canvas.width / box.width;
      const [x, y] = [e.clientX - box.left, e.clientY - box.top];
      const part = WIDE / ZOOM;
      const c = glass.getContext('2d');
      c.fillStyle = '#888';
      c.fillRect(0, 0, glass.width, glass.height);
      const from = [(x - part / 2) * scale, (y - part / 2) * scale, part * scale, part * scale];
      c.drawImage(canvas, ...from, 0, 0, glass.width, glass.height);
      // The glass has two pixels for each of the screen's, and enlarges; its middle is at the finger.
      const zoom = (2 * ZOOM * box.width) / width;
      const at = ([px, py]) => [
        WIDE + (px + 0.5) * zoom - 2 * ZOOM * x,
        WIDE + (py + 0.5) * zoom - 2 * ZOOM * y,
      ];
      c.strokeStyle = '#c04e00';
      c.lineWidth = 7;
      for (const [a, b] of LIMBS) {
        if (!isSeen(pose[a]) || !isSeen(pose[b])) continue;
        c.beginPath();
        c.moveTo(...at(pose[a]));
        c.lineTo(...at(pose[b]));
        c.stroke();
      }
      c.lineWidth = 4;
      c.beginPath();
      c.arc(WIDE, WIDE, 20, 0, 7);
      c.stroke();
      const beside = x > box.width / 2 ? x - WIDE - 46 : x + 46;
      glass.style.left = `${Math.max(0, Math.min(box.width - WIDE, beside))}px`;
      glass.style.top = `${Math.max(0, y - WIDE - 30)}px`;
      glass.hidden = false;
    },
    hide() {
      glass.hidden = true;
    },
  };
}
