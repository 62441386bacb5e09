"The mannequins' estimator: what it reaches, where it finds nobody, its files and its training."
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from stand_ins import shipped_estimator

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.estimation import ESTIMATOR, HeatmapNetwork, MannequinEstimator, find_joints
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.keypoints import visible
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.runs.estimator import ESTIMATOR_RECIPE, EstimatorRun, train_estimator


@pytest.fixture(scope='module')
def test(): return mannequins('test')


@pytest.fixture(scope='module')
def estimate(): return shipped_estimator()


def test_shipped_estimator_reaches_what_its_card_says(estimate):
    assert ESTIMATOR.stat().st_size < 3e6
    people = ResidentPairs(mannequins('test', estimate.size))
    said = estimate.card['metrics']['true_pictures']
    k = people.keypoints
    found = find_joints(estimate.network, people.images.float() / 127.5 - 1)[0]
    both = visible(k) & visible(found)
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
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 60, 3), dtype=np.uint8))
    picture = noise if colour == 'noise' else Image.new('RGB', (60, 90), colour)
    picture.save(tmp_path/'empty.png')
    with pytest.raises(ValueError, match='empty.png: no person'): estimate(tmp_path/'empty.png')
    with pytest.raises(FileNotFoundError, match='none.png'): estimate(tmp_path/'none.png')


def test_weights_and_card(tmp_path, weights):
    torch.manual_seed(0)
    estimate = MannequinEstimator(HeatmapNetwork((4, 4, 8, 8)), (64, 48), dict(seed=3))
    again = MannequinEstimator.from_pretrained(estimate.save(tmp_path/'small.safetensors'))
    assert again.size == (64, 48) and again.card['seed'] == 3 and again.network.widths == (4, 4, 8, 8)
    said = 'small.safetensors: weights and card are not those of a heatmap network'
    with pytest.raises(ValueError, match=said):
        MannequinEstimator.from_pretrained(weights)


def test_training_goes_on_where_it_stopped(noise, tmp_path):
    recipe = replace(ESTIMATOR_RECIPE, size=(32, 32), batch_size=4, steps=6, warmup=0)
    people = ResidentPairs(PosePairs(noise))
    def learn(out, **changes):
        changed = replace(recipe, **changes)
        return train_estimator(tmp_path/out, changed, people, log_every=1, save_every=2, progress=False)
    def steps(out): return pd.read_csv(tmp_path/out/'losses.csv').step.tolist()
    whole = learn('whole').state_dict()
    learned = EstimatorRun.learn
    def learn_five(run, people):
        if run.step == 5: raise KeyboardInterrupt
        return learned(run, people)
    with pytest.MonkeyPatch.context() as mp:
        mp.setattr(EstimatorRun, 'learn', learn_five)
        with pytest.raises(KeyboardInterrupt): learn('parts')
    parts = learn('parts').state_dict()
    for name in whole: assert torch.equal(whole[name], parts[name]), name
    assert steps('parts') == steps('whole') == [1, 2, 3, 4, 5, 6]
    with pytest.raises(ValueError, match='checkpoint.pt: not a checkpoint of this recipe'):
        learn('whole', lr=1.)
