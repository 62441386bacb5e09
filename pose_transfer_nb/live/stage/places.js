// The places where the joints of one person can be dragged, each with the answer that was computed for it.
// `moves` has for each joint that can be dragged a list of
//   [x, y of the joint, x, y of the joint before it in its limb, JPEG of the person, PNG of the masks]

// For each joint a list of { spot, pose, files: [JPEG, PNG] }. One limb moves, the others stay.
export function placesOf(pose, moves) {
  const place = (joint, [x, y, bendX, bendY, ...files]) => {
    const moved = { [joint]: [x, y], [joint - 1]: [bendX, bendY] };
    return { spot: [x, y], pose: pose.map((k, j) => moved[j] ?? k), files };
  };
  return Object.fromEntries(
    Object.entries(moves).map(([joint, list]) => [joint, list.map((row) => place(Number(joint), row))]),
  );
}

// The place that is nearest to a spot.
export function nearestPlace(places, [x, y]) {
  const far = ({ spot }) => Math.hypot(spot[0] - x, spot[1] - y);
  return places.reduce((a, b) => (far(b) < far(a) ? b : a));
}
