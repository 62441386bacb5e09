"PCKh of generated pictures, from tables and by an estimator."

import numpy as np
import pandas as pd
import pytest
from conftest import FAKE, NAMES, keypoint_table, picture
from typer.testing import CliRunner

from pose_transfer_nb.cli import app
from pose_transfer_nb.data.tables import KEYPOINT_COLUMNS, read_keypoints
from pose_transfer_nb.judges.evaluation import evaluate


@pytest.fixture
def poses(tmp_path):
    "A table of true poses: A with all joints, B with the head only."
    random = np.random.default_rng(3)
    k = random.integers(2, 18, (10, 18, 2)).astype(float)
    k[:, 0], k[:, 1] = (1, 1), (18, 20)  # a head 17 wide and 19 high
    k[5:, 2:] = -1
    ids = [name.split('@')[1] for side in 'AB' for name in NAMES[side]]
    return keypoint_table(tmp_path/'true.csv', ids, k), k


def test_pckh_of_a_folder_pools_the_counts(output, poses):
    path, k = poses
    found = k.copy()
    found[2, 4:] = -1            # 14 of 90 joints in A
    found[7, 0] = -1             # 1 of 10 in B
    table = keypoint_table(path.with_name('fake.csv'), [n for side in 'AB' for n in NAMES[side]], found)
    row = evaluate(output, ['pckh'], keypoints=path, fake_keypoints=table, progress=False).iloc[0]
    assert (row.fake_A, row.fake_B, row.fake) == pytest.approx((76 / 90, 9 / 10, 85 / 100))
    assert row.network == 'table of keypoints'
    for side, rows in ('A', found[:5]), ('B', found[5:]):
        keypoint_table(output / f'{FAKE}{side}_keypoints.csv', NAMES[side], rows)
    assert evaluate(output, ['pckh'], keypoints=path, progress=False).fake[0] == row.fake, (
        "the authors' tables beside the folders"
    )


def test_pckh_by_an_estimator(output, poses):
    asked = []
    def nobody_twice(image):
        asked.append(image.size)
        if len(asked) in (1, 6): raise ValueError('no person found')
        return poses[1][len(asked) - 1]
    row = evaluate(
        output, ['pckh'], keypoints=poses[0], estimate=nobody_twice, batch_size=2, progress=False
    ).iloc[0]
    assert (
        (row.fake_A, row.fake_B) == (72 / 90, 8 / 10)
        and row.network == 'nobody_twice'
        and asked == [(20, 24)] * 10
    )
    assert (
        evaluate(
            output, ['pckh'], keypoints=poses[0], estimate=nobody_twice, batch_size=2, progress=False
        ).fake[0]
        == row.fake
        and len(asked) == 10
    )


def test_pckh_cuts_to_whole_pixels_as_the_authors_do(output, poses):
    path, k = poses
    found = k + .9
    found[k < 0] = -1
    found[:, 13, 0] = np.where(
        k[:, 13, 0] < 0, -1, k[:, 13, 0] + 8.9
    )  # 8 away when cut, 8.9 when not; half the head is 8.5
    found = np.minimum(found, 19.9)
    table = keypoint_table(path.with_name('fake.csv'), [n for side in 'AB' for n in NAMES[side]], found)
    a, b = (
        evaluate(output, ['pckh'], protocol=p, keypoints=path, fake_keypoints=table, progress=False).fake[0]
        for p in ('authors', 'plain')
    )
    assert a == 1 and b < 1


def test_poses_move_along_when_pictures_were_fitted(output, poses, tmp_path):
    path, k = poses
    for folder in output.rglob('*_[AB]'):
        for file in folder.glob('*.jpg'): picture(1, (48, 48)).save(file)
    table = keypoint_table(
        tmp_path / 'large.csv', read_keypoints(path)[0], np.where(k < 0, -1, k * 2), (48, 40)
    )
    fitted = np.where(k < 0, -1, k * 2 + np.array([4, 0]))
    fake = keypoint_table(tmp_path/'fake.csv', [n for side in 'AB' for n in NAMES[side]], fitted, (48, 48))
    assert evaluate(output, ['pckh'], keypoints=table, fake_keypoints=fake, progress=False).fake[0] == 1


def test_poses_that_are_missing(output, poses):
    with pytest.raises(FileNotFoundError, match='fake_A_keypoints.csv'):
        evaluate(output, ['pckh'], keypoints=poses[0], progress=False)
    table = pd.read_csv(poses[0])
    table[table.file_id != 'imgb3'].to_csv(poses[0], index=False)
    with pytest.raises(ValueError, match='true.csv: there is no row for imgb3'):
        evaluate(output, ['pckh'], keypoints=poses[0], estimate=lambda _: poses[1][0], progress=False)
    table.assign(**{c: -1 for c in KEYPOINT_COLUMNS[3:]}).to_csv(poses[0], index=False)
    with pytest.raises(ValueError, match='true.csv.*head'):
        evaluate(output, ['pckh'], keypoints=poses[0], estimate=lambda _: poses[1][0], progress=False)


def test_the_command(output, poses):
    def run(*more): return CliRunner().invoke(app, ['evaluate', str(output), *map(str, more)])
    done = run('--metrics', 'ssim,lpips_squeeze', '--untrained')
    assert done.exit_code == 0, done.output
    table = pd.read_csv(output/'evaluation/authors-untrained/table.csv')
    assert (
        table.metric.tolist() == ['ssim', 'lpips_squeeze'] * 2
        and 'UNTRAINED' in table.network[1]
        and 'UNTRAINED' in done.stdout
    )
    for arguments, word in (
        (['--protocol', 'mine'], 'mine'),
        (['--metrics', 'pckh', '--keypoints', poses[0], '--estimator', 'magic'], 'magic'),
        (['--metrics', 'pckh', '--keypoints', output / 'no.csv'], 'no.csv'),
        (['--metrics', 'ssim', '--keypoints', poses[0]], 'pckh'),
    ):
        refused = run(*arguments)
        assert (
            refused.exit_code == 1
            and refused.stderr.startswith('Error: ')
            and word in refused.stderr
            and refused.stderr.count('\n') == 1
        )
