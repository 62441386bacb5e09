"Folders of generated pictures: scored, interrupted, gone on with."
import shutil

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import FAKE, NAMES, picture
from PIL import Image
from skimage.metrics import structural_similarity as skimage_ssim

from pose_transfer_nb.judges.evaluation import COPYING, Measure, evaluate


class Looked(list):
    "A measure that remembers what it saw, and gives up after a while."
    def __init__(self, give_up=None, columns=None): self.give_up, self.columns = give_up, columns

    def __call__(self, *images):
        if self.give_up is not None and len(self) >= self.give_up: raise KeyboardInterrupt
        self.append(len(images[0]))
        values = images[0].mean((1, 2, 3))
        return values if self.columns is None else torch.stack([values * i for i in range(self.columns)], 1)


def score(output, looked=None, metric='ssim', kind='pair', **options):
    measures = (
        {metric: Measure(looked, 'mean', kind, options.pop('figure', Measure.figure))}
        if looked is not None
        else None
    )
    return evaluate(output, [metric], measures=measures, batch_size=2, progress=False, **options)


def test_ssim_of_a_folder(output):
    row = evaluate(output, ['ssim'], progress=False).iloc[0]
    def mean(side):
        return np.mean(
            [
                skimage_ssim(
                    *(
                        np.asarray(Image.open(output / f'{kind}{side}' / f'{n}.jpg'))
                        for kind in ('real_images/real_', FAKE)
                    ),
                    channel_axis=-1,
                )
                for n in NAMES[side]
            ]
        )
    assert row.fake_A == pytest.approx(mean('A'), abs=1e-5) and row.fake_B == pytest.approx(
        mean('B'), abs=1e-5
    )
    assert (
        row.fake == pytest.approx((mean('A') + mean('B')) / 2, abs=1e-5)
        and np.isnan(row.real)
        and row.pictures == 10
    )
    written = pd.read_csv(output/'evaluation/authors/table.csv')
    assert written.fake[0] == pytest.approx(row.fake) and written.iteration[0] == 7
    assert f'| {row.fake:.4f} |' in (output/'evaluation/authors/table.md').read_text()
    pictures = pd.read_csv(output/'evaluation/authors/pictures.csv')
    assert len(pictures) == 10 and pictures.value.mean() == pytest.approx(row.fake)


def test_pictures_are_paired_by_name_and_not_by_place(output):
    before = evaluate(output, ['ssim'], progress=False).fake[0]
    for side in 'AB':
        for kind in ('real_images/real_', FAKE):
            (output / f'{kind}{side}' / f'{NAMES[side][2]}.jpg').rename(
                output / f'{kind}{side}' / f'{NAMES[side][2]}.{"jpeg" if kind == FAKE else "jpg"}'
            )
        (output/f'{FAKE}{side}'/'.0@hidden.jpg').write_text('')
    assert evaluate(output, ['ssim'], out=output/'again', progress=False).fake[0] == pytest.approx(before)


def test_each_and_sets_look_at_true_pictures_too(output):
    table = score(output, Looked(), 'detection', 'each')
    assert table.real_A[0] != table.fake_A[0] and table.real[0] == (table.real_A[0] + table.real_B[0]) / 2
    def apart(real, fake): return float((real.mean(0) - fake.mean(0)).abs().sum())
    found = score(output, Looked(columns=3), 'fid', 'sets', figure=apart).iloc[0]
    assert found.fake_A == pytest.approx(3 * abs(table.real_A[0] - table.fake_A[0]), abs=1e-5) and np.isnan(
        found.real_A
    )


@pytest.mark.parametrize('metric, kind, columns, rounds', [
    ('ssim', 'pair', None, 6), ('detection', 'each', None, 12), ('is', 'each', 4, 12)])
@pytest.mark.parametrize('after', [0, 1, 4])
def test_an_interrupted_evaluation_goes_on(output, metric, kind, columns, rounds, after):
    with pytest.raises(KeyboardInterrupt): score(output, Looked(after, columns), metric, kind)
    assert not (output/'evaluation/authors/table.csv').exists()
    again = Looked(columns=columns)
    table = score(output, again, metric, kind)
    assert len(again) == rounds - after
    unseen = Looked(0, columns)
    assert score(output, unseen, metric, kind).equals(table)
    assert score(output, Looked(columns=columns), metric, kind, out=output / 'whole').fake[
        0
    ] == pytest.approx(table.fake[0])


def test_a_changed_picture_is_looked_at_again(output):
    score(output, Looked())
    picture(99).save(output/f'{FAKE}B'/f'{NAMES["B"][4]}.jpg')
    again = Looked()
    table = score(output, again)
    assert again == [1] and table.fake[0] == pytest.approx(
        score(output, Looked(), out=output / 'whole').fake[0]
    )
    assert len(pd.read_csv(output/'evaluation/authors/pictures.csv')) == 10


@pytest.mark.parametrize('ending', ['cut', 'garbage', 'bytes'])
def test_a_damaged_last_row_costs_one_chunk(output, ending):
    table, file = score(output, Looked()), output/'evaluation/authors/pictures.csv'
    text = file.read_bytes()
    file.write_bytes(
        {'cut': text[:-2], 'garbage': text[:-8] + b'x,y\n', 'bytes': text[:-8] + b'\xff\xfe\n'}[ending]
    )
    again = Looked()
    assert score(output, again).equals(table) and len(again) == 1


def test_other_metrics_protocols_and_networks_are_kept_apart(output):
    score(output, Looked())
    for options in dict(metric='detection', kind='each'), dict(protocol='plain'), dict(weights='random'):
        again = Looked()
        score(output, again, **options)
        assert len(again) >= 6


def test_several_checkpoints_and_copying(output):
    shutil.copytree(output/'fake_images/iter_7', output/'fake_images/iter_9')
    table = evaluate(output, ['ssim'], copying=True, progress=False)
    assert table.iteration.tolist() == ['7', '9', COPYING] and table.fake[0] == table.fake[1] != table.fake[2]
    a, b = (
        np.asarray(Image.open(output / 'real_images' / f'real_{side}' / f'{NAMES[side][3]}.jpg'))
        for side in 'AB'
    )
    stored = pd.read_csv(output / 'evaluation/authors/pictures.csv').query(
        f'place == "iter_{COPYING}/fake_A" and picture == "{NAMES["A"][3]}"'
    )
    assert stored.value.item() == pytest.approx(skimage_ssim(a, b, channel_axis=-1), abs=1e-5)
    assert evaluate(output, ['ssim'], iterations=['9'], progress=False).iteration.tolist() == ['9']


def test_pictures_of_several_sizes(output):
    for kind in 'real_images/real_', FAKE: picture(5, (30, 26)).save(output/f'{kind}A'/f'{NAMES["A"][1]}.jpg')
    table = evaluate(output, ['ssim'], progress=False)
    alone = evaluate(output, ['ssim'], batch_size=1, out=output/'one', progress=False)
    assert table.fake[0] == pytest.approx(alone.fake[0])


def test_nothing_is_begun_when_a_network_cannot_be_had(output, hub):
    with pytest.raises(RuntimeError, match='no network'):
        evaluate(output, ['ssim', 'lpips_squeeze'], progress=False)
    assert not (output/'evaluation').exists()
