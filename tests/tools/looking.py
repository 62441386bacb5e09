"""Trains the looks of notebook 16, and the control without them.

python tests/tools/looking.py cells train  # the true cells; over half an hour for 300 people on one core
python tests/tools/looking.py cells validation
python tests/tools/looking.py train --batch 8 --steps-a 5000 --steps-b 1700 --critic-steps 150

The first two ask the studio (extra `[studio]`) and write train_cells.npz and validation_cells.npz into
runs/looking; `cells test` makes the numbers that ship. The third made the shipped looks, on one thread of a
CPU with bfloat16. A tenth of the steps is enough to see the looks learn. Without numbers of steps it takes
seconds (--seconds-a, --seconds-b), for a GPU: nobody has tried that part, for none was at hand.

Stage A: the looks alone learn the true cells; the gated network rests. Stage B: looks and last blocks learn
what to do with what is seen, with a new critic. Control: the same blocks, batches, losses and number of
steps, without looks. On a GPU a step is captured once and replayed, for its small kernels would wait for
their launches."""
import argparse
import copy
import json
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from pose_transfer_nb.data.batches import everything
from pose_transfer_nb.discriminator import PoseCritic
from pose_transfer_nb.ground.files import write_atomically
from pose_transfer_nb.keypoints import MIRROR
from pose_transfer_nb.looking import (
    GRIDS, LookingGenerator, cells_from_charts, supervision, true_pixels, within_one)
from pose_transfer_nb.mannequins import ARCHIVE, VALIDATION, mannequins
from pose_transfer_nb.pose_maps import pose_maps
from pose_transfer_nb.runs.hardware import InPrecision, best_device, best_precision
from pose_transfer_nb.sharpness import feature_loss, hinge_loss
from pose_transfer_nb.training import Recipe, generator_losses
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
        self.mirror = torch.tensor(MIRROR, device=device)
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
        flip = drawn[:, 0] < RECIPE.mirror
        images = torch.where(flip[None, :, None, None, None], images.flip(-1), images)
        x, y = keypoints.unbind(-1)
        turned = torch.stack([torch.where(x < 0, x, images.shape[-1] - 1 - x), y], -1)[..., self.mirror, :]
        keypoints = torch.where(flip[None, :, None, None], turned, keypoints)
        cells = [torch.where(flip[:, None], numbers[c[:, places]], c)
                 for c, (places, numbers) in zip(cells, self.flips)]
        order, power = drawn[:, 2:5].argsort(-1), (drawn[:, 5:8] - .5).exp()
        swapped = images.gather(2, order[None, :, :, None, None].expand_as(images))
        other = ((swapped + 1) / 2) ** power[None, :, :, None, None] * 2 - 1
        recolour = drawn[:, 1] < RECIPE.recolour
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


# a step, captured where that is possible

def adam(groups, betas, device):
    "Its learning rates are tensors on a GPU, so that they can change in a captured step."
    on_gpu = device.type == 'cuda'
    for group in groups: group['lr'] = torch.tensor(0., device=device) if on_gpu else 0.
    return torch.optim.Adam(groups, betas=betas, fused=True, capturable=on_gpu)


def set_rate(optimizer, value):
    for group in optimizer.param_groups:
        if torch.is_tensor(group['lr']): group['lr'].fill_(value * group['factor'])
        else: group['lr'] = value * group['factor']


class Stepper:
    "Calls `step(batch)`, which returns a dict of scalars, and sums them up; on a GPU as one captured graph."
    def __init__(self, step, batch):
        self.step = step
        self.batch = {name: value.clone() for name, value in batch.items()}
        self.total, self.count, self.graph = None, 0, None
        if batch['source_image'].is_cuda: self._capture()

    def _once(self):
        losses = self.step(self.batch)
        values = torch.stack([loss.detach().float() for loss in losses.values()])
        if self.total is None: self.names, self.total = list(losses), torch.zeros_like(values)
        self.total.add_(values)

    def _capture(self):
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(5): self._once()  # learning rates are zero until the first real step
        torch.cuda.current_stream().wait_stream(side)
        torch.cuda.synchronize()
        self.graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self.graph): self._once()
        self.total.zero_()

    def __call__(self, batch):
        for name, value in batch.items(): self.batch[name].copy_(value)
        if self.graph: self.graph.replay()
        else: self._once()
        self.count += 1

    def means(self):
        values = (self.total / max(1, self.count)).tolist()
        self.total.zero_()
        self.count = 0
        return {name: round(value, 4) for name, value in zip(self.names, values)}


def steps_in(seconds, steps, first=20):
    "Numbers of steps, and how many there will be; where only seconds are given, the first ones are timed."
    start = time.perf_counter()
    for step in range(steps or first): yield step, steps or 10 * first
    if steps: return
    if torch.cuda.is_available(): torch.cuda.synchronize()
    steps = max(first, int(seconds / (time.perf_counter() - start) * first))
    for step in range(first, steps): yield step, steps


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
    optimizer = adam([dict(params=list(network.looks.parameters()), factor=1.)], (.9, .99), train.device)
    def step(batch):
        losses = supervision(scores_of(network, batch), [batch[name] for name in NAMES])
        optimizer.zero_grad(set_to_none=True)
        sum(losses).backward()
        optimizer.step()
        return dict(ce16=losses[0], ce32=losses[1])
    source = batches(train, plan, 0)
    stepper = Stepper(step, next(source))
    say(phase='A', within_one=shares(network, validation, plan.look_at))
    for number, count in steps_in(plan.seconds_a, plan.steps_a):
        set_rate(optimizer, rate(number, count, plan.lr_a, plan.lr_a / 100))
        stepper(next(source))
        if (number + 1) % max(1, count // 8) == 0:
            found = shares(network, validation, plan.look_at)
            say(phase='A', step=number + 1, **stepper.means(), within_one=found)
    return number + 1


def rate(step, steps, first, last):
    "A cosine after fifty steps of warming up."
    return Recipe(lr=first, lr_final=last, warmup=50, steps=steps).learning_rate(step)


class Average:
    "An exponential average of parameters; updated inside a captured step."
    def __init__(self, parameters, decay):
        self.now, self.decay = parameters, decay
        self.kept = [p.detach().clone() for p in parameters]
        self.share = torch.zeros((), device=parameters[0].device)

    def set(self, step): self.share.fill_(1 - min(self.decay, (1 + step) / (10 + step)))

    def update(self):
        apart = torch._foreach_sub([p.detach() for p in self.now], self.kept)
        torch._foreach_mul_(apart, self.share)
        torch._foreach_add_(self.kept, apart)

    @torch.no_grad()
    def use(self):
        for p, kept in zip(self.now, self.kept): p.copy_(kept)


def critics_turn(critic, optimizer, batch, fake):
    "The critic learns; it does not learn in the other network's turn."
    critic.requires_grad_(True)
    source, pose = batch['source_image'], batch['target_map']
    with low(source.device):
        of_fake = critic(source, fake.detach(), pose)
        of_real = critic(source, batch['target_image'], pose)
    loss = (hinge_loss(of_fake.float(), False) + hinge_loss(of_real.float(), True)) / 2
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    critic.requires_grad_(False)
    return loss


def warm_critic(network, train, plan, say):
    "A new critic learns the gated network's pictures for a while."
    torch.manual_seed(plan.seed)
    critic = PoseCritic(plan.ndf).to(train.device, memory_format=torch.channels_last).train()
    optimizer = adam([dict(params=list(critic.parameters()), factor=1.)], (.5, .999), train.device)
    def step(batch):
        maps = torch.cat([batch['source_map'], batch['target_map']], 1)
        with torch.no_grad(), low(maps.device): fake = network.gated(batch['source_image'], maps).float()
        return dict(critic=critics_turn(critic, optimizer, batch, fake))
    source = batches(train, plan, 1)
    stepper = Stepper(step, next(source))
    set_rate(optimizer, plan.lr_critic)
    for _ in range(plan.critic_steps): stepper(next(source))
    say(phase='critic', step=plan.critic_steps, **stepper.means())
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


def stage_b(name, network, critic, perceptual, train, validation, plan, steps, say):
    "Looks, if there are any, and last blocks; the average of the weights stays in the network."
    network.train()
    bf16 = best_precision(train.device) == 'bfloat16'
    judge, features = (InPrecision(n, torch.bfloat16) if bf16 else n for n in (critic, perceptual))
    blocks = [p for part in (network.ups, network.refine, network.to_rgb) for p in part.parameters()]
    looks = list(network.looks.parameters())
    groups = [dict(params=blocks, factor=1.)] + [dict(params=looks, factor=1.5)] * bool(looks)
    optimizer = adam(groups, (.5, .99), train.device)
    of_critic = adam([dict(params=list(critic.parameters()), factor=1.)], (.5, .999), train.device)
    average = Average(blocks + looks, plan.average)
    def step(batch):
        image, stages, scores = run(network, batch)
        judged = critics_turn(critic, of_critic, batch, image)
        losses = generator_losses(image, batch, judge, features, RECIPE, stages)
        guides = dict(zip(('ce16', 'ce32'), supervision(scores, [batch[name] for name in NAMES])))
        optimizer.zero_grad(set_to_none=True)
        (losses['lossG'] + plan.guide * sum(guides.values())).backward()
        optimizer.step()
        average.update()
        return dict(critic=judged) | losses | guides
    source = batches(train, plan, 2)
    stepper = Stepper(step, next(source))
    for number, count in steps_in(plan.seconds_b, steps):
        set_rate(optimizer, rate(number, count, plan.lr_b, plan.lr_b / 50))
        set_rate(of_critic, plan.lr_critic)
        average.set(number)
        stepper(next(source))
        if (number + 1) % max(1, count // 6): continue
        found = {}
        if looks:
            network.eval()
            found = dict(within_one=shares(network, validation, plan.look_at, lambda n, b: run(n, b)[2]))
            network.train()
        say(phase=name, step=number + 1, **stepper.means(), **found)
    average.use()
    recalibrate(network, train, plan.recalibrate)
    return number + 1


def train(plan):
    "Writes looking.safetensors, control.safetensors and look.json."
    from safetensors.torch import save
    device = best_device(plan.device)
    if device.type == 'cuda':
        torch.backends.cudnn.benchmark = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cuda.matmul.allow_tf32 = True
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
    steps = dict(looks_alone=stage_a(network, people, others, plan, say), critic_alone=plan.critic_steps)
    critic = warm_critic(network, people, plan, say)
    control, other_critic = copy.deepcopy(network), copy.deepcopy(critic)
    control.looks = torch.nn.ModuleList()
    rest = perceptual, people, others, plan
    steps['looks_and_blocks'] = stage_b('B', network, critic, *rest, plan.steps_b, say)
    keep('looking.safetensors', network.learned())
    stage_b('control', control, other_critic, *rest, steps['looks_and_blocks'], say)
    keep('control.safetensors', control.learned())
    said = dict(arguments=vars(plan) | dict(cells=str(plan.cells), out=str(plan.out)), recipe=asdict(RECIPE),
                steps=steps, seconds=round(time.perf_counter() - start, 1), rows=rows)
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
        seconds_a=14., seconds_b=30., steps_a=0, steps_b=0, critic_steps=250, batch=64, ndf=32,
        lr_a=2e-3, lr_b=6e-4, lr_critic=4e-4, guide=.1, average=.995, look_at=120, recalibrate=60, seed=0)
    for name, value in numbers.items():
        trained.add_argument('--' + name.replace('_', '-'), type=type(value), default=value)
    plan = parser.parse_args()
    if plan.what == 'cells': make_cells(plan.split, plan.cells)
    else: train(plan)


if __name__ == '__main__': main()
