"A dataset that is wrong gives one error that names the file and the row; nothing is written."
import os

import pandas as pd
import pytest
from conftest import change, refused, shorten
from PIL import Image

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.ground.pictures import as_image


def test_the_noise_is_good_input(noise):
    assert len(PosePairs(noise)) == 8 and PosePairs(noise)[0]['source_id'] == 'imga_0'


def test_missing_image(noise, one_error):
    (noise/'img/b_1.png').unlink()
    with one_error(ValueError, noise/'train_img_pairs.csv', 'row 4', noise/'img/b_1.png'): PosePairs(noise)


@pytest.mark.parametrize('column', ['imgA', 'imgB'])
@pytest.mark.parametrize('name', [
    '../x.jpg', 'img/../../x.jpg', r'..\x.jpg', '/etc/x.jpg', r'C:\x.jpg', r'\\server\x.jpg', ''])
def test_row_outside_the_root(noise, one_error, column, name):
    Image.new('RGB', (32, 32)).save(noise.parent/'x.jpg')
    change(noise/'train_img_pairs.csv', 1, **{column: name})
    with one_error(ValueError, noise/'train_img_pairs.csv', 'row 3', column, repr(name)): PosePairs(noise)


@pytest.mark.parametrize('x, y', [(32, 5), (5, 32), (-2, 5), (5, -.5), (1e9, 5)])
def test_keypoint_outside_the_picture(noise, one_error, x, y):
    change(noise/'train_img_keypoints.csv', 2, p4_x=x, p4_y=y)
    with one_error(ValueError, noise / 'train_img_keypoints.csv', 'row 4', 'imga_2', 'p4', '32 x 32'):
        PosePairs(noise)


@pytest.mark.parametrize('value', ['left', '', 'nan', 'inf', '1;2'])
def test_keypoint_that_is_no_number(noise, one_error, value):
    change(noise/'train_img_keypoints.csv', 0, p0_x=value)
    with one_error(ValueError, noise/'train_img_keypoints.csv', 'row 2'): PosePairs(noise)


@pytest.mark.parametrize('name', ['train_img_keypoints.csv', 'train_img_pairs.csv'])
@pytest.mark.parametrize('damage', ['column', 'empty', 'missing', 'rows', 'binary'])
def test_damaged_table(noise, one_error, name, damage):
    path, kind, word = noise/name, ValueError, ''
    table = pd.read_csv(path)
    if damage == 'column':
        word = table.columns[1]
        table.drop(columns=word).to_csv(path, index=False)
    if damage == 'empty': path.write_text('')
    if damage == 'missing': path.unlink(); kind = FileNotFoundError
    if damage == 'rows': table[:0].to_csv(path, index=False); path = noise/'train_img_pairs.csv'
    if damage == 'binary': path.write_bytes(bytes(range(256)))
    with one_error(kind, path, word): PosePairs(noise)


def test_file_id_twice_in_the_table(noise, one_error):
    change(noise/'train_img_keypoints.csv', 3, file_id='imga_1')
    with one_error(ValueError, noise/'train_img_keypoints.csv', 'row 5', 'imga_1'): PosePairs(noise)


def test_two_pictures_with_one_file_id(noise, one_error):
    "img/a_1.png and img/a/_1.png would share a row of the keypoint table and a pose map."
    (noise/'img/a').mkdir()
    (noise/'img/a/_1.png').write_bytes((noise/'img/b_1.png').read_bytes())
    change(noise/'train_img_pairs.csv', 2, imgB='img/a/_1.png')
    with one_error(ValueError, noise / 'train_img_pairs.csv', 'row 4', 'img/a/_1.png', 'imga_1'):
        PosePairs(noise)


def test_picture_without_keypoints(noise, one_error):
    table = pd.read_csv(noise/'train_img_keypoints.csv')
    table[table.file_id != 'imgb_2'].to_csv(noise/'train_img_keypoints.csv', index=False)
    with one_error(
        ValueError, noise / 'train_img_pairs.csv', 'row 5', 'img/b_2.png', 'train_img_keypoints.csv'
    ):
        PosePairs(noise)


def test_size_that_disagrees_with_the_table(noise, one_error):
    change(noise/'train_img_keypoints.csv', 1, img_h=48)
    pairs = PosePairs(noise)
    for read in (lambda: pairs[0], lambda: ResidentPairs(pairs)):
        with one_error(ValueError, noise / 'img/a_1.png', '32 x 32', '32 x 48', 'train_img_keypoints.csv'):
            read()


@pytest.mark.parametrize('damage', ['text', 'empty', 'truncated'])
@pytest.mark.parametrize('kind', ['PNG', 'JPEG'])
def test_picture_that_cannot_be_read(noise, one_error, damage, kind):
    path = noise/'img/a_1.png'
    Image.open(path).save(path, kind)
    if damage == 'text': path.write_text('a picture')
    if damage == 'empty': path.write_bytes(b'')
    if damage == 'truncated': shorten(path)
    if damage == 'empty':
        with one_error(ValueError, 'row 2', path, 'missing or empty'): PosePairs(noise)
        return
    pairs = PosePairs(noise)
    for read in (lambda: pairs[0], lambda: as_image(path), lambda: ResidentPairs(pairs)):
        with one_error(ValueError, path): read()


@pytest.mark.parametrize('command', [['check'], ['pairs'], ['pose-maps'], ['generate'], ['train']])
def test_a_file_for_a_folder(noise, tmp_path, command):
    refused([*command, noise/'img/a_0.png'], [noise/'img/a_0.png', 'is a file'], tmp_path)
    refused([*command, noise/'nowhere'], [noise/'nowhere', 'no such folder'], tmp_path)


@pytest.mark.skipif(getattr(os, 'geteuid', lambda: 0)() == 0,
                    reason='who may do everything can read every folder')
@pytest.mark.parametrize('command', ['check', 'pairs', 'pose-maps'])
def test_folder_that_may_not_be_read(noise, tmp_path, command):
    (noise/'img').chmod(0)
    try: refused([command, noise], ['Permission denied', noise/'img'], tmp_path)
    finally: (noise/'img').chmod(0o755)
