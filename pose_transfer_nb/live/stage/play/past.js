// A state that is changed, what it was before, and what was undone. Each function gives a new history.

export function newPast(now) {
  return { now, before: [], after: [] };
}

// Another state; with `first` the former one becomes a step that undo returns to. A whole drag is one step.
export function changed({ now, before, after }, state, first = true) {
  return first
    ? { now: state, before: [...before.slice(-199), now], after: [] }
    : { now: state, before, after };
}

export function stepBack(past) {
  const { now, before, after } = past;
  if (!before.length) return past;
  return { now: before[before.length - 1], before: before.slice(0, -1), after: [now, ...after] };
}

export function stepForward(past) {
  const { now, before, after } = past;
  if (!after.length) return past;
  return { now: after[0], before: [...before, now], after: after.slice(1) };
}
