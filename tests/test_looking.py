"Looks: shapes, a beginning that changes nothing, the shipped weights and their card, and the true cells."
import hashlib
import importlib.util

import numpy as np
import pytest
import torch

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.ground.checkpoints import load_weights
from pose_transfer_nb.looking import (
    CONTROL, GRIDS, LOOKING, Look, LookingGenerator, cells_from_charts, copied, detail, load_looking,
    supervision, true_cells, true_pixels, within_one)
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.training import generate
from pose_transfer_nb.transfer import PRETRAINED, PoseTransfer


@pytest.fixture(scope='module')
def transfer(): return PoseTransfer.from_pretrained()


@pytest.fixture(scope='module')
def people(transfer): return ResidentPairs(mannequins('test', size=transfer.size, sigma=transfer.sigma))


@pytest.fixture(scope='module')
def shipped(transfer): return load_looking(generator=transfer.generator)


def test_a_look_answers_for_each_cell():
    torch.manual_seed(0)
    look = Look(channels=8, patch=4, width=12)
    features, source = torch.randn(2, 8, 6, 4), torch.randn(2, 8, 6, 4)
    picture, maps = torch.randn(2, 3, 24, 16), torch.rand(2, 36, 24, 16)
    after, scores = look(features, source, picture, maps)
    assert torch.equal(after, features) and scores.shape == (2, 24, 24)
    torch.nn.init.normal_(look.out.weight)
    assert not torch.equal(look(features, source, picture, maps)[0], features)


def test_it_begins_as_the_gated_network(transfer, people):
    batch = people.batch([3, 500])
    with torch.no_grad():
        ours = generate(LookingGenerator(transfer.generator).eval(), batch)
        assert torch.equal(ours, generate(transfer.generator, batch))


def test_the_gated_network_rests_while_the_rest_trains(transfer, people):
    network = LookingGenerator(transfer.generator).train()
    before = {name: value.clone() for name, value in network.gated.state_dict().items()}
    generate(network, people.batch([0, 1])).mean().backward()
    assert all(torch.equal(value, before[name]) for name, value in network.gated.state_dict().items())
    assert all(p.grad is None for p in network.gated.parameters())
    assert network.looks[1].out.weight.grad.abs().sum() > 0 and network.ups[0].conv.weight.grad is not None


def test_it_can_ask_for_everything(shipped, people):
    batch = people.batch([7])
    maps = torch.cat([batch['source_map'], batch['target_map']], 1)
    with torch.no_grad():
        image, masks, stages, scores = shipped[0](batch['source_image'], maps, True, True, True)
    assert image.shape == (1, 3, 128, 96) and len(masks) == 4 and len(stages) == 9
    assert [s.shape for s in scores] == [(1, h * w, h * w) for h, w in GRIDS]
    assert torch.equal(image, stages[-1].tanh())


def test_shipped_files_belong_to_the_shipped_gated_weights(shipped):
    digest = hashlib.sha256(PRETRAINED.read_bytes()).hexdigest()
    for path in LOOKING, CONTROL:
        _, card = load_weights(path)
        assert card['gated_sha256'] == digest, 'the gated weights have changed: train the looks anew'
    assert LOOKING.stat().st_size < 1e6 and CONTROL.stat().st_size < 3e5
    assert len(shipped[0].looks) == 2 and not load_looking(CONTROL)[0].looks


def test_files_that_do_not_fit_are_refused(transfer, tmp_path):
    with pytest.raises(FileNotFoundError): load_looking(tmp_path/'none.safetensors')
    with pytest.raises(ValueError, match='does not fit'): load_looking(PRETRAINED, transfer.generator)


def test_card_tells_the_truth(shipped, people):
    network, card = shipped
    recorded = card['recorded_pairs']
    pairs = torch.tensor(recorded['pairs'])
    batch = people.batch(pairs)
    maps = torch.cat([batch['source_map'], batch['target_map']], 1)
    with torch.no_grad(): image, scores = network(batch['source_image'], maps, return_scores=True)
    found = [within_one(s.argmax(2), c[pairs], w) for s, c, (_, w) in zip(scores, true_cells(), GRIDS)]
    assert np.allclose(found, recorded['within_one'], atol=.01)
    assert abs((image - batch['target_image']).abs().mean().item() - recorded['l1']) < 1e-3
    assert all(card['figures']['looking'][f'within_one_{h}'] > card['guesses']['nearest joint'][k]
               for k, (h, _) in enumerate(GRIDS))


def test_true_cells_fit_the_test_people(people):
    for known, (h, w) in zip(true_cells(), GRIDS):
        assert known.shape == (len(people), h * w) and known.min() == -1 and known.max() < h * w
        assert .05 < (known >= 0).float().mean() < .6


@pytest.mark.skipif(not importlib.util.find_spec('warp'), reason='needs the extra [studio]')
def test_true_cells_are_the_same_place(people):
    from pose_transfer_nb.studio.surface import charts
    (_, found), = charts(340, 6, 0, 40, which=[304])
    for pair in (k for k in range(len(people)) if people.pairs[k].tolist() == [24 + 1, 24 + 4]):
        for known, grid in zip(true_cells(), GRIDS):
            ours = torch.from_numpy(cells_from_charts(found[1].surface, found[4].surface, grid)).flatten()
            both = (ours >= 0) & (known[pair] >= 0)
            assert both.sum() > .9 * (known[pair] >= 0).sum() > 5
            assert within_one(ours[both], known[pair][both], grid[1]) > .97
        return
    raise AssertionError('there is no such pair')


def test_true_pixels_agree_with_true_cells(people):
    numbers, pixels = true_pixels()
    assert len(set(numbers.tolist())) == len(pixels) == 48 and pixels.shape[1] == 128 * 96
    middles = pixels.view(-1, 128, 96)[:, 2::4, 2::4].flatten(1)  # of cells of 4x4
    cells = torch.where(middles < 0, -1, middles // 96 // 4 * 24 + middles % 96 // 4)
    assert within_one(cells, true_cells()[1][numbers], 24) > .99


def test_within_one_counts_what_is_known():
    cells = torch.tensor([[0, 5, -1, 11]])
    beside_right_far, end_of_row_right_right = torch.tensor([[4, 5, 7, 0]]), torch.tensor([[2, 5, 7, 11]])
    for guess in beside_right_far, end_of_row_right_right:
        assert within_one(guess, cells, 3) == pytest.approx(2 / 3)


def test_supervision_ignores_what_is_not_known():
    scores, cells = torch.randn(2, 6, 6), torch.full((2, 6), -1)
    cells[0, 2] = 4
    loss, = supervision([scores], [cells])
    assert torch.isclose(loss, -scores[0, 2].log_softmax(0)[4])


def test_copies_come_from_where_they_should():
    image = torch.arange(2 * 3 * 8 * 4.).view(2, 3, 8, 4)
    cells = torch.arange(8).repeat(2, 1)  # of 4x2
    assert torch.equal(copied(image, cells, (4, 2), -image), image)
    cells[:, 0], cells[:, 1] = 7, -1
    made = copied(image, cells, (4, 2), -image)
    assert torch.equal(made[..., :2, :2], image[..., 6:, 2:])
    assert torch.equal(made[..., :2, 2:], -image[..., :2, 2:])


def test_detail_knows_stripes_from_shifted_stripes():
    rows = torch.arange(128).view(1, 1, -1, 1)
    stripes = -.2 + .5 * (rows // 2 % 2).expand(1, 3, 128, 96)
    known = torch.zeros(1, 768).long()
    assert detail(stripes, stripes, known).item() == pytest.approx(1)
    assert detail(stripes.roll(2, 2), stripes, known).item() == pytest.approx(-1, abs=.05)
    across = -.2 + .5 * (torch.arange(96) // 2 % 2).expand(1, 3, 128, 96)
    assert abs(detail(across, stripes, known)) < .1
    assert detail(stripes, stripes, known - 1).isnan()
