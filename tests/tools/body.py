"How tests/files/body.npz was made: the studio's body, reduced. Needs Anny: python tests/tools/body.py"
from pathlib import Path

import numpy as np

from pose_transfer_nb.studio.body import LOCAL_CHANGES, Body, load_body, reduced

FILE = Path(__file__).resolve().parent.parent/'files'/'body.npz'


def crowd(count, seed=0):
    "People as (phenotypes, local changes), spread as widely as the studio's own."
    rng, people = np.random.default_rng(seed), []
    for _ in range(count):
        african, asian, caucasian = rng.dirichlet([.5, .5, .5])
        phenotypes = dict(
            gender=float(rng.integers(2)),
            age=rng.uniform(0.66, 0.80),
            muscle=rng.uniform(0.3, 0.75),
            weight=rng.uniform(0.25, 0.75),
            height=rng.uniform(0.4, 0.7),
            proportions=rng.uniform(0.5, 1),
            cupsize=rng.uniform(0.3, 0.6),
            firmness=0.6,
            african=african,
            asian=asian,
            caucasian=caucasian,
        )
        people.append((phenotypes, {name: rng.normal() * .35 for name in LOCAL_CHANGES}))
    return people


def errors(exact, small, people):
    "How far points are off, in millimetres: on average, and the worst of anybody; and the worst bone."
    pairs = [(exact.shape(*person), small.shape(*person)) for person in people]
    points, bones = (
        1000 * np.array([np.linalg.norm(getattr(a, what) - getattr(b, what), axis=1) for a, b in pairs])
        for what in ('points', 'heads')
    )
    return points.mean(), points.max(), bones.max()


def main(rank=16):
    exact, people = load_body(), crowd(60)
    np.savez_compressed(FILE, **reduced(exact, people, rank))
    with np.load(FILE, allow_pickle=False) as stored: small = Body(dict(stored))
    print(f'{FILE}: {FILE.stat().st_size / 1e6:.2f} MB')
    for name, them in ('the crowd', people), ('strangers', crowd(20, seed=1)):
        print(
            '{}: points off by {:.1f} mm on average, {:.1f} mm at most, bones by {:.1f} mm at most'.format(
                name, *errors(exact, small, them)
            )
        )


if __name__ == '__main__': main()
