"From a folder for each person to lists and pairs."
import os
import shutil
import time

import pandas as pd
import pytest
from conftest import change, files, set_cells
from PIL import Image

from pose_transfer_nb.data import own_pictures
from pose_transfer_nb.data.own_pictures import make_pairs, write_pose_maps
from pose_transfer_nb.data.tables import SPLITS


@pytest.fixture
def album(tmp_path):
    "Five people in folders, one in two outfits and one with a single picture; and what else lies about."
    root = tmp_path/'album'
    names = ('anna/1.jpg anna/2.JPG anna/3.png ben/red/1.jpg ben/red/2.jpg ben/blue/1.jpg ben/blue/2.jpg '
             'carl/x.jpg carl/y.jpg dora/1.jpg eve_1.jpg eve_2.jpg')
    for name in names.split():
        (root / 'img' / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new('RGB', (32, 48)).save(root / 'img' / name)
    (root/'img/anna/notes.txt').write_text('bought in May'); (root/'img/.DS_Store').write_bytes(b'x')
    return root


def test_pairs(album):
    made = make_pairs(album, test_share=.25, seed=1)
    tables = {s: pd.read_csv(album/f'{s}_img_pairs.csv') for s in SPLITS}
    lists = {s: pd.read_csv(album/f'{s}_img_list.csv').img.tolist() for s in SPLITS}
    people = {s: {p.split('/')[1].split('_')[0] for p in lists[s]} for s in SPLITS}
    assert (
        people['train'] | people['test'] == {'anna', 'ben', 'carl', 'eve'}
        and not people['train'] & people['test']
        and len(people['test']) == 1
    )
    rows = [tuple(r) for s in SPLITS for r in tables[s].to_numpy()]
    assert (
        len(rows) == 3 + 1 + 1 + 1 + 1
        and ('img/anna/1.jpg', 'img/anna/2.JPG') in rows
        and ('img/ben/red/1.jpg', 'img/ben/blue/1.jpg') not in rows
    )
    assert all(a < b for a, b in rows)
    for s in SPLITS:
        assert set(tables[s].to_numpy().ravel()) == set(lists[s])
        assert made[s] == (len(people[s]), len(lists[s]), len(tables[s]))


def test_pictures_of_a_kind_that_is_not_read(album):
    (album/'img/anna/4.HEIC').write_bytes(b'x')
    with pytest.warns(UserWarning, match='1 pictures are left out.*img/anna/4.HEIC; save them as JPEG'):
        make_pairs(album)


def test_pairs_by_seed(album):
    def test_people(seed):
        return make_pairs(album, 0.5, seed, overwrite=True) and (album / 'test_img_list.csv').read_bytes()
    first = test_people(0)
    assert test_people(0) == first and len({test_people(seed) for seed in range(6)}) > 1


def test_pairs_are_not_overwritten(album):
    make_pairs(album)
    before = files(album)
    with pytest.raises(FileExistsError, match='--overwrite'): make_pairs(album, seed=5, test_share=.5)
    assert files(album) == before


def only(album, *names):
    for folder in (album/'img').iterdir():
        if folder.name not in names: shutil.rmtree(folder) if folder.is_dir() else folder.unlink()


@pytest.mark.parametrize('spoil, kind, words', [
    (lambda r: only(r, 'anna'), ValueError, 'two people are needed'),
    (lambda r: only(r), ValueError, '0 pictures'),
    (lambda r: shutil.rmtree(r/'img'), FileNotFoundError, 'a folder for each person'),
    (lambda r: shutil.copyfile(r/'img/carl/x.jpg', r/'img/carl/x.png'), ValueError, 'file id, imgcarlx')])
def test_no_pairs(album, spoil, kind, words):
    spoil(album)
    before = files(album)
    with pytest.raises(kind, match=words): make_pairs(album)
    assert files(album) == before


def test_pose_maps_without_tables(album):
    with pytest.raises(FileNotFoundError, match='pose-transfer keypoints'): write_pose_maps(album)


@pytest.mark.skipif(not hasattr(os, 'mkfifo'), reason='no pipes here')
def test_a_pipe_for_a_table(album, one_error):
    os.mkfifo(album/'test_img_pairs.csv')
    with one_error(ValueError, album/'test_img_pairs.csv', 'pipe'): make_pairs(album)


def test_maps_too_large_to_be_read_again(noise, one_error):
    change(noise/'test_img_keypoints.csv', 1, img_h=90_000, img_w=90_000)
    with one_error(ValueError, noise/'test_img_keypoints.csv', 'row 3', '90000 x 90000'):
        write_pose_maps(noise)


@pytest.mark.skipif(os.sep != '/', reason='not possible here')
@pytest.mark.parametrize('name', ['$\\frac{$', 'a\nb', 'a\rb', 'a\tb'], ids=repr)
def test_names_that_no_table_can_hold(album, one_error, name):
    (album/'img/anna').rename(album/'img'/name)
    with one_error(ValueError, album, 'backslash or a line break'): make_pairs(album)


def test_large_maps_are_made_one_at_a_time(noise, monkeypatch):
    "A map of a phone's picture takes a gigabyte while it is made."
    set_cells(noise/'test_img_keypoints.csv', slice(None), img_h=2000, img_w=1500)
    inside, most = [], []
    def slow(path, keypoints, size):
        inside.append(path)
        most.append(len(inside))
        time.sleep(.01)
        inside.remove(path)
    monkeypatch.setattr(own_pictures, 'save_pose_map', slow)
    (noise/'train_img_keypoints.csv').unlink()
    assert write_pose_maps(noise, workers=4)['test'][0] == len(most) > 2 and max(most) == 1
