"""The cast: what is dealt has its share, and a seed gives the same people."""
import numpy as np
import pytest

pytest.importorskip('warp', reason='the studio extra is not installed')

from pose_transfer_nb.studio.cast import cast, deal


def test_deal_is_exact():
    rng = np.random.default_rng(0)
    assert sorted(deal(dict(a=.5, b=.25, c=.25), 8, rng)) == list('aaaabbcc')
    for _ in range(5):
        dealt = deal(dict(a=1, b=1, c=1), 10, rng)
        assert sorted(dealt.count(k) for k in 'abc') == [3, 3, 4]


@pytest.mark.parametrize('count', [0, 1, 2, 7, 100, 1001])
def test_deal_gives_shares_to_within_one(count):
    shares = dict(a=.42, b=.26, c=.14, d=.18)
    deck = deal(shares, count, np.random.default_rng(0))
    assert len(deck) == count
    for name, share in shares.items(): assert abs(deck.count(name) - share * count) < 1
    assert deck == deal({k: 50 * v for k, v in shares.items()}, count, np.random.default_rng(0)), (
        'shares need no sum of one'
    )


def test_deal_shuffles():
    one, other = (deal(dict(a=1, b=1), 40, np.random.default_rng(seed)) for seed in (0, 1))
    assert sorted(one) == sorted(other) and one != other and one != sorted(one)


def test_cast_is_balanced_and_repeatable():
    people = cast(120, seed=5)
    assert people == cast(120, seed=5) != cast(120, seed=6)
    for label, most in dict(skin=.14, build=.35, pattern=.30, garment=.45, hair=.35).items():
        counts = {}
        for p in people: counts[p.labels[label]] = counts.get(p.labels[label], 0) + 1
        assert max(counts.values()) / 120 <= most, (label, counts)
