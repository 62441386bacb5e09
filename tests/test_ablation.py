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
    assert [len(change) for change in ablation.CHOICES.values()] == [0] + 7 * [1]
    assert list(pd.read_csv(ROOT/'pose_transfer_nb'/'assets'/'ablation.csv').choice) == list(ablation.CHOICES)


def test_a_sheet_has_its_pictures_in_place():
    grey = [torch.full((3, 16, 12), v) for v in (-1., 0.)]
    picture = ablation.sheet([('a', grey), ('b\nb', grey[::-1])], 2).convert('RGB')
    assert picture.size == (2 * 28, 2 * 36 + 40)
    assert [picture.getpixel(at) for at in ((14, 60), (14, 95), (42, 60), (42, 95))] == [
        (0,) * 3,
        (128,) * 3,
        (128,) * 3,
        (0,) * 3,
    ]


@pytest.mark.parametrize('name', ['ablation', 'gan_term'])
def test_shipped_sheets_are_small(name):
    file = ROOT/'nbs'/'images'/f'{name}.png'
    assert file.stat().st_size < 150_000
    with Image.open(file) as picture: assert picture.width <= 1200 and picture.height <= 900
