// Acts that wait for each other: each begins when the one before it is over, whether or not that went well.

export function inOrder() {
  let last = Promise.resolve();
  return (act) => {
    const done = last.then(act);
    last = done.catch(() => {});
    return done;
  };
}
