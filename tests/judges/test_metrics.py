"Each metric against an independent implementation, or by hand."
import io

import numpy as np
import pytest
import torch
import torchvision
from scipy.linalg import sqrtm
from scipy.stats import entropy
from skimage.metrics import structural_similarity as skimage_ssim

from pose_transfer_nb import metrics
from pose_transfer_nb.metrics import colour_scores, garment_colours, pckh_counts


def noise(*shape, seed=0): return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


# Against copying the source

def test_foreground_by_hand():
    source, target, image = torch.ones(1, 3, 2, 2), torch.ones(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    source[0, 1, 0, 0], target[0, 2, 1, 1], target[0, 0, 0, 1] = .89, -1, .91
    inked = metrics.foreground(source, target)
    assert inked[0, 0].tolist() == [[True, False], [False, True]]
    image[0, :, 0, 1] = -1  # outside the foreground
    assert metrics.foreground_l1(image, target, inked).item() == pytest.approx((2 / 3 + 0) / 2)
    assert metrics.foreground_l1(image, image, torch.zeros_like(inked)).item() == 0


def test_ssim_as_the_authors_call_it():
    images = (noise(2, 3, 24, 20) * 100 + 127).byte(), (noise(2, 3, 24, 20, seed=1) * 20 + 127).byte()
    ours = metrics.structural_similarity(*(x.float() / 127.5 - 1 for x in images))
    for i in range(2):
        a, b = (x[i].permute(1, 2, 0).numpy()[..., ::-1] for x in images)  # bytes, BGR
        assert ours[i].item() == pytest.approx(skimage_ssim(a, b, channel_axis=-1), abs=1e-4)


# The people's own colours

@pytest.fixture
def dressed():
    "A white picture with a red trunk and blue thighs, and the pose that fits."
    image, k = torch.ones(1, 3, 64, 48), torch.full((1, 18, 2), -1.)
    image[0, :, 10:30, 15:33], image[0, :, 30:50, 15:33] = (
        torch.tensor([0.5, -1, -1])[:, None, None],
        torch.tensor([-1, -1, 0.4])[:, None, None],
    )
    k[0, [2, 5, 8, 11, 9, 12]] = torch.tensor([[15., 10], [32, 10], [17, 29], [30, 29], [17, 49], [30, 49]])
    return image, k


def colours(image, k): return garment_colours(image, k)[0].double().numpy().round(4).tolist()


def test_garments_have_the_colour_they_were_painted(dressed):
    assert colours(*dressed) == [[.5, -1, -1], [-1, -1, .4]]


@pytest.mark.parametrize('gone, upper, lower', [
    ((2,), 1, 1), ((2, 5), 0, 1), ((8, 11), 0, 0), ((9, 12), 1, 0), ((9, 5), 1, 1)])
def test_a_garment_without_joints_has_no_colour(dressed, gone, upper, lower):
    image, k = dressed
    k[0, list(gone)] = -1
    assert [not np.isnan(c).any() for c in colours(image, k)] == [upper, lower]


def test_white_beside_a_narrow_garment_does_not_count(dressed):
    image, k = dressed
    image[0, :, :, :20] = 1
    image[0, :, :, 28:] = 1  # 8 columns of red are left of 18
    assert colours(image, k)[0] == [.5, -1, -1]
    assert colours(torch.ones_like(image), k) == [[1, 1, 1]] * 2  # nothing but white is white


def test_side_view_is_widened_and_a_box_outside_is_nothing(dressed):
    image, k = dressed
    k[0, [2, 5, 8, 11], 0] = 24.
    k[0, [9, 12]] = -1
    assert colours(image, k)[0] == [.5, -1, -1]
    k[0, [2, 5, 8, 11], 1] += 100
    assert np.isnan(colours(image, k)[0]).all()


def test_colour_scores_by_hand():
    true = torch.zeros(4, 2, 3)
    true[:, 0] = torch.tensor([0., .2, 1, .3])[:, None]
    true[:, 1] = torch.nan
    people = [
        'a',
        'a',
        'b',
        'b',
    ]  # means .1 and .65; without the picture itself .2, 0, .3 and 1: the last is taken for a
    perfect = colour_scores(true, true, people)
    assert perfect == dict(colour_error_ratio=0, person_recall=1, person_recall_true=.75)
    made = true.clone()
    made[:2, 0] = 1                # both of a are taken for b
    scores = colour_scores(made, true, people)
    assert scores['colour_error_ratio'] == pytest.approx(
        (1 + 0.8) / 4 / np.mean(np.abs(np.array([0, 0.2, 1, 0.3]) - 0.375))
    )
    assert scores['person_recall'] == pytest.approx(1 / 3)


def test_a_picture_in_several_pairs_counts_once_and_never_finds_itself():
    true = torch.tensor([0., 0, 0, .9, 1, 1.1])[:, None, None].expand(6, 2, 3)
    people, pictures = list('aaabbb'), list('xxxuvw')
    assert colour_scores(true, true, people)['person_recall_true'] == 1  # rows on their own: a finds a
    alone = colour_scores(true, true, people, pictures)  # one picture of a: nothing to be found by
    assert alone['person_recall_true'] == 1 and np.isnan(
        colour_scores(true[:3], true[:3], people[:3], pictures[:3])['person_recall']
    )


# PCKh

def plain_pckh(true, found, alpha=.5):
    "The rule joint by joint."
    right = counted = 0
    for k, p in zip(true, found):
        head = [k[j] for j in (0, 1, 14, 15, 16, 17) if k[j][0] >= 0]
        if len(head) < 2: continue
        w, h = (max(x[i] for x in head) - min(x[i] for x in head) for i in (0, 1))
        for a, b in zip(k, p):
            if a[0] < 0: continue
            counted += 1
            right += b[0] >= 0 and abs(a[0] - b[0]) < alpha * w and abs(a[1] - b[1]) < alpha * h
    return [right, counted]


def test_pckh_against_the_rule_joint_by_joint():
    random = np.random.default_rng(0)
    true = random.integers(0, 60, (200, 18, 2)).astype(float)
    found = true + random.integers(-25, 26, true.shape)
    true[random.random((200, 18)) < .6] = -1
    found[random.random((200, 18)) < .2] = -1
    found[(found < 0).any(-1)] = -1
    assert pckh_counts(true, found).sum(0).tolist() == plain_pckh(true, found)
    assert 0 < plain_pckh(true, found)[0] < plain_pckh(true, found)[1]


@pytest.mark.parametrize('change, expected', [
    ({}, [4, 4]), ({4: (24.9, 50)}, [4, 4]), ({4: (25, 50)}, [3, 4]),
    ({4: (20, 59.9)}, [4, 4]), ({4: (20, 60)}, [3, 4]),
    ({4: (-1, -1)}, [3, 4]), ({7: (3, 3)}, [4, 4]), ({0: (-1, -1)}, [3, 4])], ids=str)
def test_pckh_by_hand(change, expected):
    true = np.full((1, 18, 2), -1.)
    true[0, [0, 1, 4, 13]] = (10, 10), (20, 30), (20, 50), (5, 5)  # a head 10 wide and 20 high
    found = true.copy()
    for joint, place in change.items(): found[0, joint] = place
    assert pckh_counts(true, found).tolist() == [expected]


def test_pckh_of_a_head_without_width():
    true = np.full((1, 18, 2), -1.)
    true[0, [0, 1]] = (10, 10), (10, 30)
    assert pckh_counts(true, true).tolist() == [[0, 2]]  # less than half of nothing


# Inception Score and FID

def test_inception_score_by_hand():
    logits = noise(40, 7) * 3
    p = logits.double().softmax(1).numpy()
    assert metrics.inception_score(logits) == pytest.approx(
        np.exp(np.mean([entropy(x, p.mean(0)) for x in p])), abs=1e-4
    )
    state = torch.get_rng_state()
    assert (
        metrics.inception_score(logits, 4)
        == metrics.inception_score(logits, 4)
        < metrics.inception_score(logits)
    )
    assert torch.equal(state, torch.get_rng_state())


def test_fid_against_scipy():
    network = torch.nn.Sequential(
        torch.nn.Conv2d(3, 6, 5, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()
    ).requires_grad_(False)
    real, fake = (
        network(noise(50, 3, 20, 16)).double(),
        network(noise(40, 3, 20, 16, seed=1) * 0.7 + 0.1).double(),
    )
    (m, s), (n, t) = ((x.mean(0).numpy(), np.cov(x.numpy(), rowvar=False)) for x in (real, fake))
    expected = ((m - n) ** 2).sum() + np.trace(s + t - 2 * sqrtm(s @ t).real)
    assert metrics.frechet_distance(real, fake) == pytest.approx(expected, rel=1e-4)
    with pytest.raises(ValueError, match='at least two generated'): metrics.frechet_distance(real, fake[:1])


# The authors' way of saving

@pytest.mark.parametrize('image', [noise(3, 24, 20) * .6, noise(3, 24, 20) * 2, torch.zeros(3, 24, 20)],
                         ids=['dull', 'beyond', 'flat'])
def test_saving_as_the_authors_do(image):
    theirs = torchvision.transforms.ToPILImage()(
        torchvision.utils.make_grid(image, nrow=1, padding=0, normalize=True)
    )
    theirs.save(file := io.BytesIO(), format='JPEG')
    assert metrics.authors_jpeg(image) == file.getvalue()
