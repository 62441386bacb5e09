// The one-euro filter of Casiez, Roussel and Vogel (CHI 2012): a number that trembles is smoothed much while
// it rests, and little while it moves, so that a quick hand is not late.

const CUTOFF = 1.5; // in hertz, of a number that rests
const PER_SPEED = 0.06; // what one pixel a second adds to it
const SPEED_CUTOFF = 1; // in hertz, of the speed itself

// The share of a new value, for a low pass with a cutoff in hertz and so many seconds since the last value.
export function shareOfNew(cutoff, seconds) {
  const r = 2 * Math.PI * cutoff * seconds;
  return r / (r + 1);
}

// A function of a value and its time in seconds; it gives the smoothed value.
export function oneEuro({ cutoff = CUTOFF, perSpeed = PER_SPEED, speedCutoff = SPEED_CUTOFF } = {}) {
  let last = null; // { value, speed, time }

  return (value, time) => {
    if (!last) last = { value, speed: 0, time };
    const seconds = time - last.time;
    if (seconds <= 0) return last.value;
    const blend = (a, b, share) => a + share * (b - a);
    const speed = blend(last.speed, (value - last.value) / seconds, shareOfNew(speedCutoff, seconds));
    const share = shareOfNew(cutoff + perSpeed * Math.abs(speed), seconds);
    last = { value: blend(last.value, value, share), speed, time };
    return last.value;
  };
}

// A function of a pose and its time in seconds. A joint that comes back begins anew.
export function smoother(
  isThere, // says of a joint whether it is there
  settings = {},
) {
  let filters = [];

  return (pose, time) => {
    filters = pose.map((joint, j) => {
      if (!isThere(joint)) return null;
      return filters[j] ?? joint.map(() => oneEuro(settings));
    });
    return pose.map((joint, j) => (filters[j] ? joint.map((v, axis) => filters[j][axis](v, time)) : joint));
  };
}
