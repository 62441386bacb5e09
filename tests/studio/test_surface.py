"Charts: which place of the template each pixel shows."
import numpy as np
import pytest

pytest.importorskip('warp')

from pose_transfer_nb.studio.album import photo_session
from pose_transfer_nb.studio.body import load_body
from pose_transfer_nb.studio.cast import dress
from pose_transfer_nb.studio.plan import engage, stream
from pose_transfer_nb.studio.surface import chart, charts, same_place


@pytest.fixture(scope='module')
def pair():
    "Two charts and a photograph of the first person of a small set."
    people, hands = engage(1, 1, 2, 5)
    (number, found), = charts(2, 2, 5, 1, which=[0])
    assert number == 0
    photo = photo_session(people[0])(hands[0][0].shot(stream(5, 0, 0, 0)))
    return found, photo


def test_a_chart_is_of_the_picture_that_is_taken(pair):
    (first, _), photo = pair
    np.testing.assert_array_equal(first.keypoints, photo.keypoints)
    assert first.surface.shape == (128, 88, 3)
    someone = ~np.isnan(first.surface[..., 0])
    coloured = (photo.image[1::2, 1::2].min(2) < 200)  # surely no paper and no shadow
    assert someone.mean() > .08 and (coloured & someone).sum() > .5 * coloured.sum()


def test_the_same_place_is_near(pair):
    (first, second), _ = pair
    where = same_place(first.surface, second.surface)
    found = where[..., 0] >= 0
    assert found.sum() > 100 and not (found & np.isnan(second.surface[..., 0])).any()
    rows, columns = where[found].T
    away = np.linalg.norm(first.surface[rows, columns] - second.surface[found], axis=1)
    assert away.max() < .04
    assert not np.isnan(first.surface[rows, columns]).any()


def test_nobody_is_nowhere(pair):
    (first, _), _ = pair
    nobody = np.full_like(first.surface, np.nan)
    assert (same_place(nobody, first.surface) == -1).all()
    assert (same_place(first.surface, nobody) == -1).all()


def test_a_stool_is_no_body():
    body = load_body()
    people, hands = engage(3, 1, 6, 0)
    seated = [(p, c) for p, hand in zip(people, hands) for c in hand if c.pose.startswith('sitting')]
    person, card = seated[0]
    found = chart(body, dress(body, person), card.shot(stream(0)))
    places = found.surface[~np.isnan(found.surface[..., 0])]
    assert not (places == 0).all(1).any()  # what a stool has for places
