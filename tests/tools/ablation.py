"""The paper's design choices, one at a time, on one budget: `python tests/tools/ablation.py FOLDER [STEPS]`.

Small networks on half-size mannequins, one seed. A run that was stopped goes on, one that is finished is
not trained again. The folder then holds ablation.csv (shipped in pose_transfer_nb/assets), ablation.png and
gan_term.png (shown from nbs/images)."""
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import torch
from PIL import Image, ImageDraw, ImageFont

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.ground.pictures import to_tensor
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.keypoints import draw_skeleton
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.scores import score_people
from pose_transfer_nb.training import Recipe, generate
from pose_transfer_nb.runs.loop import train
from pose_transfer_nb.runs.run import Run

BASE = Recipe(
    size=(64, 48),
    sigma=1.5,
    ngf=8,
    ndf=8,
    batch_size=8,
    lr=1e-3,
    lr_final=1e-4,
    warmup=50,
    gan=0.0,
    perceptual=8.0,
    features='colours',
    ssim=2.0,
    foreground=2.0,
    init='he',
    beta1=0.9,
    average=0.99,
    mirror=0.5,
    recolour=0.3,
    same=0.1,
)
def only(*scales): return tuple(k in scales for k in range(4))
CHOICES = {
    'all gates': {},
    'no gates': dict(gates=only()),
    'gate at 1/16 only': dict(gates=only(0)),
    'gate at 1/8 only': dict(gates=only(1)),
    'gate at 1/4 only': dict(gates=only(2)),
    'gate at 1/2 only': dict(gates=only(3)),
    'one-pixel maps': dict(sigma=None),
    'with the GAN term': dict(gan=1.0),
}
FIGURES = 'foreground_l1_ratio', 'ssim_gain', 'colour', 'colour_error_ratio', 'person_recall'
SHOWN = 3, 260, 521, 745, 1011  # ordered pairs of the test people, of five people


def finished(out, recipe):
    "The network of a finished run; its gates are in the recipe, not in the file."
    return Run(recipe, 'cpu').blank_generator().load_authors(out / f'netG_{recipe.steps}.pth').eval()


def sheet(columns, zoom, letters=15):
    "Columns of pictures below their names, in few colours, so that the file is small."
    height, width = (side * zoom for side in columns[0][1][0].shape[1:])
    head = (letters + 3) * (1 + max(name.count('\n') for name, _ in columns))
    whole = Image.new(
        'RGB', ((width + 4) * len(columns), (height + 4) * len(columns[0][1]) + head + 4), 'white'
    )
    pen, font = ImageDraw.Draw(whole), ImageFont.load_default(letters)
    for c, (name, pictures) in enumerate(columns):
        left = c * (width + 4) + 2
        pen.multiline_text(
            (left + width // 2, head // 2),
            name,
            fill='black',
            font=font,
            anchor='mm',
            align='center',
            spacing=2,
        )
        for r, picture in enumerate(pictures):
            whole.paste(
                as_image(picture).resize((width, height), Image.Resampling.NEAREST),
                (left, r * (height + 4) + head + 4),
            )
    return whole.quantize(256, Image.Quantize.MAXCOVERAGE, kmeans=3, dither=Image.Dither.NONE)


@torch.no_grad()
def columns_of(networks, tests, shown=SHOWN):
    """Source, pose and truth of some pairs, then what each network makes of them; `tests` are the test
    people, for each network."""
    people, batch = tests[0], tests[0].batch(list(shown))
    poses = [
        to_tensor(
            draw_skeleton(people.keypoints[people.pairs[i, 1]].numpy(), size=batch['source_image'].shape[-2:])
        )
        for i in shown
    ]
    made = [
        (name, list(generate(network, test.batch(list(shown))).clamp(-1, 1)))
        for (name, network), test in zip(networks.items(), tests)
    ]
    return [
        ('source', list(batch['source_image'])),
        ('target\npose', poses),
        ('truth', list(batch['target_image'])),
        *made,
    ]


def draw(folder, networks, tests):
    "The two sheets: every choice, and what the GAN term changes, enlarged."
    columns = columns_of(networks, tests)
    short = {
        name: name.replace(' at ', ' at\n')
        .replace('only', 'alone')
        .replace('the ', 'the\n')
        .replace('pixel ', 'pixel\n')
        for name in networks
    }
    sheet([(short.get(name, name), pictures) for name, pictures in columns], 2).save(
        folder / 'ablation.png', optimize=True
    )
    every = {name: pictures[::4] for name, pictures in columns}
    named = {
        'source': 'source',
        'target\npose': 'target\npose',
        'all gates': 'without\nthe GAN term',
        'with the GAN term': 'with it',
        'truth': 'truth',
    }
    sheet([(title, every[name]) for name, title in named.items()], 4, 20).save(
        folder / 'gan_term.png', optimize=True
    )


def main(folder, steps=1000):
    torch.set_num_threads(1)
    rows, networks, tests, read = [], {}, [], {}
    for name, change in CHOICES.items():
        recipe, out = replace(BASE, steps=steps, **change), folder / name.replace('/', '_')
        learn, strangers = (mannequins(split, recipe.size, sigma=recipe.sigma) for split in ('train', 'test'))
        if not (out / f'netG_{steps}.pth').exists():
            train(
                learn,
                out,
                recipe,
                strangers,
                'cpu',
                log_every=100,
                look_every=max(1, steps // 4),
                save_every=steps,
                progress=False,
            )
        networks[name] = finished(out, recipe)
        tests.append(read.setdefault(recipe.sigma, ResidentPairs(strangers)))
        figures = score_people(networks[name], tests[-1])
        rows.append(dict(choice=name, steps=steps) | {k: round(figures[k], 4) for k in FIGURES})
        print(rows[-1], flush=True)
        pd.DataFrame(rows).to_csv(folder / 'ablation.csv', index=False)
    draw(folder, networks, tests)


if __name__ == '__main__': main(Path(sys.argv[1]), *map(int, sys.argv[2:3]))
