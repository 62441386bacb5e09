"Pose maps on disk: written, damaged, stale, and read instead of drawn."
import io
import shutil
import zipfile

import numpy as np
import pytest
import torch
from conftest import Program, same_items, set_cells

from pose_transfer_nb.data import own_pictures
from pose_transfer_nb.data.own_pictures import write_pose_maps
from pose_transfer_nb.data.tables import read_keypoints
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.pose_maps import load_pose_map, pose_maps, save_pose_map


def authors_map(keypoints, size):
    "By the definition: a one at (row, column) of every joint that is there."
    maps = np.zeros((*size, 18), np.uint8)
    for j, (x, y) in enumerate(keypoints.astype(int)):
        if x != -1 and y != -1: maps[y, x, j] = 1
    return maps


def test_pose_maps(noise):
    assert write_pose_maps(noise) == dict(train=(6, 0), test=(6, 0))
    ids, sizes, keypoints = read_keypoints(noise/'train_img_keypoints.csv')
    for name, size, k in zip(ids, sizes, keypoints):
        with np.load(noise/f'train_pose_maps/{name}.npz') as stored:
            assert stored['arr_0'].dtype == np.uint8 and np.array_equal(stored['arr_0'], authors_map(k, size))


def test_pose_maps_go_on(noise, monkeypatch):
    save, count = own_pictures.save_pose_map, iter(range(99))
    def stop(*a): save(*a) if next(count) < 4 else (_ for _ in ()).throw(KeyboardInterrupt)
    with monkeypatch.context() as m:
        m.setattr(own_pictures, 'save_pose_map', stop)
        with pytest.raises(KeyboardInterrupt): write_pose_maps(noise, workers=1)
    there = {p: p.stat().st_mtime_ns for p in noise.glob('*_pose_maps/*')}
    assert 4 <= len(there) < 12 and all(p.suffix == '.npz' for p in there)
    for p in there: load_pose_map(p)
    done = write_pose_maps(noise)
    assert sum(made for made, _ in done.values()) == 12 - len(there)
    assert all(p.stat().st_mtime_ns == t for p, t in there.items())


def test_pose_maps_anew(noise):
    write_pose_maps(noise)
    set_cells(noise/'train_img_keypoints.csv', 1, p4_x=3, p4_y=5)
    write_pose_maps(noise)
    assert not load_pose_map(noise/'train_pose_maps/imga_1.npz')[4, 5, 3], 'what is there stays'
    assert write_pose_maps(noise, overwrite=True)['train'] == (6, 0)
    assert load_pose_map(noise/'train_pose_maps/imga_1.npz')[4, 5, 3]


@pytest.fixture
def map_path(noise):
    folder = noise/'train_pose_maps'
    folder.mkdir()
    path = folder/'imga_1.npz'
    save_pose_map(path, read_keypoints(noise/'train_img_keypoints.csv')[2][1], (32, 32))
    return path


def archive(member, data, **attributes):
    "The bytes of a zip file with one member, whose directory entry is then changed."
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as z:
        z.writestr(member, data)
        for name, value in attributes.items(): setattr(z.filelist[0], name, value)
    return file.getvalue()


DAMAGED_MAPS = dict(
    empty=lambda good: b'',
    text=lambda good: b'not a map',
    truncated=lambda good: good[: len(good) // 2],
    cut_at_the_end=lambda good: good[:-1],
    without_arr_0=lambda good: archive('arr_1.npy', b''),
    unfinished_header=lambda good: archive('arr_0.npy', b"\x93NUMPY\x01\x00\x0a\x00{'descr': ("),
    unknown_compression=lambda good: archive('arr_0.npy', b'abc', compress_type=99),
    no_archive=lambda good: npy(np.zeros((32, 32, 18), np.uint8)),
    wrong_shape=lambda good: npz(np.zeros((18, 32, 32), np.uint8)),
    wrong_size=lambda good: npz(np.zeros((16, 32, 18), np.uint8)),
    wrong_type=lambda good: npz(np.zeros((32, 32, 18))),
)


def npy(array): np.save(file := io.BytesIO(), array); return file.getvalue()
def npz(array): np.savez(file := io.BytesIO(), array); return file.getvalue()


@pytest.mark.parametrize('damage', DAMAGED_MAPS)
def test_damaged_pose_map(noise, map_path, one_error, damage):
    map_path.write_bytes(DAMAGED_MAPS[damage](map_path.read_bytes()))
    pairs = PosePairs(noise)
    if damage == 'empty': pairs[0]  # as if it were not there: drawn from the keypoints
    else:
        with one_error(ValueError, map_path): pairs[0]
    if damage == 'wrong_size': return  # only the picture tells
    with one_error(ValueError, map_path): load_pose_map(map_path)


def test_pose_map_with_a_program_inside(map_path, one_error, tmp_path):
    marker = tmp_path/'it ran'
    map_path.write_bytes(npz(np.array([Program(marker)], dtype=object)))
    with one_error(ValueError, map_path): load_pose_map(map_path)
    assert not marker.exists()
    np.load(map_path, allow_pickle=True)['arr_0']
    assert marker.exists(), 'the test is no test: the file is harmless'


@pytest.fixture
def with_maps(tmp_path):
    "A copy of the test people, half of whom have stored pose maps."
    root = shutil.copytree(
        mannequins('test').root, tmp_path / 'people', ignore=shutil.ignore_patterns('p0[0-2]*', 'train*')
    )
    (root/'test_pose_maps').mkdir()
    ids, sizes, keypoints = read_keypoints(root/'test_img_keypoints.csv')
    for i in range(0, len(ids), 2):
        save_pose_map(root / 'test_pose_maps' / f'{ids[i]}.npz', keypoints[i], tuple(sizes[i]))
    return root


@pytest.mark.parametrize('size', [None, (128, 96)])
def test_stored_maps_give_equal_items(with_maps, size):
    made, read = mannequins('test', size, sigma=None), PosePairs(with_maps, 'test', size)
    assert 0 < read.has_map.sum() < len(read.ids)
    for k in 0, 1, 2, 599: same_items(made[k], read[k])


def test_stored_maps_are_what_is_read(with_maps):
    "A map that says something else than the table wins, with and without a size."
    read = PosePairs(with_maps, 'test')
    i = int(read.has_map.argmax())
    elsewhere = np.full((18, 2), (50, 60), np.float32)
    save_pose_map(with_maps/'test_pose_maps'/f'{read.ids[i]}.npz', elsewhere, (256, 176))
    assert torch.equal(read.person(i)[2], pose_maps(elsewhere, (256, 176)))
    assert torch.equal(
        PosePairs(with_maps, 'test', (128, 96)).person(i)[2], pose_maps(elsewhere / 2 + (4, 0), (128, 96))
    )


def test_maps_alone_are_enough(with_maps):
    ids, sizes, keypoints = read_keypoints(with_maps/'test_img_keypoints.csv')
    for name, size, k in zip(ids, sizes, keypoints):
        save_pose_map(with_maps / 'test_pose_maps' / f'{name}.npz', k, tuple(size))
    (with_maps/'test_img_keypoints.csv').unlink()
    same_items(PosePairs(with_maps, 'test')[11], mannequins('test', sigma=None)[11])
    assert as_image(with_maps/'img'/'p0300_00.jpg').size == (176, 256)
