"Figures for sharpness, holes and likeness, and those on the card of the shipped weights."
import pytest
import torch
from torch.nn.functional import avg_pool2d

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.judges.likeness import (
    edges, feature_distance, jumps, last_features, likeness, off_median, speckles, stains, unit)
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.transfer import PoseTransfer


@pytest.fixture(scope='module')
def strangers(): return ResidentPairs(mannequins('test', size=(128, 96)))


def test_edges_are_counted_where_the_person_is(strangers):
    real = strangers.batch([0, 1])['target_image']
    blurred = avg_pool2d(real, 3, 1, 1, count_include_pad=False)
    assert (edges(blurred, real) < .6 * edges(real, real)).all()
    person = torch.ones(1, 3, 32, 24)
    person[..., 12:20, 8:16] = -1
    dusty = person.clone()
    dusty[..., :6, :] -= .1 * torch.rand(6, 24)  # dust on the paper, far from the person
    torch.testing.assert_close(edges(dusty, person), edges(person, person))
    assert (edges(real, real) > 0).all()


def test_jumps_are_of_colour_and_not_of_light():
    picture = torch.ones(1, 3, 16, 16)
    picture[..., 8:, :] = -1  # black on white: sixteen edges without a colour
    assert jumps(picture) == 0
    picture[0, 0, 4, 4] = -1  # one cyan pixel has four neighbours
    assert jumps(picture) == 4


def test_a_speckle_is_one_that_the_truth_does_not_have(strangers):
    real = strangers.batch([0, 50, 100])['target_image']
    assert not speckles(real, real).any() and not stains(real, real).any()
    lone = real.clone()
    lone[0, :, 60, 48] = torch.tensor([-1., 1, 1])
    assert speckles(lone, real).tolist() == [1, 0, 0] and off_median(lone)[0, 60, 48] > .4
    patch = real.clone()
    patch[1, :, 110:120, 6:12] = 1  # whiter than the paper
    patch[2] -= .04  # all of it a little darker: no stain
    assert stains(patch, real).tolist() == [0, 60, 0] and not speckles(patch, real).any()


def test_distances_are_those_of_directions():
    a = torch.rand(2, 8, 3, 3)
    assert feature_distance(3 * a, a) == pytest.approx(0, abs=1e-6)
    assert feature_distance(-a, a) == pytest.approx(4, abs=1e-4)
    torch.testing.assert_close(unit(a).square().sum(1), torch.ones(2, 3, 3), rtol=0, atol=1e-4)


def test_a_network_that_copies_is_scored_as_a_copy(strangers):
    class Copy(torch.nn.Module):
        def forward(self, source, maps): return source
    found = likeness(Copy(), strangers, [0, 50, 100, 150])
    assert found['feature_distance'] == found['feature_distance_copying'] > .5
    assert .5 < found['sharpness'] < 2
    real = strangers.batch([0, 50])['target_image']
    assert last_features(real).shape == (2, 1280, 8, 6)


def test_the_card_of_the_shipped_weights_is_true(strangers):
    "On 240 pairs that were drawn beforehand; all 1,200 are on the card, too."
    shipped = PoseTransfer.from_pretrained()
    chosen = torch.randperm(len(strangers), generator=torch.Generator().manual_seed(11))[:240]
    found, card = likeness(shipped.generator, strangers, chosen), shipped.card['likeness_of_240_pairs']
    assert set(found) == set(card)
    for name, value in found.items():
        room = 2 if name == 'pictures_with_stains' else 1  # a pixel at the limit is rounded either way
        assert value == pytest.approx(card[name], rel=.02, abs=room), name
    for name in 'sharpness', 'feature_distance', 'feature_distance_copying':
        assert found[name] == pytest.approx(card[name], abs=.01), name
