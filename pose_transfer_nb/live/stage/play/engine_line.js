// Who computes here, and how quickly, in words.

const EXPLAINED = ['untried', 'none', 'apart', 'failed'];

export function engineText(
  { by, wanted, why, times = {}, apart = 0, failed = '' }, // what `about` of browser_engine.js gives
  t,
) {
  const words = [t(`engine.${by}`)];
  if (wanted !== 'auto') words.push(t('engine.chosen'));
  if (times.webgpu) {
    const [wasm, webgpu] = [times.wasm, times.webgpu].map((ms) => (ms < 10 ? ms.toFixed(1) : ms.toFixed(0)));
    words.push(t('engine.times', { wasm, webgpu }));
  }
  const isOpen = why !== 'untried' || wanted === 'auto';
  if (EXPLAINED.includes(why) && isOpen)
    words.push(t(`engine.${why}`, { apart: apart.toPrecision(1), failed }));
  return words.join(' ');
}
