"The same pairs, however they are read."
import pickle
import zipfile

import pytest
import torch
from conftest import same_items, shorten, write_dataset

from pose_transfer_nb import mannequins as module
from pose_transfer_nb.data import batches
from pose_transfer_nb.data.batches import (
    JoinedPairs, ResidentPairs, StreamedPairs, everything, pair_loader, people_of)
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.mannequins import ARCHIVE, mannequins


def test_workers_give_the_same_batches():
    pairs = mannequins('test', (128, 96))
    pairs.pairs = pairs.pairs[:12]
    alone, helped = (
        pair_loader(pairs, 4, shuffle=True, seed=3),
        pair_loader(pairs, 4, shuffle=True, seed=3, workers=2),
    )
    helped.multiprocessing_context = 'spawn'
    batches = list(zip(alone, helped, strict=True))
    assert len(batches) == 3
    assert sorted(a + b for x, _ in batches for a, b in zip(x['source_id'], x['target_id'])) == \
        sorted(pairs.ids[a] + pairs.ids[b] for a, b in pairs.pairs)
    for one, other in batches: same_items(one, other)


def test_a_dataset_can_be_sent_to_another_process():
    pairs = mannequins('test', (128, 96))
    same_items(pickle.loads(pickle.dumps(pairs))[7], pairs[7])


@pytest.mark.parametrize('size', [(128, 96), None])
@pytest.mark.parametrize('sigma', [None, 1.5])
def test_resident_pairs_equal_the_loader(size, sigma):
    pairs = mannequins('test', size, sigma=sigma)
    pairs.ids, wanted = pairs.ids[:12], [i for i, p in enumerate(pairs.pairs) if p.max() < 12][:6]
    resident = ResidentPairs(SomePeople(pairs))
    batch = resident.batch(wanted)
    loaded = next(iter(pair_loader(torch.utils.data.Subset(pairs, wanted), 6)))
    assert set(batch) == set(loaded) - {'source_id', 'target_id'}
    for name, value in batch.items(): assert torch.equal(value, loaded[name]), name


def test_joined_datasets_keep_their_pairs_and_their_people(tmp_path):
    folders = [write_dataset(tmp_path/name, people) for name, people in (('one', 'ab'), ('two', 'cde'))]
    datasets = [PosePairs(folder, 'train', (32, 32), 2.) for folder in folders]
    joined = JoinedPairs(*datasets)
    assert len(joined.ids) == 15 and len(joined) == sum(map(len, datasets))
    first = len(datasets[0])
    for people in ResidentPairs(joined), StreamedPairs(joined):
        here = people.batch([0, first, len(joined) - 1])
        alone = [ResidentPairs(datasets[k]).batch([i]) for k, i in ((0, 0), (1, 0), (1, len(datasets[1]) - 1))]
        for name, value in here.items(): assert torch.equal(value, torch.cat([x[name] for x in alone]))
    assert len(set(people_of(joined.pairs))) == 5


def test_datasets_of_two_sizes_are_not_joined(noise):
    datasets = [PosePairs(noise, 'train', size) for size in ((32, 32), (48, 32))]
    with pytest.raises(ValueError, match='one size and sigma'): JoinedPairs(*datasets)


class SomePeople:
    "A dataset of which only the listed people are read."
    def __init__(self, pairs):
        self.__dict__.update(pairs.__dict__)
        self.picture, self.pose, self.load = pairs.picture, pairs.pose, pairs.load


# What was read is kept

@pytest.fixture(scope='module')
def unpacked(tmp_path_factory): return tmp_path_factory.mktemp('unpacked')


@pytest.fixture
def cache(unpacked, monkeypatch):
    "A cache folder in which the people are unpacked, and nothing is kept yet."
    monkeypatch.setenv('POSE_TRANSFER_CACHE', str(unpacked))
    for file in kept(unpacked): file.unlink()
    return unpacked


def few(count=6):
    "The first people of the test set, in small pictures."
    pairs = mannequins('test', (32, 32))
    pairs.ids = pairs.ids[:count]
    return pairs


def kept(cache): return sorted(cache.glob('read-*'))


def unread(pairs):
    "The same dataset, whose pictures cannot be read any more."
    def refuse(i): raise AssertionError('a picture was read')
    pairs.load = refuse
    return pairs


def test_pictures_are_read_once(cache):
    read = everything(few())
    assert len(kept(cache)) == 1
    assert all(map(torch.equal, everything(unread(few())), read))


@pytest.mark.parametrize('keep', [0, .5, .99])
def test_a_damaged_file_is_made_again(cache, keep):
    read = everything(few())
    shorten(kept(cache)[0], keep)
    assert all(map(torch.equal, everything(few()), read))
    assert all(map(torch.equal, everything(unread(few())), read))


def test_one_changed_bit_is_seen(cache):
    read = everything(few())
    data = bytearray(kept(cache)[0].read_bytes())
    data[len(data) // 2] ^= 1
    kept(cache)[0].write_bytes(data)
    assert all(map(torch.equal, everything(few()), read))


def test_a_moved_joint_is_not_taken_from_the_cache(cache):
    _, before = everything(few())
    moved = few()
    moved.keypoints[2, 0] += 8
    _, after = everything(moved)
    assert len(kept(cache)) == 2 and not torch.equal(before[2], after[2])


def test_another_archive_is_read_anew(cache, tmp_path, monkeypatch):
    "One picture shows somebody else; the archive is as large as before."
    read, _ = everything(few())
    other = tmp_path/'other.zip'
    with zipfile.ZipFile(ARCHIVE) as old, zipfile.ZipFile(other, 'w') as new:
        first, second = mannequins('test').paths[:2]
        for info in old.infolist():
            data = old.read(second if info.filename == first else info)
            new.writestr(info, data)
    monkeypatch.setattr(module, 'ARCHIVE', other)
    images, _ = everything(few())
    assert len(kept(cache)) == 2
    assert not torch.equal(images[0], read[0]) and torch.equal(images[0], images[1])


def test_a_folder_of_your_own_is_never_kept(cache, noise):
    everything(PosePairs(noise, size=(32, 32)))
    assert not kept(cache)


def test_a_cache_that_cannot_be_written(cache, monkeypatch):
    pairs = few()
    def refuse(*_): raise PermissionError('read only')
    monkeypatch.setattr(batches, 'write_atomically', refuse)
    assert len(everything(pairs)[0]) == 6 and not kept(cache)


@pytest.mark.parametrize('workers', [-1, 1000])
def test_workers_that_no_machine_has(noise, workers):
    with pytest.raises(ValueError, match='0 to 256 workers'): StreamedPairs(PosePairs(noise), workers=workers)
