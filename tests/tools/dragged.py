"""Looks for speckles in pictures of poses that somebody might drag: test people, joints pulled about.

    python tests/tools/dragged.py 10000 worst.png [WEIGHTS.safetensors]

There is no truth for such a pose. A pixel counts as a speckle when its colour is further from the median
around it than in any place of the source picture, and further than 0.4."""
import json
import sys

import torch

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.judges.likeness import jumps, off_median
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.training import generate
from pose_transfer_nb.transfer import PoseTransfer

SEED, BATCH = 7, 40


def dragged(keypoints, random, size):  # array (18, 2) of [x, y], -1 for missing
    "One to four of the joints that are seen, each pulled to somewhere within a quarter of the height."
    keypoints = keypoints.clone()
    seen = (keypoints[:, 0] >= 0).nonzero().flatten()
    count = int(torch.randint(1, 5, (), generator=random))
    for joint in seen[torch.randperm(len(seen), generator=random)[:count]]:
        pull = (torch.rand(2, generator=random) * 2 - 1) * size[0] / 4
        limit = torch.tensor([size[1] - 1., size[0] - 1.])
        keypoints[joint] = torch.minimum((keypoints[joint] + pull).clamp(min=0), limit)
    return keypoints


@torch.no_grad()
def look(model, count):  # dict of counts, list of (size, picture) of the worst
    "Pictures of `count` dragged poses, a batch at a time."
    people = ResidentPairs(mannequins('test', size=model.size, sigma=model.sigma))
    random = torch.Generator().manual_seed(SEED)
    def pull(images, keypoints):
        keypoints = keypoints.clone()
        for k, pose in enumerate(keypoints[1]): keypoints[1, k] = dragged(pose, random, model.size)
        return images, keypoints
    found, worst = dict(poses=0, with_jumps=0, with_speckles=0), []
    while found['poses'] < count:
        chosen = torch.randint(len(people), (min(BATCH, count - found['poses']),), generator=random)
        batch = people.batch(chosen, pull)
        source, image = batch['source_image'], generate(model.generator, batch)
        allowed = off_median(source).flatten(1).amax(1).clamp(min=.4)
        sizes = (off_median(image) - allowed[:, None, None]).flatten(1).amax(1)
        found['poses'] += len(chosen)
        found['with_jumps'] += int((jumps(image) > 3).sum())
        found['with_speckles'] += int((sizes > 0).sum())
        worst += [(size.item(), torch.cat(pair, 2)) for size, *pair in zip(sizes, source, image)]
        worst = sorted(worst, key=lambda row: -row[0])[:24]
    return found, worst


if __name__ == '__main__':
    count, out, *weights = sys.argv[1:]
    found, worst = look(PoseTransfer.from_pretrained(*weights), int(count))
    print(json.dumps(found))
    rows = torch.stack([picture for _, picture in worst]).unflatten(0, (-1, min(6, len(worst))))
    page = torch.cat([torch.cat(list(row), 2) for row in rows], 1)
    as_image(page).save(out)
