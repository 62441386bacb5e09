"A trained model as one object, and the generator inside it."
import io

import numpy as np
import pytest
import torch
from conftest import files, save_model
from PIL import Image, ImageChops

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.keypoints import interpolate
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.scores import score_people
from pose_transfer_nb.transfer import PRETRAINED, PoseTransfer


@pytest.fixture(scope='module')
def people():
    "Pictures, and poses in their pixels, of one mannequin."
    test = mannequins('test')
    return [test.picture(i)[0] for i in range(3)], test.keypoints[:3]


@pytest.fixture(params=[(256, 176), (128, 96)], ids=str)
def model(request, tmp_path):
    return PoseTransfer.from_pretrained(save_model(tmp_path / 'model.safetensors', request.param, sigma=2.0))


def same_picture(one, other):
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


# Weights and card

def test_saved_and_loaded(tmp_path):
    torch.manual_seed(3)
    model = PoseTransfer(Generator(4), (64, 48), 1.5, card=dict(data='mannequins', seed=7))
    path = model.save(tmp_path/'w.safetensors')
    assert sorted(files(tmp_path)) == ['w.json', 'w.safetensors']
    assert path.stat().st_size < 2.2 * sum(p.numel() for p in model.generator.parameters()), 'half precision'
    again = PoseTransfer.from_pretrained(path)
    assert (again.size, again.sigma, again.generator.width) == ((64, 48), 1.5, 4)
    assert again.card['data'] == 'mannequins' and again.card['seed'] == 7
    assert not again.generator.training
    for name, value in again.generator.state_dict().items():
        given = model.generator.state_dict()[name]
        assert value.dtype == given.dtype and torch.equal(
            value, given.half().to(given.dtype) if given.is_floating_point() else given
        )
    assert again.save(tmp_path/'again.safetensors').read_bytes() == path.read_bytes()


def test_the_card_tells_the_architecture_of_the_weights_beside_it(tmp_path, weights):
    "A card that is handed on to another network does not describe the old one."
    card = PoseTransfer.from_pretrained(weights).card
    path = PoseTransfer(Generator(8), (64, 48), None, card).save(tmp_path/'wider.safetensors')
    again = PoseTransfer.from_pretrained(path)
    assert again.generator.width == 8 and again.size == (64, 48)


def test_a_card_that_is_no_json_writes_nothing(tmp_path):
    with pytest.raises(TypeError):
        PoseTransfer(Generator(4), (64, 48), None, dict(made=object())).save(tmp_path / 'w.safetensors')
    assert not files(tmp_path)


# One transfer

def test_transfer(model, people):
    pictures, poses = people
    result = model.transfer(pictures[0], poses[0], poses[1])
    h, w = model.size
    assert (
        result.image.size == result.source.size == {(256, 176): (176, 256), (128, 96): (88, 128)}[model.size]
    )
    assert [tuple(m.shape) for m in result.masks] == [
        (64, h // 16, w // 16),
        (32, h // 8, w // 8),
        (16, h // 4, w // 4),
        (8, h // 2, w // 2),
    ]
    for m in result.masks: assert 0 < m.min() < m.max() < 1
    assert same_picture(model(pictures[0], poses[0], poses[1]).image, result.image)
    assert not same_picture(model(pictures[0], poses[0], poses[2]).image, result.image)
    assert not same_picture(model(pictures[1], poses[0], poses[1]).image, result.image)
    assert model(pictures[1], poses[0], poses[1]).masks[3].equal(result.masks[3])


@pytest.mark.parametrize('size', [(300, 100), (100, 300), (20, 20)], ids=str)
def test_proportions_of_the_source_are_kept(model, size):
    pose = np.full((18, 2), 5.)
    image = model(Image.new('RGB', size), pose, pose + 3).image
    assert image.width / image.height == pytest.approx(size[0] / size[1], rel=.02)
    assert image.width == model.size[1] or image.height == model.size[0]


def test_paths_arrays_and_pictures_are_the_same_source(model, people, tmp_path):
    (picture, *_), (here, there, _) = people
    picture.save(tmp_path/'p.png')
    results = [
        model(source, here, there).image
        for source in (picture, np.array(picture), tmp_path / 'p.png', str(tmp_path / 'p.png'))
    ]
    assert all(same_picture(results[0], r) for r in results[1:])


def test_display_is_a_picture(model, people):
    pictures, poses = people
    with Image.open(io.BytesIO(model(pictures[0], poses[0], poses[1])._repr_png_())) as shown:
        assert (
            shown.format == 'PNG' and shown.width > 400 and len(shown.convert('RGB').getcolors(1 << 24)) > 100
        )


@pytest.mark.parametrize('where, pose', [('source', 0), ('target', 1)])
@pytest.mark.parametrize('x, y', [(176, 9), (9, 256)])
def test_joint_outside_the_picture(model, people, where, pose, x, y):
    pictures, poses = people
    poses = poses.copy()
    poses[pose][4] = x, y
    with pytest.raises(ValueError, match=f'{where} pose has joint 4 at .* outside the picture of 176 x 256'):
        model(pictures[0], poses[0], poses[1])


def test_pose_without_a_joint(model, people):
    pictures, poses = people
    with pytest.raises(ValueError, match='target pose has no visible joint'):
        model(pictures[0], poses[0], np.full((18, 2), -1))


# Sequences

def test_sequence_equals_single_transfers(model, people):
    pictures, poses = people
    walk = model.sequence(pictures[0], poses[0], poses, between=1)
    fit = walk[0].fit
    wanted = [
        poses[0],
        interpolate(poses[0], poses[1], 0.5),
        poses[1],
        interpolate(poses[1], poses[2], 0.5),
        poses[2],
    ]
    assert len(walk) == len(wanted)
    for one, pose in zip(walk, wanted):
        assert np.allclose(one.target_keypoints, fit.keypoints(pose), atol=1e-4)
        alone = model(pictures[0], poses[0], fit.undo_keypoints(one.target_keypoints))
        assert same_picture(one.image, alone.image)
        for a, b in zip(one.masks, alone.masks): assert torch.equal(a, b)


@pytest.mark.parametrize('poses, frames', [(1, 1), (2, 2), (3, 4)])
def test_animation(model, people, tmp_path, poses, frames):
    "Forth and back, without showing either end twice."
    walk = model.sequence(people[0][0], people[1][0], people[1][:poses])
    path = walk.save(tmp_path/'walk.gif', seconds=.2, zoom=3)
    with Image.open(path) as gif:
        assert gif.format == 'GIF' and getattr(gif, 'n_frames', 1) == frames
        assert gif.size == tuple(3 * side for side in walk[0].image.size)
        if frames > 1: assert gif.info['duration'] == 200 and gif.info['loop'] == 0
    assert sorted(p.name for p in tmp_path.glob('*walk*')) == ['walk.gif']
    assert 'data:image/gif;base64,' in walk._repr_html_()


# The generator

@pytest.fixture
def generator():
    torch.manual_seed(0)
    return Generator(4).eval()


@pytest.mark.parametrize('size', [(16, 16), (16, 80), (48, 32), (256, 176)], ids=str)
@torch.no_grad()
def test_any_size_divisible_by_16(generator, size):
    image, maps = torch.rand(2, 3, *size), torch.rand(2, 36, *size)
    made, masks = generator(image, maps, return_masks=True)
    assert made.shape == image.shape and made.abs().max() < 1
    assert [tuple(m.shape) for m in masks] == [
        (2, 64 >> k, size[0] >> 4 - k, size[1] >> 4 - k) for k in range(4)
    ]
    assert torch.equal(generator(image, maps), made)
    assert torch.equal(generator.decoder(generator.encode_image(image), generator.masks(maps)), made)


@pytest.mark.parametrize(
    'image, maps',
    [((1, 3, 40, 32), (1, 36, 40, 32)), ((1, 3, 32, 32), (1, 36, 32, 48)), ((1, 3, 32, 32), (1, 18, 32, 32))],
)
def test_other_sizes_are_refused(generator, image, maps):
    with pytest.raises(ValueError, match='divisible by 16'):
        generator(torch.zeros(image), torch.zeros(maps))


@torch.no_grad()
def test_masks_know_the_poses_and_nothing_else(generator):
    one, other, maps = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32), torch.rand(1, 36, 32, 32)
    (made, masks), (made2, masks2) = (generator(image, maps, return_masks=True) for image in (one, other))
    assert not torch.equal(made, made2) and all(torch.equal(a, b) for a, b in zip(masks, masks2))
    for half in 0, 18:  # source, target
        moved = maps.clone()
        moved[:, half:half + 18] = moved[:, half:half + 18].flip(-1)
        assert not any(torch.equal(a, b) for a, b in zip(masks, generator.masks(moved)))


@torch.no_grad()
def test_the_target_pose_enters_through_the_gates_alone(generator):
    image, ones = torch.rand(1, 3, 32, 32), [1.] * 4
    features = generator.encode_image(image)
    made = [generator(image, torch.rand(1, 36, 32, 32)) for _ in range(2)]
    assert not torch.equal(*made)
    masks = [[m * 0 + 1 for m in generator.masks(torch.rand(1, 36, 32, 32))] for _ in range(2)]
    assert torch.equal(*(generator.decoder(features, m) for m in masks))
    assert torch.equal(generator.decoder(features, ones), generator.decoder(features, masks[0]))


# The weights that ship with the package

@pytest.fixture(scope='module')
def shipped():
    if not PRETRAINED.exists(): pytest.skip(f'{PRETRAINED.name} is not there')
    return PoseTransfer.from_pretrained()


def test_shipped_weights(shipped):
    assert shipped.size == (128, 96) and shipped.generator.width == 16
    assert PRETRAINED.stat().st_size < 13e6
    assert {'architecture', 'data', 'command', 'seed', 'steps', 'metrics'} <= set(shipped.card)
    for value in shipped.generator.state_dict().values(): assert value.isfinite().all()


@torch.no_grad()
def test_shipped_weights_reach_what_their_card_says(shipped):
    "On all ordered pairs of people that were never trained on."
    people = ResidentPairs(mannequins('test', shipped.size, sigma=shipped.sigma))
    assert len(people) == shipped.card['test_pairs'] == 1200
    reached = score_people(shipped.generator, people, batch_size=8)  # which stay in the processor's cache
    for name in 'foreground_l1_ratio', 'ssim_gain':
        assert reached[name] == pytest.approx(shipped.card['metrics'][name], abs=0.01)
    assert reached['foreground_l1_ratio'] <= .45
    assert reached['ssim_gain'] >= .20
