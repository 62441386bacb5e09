// Until the network is there: a stored arc of one hand, which moves by itself until somebody takes hold of
// it.
//
//   first = { person, frames: [{ pose, picture, masks }] }   picture and masks are addresses; the masks stand
//   beside each other in grey, coarsest first, one pixel a cell; white is 1. `frames` follow the hand's way.
import { nearestPlace } from '../places.js';
import { colouredPixels, gateColour } from './colours.js';
import { stretched } from './gate_view.js';
import { sheetFrom, sheetOf, spread } from './sheets.js';

const EACH = 110; // milliseconds
const WRIST = 4;

export async function firstView(first, desk, size) {
  const frames = await Promise.all(first.frames.map((frame) => unpackedFrame(frame, size)));
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  let at = 0;
  let way = 1;
  let over = false;

  function show(frame) {
    desk.result.showPicture(frame.picture);
    desk.result.showPose(frame.pose);
    desk.showStored(frame.masks, frame.pose);
  }

  const timer = setInterval(() => {
    if (calm) return;
    if (at + way < 0 || at + way >= frames.length) way = -way;
    at = Math.max(0, Math.min(frames.length - 1, at + way));
    show(frames[at]);
  }, EACH);
  show(frames[0]);

  return {
    // Somebody took hold, and drags the hand: it no longer moves by itself. The stored pose that is nearest.
    take(pose) {
      clearInterval(timer);
      const frame = nearestPlace(frames, pose[WRIST]);
      if (!over) show(frame);
      return frame.pose;
    },

    // The network is there. The pose that the film had come to.
    end() {
      over = true;
      clearInterval(timer);
      return frames[at].pose;
    },
  };
}

async function unpackedFrame({ pose, picture, masks }, size) {
  const [person, strip] = await Promise.all([imageOf(picture), masks ? imageOf(masks) : null]);
  const sheet = sheetOf(size);
  spread(sheet, person, true);
  return { pose, spot: pose[WRIST], picture: sheet, masks: strip ? maskSheets(strip, size) : null };
}

async function imageOf(address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  return image;
}

// The four masks of a strip, in the page's colours.
function maskSheets(strip, size) {
  const grids = [4, 3, 2, 1].map((k) => size.map((side) => side >> k));
  const whole = sheetOf([strip.height, strip.width]);
  const c = whole.getContext('2d', { willReadFrequently: true });
  c.drawImage(strip, 0, 0);
  let left = 0;
  return grids.map(([height, width]) => {
    const bytes = c.getImageData(left, 0, width, height).data;
    left += width;
    const values = Float32Array.from({ length: width * height }, (_, i) => bytes[4 * i] / 255);
    const limits = [Math.min(...values), Math.max(...values)];
    return sheetFrom(
      colouredPixels(
        values.map((v) => stretched(v, limits)),
        [0, 1],
        gateColour,
      ),
      [height, width],
    );
  });
}
