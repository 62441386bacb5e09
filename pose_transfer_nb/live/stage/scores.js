// How often a class was fooled.

// real: for each picture, is it real? answers: for each picture, was it called real?
// R2G: share of the real ones called generated. G2R: share of the generated ones called real.
export function scores(real, answers) {
  const share = (truth, said) => {
    const given = answers.filter((_, i) => real[i] === truth);
    return given.filter((answer) => answer === said).length / given.length;
  };
  const r2g = share(true, false);
  const g2r = share(false, true);
  return { r2g, g2r, accuracy: 1 - (r2g + g2r) / 2 };
}
