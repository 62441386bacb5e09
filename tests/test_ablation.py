"The tool behind pose_transfer_nb/assets/ablation.csv and the two sheets in nbs/images."
import sys

import pandas as pd
import pytest
import torch
from conftest import ROOT
from PIL import Image

from pose_transfer_nb.generator import Generator
from pose_transfer_nb.training import Recipe
from pose_transfer_nb.runs.run import Run

sys.path.insert(0, str(ROOT/'tests'/'tools'))
import ablation


def test_a_finished_run_keeps_its_gates(tmp_path):
    "The authors' file says nothing of gates: read as it is, a network without them would suddenly have four."
    recipe = Recipe(size=(32, 32), ngf=4, ndf=4, steps=1, gates=ablation.only(2))
    Run(recipe, 'cpu').generator.to_authors(tmp_path/'netG_1.pth')
    masks = ablation.finished(tmp_path, recipe).masks(torch.rand(1, 36, 32, 32))
    assert [bool((m == 1).all()) for m in masks] == [True, True, False, True]
    assert not any(
        (m == 1).all()
        for m in Generator.from_authors(tmp_path / 'netG_1.pth').masks(torch.rand(1, 36, 32, 32))
    )


def test_each_choice_changes_one_thing():
    critic = dict(critic='pose', gan=.2, matching=2., gan_warmup=500)  # one thing in four words
    assert ablation.CHOICES['with a bounded critic'] == critic
    assert [len(change) for change in ablation.CHOICES.values()] == [0] + 8 * [1] + [4]


def test_every_choice_has_all_its_seeds_and_curves():
    table, curves = (pd.read_csv(ROOT/f'pose_transfer_nb/assets/{name}.csv')
                     for name in ('ablation', 'ablation_curves'))
    wanted = [(name, seed) for name in ablation.CHOICES for seed in ablation.SEEDS]
    assert [*zip(table.choice, table.seed)] == wanted
    assert (table.steps == ablation.BASE.steps).all()
    for which, looks in curves.groupby(['choice', 'seed']):
        assert which in wanted and list(looks.step) == list(range(250, ablation.BASE.steps + 1, 250))
    assert curves.groupby(['choice', 'seed']).ngroups == len(wanted)


def test_a_sheet_has_its_pictures_in_place():
    black, grey = (torch.full((3, 16, 12), value) for value in (-1., 0.))
    rows = [ablation.row_of([('a', black), ('b\nb', grey)], 2), ablation.row_of([('c', grey)], 2)]
    picture = ablation.sheet(rows).convert('RGB')
    assert [row.height for row in rows] == [32 + 44, 32 + 26] and picture.size == (2 * 28, 134)
    assert [picture.getpixel(at) for at in ((14, 60), (42, 60), (14, 76 + 40), (42, 76 + 40))] == [
        (0,) * 3, (128,) * 3, (128,) * 3, (255,) * 3]


@pytest.mark.parametrize('name', ['ablation', 'gan_term'])
def test_shipped_sheets_are_small(name):
    file = ROOT/'nbs'/'images'/f'{name}.png'
    assert file.stat().st_size < 150_000
    with Image.open(file) as picture: assert picture.width <= 1200 and picture.height <= 1500
