"""Pictures of other weights beside those that ship.

    python tests/tools/sheet.py BEFORE.safetensors FOLDER

writes FOLDER/before_after.jpg (48 random pairs of test people: source, truth, before, now) and
FOLDER/sharpened.jpg (three of validation people, large, with their poses)."""
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.keypoints import draw_skeleton
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.plots import plot_results
from pose_transfer_nb.training import generate
from pose_transfer_nb.transfer import PoseTransfer

SEED, PAIRS, ACROSS, GAP = 48, 48, 4, 8
TITLES = 'source', 'target pose', 'pixels alone', 'features and a critic', 'truth'


def pictures(model, batch):
    with torch.no_grad(): return generate(model.generator.eval(), batch).clamp(-1, 1)


def many(before, now):  # a PIL image
    "Twelve rows of four pairs; each pair is four pictures beside each other."
    people = ResidentPairs(mannequins('test', size=now.size, sigma=now.sigma))
    chosen = torch.randperm(len(people), generator=torch.Generator().manual_seed(SEED))[:PAIRS]
    batch = people.batch(chosen)
    made = [pictures(model, batch) for model in (before, now)]
    pairs = torch.cat([batch['source_image'], batch['target_image'], *made], 3)
    height, width = pairs.shape[-2:]
    rows = PAIRS // ACROSS
    page = Image.new('RGB', (ACROSS * (width + GAP) - GAP, rows * (height + GAP) - GAP), 'white')
    for k, picture in enumerate(pairs):
        row, column = divmod(k, ACROSS)
        page.paste(as_image(picture), (column * (width + GAP), row * (height + GAP)))
    return page


def few(before, now):  # a matplotlib figure
    "Three rows: source, target pose, before, now, truth."
    validation = mannequins('validation', size=now.size, sigma=now.sigma)
    people = ResidentPairs(validation)
    chosen = np.random.default_rng(7).choice(len(people), 6, replace=False)[:3]
    batch = people.batch(chosen)
    targets = people.pairs[torch.from_numpy(chosen), 1]
    poses = [draw_skeleton(people.keypoints[k].numpy(), size=now.size) for k in targets]
    made = [pictures(model, batch) for model in (before, now)]
    columns = [batch['source_image'], poses, *made, batch['target_image']]
    return plot_results([list(row) for row in zip(*columns)], list(TITLES), height=3.)


if __name__ == '__main__':
    before, folder = PoseTransfer.from_pretrained(sys.argv[1]), Path(sys.argv[2])
    now = PoseTransfer.from_pretrained()
    many(before, now).save(folder / 'before_after.jpg', quality=80)
    few(before, now).savefig(folder / 'sharpened.jpg', dpi=75, pil_kwargs=dict(quality=88))
