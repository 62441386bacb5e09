"""Draws 48 random pairs of test people: source, truth, the picture of other weights, the picture of ours.

    python tests/tools/sheet.py BEFORE.safetensors nbs/images/before_after.jpg"""
import sys

import torch
from PIL import Image

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.training import generate
from pose_transfer_nb.transfer import PoseTransfer

SEED, PAIRS, ACROSS, GAP = 48, 48, 4, 8


@torch.no_grad()
def sheet(before, now):  # a PIL image
    "Twelve rows of four pairs; each pair is four pictures beside each other."
    people = ResidentPairs(mannequins('test', size=now.size, sigma=now.sigma))
    chosen = torch.randperm(len(people), generator=torch.Generator().manual_seed(SEED))[:PAIRS]
    batch = people.batch(chosen)
    made = [generate(model.generator.eval(), batch) for model in (before, now)]
    pairs = torch.cat([batch['source_image'], batch['target_image'], *made], 3)
    height, width = pairs.shape[-2:]
    grey = ((pairs.clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
    rows = PAIRS // ACROSS
    page = Image.new('RGB', (ACROSS * (width + GAP) - GAP, rows * (height + GAP) - GAP), 'white')
    for k, picture in enumerate(grey):
        row, column = divmod(k, ACROSS)
        page.paste(Image.fromarray(picture), (column * (width + GAP), row * (height + GAP)))
    return page


if __name__ == '__main__':
    before, out = sys.argv[1:]
    sheet(PoseTransfer.from_pretrained(before), PoseTransfer.from_pretrained()).save(out, quality=88)
