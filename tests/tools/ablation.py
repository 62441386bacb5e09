"""The design choices, one at a time, on one budget and from three seeds:

    python tests/tools/ablation.py FOLDER [SEED ...]

Small networks on half-size mannequins. A run that was stopped goes on, one that is finished is not trained
again; processes with different seeds can work in one folder side by side. When all runs are there, the folder
holds ablation.csv and ablation_curves.csv (shipped in pose_transfer_nb/assets), ablation.png and gan_term.png
(shown from nbs/images)."""
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from PIL import Image, ImageDraw, ImageFont

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.ground.files import write_atomically
from pose_transfer_nb.ground.pictures import as_image, to_tensor
from pose_transfer_nb.judges.likeness import likeness
from pose_transfer_nb.keypoints import draw_skeleton
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.runs.loop import train
from pose_transfer_nb.runs.run import Run
from pose_transfer_nb.scores import score_people
from pose_transfer_nb.training import Recipe, generate

BASE = Recipe(
    size=(64, 48), sigma=1.5, ngf=16, ndf=16, batch_size=8, steps=2500, lr=1e-3, lr_final=2e-5, warmup=100,
    gan=0., perceptual=1., features='efficientnet', ssim=1., colours=4.4, calm=.02, foreground=1.,
    init='he', beta1=.9, average=.995, mirror=.5, recolour=.3, same=.05)


def only(*scales): return tuple(k in scales for k in range(4))


CHOICES = {
    'all gates': {},
    'no gates': dict(gates=only()),
    'gate at 1/16 only': dict(gates=only(0)),
    'gate at 1/8 only': dict(gates=only(1)),
    'gate at 1/4 only': dict(gates=only(2)),
    'gate at 1/2 only': dict(gates=only(3)),
    'one-pixel maps': dict(sigma=None),
    'without trained features': dict(perceptual=0.),
    'with the GAN term': dict(gan=1.),
    'with a bounded critic': dict(critic='pose', gan=.2, matching=2., gan_warmup=500),
}
SEEDS = 0, 1, 2
FIGURES = ('foreground_l1_ratio', 'ssim_gain', 'colour', 'colour_error_ratio', 'person_recall', 'sharpness',
           'feature_distance', 'mean_features', 'pictures_with_speckles', 'pictures_with_stains')
SHOWN = 3, 521, 1011  # ordered pairs of the test people, of three people


def folder_of(folder, seed, name): return folder / f'{seed}' / name.replace('/', '_')


def finished(out, recipe):
    "The network of a finished run; its gates are in the recipe, not in the file."
    return Run(recipe, 'cpu').blank_generator().load_authors(out / f'netG_{recipe.steps}.pth').eval()


def run(out, recipe):
    "Train, score, and write down the figures; what is there is not made again."
    if (out / 'figures.json').exists(): return
    start = time.perf_counter()
    learn, on_the_way, test = (
        mannequins(split, recipe.size, sigma=recipe.sigma) for split in ('train', 'validation', 'test'))
    train(learn, out, recipe, on_the_way, 'cpu', log_every=100, look_every=250, progress=False)
    network, people = finished(out, recipe), ResidentPairs(test)
    chosen = torch.randperm(len(people), generator=torch.Generator().manual_seed(11))[:240]
    figures = score_people(network, people) | likeness(network, people, chosen)
    row = {name: round(figures[name], 4) for name in FIGURES}
    row |= dict(minutes=round((time.perf_counter() - start) / 60, 1))
    write_atomically(out / 'figures.json', lambda file: file.write(json.dumps(row).encode()))
    for state in (out / 'checkpoints').glob('*.pt'): state.unlink()


def gather(folder, steps):
    "All finished runs as two tables: figures on the test people, and looks at the validation people."
    rows, curves = [], []
    for name in CHOICES:
        for seed in SEEDS:
            out = folder_of(folder, seed, name)
            if not (out / 'figures.json').exists(): continue
            which = dict(choice=name, seed=seed)
            rows.append(which | dict(steps=steps) | json.loads((out / 'figures.json').read_text()))
            looks = pd.read_csv(out / 'metrics.csv')[['step', 'foreground_l1_ratio', 'ssim_gain', 'colour']]
            curves.append(looks.round(4).assign(**which))
    pd.DataFrame(rows).to_csv(folder / 'ablation.csv', index=False)
    pd.concat(curves).to_csv(folder / 'ablation_curves.csv', index=False)
    return len(rows)


def row_of(named, zoom, letters=15):
    "Pictures side by side, each below its name."
    height, width = (side * zoom for side in named[0][1].shape[1:])
    head = (letters + 3) * (1 + max(name.count('\n') for name, _ in named)) + 4
    row = Image.new('RGB', ((width + 4) * len(named), height + head + 4), 'white')
    pen, font = ImageDraw.Draw(row), ImageFont.load_default(letters)
    for c, (name, picture) in enumerate(named):
        left = c * (width + 4) + 2
        where = left + width // 2, head // 2
        pen.multiline_text(where, name, fill='black', font=font, anchor='mm', align='center', spacing=2)
        row.paste(as_image(picture).resize((width, height), Image.Resampling.NEAREST), (left, head))
    return row


def sheet(rows):
    "Rows below each other, in few colours, so that the file is small."
    whole = Image.new('RGB', (max(row.width for row in rows), sum(row.height for row in rows)), 'white')
    top = 0
    for row in rows:
        whole.paste(row, (0, top))
        top += row.height
    return whole.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)


@torch.no_grad()
def pictures_of(networks, tests, shown=SHOWN):
    """For each pair its source, pose and truth, and what each network makes of it, by name; `tests` are the
    test people, for each network."""
    people, batch = tests[0], tests[0].batch(list(shown))
    size = batch['source_image'].shape[-2:]
    targets = people.keypoints[people.pairs[list(shown), 1]].numpy()
    columns = {
        'source': batch['source_image'],
        'pose': [to_tensor(draw_skeleton(pose, size=size)) for pose in targets],
        'truth': batch['target_image'],
    }
    for (name, network), test in zip(networks.items(), tests):
        columns[name] = generate(network, test.batch(list(shown))).clamp(-1, 1)
    return [{name: column[r] for name, column in columns.items()} for r in range(len(shown))]


SHORT = {
    'pose': 'target\npose', 'no gates': 'no gate', 'one-pixel maps': 'one-pixel\nmaps',
    'without trained features': 'no trained\nfeatures', 'with the GAN term': 'GAN term',
    'with a bounded critic': 'bounded\ncritic'}
ABOVE = 'source', 'pose', 'truth', 'all gates', 'no gates', 'one-pixel maps', 'without trained features'
BELOW = *(f'gate at 1/{n} only' for n in (16, 8, 4, 2)), 'with the GAN term', 'with a bounded critic'
CRITICS = 'source', 'pose', 'no critic', 'with the GAN term', 'with a bounded critic', 'truth'


def draw(folder, networks, tests):
    "The two sheets: every choice, and what a critic changes, enlarged."
    def named(person, names): return [(SHORT.get(n, n.replace(' at ', '\nat ')), person[n]) for n in names]
    everybody = pictures_of(networks, tests)
    rows = [row_of(named(person, names), 3) for person in everybody for names in (ABOVE, BELOW)]
    sheet(rows).save(folder / 'ablation.png', optimize=True)
    two = [person | {'no critic': person['all gates']} for person in (everybody[0], everybody[-1])]
    rows = [row_of(named(person, CRITICS), 4, 20) for person in two]
    sheet(rows).save(folder / 'gan_term.png', optimize=True)


def main(folder, *seeds):
    torch.set_num_threads(1)
    for seed in seeds or SEEDS:
        for name, change in CHOICES.items():
            run(folder_of(folder, seed, name), replace(BASE, seed=seed, **change))
            done = gather(folder, BASE.steps)
            print(f'{done} of {len(CHOICES) * len(SEEDS)} runs are finished', flush=True)
    if done < len(CHOICES) * len(SEEDS): return
    networks, tests, read = {}, [], {}
    for name, change in CHOICES.items():
        recipe = replace(BASE, seed=SEEDS[0], **change)
        networks[name] = finished(folder_of(folder, SEEDS[0], name), recipe)
        strangers = mannequins('test', recipe.size, sigma=recipe.sigma)
        tests.append(read.setdefault(recipe.sigma, ResidentPairs(strangers)))
    draw(folder, networks, tests)


if __name__ == '__main__': main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
