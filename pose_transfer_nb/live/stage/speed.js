// How quickly questions were answered.

// times: list of [when, after how many milliseconds]; null for fewer than two.
export function speedOf(times) {
  if (times.length < 2) return null;
  const round = (v) => Math.round(10 * v) / 10;
  const sorted = times.map(([, ms]) => ms).sort((a, b) => a - b);
  const quantile = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  const seconds = (times[times.length - 1][0] - times[0][0]) / 1000;
  return {
    updates: times.length,
    median_ms: quantile(0.5),
    p90_ms: quantile(0.9),
    worst_ms: quantile(1),
    per_second: round((times.length - 1) / seconds),
  };
}

// The same in words.
export function speedText({ per_second: often, median_ms: ms }) {
  return `${often} updates a second, ${ms} ms from move to picture`;
}
