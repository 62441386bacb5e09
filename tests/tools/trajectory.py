"""Started as one process or several: `trajectory.py figures|run DATASET OUT [apart|parts]`.

`figures` writes the losses of six steps in double precision to OUT (with one-pixel maps, unmoved and in
their own colours: those are computed in float32, and round differently in a batch of another size); `run`
trains until somebody ends it, with the second process's number in OUT.pid1."""
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import torch
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.losses import PerceptualLoss, colour_features
from pose_transfer_nb.training import Recipe
from pose_transfer_nb.runs.loop import train
from pose_transfer_nb.runs.run import Run

what, root, out, options = sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4:]
torch.set_num_threads(1)
recipe = Recipe(
    size=(32, 32),
    ngf=4,
    ndf=4,
    batch_size=4,
    steps=6,
    perceptual=2.0,
    features='colours',
    ssim=1.0,
    average=0.9,
    mirror=0.5,
    same=0.2,
    sync_batchnorm='apart' not in options,
    accumulate=2 if 'parts' in options else 1,
)
pairs = PosePairs(root, 'train', (32, 32))
if what == 'run':
    if os.environ['RANK'] == '1': Path(f'{out}.pid1').write_text(str(os.getpid()))
    train(pairs, out, replace(recipe, steps=10**6), device='cpu', log_every=1, save_every=1, progress=False)
else:
    torch.set_default_dtype(torch.float64)
    run, rows = Run(recipe, 'cpu'), []
    perceptual = run.ready(PerceptualLoss(colour_features(), depths=(2, 3)))
    for batch in run.batches(ResidentPairs(pairs)):
        run.advance({name: value.double() for name, value in batch.items()}, perceptual)
        rows.append(run.losses()); run.recent = []
    if run.main: out.write_text(json.dumps(rows))
