// Follows the person in a film: one picture after another goes to the estimator, each cut out around where
// the person was before. At most one picture is under way, and the next one is the newest there is.
import { CROP, firstCrop, landmarksOf, nextCrop, THERE } from './landmarks.js';

const LOOKS = 4; // so often at a picture that never changes: each look knows better where the person is

// Calls `onFound` with { landmarks, presence, time in seconds, size }, or with { lost: true }.
// Resolves when the signal is aborted or when a still picture has been looked at.
export async function follow(footage, estimator, { onFound, signal }) {
  const sheet = new OffscreenCanvas(CROP, CROP);
  const c = sheet.getContext('2d', { willReadFrequently: true });
  let crop = firstCrop(footage.size());
  for (let n = 0; !signal.aborted && (!footage.still || n < LOOKS); n++) {
    await footage.next();
    if (signal.aborted) return;
    const size = footage.size();
    const time = performance.now() / 1000;
    const { numbers, presence } = await estimator.find(pixelsIn(c, footage.element, crop, size));
    if (signal.aborted) return;
    const landmarks = landmarksOf(numbers, crop);
    onFound(presence >= THERE ? { landmarks, presence, time, size } : { lost: true });
    crop = nextCrop({ landmarks, presence }, size);
  }
}

// The pixels of a crop; what lies beside the picture is black.
function pixelsIn(c, element, { x, y, side }, [height, width]) {
  const zoom = CROP / side;
  c.fillStyle = '#000';
  c.fillRect(0, 0, CROP, CROP);
  c.imageSmoothingQuality = 'medium';
  c.drawImage(element, (side / 2 - x) * zoom, (side / 2 - y) * zoom, width * zoom, height * zoom);
  return c.getImageData(0, 0, CROP, CROP).data;
}
