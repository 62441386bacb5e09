"""Small runs of several processes: `trajectory.py DATASET OUT`, started by torchrun, trains until somebody
ends it, with the second process's number in OUT.pid1; `figures` gives the losses of six steps."""
import os
import sys
from dataclasses import replace
from pathlib import Path

if __name__ == '__main__': sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from small_runs import SMALL

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.losses import PerceptualLoss, colour_features
from pose_transfer_nb.runs.loop import train
from pose_transfer_nb.runs.run import Run

# Unmoved, in their own colours and with one-pixel maps: those are computed in float32, and round differently
# in a batch of another size.
EVERY_TERM = replace(
    SMALL, sigma=None, batch_size=4, steps=6, lr_final=None, warmup=0, recolour=0., move=0.,
    perceptual=2., features='colours', ssim=1.)


def figures(root, recipe):
    "The losses of all steps in double precision: a list of dicts."
    run, rows = Run(recipe, 'cpu', precision='float32'), []
    perceptual = run.ready(PerceptualLoss(colour_features(), depths=(2, 3)))
    for batch in run.batches(ResidentPairs(PosePairs(root, 'train', recipe.size))):
        run.advance({name: value.double() for name, value in batch.items()}, perceptual)
        rows.append(run.losses())
        run.recent = []
    return rows


def endless(root, out):
    if os.environ['RANK'] == '1': Path(f'{out}.pid1').write_text(str(os.getpid()))
    pairs = PosePairs(root, 'train', EVERY_TERM.size)
    recipe = replace(EVERY_TERM, steps=10**6)
    train(pairs, out, recipe, device='cpu', log_every=1, save_every=1, progress=False)


if __name__ == '__main__':
    torch.set_num_threads(1)
    endless(sys.argv[1], Path(sys.argv[2]))
