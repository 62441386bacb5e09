"The same pairs, however they are read."
import pickle

import pytest
import torch
from conftest import same_items

from pose_transfer_nb.data.batches import ResidentPairs, pair_loader
from pose_transfer_nb.mannequins import mannequins


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


class SomePeople:
    "A dataset of which only the listed people are read."
    def __init__(self, pairs):
        self.__dict__.update(pairs.__dict__)
        self.picture, self.pose, self.load = pairs.picture, pairs.pose, pairs.load
