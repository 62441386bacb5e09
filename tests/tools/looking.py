"""Trains the looks of notebook 16, and the control without them.

python tests/tools/looking.py cells train  # the true cells; over half an hour for 300 people on one core
python tests/tools/looking.py cells validation
python tests/tools/looking.py train --batch 8 --steps-a 5000 --steps-b 1700 --critic-steps 150

The first two ask the studio (extra `[studio]`) and write train_cells.npz and validation_cells.npz into
runs/looking; `cells test` makes the numbers that ship. The third made the shipped looks, on one thread of a
CPU with bfloat16; its numbers are the defaults. A tenth of the steps is enough to see the looks learn.

Stage A: the looks alone learn the true cells; the gated network rests. Stage B: looks and last blocks learn
what to do with what is seen, with a new critic. Control: the same blocks, batches, losses and number of
steps, without looks."""
import argparse
import copy
import json
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from pose_transfer_nb.averages import running_average
from pose_transfer_nb.data.augment import _mirrored, _recoloured
from pose_transfer_nb.data.batches import everything
from pose_transfer_nb.discriminator import PoseCritic
from pose_transfer_nb.ground.files import write_atomically
from pose_transfer_nb.looking import (
    GRIDS, LookingGenerator, cells_from_charts, supervision, true_pixels, within_one)
from pose_transfer_nb.mannequins import ARCHIVE, VALIDATION, mannequins
from pose_transfer_nb.pose_maps import pose_maps
from pose_transfer_nb.runs.hardware import InPrecision, best_device, best_precision
from pose_transfer_nb.sharpness import feature_loss, hinge_loss
from pose_transfer_nb.training import Recipe, discriminator_turn, generator_losses
from pose_transfer_nb.transfer import PoseTransfer

RECIPE = Recipe(
    size=(128, 96), sigma=3., critic='pose', l1=4., foreground=1., ssim=.7, colours=8., perceptual=2.,
    features='efficientnet', calm=1., gan=.3, matching=2., mirror=.5, recolour=.5)
NAMES = 'cells16', 'cells32'


# what is known of the data

def make_cells(split, folder):
    "Asks the studio for the charts of a set, and writes for each pair and cell where the source shows it."
    from pose_transfer_nb.studio.surface import charts
    with zipfile.ZipFile(VALIDATION if split == 'validation' else ARCHIVE) as archive:
        said = json.loads(archive.read('card.json'))['settings']
    pairs = mannequins(split, size=RECIPE.size).pairs
    count, held_out = said['people'], said['test_people']
    which = range(count - held_out) if split == 'train' else range(count - held_out, count)
    surfaces = [one.surface for _, found in charts(count, said['per_person'], said['seed'], held_out, which)
                for one in found]
    known = dict(pairs=pairs)
    for grid in GRIDS:
        cells = [cells_from_charts(surfaces[a], surfaces[b], grid).flatten() for a, b in pairs]
        known[f'c{grid[0]}'] = np.stack(cells).astype(np.int16)
    if split == 'test':  # what ships knows single pixels of some pairs as well
        exact, _ = true_pixels()
        cells = [cells_from_charts(surfaces[a], surfaces[b], RECIPE.size).flatten() for a, b in pairs[exact]]
        known |= dict(exact_pairs=exact.numpy().astype(np.int16), pixels=np.stack(cells).astype(np.int16))
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder/f'{split}_cells.npz', lambda file: np.savez_compressed(file, **known))


class People:
    "Pictures, keypoints, pairs and true cells of a split, on the device."
    def __init__(self, split, folder, device):
        pairs = mannequins(split, size=RECIPE.size)
        self.images, self.keypoints = (x.to(device) for x in everything(pairs))
        with np.load(folder/f'{split}_cells.npz') as known:
            if not np.array_equal(known['pairs'], pairs.pairs): raise ValueError(f'{split}: other pairs')
            self.cells = [torch.from_numpy(known[f'c{h}']).to(device) for h, _ in GRIDS]
        self.pairs = torch.from_numpy(pairs.pairs.copy()).to(device)
        self.device = device
        flips = [torch.arange(h * w).view(h, w).flip(1).flatten() for h, w in GRIDS]
        self.flips = [(f.to(device), torch.cat([f, torch.tensor([-1])]).to(device)) for f in flips]

    def __len__(self): return len(self.pairs)

    def batch(self, indices, drawn=None):
        "Pairs and their true cells; `drawn` (batch, 8) numbers in [0, 1) mirror and recolour them."
        indices = torch.as_tensor(indices, device=self.device)
        who = self.pairs[indices].T
        images, keypoints = self.images[who].float() / 127.5 - 1, self.keypoints[who]
        cells = [c[indices].long() for c in self.cells]
        if drawn is not None: images, keypoints, cells = self._changed(images, keypoints, cells, drawn)
        maps = pose_maps(keypoints, images.shape[-2:], RECIPE.sigma)
        return dict(source_image=images[0], target_image=images[1], source_map=maps[0], target_map=maps[1],
                    **dict(zip(NAMES, cells)))

    def _changed(self, images, keypoints, cells, drawn):
        flip, recolour = drawn[:, 0] < RECIPE.mirror, drawn[:, 1] < RECIPE.recolour
        turned, points = _mirrored(images, keypoints)
        images = torch.where(flip[None, :, None, None, None], turned, images)
        keypoints = torch.where(flip[None, :, None, None], points, keypoints)
        cells = [torch.where(flip[:, None], numbers[c[:, places]], c)
                 for c, (places, numbers) in zip(cells, self.flips)]
        other = _recoloured(images, drawn[:, 2:5].argsort(-1), (drawn[:, 5:8] - .5).exp())
        return torch.where(recolour[None, :, None, None, None], other, images), keypoints, cells


def batches(people, plan, phase):
    "Batch after batch; the numbers are drawn on the CPU, 200 steps at a time, and depend on seed and phase."
    part = 0
    while True:
        random = torch.Generator().manual_seed((plan.seed * 10 + phase) * 100_003 + part)
        which = torch.randint(len(people), (200, plan.batch), generator=random).to(people.device)
        drawn = torch.rand(200, plan.batch, 8, generator=random).to(people.device)
        for row, numbers in zip(which, drawn): yield people.batch(row, numbers)
        part += 1


def adam(parameters, betas):
    "For some parameters; groups of others may follow, each with a factor for the rate."
    return torch.optim.Adam([dict(params=list(parameters), factor=1.)], betas=betas, fused=True)


def set_rate(optimizer, value):
    for group in optimizer.param_groups: group['lr'] = value * group['factor']


def means(rows):
    "Of the losses of some steps."
    return {name: round(sum(float(row[name]) for row in rows) / len(rows), 4) for name in rows[0]}


# stages

def low(device):
    "bfloat16 where the device has it."
    return torch.autocast(device.type, torch.bfloat16, enabled=best_precision(device) == 'bfloat16')


def run(network, batch):
    "Pictures, what each block of the decoder gives, and scores."
    maps = torch.cat([batch['source_map'], batch['target_map']], 1)
    with low(maps.device): image, stages, scores = network(batch['source_image'], maps, False, True, True)
    return image.float(), stages, scores


def scores_of(network, batch):
    "Where the looks look; the gated network is only asked for features."
    maps, gated = torch.cat([batch['source_map'], batch['target_map']], 1), network.gated
    with low(maps.device):
        with torch.no_grad():
            scales, masks = gated.image_encoder(batch['source_image']), gated.masks(maps)
            coarse = gated.decoder.ups[0](scales[3] * masks[0])
            fine = gated.decoder.ups[1](coarse * masks[1])
        inputs = zip(network.looks, (coarse, fine), (scales[2], scales[1]))
        return [look.scores(features, source, maps) for look, features, source in inputs]


@torch.no_grad()
def shares(network, people, count, scores_of=scores_of):
    "The share of cells that each look finds, or nearly, on some pairs."
    chosen = torch.randperm(len(people), generator=torch.Generator().manual_seed(1))[:count]
    at, true = [[], []], [[], []]
    for some in chosen.split(24):
        batch = people.batch(some)
        for k, scores in enumerate(scores_of(network, batch)):
            at[k].append(scores.argmax(2))
            true[k].append(batch[NAMES[k]])
    return [round(within_one(torch.cat(a), torch.cat(t), w), 4) for a, t, (_, w) in zip(at, true, GRIDS)]


def stage_a(network, train, validation, plan, say):
    "The looks learn the true cells."
    optimizer = adam(network.looks.parameters(), (.9, .99))
    say(phase='A', within_one=shares(network, validation, plan.look_at))
    rows = []
    for number, batch in zip(range(plan.steps_a), batches(train, plan, 0)):
        set_rate(optimizer, rate(number, plan.steps_a, plan.lr_a, plan.lr_a / 100))
        losses = supervision(scores_of(network, batch), [batch[name] for name in NAMES])
        optimizer.zero_grad()
        sum(losses).backward()
        optimizer.step()
        rows.append(dict(ce16=losses[0].detach(), ce32=losses[1].detach()))
        if (number + 1) % max(1, plan.steps_a // 8): continue
        say(phase='A', step=number + 1, **means(rows), within_one=shares(network, validation, plan.look_at))
        rows = []


def rate(step, steps, first, last):
    "A cosine after fifty steps of warming up."
    return Recipe(lr=first, lr_final=last, warmup=50, steps=steps).learning_rate(step)


def in_precision(network, device):
    "The same weights, in bfloat16 where the device has it."
    return InPrecision(network, torch.bfloat16) if best_precision(device) == 'bfloat16' else network


def critics_turn(critic, optimizer, batch, fake):
    "The critic learns; it does not learn in the other network's turn."
    critic.requires_grad_(True)
    loss = discriminator_turn(critic, optimizer, batch, fake, hinge_loss)['lossD']
    critic.requires_grad_(False)
    return loss


def warm_critic(network, train, plan, say):
    "A new critic learns the gated network's pictures for a while."
    torch.manual_seed(plan.seed)
    critic = PoseCritic(plan.ndf).to(train.device, memory_format=torch.channels_last).train()
    judge, optimizer = in_precision(critic, train.device), adam(critic.parameters(), (.5, .999))
    set_rate(optimizer, plan.lr_critic)
    rows = []
    for _, batch in zip(range(plan.critic_steps), batches(train, plan, 1)):
        maps = torch.cat([batch['source_map'], batch['target_map']], 1)
        with torch.no_grad(), low(maps.device): fake = network.gated(batch['source_image'], maps).float()
        rows.append(dict(critic=critics_turn(judge, optimizer, batch, fake)))
    say(phase='critic', step=plan.critic_steps, **means(rows))
    return critic


@torch.no_grad()
def recalibrate(network, people, count):
    "Statistics of the learned blocks anew, as plain means; those of the gated network stay."
    norms = [m for part in (network.ups, network.refine) for m in part.modules()
             if isinstance(m, torch.nn.BatchNorm2d)]
    momentum = [m.momentum for m in norms]
    for m in norms:
        m.reset_running_stats()
        m.momentum = None
    network.train()
    random = torch.Generator().manual_seed(0)
    for _ in range(count):
        batch = people.batch(torch.randint(len(people), (32,), generator=random))
        network(batch['source_image'], torch.cat([batch['source_map'], batch['target_map']], 1))
    for m, value in zip(norms, momentum): m.momentum = value
    network.eval()


def stage_b(name, network, critic, perceptual, train, validation, plan, say):
    "Looks, if there are any, and last blocks; the average of the weights stays in the network."
    network.train()
    judge, features = (in_precision(n, train.device) for n in (critic, perceptual))
    blocks = [p for part in (network.ups, network.refine, network.to_rgb) for p in part.parameters()]
    looks = list(network.looks.parameters())
    optimizer, of_critic = adam(blocks, (.5, .99)), adam(critic.parameters(), (.5, .999))
    if looks: optimizer.add_param_group(dict(params=looks, factor=1.5))
    set_rate(of_critic, plan.lr_critic)
    learned, average = blocks + looks, running_average(plan.average)
    kept = [p.detach().clone() for p in learned]
    rows = []
    for number, batch in zip(range(plan.steps_b), batches(train, plan, 2)):
        set_rate(optimizer, rate(number, plan.steps_b, plan.lr_b, plan.lr_b / 50))
        image, stages, scores = run(network, batch)
        judged = critics_turn(judge, of_critic, batch, image)
        losses = generator_losses(image, batch, judge, features, RECIPE, stages)
        guides = dict(zip(('ce16', 'ce32'), supervision(scores, [batch[name] for name in NAMES])))
        optimizer.zero_grad()
        (losses['lossG'] + plan.guide * sum(guides.values())).backward()
        optimizer.step()
        average(kept, [p.detach() for p in learned], number)
        rows.append({key: loss.detach() for key, loss in (dict(critic=judged) | losses | guides).items()})
        if (number + 1) % max(1, plan.steps_b // 6): continue
        found = {}
        if looks:
            network.eval()
            found = dict(within_one=shares(network, validation, plan.look_at, lambda n, b: run(n, b)[2]))
            network.train()
        say(phase=name, step=number + 1, **means(rows), **found)
        rows = []
    with torch.no_grad():
        for p, mean in zip(learned, kept): p.copy_(mean)
    recalibrate(network, train, plan.recalibrate)


def train(plan):
    "Writes looking.safetensors, control.safetensors and look.json."
    from safetensors.torch import save
    device = best_device(plan.device)
    rows, start = [], time.perf_counter()
    def say(**row):
        rows.append(dict(second=round(time.perf_counter() - start, 1)) | row)
        print(json.dumps(rows[-1]), flush=True)
    def keep(name, state):
        half = {k: (v.half() if v.is_floating_point() else v).cpu().contiguous() for k, v in state.items()}
        write_atomically(plan.out/name, lambda file: file.write(save(half)))
    people, others = (People(split, plan.cells, device) for split in ('train', 'validation'))
    torch.manual_seed(plan.seed)
    last = torch.channels_last
    network = LookingGenerator(PoseTransfer.from_pretrained().generator)
    network = network.to(device, memory_format=last).train()
    perceptual = feature_loss('efficientnet').to(device, memory_format=last)
    plan.out.mkdir(parents=True, exist_ok=True)
    stage_a(network, people, others, plan, say)
    critic = warm_critic(network, people, plan, say)
    control, other_critic = copy.deepcopy(network), copy.deepcopy(critic)
    control.looks = torch.nn.ModuleList()
    rest = perceptual, people, others, plan, say
    stage_b('B', network, critic, *rest)
    keep('looking.safetensors', network.learned())
    stage_b('control', control, other_critic, *rest)
    keep('control.safetensors', control.learned())
    said = dict(arguments=vars(plan) | dict(cells=str(plan.cells), out=str(plan.out)), recipe=asdict(RECIPE),
                seconds=round(time.perf_counter() - start, 1), rows=rows)
    write_atomically(plan.out/'look.json', lambda file: file.write(json.dumps(said, indent=1).encode()))


def main():
    kept = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=kept)
    parts = parser.add_subparsers(dest='what', required=True)
    cells = parts.add_parser('cells')
    cells.add_argument('split', choices=['train', 'validation', 'test'])
    trained = parts.add_parser('train')
    for command in cells, trained: command.add_argument('--cells', type=Path, default=Path('runs/looking'))
    trained.add_argument('--out', type=Path, default=Path('runs/looking'))
    trained.add_argument('--device')
    numbers = dict(
        steps_a=5000, steps_b=1700, critic_steps=150, batch=8, ndf=32, lr_a=2e-3, lr_b=6e-4, lr_critic=4e-4,
        guide=.1, average=.995, look_at=120, recalibrate=60, seed=0)
    for name, value in numbers.items():
        trained.add_argument('--' + name.replace('_', '-'), type=type(value), default=value)
    plan = parser.parse_args()
    if plan.what == 'cells': make_cells(plan.split, plan.cells)
    else: train(plan)


if __name__ == '__main__': main()
