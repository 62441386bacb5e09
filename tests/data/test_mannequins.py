"The people who ship with the package: unpacked once, repaired when damaged."
import json
import multiprocessing
import os
import shutil
import zipfile

import numpy as np
import pytest
import torch
from conftest import files

from pose_transfer_nb.data import archives
from pose_transfer_nb.data.archives import unpack
from pose_transfer_nb.mannequins import ARCHIVE, contact_sheet, mannequins, pictures_table
from pose_transfer_nb.pose_maps import keypoints_from_maps


@pytest.fixture(scope='module')
def packed():
    with zipfile.ZipFile(ARCHIVE) as z: return {n: z.read(n) for n in z.namelist() if not n.endswith('/')}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv('POSE_TRANSFER_CACHE', str(tmp_path/'cache'))
    return tmp_path/'cache'


def times(folder): return {p: p.stat().st_mtime_ns for p in folder.rglob('*')}


# Unpacking

def test_unpacked_once_and_right(cache, packed):
    root = mannequins('test').root
    assert root.parent == cache and list(cache.iterdir()) == [root]
    assert files(root) == packed, 'every file, and no temporary ones'
    before = times(cache)
    assert mannequins('train').root == root and times(cache) == before


def unpack_in_a_process(cache, start, answers):
    os.environ['POSE_TRANSFER_CACHE'] = str(cache)
    try:
        start.wait(120)
        answers.put(len(mannequins('test')))
    except BaseException as error: answers.put(repr(error))


def test_two_processes_at_once(cache, packed):
    spawn = multiprocessing.get_context('spawn')
    start, answers = spawn.Barrier(2), spawn.Queue()
    workers = [spawn.Process(target=unpack_in_a_process, args=(cache, start, answers)) for _ in range(2)]
    for w in workers: w.start()
    got = [answers.get(timeout=180) for _ in workers]
    for w in workers: w.join(60)
    assert got == [1200, 1200]
    folder, = cache.iterdir()
    assert files(folder) == packed


def test_damaged_files_are_repaired(cache, packed):
    root = mannequins('test').root
    gone, cut, altered, other = (root/'img'/f'p0{n}_00.jpg' for n in (300, 301, 302, 303))
    table = root/'test_img_keypoints.csv'
    gone.unlink()
    cut.write_bytes(cut.read_bytes()[:100])
    data = bytearray(altered.read_bytes())
    data[len(data) // 2] ^= 1
    altered.write_bytes(data)
    table.write_text('nonsense')
    before = other.stat().st_mtime_ns
    assert len(mannequins('test')) == 1200
    assert files(root) == packed
    assert other.stat().st_mtime_ns == before, 'right files are left alone'


def test_missing_folder_is_made_again(cache, packed):
    root = mannequins('test').root
    shutil.rmtree(root/'img')
    assert files(mannequins('test').root) == packed


def test_nothing_is_left_when_the_disk_is_full(cache, monkeypatch):
    def full(*_): raise OSError(28, 'No space left on device')
    monkeypatch.setattr(os, 'replace', full)
    with pytest.raises(OSError, match='No space left'): mannequins('test')
    assert not files(cache)


def test_read_only_cache(cache, monkeypatch):
    root = mannequins('test').root
    for p in [*root.rglob('*'), root, cache]: p.chmod(0o555 if p.is_dir() else 0o444)
    def refuse(*_): raise PermissionError('read only')  # for root, who may write anywhere
    for function in 'mkdir', 'replace': monkeypatch.setattr(os, function, refuse)
    monkeypatch.setattr(archives, 'write_atomically', refuse)
    try: assert mannequins('test')[0]['source_image'].shape == (3, 256, 176)
    finally:
        for p in [cache, root, *root.rglob('*')]: p.chmod(0o755)


def test_missing_archive(cache, monkeypatch, tmp_path):
    with pytest.raises(FileNotFoundError, match='gone.zip: missing; install the package again'):
        unpack(tmp_path / 'gone.zip', cache)
    monkeypatch.setattr('pose_transfer_nb.mannequins.ARCHIVE', tmp_path/'gone.zip')
    with pytest.raises(FileNotFoundError, match='gone.zip: missing; install the package again'):
        mannequins('test')
    assert not cache.exists()


@pytest.mark.parametrize('damage', ['truncated', 'altered'])
def test_damaged_archive(cache, tmp_path, damage):
    data = bytearray(ARCHIVE.read_bytes())
    if damage == 'truncated': data = data[:len(data) // 2]
    else: data[2000:2100] = bytes(100)  # inside the first picture
    (tmp_path/'bad.zip').write_bytes(data)
    with pytest.raises(ValueError, match='bad.zip: damaged; install the package again'):
        unpack(tmp_path / 'bad.zip', cache)
    assert not files(cache)


# What is in it

def test_nobody_is_in_both_splits():
    train, test = mannequins('train'), mannequins('test')
    people = [{i.rsplit('_', 1)[0] for i in split.ids} for split in (train, test)]
    assert not people[0] & people[1]
    assert [len(p) for p in people] == [300, 40]
    assert (len(train), len(test)) == (9000, 1200)
    for split in train, test:
        for a, b in split.pairs:
            assert split.ids[a].rsplit('_', 1)[0] == split.ids[b].rsplit('_', 1)[0] and a != b


@pytest.mark.parametrize('size', [None, (128, 96)])
@pytest.mark.parametrize('sigma', [None, 1.5])
def test_items(size, sigma):
    pairs = mannequins('test', size, sigma=sigma)
    h, w = size or (256, 176)
    for k in 0, len(pairs) // 2, len(pairs) - 1:
        item = pairs[k]
        assert list(item) == [
            'source_image',
            'target_image',
            'source_map',
            'target_map',
            'source_id',
            'target_id',
        ]
        for side, number in zip(('source', 'target'), pairs.pairs[k]):
            image, maps = item[f'{side}_image'], item[f'{side}_map']
            assert image.dtype == maps.dtype == torch.float32
            assert image.shape == (3, h, w) and maps.shape == (18, h, w)
            assert -1 <= image.min() < 0 and .9 < image.max() <= 1
            assert maps.min() == 0 and .5 < maps.max() <= 1
            assert item[f'{side}_id'] == pairs.ids[number]
            assert torch.equal(
                keypoints_from_maps(maps)[:, 0] >= 0, torch.from_numpy(pairs.keypoints[number][:, 0] >= 0)
            )
    assert (
        pairs[0]['source_id'] == pairs[600]['target_id'] and pairs[0]['target_id'] == pairs[600]['source_id']
    )


def test_half_size_is_scaled_and_padded_but_not_stretched():
    full, half = mannequins('test'), mannequins('test', (128, 96))
    for i in 0, 60, 239:
        (picture, _), (small, fit) = full.picture(i), half.picture(i)
        assert picture.size == (176, 256) and small.size == (96, 128)
        assert (fit.scale, fit.top, fit.left, fit.inner) == (.5, 0, 4, (128, 88))
        pixels = np.array(small)
        assert (pixels[:, :4] == 255).all() and (pixels[:, -4:] == 255).all()
        assert np.array_equal(pixels[:, 4:-4], np.array(picture.resize((88, 128), 3)))
        moved, k = half.pose(i, fit)[0], full.keypoints[i]
        seen = k[:, 0] >= 0
        assert np.array_equal(moved[seen], k[seen] / 2 + (4, 0)) and (moved[~seen] == -1).all()
        assert np.array_equal(fit.undo_keypoints(moved), k) and fit.undo(small).size == (88, 128)


def test_every_picture_is_described():
    table = pictures_table()
    assert set(table.img) == {p for split in ('train', 'test') for p in mannequins(split).paths}
    keypoints = {
        i: k
        for split in ('train', 'test')
        for i, k in zip(mannequins(split).ids, mannequins(split).keypoints)
    }
    for row in table.itertuples():
        assert row.visible == (keypoints['img' + row.img[4:-4]][:, 0] >= 0).sum() >= 8, row.img
        if row.view == 'back' and abs(abs(row.yaw) - 180) < 25 and row.pose != 'over the shoulder':
            assert (keypoints['img' + row.img[4:-4]][[14, 15], 0] == -1).all(), (
                f'{row.img}: eyes at the back of a head'
            )


def test_the_set_is_balanced():
    "No build, skin, hair style, garment, pattern, view or crop dominates, in either part."
    table = pictures_table()
    most = dict(
        build=0.36,
        skin=0.15,
        hair=0.32,
        garment=0.40,
        pattern=0.32,
        view=0.45,
        crop=0.53,
        pose=0.08,
        expression=0.25,
        colour=0.11,
    )
    for split, part in table.groupby('split'):
        for name, limit in most.items():
            shares = part[name].value_counts(normalize=True)
            assert shares.max() <= limit + (.03 if split == 'test' else 0), (split, name, shares.head(3))


def test_the_archive_is_small_and_carries_its_card(packed):
    assert ARCHIVE.stat().st_size <= 18e6
    card = json.loads(packed['card.json'])
    assert {'seed', 'versions'} <= set(card['settings']) if 'settings' in card else 'seed' in card
    text = packed['README.md'].decode()
    for word in 'Anny', 'MakeHuman', 'CC0', 'Apache', 'seed', 'real person': assert word in text, word


def test_contact_sheet():
    pairs = mannequins('test')
    assert contact_sheet(pairs, ['p0300', 'p0339'], columns=4, height=64).size == (4 * 44, 2 * 64)
    with pytest.raises(ValueError, match='test: there is no person p0001; they are p0300 to p0339'):
        contact_sheet(pairs, ['p0001'])


def test_validation_people_are_nobody_else():
    validation = mannequins('validation')
    assert len({i.split('_')[0] for i in validation.ids}) == 20 and len(validation) == 600
    own = {(validation.root / path).read_bytes() for path in validation.paths}
    others = {(p.root / path).read_bytes() for p in map(mannequins, ('train', 'test')) for path in p.paths}
    assert len(own) == 120 and not own & others


def test_a_link_out_of_the_cache(tmp_path, one_error):
    with zipfile.ZipFile(tmp_path/'some.zip', 'w') as z: z.writestr('img/a.jpg', 'a picture')
    for folder in 'cache', 'elsewhere': (tmp_path/folder).mkdir()
    (tmp_path/'cache'/'img').symlink_to(tmp_path/'elsewhere')
    with one_error(ValueError, tmp_path/'cache'/'img', 'link'): unpack(tmp_path/'some.zip', tmp_path/'cache')


def test_a_cache_that_is_a_file(tmp_path, monkeypatch, one_error):
    (tmp_path/'cache').write_text('mine')
    monkeypatch.setenv('POSE_TRANSFER_CACHE', str(tmp_path/'cache'))
    with one_error(OSError, tmp_path/'cache', 'POSE_TRANSFER_CACHE'): mannequins('test')
