// A pose that is edited, and its former states. No function here changes a history: each gives a new one.

export function newHistory(pose) {
  return { pose, past: [] };
}

// Another pose; with `first` the former one becomes a step that undo returns to. A whole drag is one step.
export function withPose({ pose: former, past }, pose, first) {
  return { pose, past: first ? [...past.slice(-199), former] : past };
}

// One step back, or the history itself where there is none.
export function undone(history) {
  const { past } = history;
  return past.length ? { pose: past[past.length - 1], past: past.slice(0, -1) } : history;
}
