"What can be wrong with a folder is in the report, and the report says what a training run would do."
import shutil
import time

import numpy as np
import pandas as pd
import pytest
from big_tree import big_tree
from conftest import add_row, drop_rows, files, set_cells
from PIL import Image
from typer.testing import CliRunner

from pose_transfer_nb.cli import app
from pose_transfer_nb.data import own_pictures
from pose_transfer_nb.data import report as reporting
from pose_transfer_nb.data.own_pictures import write_pose_maps
from pose_transfer_nb.data.report import check_dataset
from pose_transfer_nb.data.tables import SPLITS
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.ground import pictures


def works(root):
    "Do both splits open, and can every picture be read with its pose?"
    try:
        for split in SPLITS:
            pairs = PosePairs(root, split)
            for i in range(len(pairs.ids)): pairs.person(i)
        return True
    except (ValueError, OSError): return False


def fault(report, words):
    found = [f for f in report.faults if words in f.what]  # twice where both splits use a picture
    assert found, f'{words!r} is not in {[f.what for f in report.faults]}'
    return found[0]


def shrink(path): Image.open(path).resize((16, 16)).save(path)
def cut(path): path.write_bytes(path.read_bytes()[:-40])
def without(path, name): drop_rows(path, lambda t: t.file_id != name)
def mapped(r): write_pose_maps(r)
def all_hidden(r, rows):
    names = [f'p{i}_{a}' for i in range(18) for a in 'xy']
    set_cells(r/'train_img_keypoints.csv', rows, **dict.fromkeys(names, -1))
def stale(r): mapped(r); set_cells(r/'train_img_keypoints.csv', 1, p4_x=3, p4_y=3)
def cut_map(r): mapped(r); cut(r/'train_pose_maps/imga_1.npz')
def half_map(r):
    mapped(r)
    own_pictures.save_pose_map(r / 'test_pose_maps/imgb_1.npz', np.full((18, 2), 3), (16, 16))
def no_prefix(r): edit_ids(r, lambda i: i.removeprefix('img'))
def edit_ids(r, change):
    table = pd.read_csv(r/'test_img_keypoints.csv')
    table.assign(file_id=table.file_id.map(change)).to_csv(r/'test_img_keypoints.csv', index=False)
def collide(r):
    (r/'img/a').mkdir(); shutil.copyfile(r/'img/a_1.png', r/'img/a/_1.png')
    add_row(r/'train_img_pairs.csv', 'img/a_0.png', 'img/a/_1.png')


def cells(table, row, **values): return lambda r: set_cells(r/f'{table}.csv', row, **values)
def row(table, *values): return lambda r: add_row(r/f'{table}.csv', *values)
def gone(file): return lambda r: (r/file).unlink()


SPOILED = dict(
    picture_missing=(gone('img/b_1.png'), 'pictures that are missing', 1, 'row 4: imgB', True),
    picture_truncated=(lambda r: cut(r / 'img/a_1.png'), 'cannot be read', 1, 'img/a_1.png', True),
    picture_is_text=(
        lambda r: (r / 'img/a_1.png').write_text('me'),
        'cannot be read', 1, 'img/a_1.png', True),
    picture_of_another_size=(
        lambda r: shrink(r / 'img/a_2.png'),
        'sizes other', 1, 'the picture is 16 x 16, the table says 32 x 32', True),
    picture_without_keypoints=(
        lambda r: without(r / 'train_img_keypoints.csv', 'imgb_2'),
        'pictures without keypoints', 1, 'pose-transfer keypoints', True),
    ids_from_below_img=(no_prefix, 'pictures without keypoints', 4, 'begin below img/', True),
    ids_with_slashes=(
        lambda r: edit_ids(r, lambda i: i.replace('img', 'img/')),
        'file ids with slashes', 6, "'img/a_0'", True),
    id_twice=(
        cells('train_img_keypoints', 3, file_id='imga_1'),
        'have a row already', 1, 'row 5: imga_1', True),
    ids_collide=(collide, 'share a file id', 1, 'img/a/_1.png', True),
    joint_outside=(
        cells('test_img_keypoints', 2, p4_x=99, p4_y=1),
        'joints outside', 1, 'row 4: imga_2: right wrist', True),
    no_number=(cells('test_img_keypoints', 2, p4_x='left'), 'no numbers', 1, 'row 4: imga_2', True),
    half_a_pixel_high=(cells('train_img_keypoints', 0, img_h=31.5), 'no numbers', 1, 'row 2: imga_0', True),
    path_outside=(
        cells('train_img_pairs', 0, imgA='../x.png'),
        'lead out of the dataset', 1, "'../x.png'", True),
    no_pairs=(
        lambda r: drop_rows(r / 'test_img_pairs.csv', lambda t: t.imgA == ''),
        'test_img_pairs.csv: there are no pairs in it', 1, 'pose-transfer pairs', True),
    pair_table_missing=(
        gone('test_img_pairs.csv'),
        'test_img_pairs.csv: there is no such file', 1, 'pose-transfer pairs', True),
    pair_columns=(
        lambda r: (r / 'train_img_pairs.csv').write_text('from,to\na,b\n'),
        'train_img_pairs.csv: no column imgA', 1, '', True),
    keypoint_table_missing=(
        gone('train_img_keypoints.csv'),
        'train_img_keypoints.csv: there is no such file', 1, 'pose-transfer keypoints', True),
    keypoint_table_empty=(
        lambda r: (r / 'train_img_keypoints.csv').write_text(''),
        'train_img_keypoints.csv: not a readable CSV', 1, '', True),
    map_truncated=(cut_map, 'damaged maps in train', 1, 'pose-maps', True),
    map_of_another_size=(half_map, 'damaged maps in test', 1, '(16, 16)', True),
    list_missing=(gone('train_img_list.csv'), 'train_img_list.csv: there is no such file', 1, '', False),
    maps_that_are_stale=(stale, 'maps with other joints', 1, '--overwrite', False),
    map_missing=(
        lambda r: (mapped(r), (r / 'test_pose_maps/imgb_1.npz').unlink()),
        'without a map in test', 1, 'pose-transfer pose-maps', False),
    nobody_found=(lambda r: all_hidden(r, 1), 'nobody was found', 1, 'img/a_1.png', False),
    two_people=(
        row('train_img_pairs', 'img/a_0.png', 'img/b_0.png'),
        'pairs of two people', 1, 'row 6', False),
    listed_but_missing=(
        row('train_img_list', 'img/c_0.png'),
        'that are missing, in the list only', 1, 'img/c_0.png', False),
    row_of_no_picture=(
        row('train_img_keypoints', 'imgz_0', 32, 32, *[5] * 36),
        'rows of no picture', 1, 'row 8: imgz_0', False),
)


@pytest.mark.parametrize('name', SPOILED)
def test_check_finds(noise, name):
    spoil, words, count, text, stops = SPOILED[name]
    spoil(noise)
    before = files(noise)
    report = check_dataset(noise)
    found = fault(report, words)
    assert (found.count, found.stops) == (count, stops)
    assert text in ' '.join([*found.first, found.mend])
    assert report.ok == works(noise) == (not stops)
    assert found.what in str(report) and files(noise) == before


def test_check_of_a_good_folder(noise):
    "Everybody is in both splits of the noise; nothing else is to be said."
    write_pose_maps(noise)
    report = check_dataset(noise)
    assert report.ok and [f.what for f in report.faults] == [
        'people in both splits, by their pictures\' names'
    ]
    assert report.counts['train'] == {
        'pictures': '6',
        'pairs': '4',
        'people': '2',
        'keypoints': '6',
        'pose maps': '6',
    }
    assert report.sizes == {(32, 32): 6 * 2}


def test_check_when_nobody_was_found_anywhere(noise):
    all_hidden(noise, range(6))
    assert fault(check_dataset(noise), 'nobody was found').stops


def test_check_leaves_names_alone_that_follow_another_rule(noise):
    for split in SPLITS:
        for kind in 'list', 'pairs', 'keypoints':
            file = noise/f'{split}_img_{kind}.csv'
            file.write_text(
                file.read_text()
                .replace('_', '')
                .replace('imgh', 'img_h')
                .replace('imgw', 'img_w')
                .replace('x,', '_x,')
                .replace('y,', '_y,')
                .replace('p17y', 'p17_y')
                .replace('fileid', 'file_id')
            )
    for picture in (noise/'img').iterdir(): picture.rename(picture.with_name(picture.name.replace('_', '')))
    report = check_dataset(noise)
    assert (
        report.ok
        and report.counts['train']['people'] == '?'
        and not any('people' in f.what for f in report.faults)
    )


def test_check_command(noise):
    good = CliRunner().invoke(app, ['check', str(noise)])
    assert good.exit_code == 0 and 'training could run' in good.stdout
    (noise/'img/b_1.png').unlink()
    bad = CliRunner().invoke(app, ['check', str(noise)])
    assert bad.exit_code == 1 and 'training could not run' in bad.stdout and len(bad.stdout.splitlines()) < 50


def test_a_tree_shaped_like_deepfashion(tmp_path):
    "Smaller; `python tests/tools/big_tree.py FOLDER` makes one of its full size."
    root = big_tree(tmp_path/'big', dict(train=(600, 1200), test=(60, 100)))
    report = check_dataset(root)
    assert report.ok and not report.faults, str(report)
    assert report.counts['train'] == {
        'pictures': '600',
        'pairs': '1,200',
        'people': '100',
        'keypoints': '600',
        'pose maps': '600',
    }
    pairs = PosePairs(root)
    assert len(pairs) == 2400 and pairs[0]['source_map'].sum() == 17


def test_pictures_in_the_root_itself(noise):
    for picture in (noise/'img').iterdir(): picture.rename(noise/picture.name)
    for table in noise.glob('*.csv'):
        table.write_text(table.read_text().replace('img/', '').replace('\nimg', '\n'))
    report = check_dataset(noise)
    assert report.ok and works(noise), str(report)


def test_large_pictures_are_decoded_one_at_a_time(tmp_path, monkeypatch):
    "A phone's pictures take half a gigabyte each while they are decoded."
    for k in range(12): Image.new('RGB', (30, 40 if k % 2 else 20)).save(tmp_path/f'{k}.png')
    inside, most = [], []
    def slow(image):
        inside.append(image.height)
        most.append(inside.count(40))
        time.sleep(.01)
        inside.remove(image.height)
        return image.copy()
    monkeypatch.setattr(pictures, '_LARGE', 1000)
    monkeypatch.setattr(pictures, '_upright_rgb', slow)
    looks = reporting._look_at_all(tmp_path, [f'{k}.png' for k in range(12)], False)
    assert looks == [(20, 30), (40, 30)] * 6 and max(most) == 1
