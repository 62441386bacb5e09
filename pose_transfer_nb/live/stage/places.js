// The places where a joint was computed beforehand.

// The place that is nearest to a spot.
export function nearestPlace(places, [x, y]) {
  const far = ({ spot }) => Math.hypot(spot[0] - x, spot[1] - y);
  return places.reduce((a, b) => (far(b) < far(a) ? b : a));
}
