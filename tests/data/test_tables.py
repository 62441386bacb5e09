"Tables as spreadsheets and other systems write them; where the files are, and how often they are read."
import os
import shutil

import pandas as pd
import pytest
import torch
from conftest import change

from pose_transfer_nb.data.own_pictures import write_pose_maps
from pose_transfer_nb.data.report import check_dataset
from pose_transfer_nb.data.tables import dataset_root, file_id, read_keypoints
from pose_transfer_nb.dataset import PosePairs


def test_opening_lists_folders_and_reads_each_table_once(noise, monkeypatch):
    read, tables, asked = pd.read_csv, [], []
    def noted(file, *a, **k): tables.append(os.path.basename(file.name)); return read(file, *a, **k)
    monkeypatch.setattr(pd, 'read_csv', noted)
    scan = os.scandir
    monkeypatch.setattr(os, 'scandir', lambda path: asked.append(path) or scan(path))
    pairs = PosePairs(noise)
    for i in range(len(pairs)): pairs[i]
    assert sorted(tables) == ['train_img_keypoints.csv', 'train_img_pairs.csv'] and asked == [noise/'img']


def test_the_authors_workspace(noise, tmp_path):
    inner = tmp_path/'pose2pose/datasets/DeepFashion'
    shutil.copytree(noise, inner)
    assert dataset_root(tmp_path/'pose2pose') == inner == PosePairs(tmp_path/'pose2pose').root
    assert check_dataset(tmp_path/'pose2pose').ok


@pytest.mark.parametrize(
    'path, name',
    [
        ('img/WOMEN/Tees/id_00000080/01_1_front.jpg', 'imgWOMENTeesid_0000008001_1_front'),
        (r'img\a\b.png', 'imgab'),
        ('img/v1.2/x', 'imgv1.2x'),
    ],
)
def test_file_id(path, name):
    assert file_id(path) == name


def test_windows_slashes(noise):
    table = pd.read_csv(noise/'train_img_pairs.csv')
    table.map(lambda path: path.replace('/', '\\')).to_csv(noise/'train_img_pairs.csv', index=False)
    pairs = PosePairs(noise)
    assert pairs.ids[0] == 'imga_0' and pairs[0]['source_image'].shape == (3, 32, 32)


def test_floats_and_a_byte_order_mark(noise):
    "Spreadsheets write both; halves of a pixel are kept."
    before = PosePairs(noise)[0]['source_map']
    for name in 'train_img_keypoints.csv', 'train_img_pairs.csv':
        table = pd.read_csv(noise/name)
        table = table.assign(img_h=32., img_w=32., p0_x=table.p0_x + .5) if 'p0_x' in table else table
        table.to_csv(noise/name, index=False, encoding='utf-8-sig', lineterminator='\r\n')
    pairs = PosePairs(noise)
    assert pairs.keypoints[0, 0, 0] % 1 == .5 and torch.equal(pairs[0]['source_map'], before)


def test_file_ids_that_look_like_numbers(noise):
    "0/0.png has the file id 00, which a table must not take for a zero."
    (noise/'img').rename(noise/'0')
    for k in range(3): (noise/f'0/a_{k}.png').rename(noise/f'0/{k}.png')
    for name, old, new in ('keypoints', 'imga_', '0'), ('pairs', 'img/a_', '0/'):
        file = noise/f'train_img_{name}.csv'
        file.write_text(
            ''.join(
                line
                for line in file.read_text().replace(old, new).splitlines(True)
                if not line.startswith(('imgb', 'img/b'))
            )
        )
    pairs = PosePairs(noise)
    assert pairs.ids == ['00', '01', '02'] and pairs[0]['source_image'].shape == (3, 32, 32)


def test_semicolons(noise, one_error):
    path = noise/'train_img_pairs.csv'
    path.write_text(path.read_text().replace(',', ';'))
    with one_error(ValueError, path, 'no column imgA', 'imgA;imgB'): PosePairs(noise)


@pytest.mark.parametrize('name', ['img/a_0', r'img\a_0', ''])
def test_file_id_that_is_a_path(noise, one_error, name):
    change(noise/'train_img_keypoints.csv', 0, file_id=name)
    with one_error(ValueError, noise/'train_img_keypoints.csv', 'row 2', 'file id'): PosePairs(noise)


def test_pose_maps_never_leave_their_folder(noise, one_error):
    change(noise/'train_img_keypoints.csv', 0, file_id='../../escaped')
    with one_error(ValueError, noise/'train_img_keypoints.csv', 'row 2'): write_pose_maps(noise)


def test_a_folder_for_a_table(noise, one_error):
    (noise/'train_img_pairs.csv').unlink(); (noise/'train_img_pairs.csv').mkdir()
    with one_error(ValueError, noise/'train_img_pairs.csv', 'a folder'): PosePairs(noise)


def two_columns(lines): return [f'{line},{"p3_y" if i == 0 else 7}' for i, line in enumerate(lines)]
def semicolons(lines): return [line.replace(',', ';') for line in lines]


@pytest.mark.parametrize('change, encoding, words', [
    (two_columns, 'utf-8', 'two columns p3_y'),
    (semicolons, 'utf-8', 'separate its values by commas'),
    (list, 'utf-16', 'save it as CSV in UTF-8'),
], ids=['two columns', 'semicolons', 'UTF-16'])
def test_a_table_of_another_kind(noise, one_error, change, encoding, words):
    file = noise/'train_img_keypoints.csv'
    file.write_text('\n'.join(change(file.read_text().splitlines())), encoding=encoding)
    with one_error(ValueError, file, words): read_keypoints(file)
