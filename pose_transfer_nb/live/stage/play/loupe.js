// A loupe beside the finger: what lies under it, twice as large.
import { add } from '../elements.js';

const WIDE = 116; // pixels of the screen
const ZOOM = 2;

export function loupe(stage, canvas) {
  const glass = add(stage, 'canvas', 'pp-loupe');
  glass.setAttribute('aria-hidden', 'true');
  glass.width = 2 * WIDE;
  glass.height = 2 * WIDE;
  glass.hidden = true;

  return {
    show(e) {
      const box = canvas.getBoundingClientRect();
      const scale = canvas.width / box.width;
      const [x, y] = [e.clientX - box.left, e.clientY - box.top];
      const part = WIDE / ZOOM;
      const c = glass.getContext('2d');
      c.fillStyle = '#888';
      c.fillRect(0, 0, glass.width, glass.height);
      const from = [(x - part / 2) * scale, (y - part / 2) * scale, part * scale, part * scale];
      c.drawImage(canvas, ...from, 0, 0, glass.width, glass.height);
      c.strokeStyle = '#d55e00';
      c.lineWidth = 4;
      c.beginPath();
      c.arc(WIDE, WIDE, 16, 0, 7);
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
