"""The paper's design choices, one at a time, on one budget: `python tests/tools/ablation.py FOLDER [STEPS] [TABLE.csv]`.

Small networks on half-size mannequins, one seed; the table it writes is pose_transfer_nb/assets/ablation.csv. A run that was
stopped goes on, one that is finished is not trained again.
"""
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch

from pose_transfer_nb.dataset import ResidentPairs
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.training import Recipe, evaluate, train

torch.set_num_threads(1)
folder, steps = Path(sys.argv[1]), int((sys.argv[2:] or [1000])[0])
table = Path((sys.argv[3:] or [folder/'ablation.csv'])[0])

base = Recipe(size=(64, 48), sigma=1.5, ngf=8, ndf=8, batch_size=8, steps=steps, lr=1e-3, lr_final=1e-4, warmup=50, gan=0., perceptual=8., features='colours',
              ssim=2., foreground=2., init='he', beta1=.9, average=.99, mirror=.5, recolour=.3, same=.1)
def only(*scales): return tuple(k in scales for k in range(4))
choices = {'all gates': base, 'no gates': replace(base, gates=only()), 'gate at 1/16 only': replace(base, gates=only(0)), 'gate at 1/8 only': replace(base, gates=only(1)),
           'gate at 1/4 only': replace(base, gates=only(2)), 'gate at 1/2 only': replace(base, gates=only(3)),
           'one-pixel maps': replace(base, sigma=None), 'with the GAN term': replace(base, gan=1.)}
rows = []
for name, recipe in choices.items():
    learn, test = (mannequins(split, recipe.size, sigma=recipe.sigma) for split in ('train', 'test'))
    run = train(learn, folder/name.replace('/', '_'), recipe, test, 'cpu', log_every=100, look_every=steps // 4, save_every=steps, progress=False)
    figures = evaluate(run.finished_generator(ResidentPairs(learn)), ResidentPairs(test))
    rows.append(dict(choice=name, steps=steps) | {k: round(figures[k], 4) for k in ('foreground_l1_ratio', 'ssim_gain', 'colour', 'colour_error_ratio', 'person_recall')})
    print(rows[-1], flush=True)
    pd.DataFrame(rows).to_csv(table, index=False)
