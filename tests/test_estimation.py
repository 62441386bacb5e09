"Estimators, the table of keypoints that they write, and transfers from two pictures."
import warnings
from dataclasses import replace
from urllib.error import URLError

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import files, save_model
from PIL import Image, ImageChops
from torch import nn
from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights, keypointrcnn_resnet50_fpn
from typer.testing import CliRunner

from pose_transfer_nb import estimation
from pose_transfer_nb.cli import app
from pose_transfer_nb.ground.fit import Fit
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.data.tables import read_keypoints
from pose_transfer_nb.photographs import COCO_JOINTS, PhotographEstimator, from_coco
from pose_transfer_nb.estimation import ESTIMATOR, ESTIMATOR_RECIPE, MannequinEstimator, find_joints, heat_targets, peaks, train_estimator
from pose_transfer_nb.data.keypoint_tables import picture_paths, write_keypoints
from pose_transfer_nb.keypoints import JOINTS, visible
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.transfer import PoseTransfer, _framed


@pytest.fixture(scope='module')
def test(): return mannequins('test')


@pytest.fixture(scope='module')
def estimate():
    if not ESTIMATOR.exists(): pytest.skip(f'{ESTIMATOR.name} is not there')
    return MannequinEstimator.from_pretrained()


def fixed(points):
    "An estimator that finds every joint at these fractions of the picture's width and height."
    return lambda picture: np.array(points)[None].repeat(18, 0) * picture.size


# Heatmaps

@pytest.mark.parametrize('stride', [2, 4])
def test_peaks_undo_targets(stride):
    random = torch.Generator().manual_seed(0)
    k = torch.rand(5, 18, 2, generator=random) * torch.tensor([20., 28]) * stride + 2 * stride
    k[torch.rand(5, 18, generator=random) < .3] = -1
    targets = heat_targets(k, (32, 24), stride)
    assert torch.allclose(targets.sum(-1), torch.ones(5, 18))
    logits = targets.clamp(min=1e-12).log()
    found = peaks(logits[..., :-1].view(5, 18, 32, 24), logits[..., -1], stride)
    assert torch.equal(visible(found), visible(k)) and torch.allclose(found, k, atol=.02)


@pytest.mark.parametrize('x, y', [(0, 0), (95, 127), (0, 70), (50, 127)])
def test_peaks_at_the_edge(x, y):
    logits = heat_targets(torch.tensor([[[x, y]] * 18]).float(), (32, 24)).clamp(min=1e-12).log()
    found = peaks(logits[..., :-1].view(1, 18, 32, 24), logits[..., -1])[0, 0]
    assert (found - torch.tensor([x, y])).abs().max() <= 2 and (found >= 0).all() and found[0] <= 95 and found[1] <= 127


# The mannequins' estimator

def test_shipped_estimator_reaches_what_its_card_says(estimate):
    assert ESTIMATOR.stat().st_size < 3e6
    people = ResidentPairs(mannequins('test', estimate.size))
    k, found = people.keypoints, find_joints(estimate.network, people.images.float() / 127.5 - 1)[0]
    both, said = visible(k) & visible(found), estimate.card['metrics']['true_pictures']
    assert (k - found).norm(dim=-1)[both].mean().item() == pytest.approx(said['pixels'], abs=.05)
    assert (visible(k) == visible(found)).float().mean().item() == pytest.approx(said['visibility'], abs=.005)
    assert said['pckh'] > .85 and said['visibility'] > .9


def test_a_picture_of_any_size_and_place(estimate, test):
    "Enlarged and put on a larger sheet, a person keeps their pose; it is carried along."
    for i in range(4):
        picture = as_image(test.root/test.paths[i])
        sheet = Image.new('RGB', (480, 560), 'white')
        sheet.paste(picture.resize((352, 512)), (90, 40))
        here, there = estimate(picture), estimate(sheet)
        both = visible(here) & visible(there)
        assert both.sum() >= .8 * visible(here).sum()
        moved = (there - (90, 40)) / 2
        assert np.median(np.linalg.norm(moved - here, axis=-1)[both]) < 4


@pytest.mark.parametrize('colour', ['white', 'black', 'gray', 'noise'])
def test_nobody_in_the_picture(estimate, tmp_path, colour):
    picture = np.random.default_rng(0).integers(0, 255, (90, 60, 3), dtype=np.uint8)
    (Image.fromarray(picture) if colour == 'noise' else Image.new('RGB', (60, 90), colour)).save(tmp_path/'empty.png')
    with pytest.raises(ValueError, match='empty.png: no person'): estimate(tmp_path/'empty.png')
    with pytest.raises(FileNotFoundError, match='none.png'): estimate(tmp_path/'none.png')


def test_weights_and_card(tmp_path, weights):
    torch.manual_seed(0)
    path = MannequinEstimator(estimation.HeatmapNetwork((4, 4, 8, 8)), (64, 48), dict(seed=3)).save(tmp_path/'small.safetensors')
    again = MannequinEstimator.from_pretrained(path)
    assert again.size == (64, 48) and again.card['seed'] == 3 and again.network.widths == (4, 4, 8, 8)
    with pytest.raises(ValueError, match='small.safetensors: weights and card are not those of a heatmap network'): MannequinEstimator.from_pretrained(weights)


def test_training_goes_on_where_it_stopped(noise, tmp_path):
    recipe = replace(ESTIMATOR_RECIPE, size=(32, 32), batch_size=4, steps=6, warmup=0)
    people = ResidentPairs(PosePairs(noise))
    def learn(out, **changes): return train_estimator(tmp_path/out, replace(recipe, **changes), people, log_every=1, save_every=2, progress=False)
    whole = learn('whole').state_dict()
    def stop(step): raise KeyboardInterrupt
    with pytest.MonkeyPatch.context() as mp:
        learned = estimation._EstimatorRun.learn
        mp.setattr(estimation._EstimatorRun, 'learn', lambda run, people: stop(run) if run.step == 5 else learned(run, people))
        with pytest.raises(KeyboardInterrupt): learn('parts')
    parts = learn('parts').state_dict()
    for name in whole: assert torch.equal(whole[name], parts[name]), name
    assert pd.read_csv(tmp_path/'parts/losses.csv').step.tolist() == pd.read_csv(tmp_path/'whole/losses.csv').step.tolist() == [1, 2, 3, 4, 5, 6]
    with pytest.raises(ValueError, match='checkpoint.pt: not a checkpoint of this recipe'): learn('whole', lr=1.)


# Photographs

class StandIn(nn.Module):
    "Answers as torchvision's network does, with what it was told; remembers what it was shown."
    def __init__(self, *people):
        super().__init__()
        self.people, self.shown = people, []

    def forward(self, images):
        self.shown += images
        score, box, points, logit = zip(*self.people) if self.people else ([], np.zeros((0, 4)), np.zeros((0, 17, 2)), np.zeros((0, 17)))
        points = torch.as_tensor(np.array(points)).float()
        return [dict(scores=torch.tensor(score), boxes=torch.as_tensor(np.array(box)).float(), labels=torch.ones(len(score)).long(),
                     keypoints=torch.cat([points, torch.ones_like(points[..., :1])], -1), keypoints_scores=torch.as_tensor(np.array(logit)).float())]


def person(score, box, hidden=()):
    "A person whose joints stand on the diagonal of the box."
    (x0, y0, x1, y1), t = box, np.arange(17)[:, None] / 16
    return score, box, np.array([x0, y0]) + t * np.array([x1 - x0, y1 - y0]), np.where(np.isin(COCO_JOINTS, hidden), 1.9, 2.1)


def test_seventeen_joints_become_eighteen():
    k = from_coco(np.arange(34).reshape(17, 2))
    for name in set(JOINTS) - {'neck'}: assert k[JOINTS.index(name)].tolist() == [2 * COCO_JOINTS.index(name), 2 * COCO_JOINTS.index(name) + 1]
    assert k[1].tolist() == [11, 12]  # between joints 5 and 6
    one = np.arange(34.).reshape(17, 2); one[5] = -1
    assert from_coco(one)[1].tolist() == [-1, -1] and from_coco(one)[2].tolist() == [12, 13]


def test_the_largest_of_those_it_is_sure_of():
    network = StandIn(person(.99, (0, 0, 20, 30)), person(.8, (30, 20, 70, 90), hidden=['nose', 'left shoulder']), person(.6, (0, 0, 99, 99)))
    with pytest.warns(UserWarning, match='several people'): k = PhotographEstimator(network, device='cpu')(Image.new('RGB', (100, 100)))
    assert k[JOINTS.index('right ankle')].tolist() == [70, 90]
    assert [JOINTS[j] for j in np.flatnonzero(~visible(k))] == ['nose', 'neck', 'left shoulder']


def test_one_person_and_no_warning():
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        assert visible(PhotographEstimator(StandIn(person(.9, (0, 0, 9, 9)), person(.3, (0, 0, 99, 99))), device='cpu')(np.zeros((50, 50, 3), np.uint8))).all()


@pytest.mark.parametrize('people', [[], [person(.5, (0, 0, 9, 9))], [person(.9, (0, 0, 9, 9), hidden=COCO_JOINTS)]], ids=['none', 'unsure', 'hidden'])
def test_no_person(people, tmp_path):
    Image.new('RGB', (60, 90)).save(tmp_path/'street.png')
    with pytest.raises(ValueError, match='street.png: no person found'): PhotographEstimator(StandIn(*people), device='cpu')(tmp_path/'street.png')


def test_a_photograph_of_forty_megapixels():
    network = StandIn(person(.9, (0, 0, 666.5, 1000)))
    k = PhotographEstimator(network, device='cpu')(Image.new('RGB', (7300, 5480)))
    assert max(network.shown[0].shape) == 1333 and 0 <= network.shown[0].min() and network.shown[0].max() <= 1
    assert k[JOINTS.index('right ankle')] == pytest.approx([7300 / 2, 5479], rel=.01)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    "An empty cache of torch hub, and no network."
    def refuse(url, *args, **kwargs): raise URLError('no network')
    monkeypatch.setattr(torch.hub, 'download_url_to_file', refuse)
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path/'hub'))
    return tmp_path/'hub'/'checkpoints'/KeypointRCNN_ResNet50_FPN_Weights.COCO_V1.url.rsplit('/', 1)[1]


def test_without_network_it_says_what_to_do(hub, noise):
    with pytest.raises(RuntimeError, match=rf'no network.*{hub.name}.*{hub.parent}') as caught: PhotographEstimator()
    assert '\n' not in str(caught.value)
    done = CliRunner().invoke(app, ['keypoints', str(noise), '--out', str(noise/'k.csv')])
    assert done.exit_code == 1 and 'no network' in done.output and not (noise/'k.csv').exists()


def test_weights_from_the_cache(hub):
    "torchvision's own loading, on weights that see a person everywhere; each tensor is one number, so the file is small."
    shapes = keypointrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict()
    state = {name: torch.tensor(float('running_var' in name)).expand(value.shape) for name, value in shapes.items() if 'num_batches' not in name}
    state['roi_heads.box_predictor.cls_score.bias'] = torch.tensor([0., 5.])
    state['roi_heads.keypoint_predictor.kps_score_lowres.bias'] = torch.full((17,), 5.)
    hub.parent.mkdir(parents=True)
    torch.save(state, hub)
    estimate = PhotographEstimator(device='cpu')
    estimate.network.transform.min_size, estimate.network.roi_heads.detections_per_img = (96,), 1
    k = estimate(Image.new('RGB', (48, 64)))
    assert visible(k).all() and (k < (48, 64)).all()
    hub.write_bytes(b'half a download')
    with pytest.raises(RuntimeError, match='could not be loaded'): PhotographEstimator()


# Tables

def test_table_and_loader_agree_on_odd_files(tmp_path):
    "Each is read as one expects a picture to be; what the table says fits what the dataset then loads."
    (tmp_path/'img').mkdir()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 30, 3), dtype=np.uint8))
    turned = Image.Exif(); turned[0x0112] = 6
    noise.save(tmp_path/'img/a_turned.jpg', exif=turned)
    noise.convert('CMYK').save(tmp_path/'img/a_cmyk.jpg')
    noise.convert('RGBA').save(tmp_path/'img/a_alpha.png')
    noise.save(tmp_path/'img/a_film.gif', save_all=True, append_images=[noise.rotate(9)])
    Image.fromarray(np.full((40, 30), 40_000, np.uint16)).save(tmp_path/'img/a_deep.png')
    Image.new('RGB', (7300, 5480), 'green').save(tmp_path/'img/a_large.jpg')
    root, paths = picture_paths(tmp_path)
    assert not write_keypoints(tmp_path/'train_img_keypoints.csv', root, paths, fixed((.5, 1)), progress=False)
    ids, sizes, k = read_keypoints(tmp_path/'train_img_keypoints.csv')
    by = {i[5:]: (tuple(s), p[0].tolist()) for i, s, p in zip(ids, sizes.tolist(), k)}
    assert by['turned'] == ((30, 40), [-1, -1])  # a joint on the lower edge is outside
    assert by['large'][0] == (5480, 7300) and {by[n][0] for n in ('cmyk', 'alpha', 'film', 'deep')} == {(40, 30)}
    pd.DataFrame([(paths[0], p) for p in paths[1:]], columns=['imgA', 'imgB']).to_csv(tmp_path/'train_img_pairs.csv', index=False)
    pairs = PosePairs(tmp_path, size=(48, 32))
    for i in range(len(pairs.ids)): pairs.picture(i)


def test_pictures_without_a_row_are_named(noise):
    (noise/'img/a_1.png').write_bytes((noise/'img/a_1.png').read_bytes()[:900])
    (noise/'img/b_1.png').write_text('no picture')
    def estimate(picture):
        if np.array_equal(picture, as_image(noise/'img/b_2.png')): raise ValueError('no person found in the picture')
        return np.full((18, 2), 3)
    out = noise/'k.csv'
    problems = write_keypoints(out, *picture_paths(noise), estimate, progress=False)
    assert list(problems) == ['img/a_1.png', 'img/b_1.png', 'img/b_2.png']
    for path, text in problems.items(): assert str(noise/path) in text
    assert read_keypoints(out)[0] == ['imga_0', 'imga_2', 'imgb_0'] and not list(noise.glob('.k*'))
    for name in 'a_1', 'b_1', 'b_2': Image.new('RGB', (32, 32)).save(noise/f'img/{name}.png')
    assert not write_keypoints(out, *picture_paths(noise), lambda p: np.full((18, 2), 7), progress=False)
    ids, _, k = read_keypoints(out)
    assert len(ids) == 6 and k[:3, 0, 0].tolist() == [3] * 3 and k[3:, 0, 0].tolist() == [7] * 3


def test_an_interrupted_table_is_whole_and_goes_on(noise):
    out, seen = noise/'k.csv', []
    def estimate(picture):
        if len(seen) == 4: raise KeyboardInterrupt
        seen.append(picture)
        return fixed((.25, .5))(picture)
    with pytest.raises(KeyboardInterrupt): write_keypoints(out, *picture_paths(noise), estimate, progress=False)
    assert len(read_keypoints(out)[0]) == 4
    seen = [None] * 9
    def later(picture): seen.append(picture); return fixed((.25, .5))(picture)
    write_keypoints(out, *picture_paths(noise), later, progress=False)
    assert len(seen) == 11
    write_keypoints(noise/'whole.csv', *picture_paths(noise), fixed((.25, .5)), progress=False)
    assert out.read_bytes() == (noise/'whole.csv').read_bytes()


def test_joints_are_whole_pixels_inside(noise):
    def estimate(picture): return [(3.4, 31.4), (31.6, 3), (-2, 5), (np.nan, 1)] + [(0, .6)] * 14
    write_keypoints(noise/'k.csv', *picture_paths(noise), estimate, progress=False)
    assert pd.read_csv(noise/'k.csv').iloc[0, 3:13].tolist() == [3, 31, -1, -1, -1, -1, -1, -1, 0, 1]


def test_remarks_are_told_once(noise):
    network = StandIn(person(.9, (0, 0, 9, 9)), person(.9, (0, 0, 20, 20)))
    with pytest.warns(UserWarning) as caught: write_keypoints(noise/'k.csv', *picture_paths(noise), PhotographEstimator(network, device='cpu'), progress=False)
    assert [str(w.message) for w in caught] == ['several people in the picture; the largest one is taken (6 pictures, the first is img/a_0.png)']


@pytest.mark.parametrize('fault, words', [
    ('no folder', 'there is no such folder'), ('no img', 'img: there is no such folder'), ('empty', 'there are no pictures'), ('list', 'row 3'),
    ('same id', 'same file id'), ('out', 'does not exist'), ('old', 'no column')])
def test_faults_show_before_anything_is_written(noise, fault, words):
    where, out = noise, noise/'k.csv'
    if fault == 'no folder': where = noise/'none'
    if fault == 'no img': (noise/'img').rename(noise/'pictures')
    if fault == 'empty':
        for p in (noise/'img').iterdir(): p.unlink()
    if fault == 'list': where = noise/'list.csv'; where.write_text('img\nimg/a_0.png\n../a_1.png\n')
    if fault == 'same id': (noise/'img/a').mkdir(); (noise/'img/a/_1.png').write_bytes((noise/'img/b_1.png').read_bytes())
    if fault == 'out': out = noise/'none'/'k.csv'
    if fault == 'old': out.write_text('a,b\n1,2\n')
    before = files(noise)
    with pytest.raises((ValueError, OSError), match=words): write_keypoints(out, *picture_paths(where), fixed((.5, .5)), progress=False)
    assert files(noise) == before


def test_a_list_of_pictures(noise):
    (noise/'some.csv').write_text('img\nimg/b_1.png\nimg\\a_0.png\nimg/b_1.png\n')
    assert picture_paths(noise/'some.csv') == (noise, ['img/b_1.png', 'img/a_0.png'])
    assert picture_paths(noise/'img') == picture_paths(noise)


def test_command(estimate, test, tmp_path):
    (tmp_path/'img').mkdir()
    for i in range(2): as_image(test.root/test.paths[i]).save(tmp_path/f'img/{i}.png')
    command = ['keypoints', str(tmp_path), '--out', str(tmp_path/'k.csv'), '--estimator', 'mannequins']
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0 and read_keypoints(tmp_path/'k.csv')[0] == ['img0', 'img1']
    (tmp_path/'img/2.png').write_text('no picture')
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1 and '1 of 3 pictures have no row' in done.output and str(tmp_path/'img/2.png') in done.output
    done = CliRunner().invoke(app, command[:-1] + ['dogs'])
    assert done.exit_code == 1 and 'dogs' in done.output


# Two pictures in

def same_picture(one, other): return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


@pytest.fixture
def model(tmp_path): return PoseTransfer.from_pretrained(save_model(tmp_path/'model.safetensors', (128, 96), sigma=2.))


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
    assert made.target_keypoints[0] == pytest.approx([48, .9 * 128], abs=1)  # full height is full height, the middle the middle
    made.figure()


@pytest.mark.parametrize('size', [(176, 256), (400, 256), (100, 256)], ids=str)
def test_pictures_are_framed_as_the_authors_do(size):
    "Height 256, the middle 176 columns, white up to 256 x 256."
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8))
    width = min(size[0], 176)
    theirs = np.full((256, 256, 3), 255, np.uint8)
    left, cut = (256 - width) // 2, (size[0] - width) // 2
    theirs[:, left:left + width] = np.array(picture)[:, cut:cut + width]
    ours, k = _framed(picture, fixed((.5, .5)), 'source')
    assert np.array_equal(Fit((ours.height, ours.width), (256, 256)).image(ours), theirs) and k[0].tolist() == [width / 2, 128]


def test_default_estimators(tmp_path, monkeypatch, test):
    for name in 'MannequinEstimator', 'PhotographEstimator':
        monkeypatch.setattr(f'pose_transfer_nb.transfer.{name}', type(name, (), dict(from_pretrained=classmethod(lambda cls: cls()),
                            __call__=lambda self, picture: asked.append(type(self).__name__) or fixed((.5, .5))(picture))))
    picture = test.root/test.paths[0]
    for data in 'mannequins', 'DeepFashion':
        asked, model = [], PoseTransfer.from_pretrained(save_model(tmp_path/'m.safetensors'))
        model.card['data'] = data
        model.transfer_as(picture, picture); model.transfer_as(picture, picture)
        assert asked == [{'mannequins': 'MannequinEstimator', 'DeepFashion': 'PhotographEstimator'}[data]] * 4


@pytest.mark.parametrize('data, times', [('mannequins', 1), ('DeepFashion', 0)])
def test_mannequins_weights_warn_of_photographs_once(model, data, times):
    model.card['data'] = data
    estimate = PhotographEstimator(StandIn(person(.9, (0, 0, 9, 9))), device='cpu')
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter('always')
        for _ in range(2): model.transfer_as(Image.new('RGB', (30, 40)), Image.new('RGB', (30, 40)), estimate)
    assert ['have seen no photograph' in str(w.message) for w in caught] == [True] * times


def test_who_is_not_found_is_named(model, tmp_path):
    Image.new('RGB', (30, 40)).save(tmp_path/'sea.png')
    def estimate(picture): raise ValueError('no person found')
    with pytest.raises(ValueError, match='source picture, .*sea.png: no person'): model.transfer_as(tmp_path/'sea.png', tmp_path/'sea.png', estimate)
    with pytest.raises(ValueError, match='source picture: no person'): model.transfer_as(Image.new('RGB', (30, 40)), tmp_path/'sea.png', estimate)
