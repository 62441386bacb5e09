"""What tests of training share: a small recipe, a feature network that can stop a run, and fixtures (see
conftest.py)."""
import shutil
from contextlib import contextmanager

import pandas as pd
import pytest
import torch
from torch import nn

from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.losses import PerceptualLoss
from pose_transfer_nb.runs import run
from pose_transfer_nb.runs.loop import train
from pose_transfer_nb.training import Recipe, init_weights

SMALL = Recipe(
    size=(32, 32),
    sigma=1.0,
    ngf=4,
    ndf=4,
    batch_size=2,
    steps=8,
    lr_final=1e-4,
    warmup=2,
    average=0.9,
    mirror=0.5,
    recolour=0.7,
    move=0.06,
    same=0.2,
)


class Counter(nn.Module):
    "Passes pictures on, until it has seen a number of steps: then it stops the run or spoils it."
    def __init__(self, steps, then): super().__init__(); self.steps, self.then, self.seen = steps, then, 0

    def forward(self, x):
        self.seen += 1
        if self.seen <= 2 * self.steps: return x  # the truth and the generated picture of each step
        if self.then == 'stop': raise KeyboardInterrupt
        return x * float('nan')


def perceptual(steps=10**6, then=None):
    "A perceptual loss on a small feature network that is the same each time."
    features = nn.Sequential(
        Counter(steps, then), nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 3)
    )
    init_weights(features, seed=1)
    return PerceptualLoss(features, depths=(2, 4))


@contextmanager
def in_small():
    "One thread, and few batches for BatchNorm's statistics: they are gathered anew at every look."
    recalibrate = run.recalibrate
    def quickly(generator, people, *_): return recalibrate(generator, people, 3, 4)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as mp:
        mp.setattr(run, 'recalibrate', quickly)
        yield
    torch.set_num_threads(before)


@pytest.fixture
def one_thread():
    with in_small(): yield


def splits_of(root): return [PosePairs(root, split, SMALL.size, SMALL.sigma) for split in ('train', 'test')]


@pytest.fixture
def people(noise): return splits_of(noise)


def small_run(people, out, recipe=SMALL, loss=None, **options):
    every = dict(log_every=2, look_every=4, save_every=4) | options
    loss = loss or perceptual()
    torch.manual_seed(0)  # last of all: a network that is made draws numbers
    return train(people[0], out, recipe, people[1], 'cpu', perceptual=loss, progress=False, **every)


@pytest.fixture
def run_in(people, tmp_path, one_thread):
    def go(name, *arguments, **options): return small_run(people, tmp_path/name, *arguments, **options)
    return go


@pytest.fixture(scope='module')
def finished_run(tmp_path_factory):
    "What `run_in` gives without options, made once: the run, and its folder, which must stay as it is."
    from conftest import write_dataset
    base = tmp_path_factory.mktemp('finished')
    with in_small(): return small_run(splits_of(write_dataset(base/'noise')), base/'run'), base/'run'


@pytest.fixture
def copied_run(finished_run, tmp_path):
    "A copy of its folder, to be continued or damaged."
    return shutil.copytree(finished_run[1], tmp_path/'run')


def newest(folder): return sorted((folder/'checkpoints').glob('step_*.pt'))[-1]
def figures(path): return pd.read_csv(path).drop(columns='pictures_per_second', errors='ignore')


def same_states(one, other, where=''):
    "Nested dicts and lists of tensors and plain values, equal to the last bit."
    if isinstance(one, torch.Tensor): assert torch.equal(one, other), where
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one: same_states(one[key], other[key], f'{where}.{key}')
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), where
        for i, (a, b) in enumerate(zip(one, other)): same_states(a, b, f'{where}[{i}]')
    else: assert one == other, where
