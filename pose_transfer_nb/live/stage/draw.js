// Poses, pictures and masks on canvases.
import { isSeen, onCanvas, percentOf } from './pose.js';

const HEAD = 14; // joints from this number on are eyes and ears, drawn small

// A picture over the whole canvas, as on thin paper; without a picture an empty sheet.
export function drawPaper(canvas, picture) {
  const c = canvas.getContext('2d');
  c.fillStyle = '#fff';
  c.fillRect(0, 0, canvas.width, canvas.height);
  if (!picture) return;
  c.globalAlpha = 0.75;
  c.drawImage(picture, 0, 0, canvas.width, canvas.height);
  c.globalAlpha = 1;
}

export function drawPicture(canvas, picture) {
  canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
}

// The pose in its colours, each line with a white rim.
export function drawPose(canvas, pose, look) {
  const c = canvas.getContext('2d');
  const zoom = canvas.width / look.size[1];
  drawLimbs(c, pose, look.limbs, zoom, 10, () => '#fff');
  drawLimbs(c, pose, look.limbs, zoom, 6, (i) => look.limbColours[i]);
  c.lineWidth = 2.5;
  c.strokeStyle = '#fff';
  pose.forEach((k, j) => {
    if (!isSeen(k)) return;
    c.beginPath();
    c.arc(...onCanvas(k, zoom), j < HEAD ? 9 : 6, 0, 7);
    c.fillStyle = look.jointColours[j];
    c.fill();
    c.stroke();
  });
}

// The pose as white lines with a dark rim, which show on every colour.
export function tracePose(canvas, pose, look) {
  const c = canvas.getContext('2d');
  const zoom = canvas.width / look.size[1];
  drawLimbs(c, pose, look.limbs, zoom, 4.5, () => '#111');
  drawLimbs(c, pose, look.limbs, zoom, 2.2, () => '#fff');
}

function drawLimbs(c, pose, limbs, zoom, width, colourOf) {
  c.lineCap = 'round';
  c.lineWidth = width;
  limbs.forEach(([a, b], i) => {
    if (!isSeen(pose[a]) || !isSeen(pose[b])) return;
    c.beginPath();
    c.strokeStyle = colourOf(i);
    c.moveTo(...onCanvas(pose[a], zoom));
    c.lineTo(...onCanvas(pose[b], zoom));
    c.stroke();
  });
}

// Each mask from the strip to its own canvas, its cells with sharp edges.
export function drawMasks(sheets, { strip, limits }, grids) {
  let left = 0;
  grids.forEach(([h, w], i) => {
    const { canvas, bar } = sheets[i];
    const c = canvas.getContext('2d');
    const [low, high] = limits[i];
    c.imageSmoothingEnabled = false;
    c.drawImage(strip, left, 0, w, h, 0, 0, canvas.width, canvas.height);
    bar.low.textContent = low.toFixed(2);
    bar.high.textContent = high.toFixed(2);
    left += w;
  });
}

// The joints' buttons over the joints; that of a missing joint is hidden.
export function placeJoints(buttons, pose, size) {
  buttons.forEach((button, j) => {
    const [left, top] = percentOf(pose[j], size);
    button.hidden = !isSeen(pose[j]);
    button.style.left = `${left}%`;
    button.style.top = `${top}%`;
  });
}
