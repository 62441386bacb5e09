"Two pictures in: a person, and somebody who stands as wanted."
import warnings

import numpy as np
import pytest
from conftest import save_model
from PIL import Image, ImageChops
from stand_ins import StandIn, fixed, person, shipped_estimator

from pose_transfer_nb.ground.fit import Fit
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.photographs import PhotographEstimator
from pose_transfer_nb.transfer import PoseTransfer, _framed


@pytest.fixture(scope='module')
def test(): return mannequins('test')


@pytest.fixture(scope='module')
def estimate(): return shipped_estimator()


def same_picture(one, other):
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


@pytest.fixture
def model(tmp_path):
    return PoseTransfer.from_pretrained(save_model(tmp_path/'model.safetensors', (128, 96), sigma=2.))


def test_transfer_as_is_transfer_with_estimated_keypoints(model, estimate, test):
    a, b = (as_image(test.root/test.paths[i]) for i in (0, 7))
    made = model.transfer_as(a, b, estimate)
    assert same_picture(made.image, model(a, estimate(a), estimate(b)).image)
    assert same_picture(made.image, model.transfer_as(np.array(a), test.root/test.paths[7], estimate).image)
    assert not same_picture(made.image, model.transfer_as(b, a, estimate).image)


@pytest.mark.parametrize('source', [(176, 256), (900, 300), (50, 400), (20, 20)], ids=str)
@pytest.mark.parametrize('reference', [(176, 256), (640, 480), (60, 300)], ids=str)
def test_every_size_has_the_proportions_of_the_reference(model, source, reference):
    made = model.transfer_as(Image.new('RGBA', source), Image.new('L', reference), fixed((.5, .9)))
    w, h = min(reference[0], reference[1] * 11 // 16), reference[1]
    assert made.image.height == 128 and made.image.width == round(w * 128 / h)
    # full height is full height, the middle the middle
    assert made.target_keypoints[0] == pytest.approx([48, .9 * 128], abs=1)
    made.figure()


@pytest.mark.parametrize('size', [(176, 256), (400, 256), (100, 256)], ids=str)
def test_pictures_are_framed_as_the_authors_do(size):
    "Height 256, the middle 176 columns, white up to 256 x 256."
    noise = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    picture = Image.fromarray(noise)
    width = min(size[0], 176)
    theirs = np.full((256, 256, 3), 255, np.uint8)
    left, cut = (256 - width) // 2, (size[0] - width) // 2
    theirs[:, left:left + width] = np.array(picture)[:, cut:cut + width]
    ours, k = _framed(picture, fixed((.5, .5)), 'source')
    assert np.array_equal(Fit((ours.height, ours.width), (256, 256)).image(ours), theirs)
    assert k[0].tolist() == [width / 2, 128]


def test_default_estimators(tmp_path, monkeypatch, test):
    class Asked:
        "Says the same of every picture, and notes that it was asked."
        @classmethod
        def from_pretrained(cls): return cls()

        def __call__(self, picture):
            asked.append(type(self).__name__)
            return fixed((.5, .5))(picture)
    for name in 'MannequinEstimator', 'PhotographEstimator':
        monkeypatch.setattr(f'pose_transfer_nb.transfer.{name}', type(name, (Asked,), {}))
    picture = test.root/test.paths[0]
    for data in 'mannequins', 'DeepFashion':
        asked = []
        model = PoseTransfer.from_pretrained(save_model(tmp_path/'m.safetensors'))
        model.card['data'] = data
        for _ in range(2): model.transfer_as(picture, picture)
        assert asked == [{'mannequins': 'MannequinEstimator', 'DeepFashion': 'PhotographEstimator'}[data]] * 4


@pytest.mark.parametrize('data, times', [('mannequins', 1), ('DeepFashion', 0)])
def test_mannequins_weights_warn_of_photographs_once(model, data, times):
    model.card['data'] = data
    estimate = PhotographEstimator(StandIn(person(.9, (0, 0, 9, 9))), device='cpu')
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        for _ in range(2):
            model.transfer_as(Image.new('RGB', (30, 40)), Image.new('RGB', (30, 40)), estimate)
    assert ['have seen no photograph' in str(w.message) for w in caught] == [True] * times


def test_who_is_not_found_is_named(model, tmp_path):
    Image.new('RGB', (30, 40)).save(tmp_path/'sea.png')
    def estimate(picture): raise ValueError('no person found')
    with pytest.raises(ValueError, match='source picture, .*sea.png: no person'):
        model.transfer_as(tmp_path/'sea.png', tmp_path/'sea.png', estimate)
    with pytest.raises(ValueError, match='source picture: no person'):
        model.transfer_as(Image.new('RGB', (30, 40)), tmp_path/'sea.png', estimate)
