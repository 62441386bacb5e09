"""How fast is training? Prints figures, side by side in one run; nothing here passes or fails.

    python tests/bench_training.py          # step and loader, on the CPU and on a GPU if there is one
    python tests/bench_training.py step --size 128x96 --ngf 16 --batch 8 --steps 5 --rounds 3
    python tests/bench_training.py profile  # what one step spends its time on
    python tests/bench_training.py loader
    python tests/bench_training.py gpu

The step *as published*: two sub-networks of VGG19, of four and nine modules, each run on both pictures,
with gradients for VGG's own weights; float32; the C library's default allocator. *Ours* is the same
mathematics (tests/authors/test_golden.py): one frozen pass, the fused optimizer, gradients dropped
after use, memory kept; channels-last on CUDA alone; bfloat16 where the processor has it. Each variant
runs in a process of its own, in turns, because an allocator cannot be changed back; on a busy machine
compare the CPU seconds. VGG19's
weights are random: the time does not depend on them."""
import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import torch
from torch.nn.functional import l1_loss
from torchvision.models import vgg19

from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.data.batches import StreamedPairs
from pose_transfer_nb.discriminator import PatchDiscriminator
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.losses import PerceptualLoss, gan_loss, vgg19_features
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.pose_maps import save_pose_map
from pose_transfer_nb.training import Recipe, adam, generate, init_weights, train_step
from pose_transfer_nb.runs.run import Run
from pose_transfer_nb.runs.hardware import InPrecision, cpu_has_bfloat16, keep_memory


def published(batch, ngf, device):
    "A function that makes one step as the authors' script does."
    generator, discriminator = (
        init_weights(kind(ngf)).to(device) for kind in (Generator, PatchDiscriminator)
    )
    vggs = [vgg19().features[:n].to(device) for n in (4, 9)]
    optimizers = [
        torch.optim.Adam(n.parameters(), 1e-3, betas=(0.5, 0.999)) for n in (generator, discriminator)
    ]
    mean, std = (
        torch.tensor(v, device=device).view(1, 3, 1, 1)
        for v in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    )
    def look(vgg, x): return vgg(((x - x.min()) / (x.max() - x.min()) - mean) / std)
    def step():
        source, target = batch['source_image'], batch['target_image']
        image = generate(generator, batch)
        discriminator.requires_grad_(True); optimizers[1].zero_grad()
        (
            (
                gan_loss(discriminator(source, image.detach()), False)
                + gan_loss(discriminator(source, target), True)
            )
            / 2
        ).backward()
        optimizers[1].step()
        discriminator.requires_grad_(False); optimizers[0].zero_grad()
        loss = 5 * l1_loss(image, target) + gan_loss(discriminator(source, image), True)
        (loss + 5 * sum(l1_loss(look(vgg, image), look(vgg, target)) for vgg in vggs)).backward()
        optimizers[0].step()
    return step


def ours(batch, ngf, device, memory=True, one_pass=True, channels_last=None, bfloat16=False):
    "The same mathematics by the library, each remedy on its own switch."
    if memory: keep_memory()
    networks = [init_weights(kind(ngf)).to(device) for kind in (Generator, PatchDiscriminator)]
    if device == 'cuda' if channels_last is None else channels_last:
        networks = [n.to(memory_format=torch.channels_last) for n in networks]
    optimizers, recipe = [adam(n) for n in networks], Recipe(ngf=ngf)
    if one_pass: perceptual = PerceptualLoss(vgg19_features('random')).to(device)
    else:
        vggs = [PerceptualLoss(vgg19().features, depths=(n,)).to(device) for n in (4, 9)]
        def perceptual(image, target): return [loss for vgg in vggs for loss in vgg(image, target)]
    if bfloat16:
        networks = [InPrecision(n, torch.bfloat16) for n in networks]
        perceptual = InPrecision(perceptual, torch.bfloat16)
    return lambda: train_step(*networks, *optimizers, batch, perceptual, recipe)


VARIANTS = {
    'as published': published,
    'ours': ours,
    'ours, default allocator': lambda *a: ours(*a, memory=False),
    'ours, two VGGs': lambda *a: ours(*a, one_pass=False),
    'ours, channels-last': lambda *a: ours(*a, channels_last=True),
}
if cpu_has_bfloat16():
    VARIANTS |= {
        'ours, bfloat16': lambda *a: ours(*a, bfloat16=True),
        'ours, bfloat16, channels-last': lambda *a: ours(*a, channels_last=True, bfloat16=True),
    }


def random_batch(size, batch, device='cpu'):
    "Noise; the poses are two pixels a channel."
    maps = torch.zeros(2, batch, 18, *size)
    maps[..., size[0] // 2, size[1] // 2] = 1
    images = torch.rand(2, batch, 3, *size) * 2 - 1
    return {
        k: v.to(device)
        for k, v in dict(
            source_image=images[0], target_image=images[1], source_map=maps[0], target_map=maps[1]
        ).items()
    }


def in_own_process(what, **options):
    "What this script prints as JSON when it is asked for that, in a fresh process."
    words = [word for name, value in options.items() for word in (f'--{name}', str(value))]
    command = [sys.executable, __file__, what, *words]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(printed.splitlines()[-1])


def one_process(variant, size, ngf, batch, steps):
    "Seconds a step and peak memory, as JSON; the first step is not counted."
    torch.manual_seed(0)
    step = VARIANTS[variant](random_batch(size, batch), ngf, 'cpu')
    step()
    began, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    for _ in range(steps): step()
    now = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            dict(
                seconds=(time.perf_counter() - began) / steps,
                cpu=(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime) / steps,
                system=(now.ru_stime - used.ru_stime) / steps,
                peak=now.ru_maxrss / 2**10,
            )
        )
    )


def bench_step(a):
    "Variants in turns, a fresh process each time."
    print(
        f'step: {a.size[0]}x{a.size[1]}, ngf {a.ngf}, batch {a.batch}, {torch.get_num_threads()} threads; '
        f'{a.steps} steps a round, {a.rounds} rounds'
    )
    found = {name: [] for name in (a.variants or VARIANTS)}
    for _ in range(a.rounds):
        for name in found:
            options = dict(size=f'{a.size[0]}x{a.size[1]}', ngf=a.ngf, batch=a.batch, steps=a.steps)
            found[name].append(in_own_process('one', variant=name, **options))
    best = {name: {key: median(run[key] for run in runs) for key in runs[0]} for name, runs in found.items()}
    base = best['as published'] if 'as published' in best else next(iter(best.values()))
    print(
        f'{"":26}{"s/step":>9}{"speed":>8}{"CPU s":>9}{"of it system":>14}{"speed":>8}'
        f'{"peak MB":>9}{"memory":>8}'
    )
    for name, m in best.items():
        print(
            f'{name:26}{m["seconds"]:9.2f}{base["seconds"] / m["seconds"]:7.2f}x'
            f'{m["cpu"]:9.2f}{m["system"]:14.2f}{base["cpu"] / m["cpu"]:7.2f}x'
            f'{m["peak"]:9.0f}{m["peak"] / base["peak"]:7.2f}x'
        )


KINDS = {
    'convolutions': ('conv',),
    'normalisation': ('batch_norm',),
    'optimizer': ('adam', 'addc', 'lerp', 'sqrt'),
}


def one_profile(variant, size, ngf, batch):
    "Seconds of one step by kind of operation, as JSON; the first step is not counted."
    from torch.profiler import ProfilerActivity, profile
    torch.manual_seed(0)
    step = VARIANTS[variant](random_batch(size, batch), ngf, 'cpu')
    step()
    with profile(activities=[ProfilerActivity.CPU]) as found: step()
    seconds = dict.fromkeys([*KINDS, 'rest'], 0.)
    for event in found.key_averages():
        kinds = [kind for kind, words in KINDS.items() if any(word in event.key for word in words)]
        seconds[kinds[0] if kinds else 'rest'] += event.self_cpu_time_total / 1e6
    print(json.dumps(seconds))


def bench_profile(a):
    "The share of each kind of operation, a fresh process for each variant."
    print(f'profile: one step of {a.size[0]}x{a.size[1]}, ngf {a.ngf}, batch {a.batch}, in seconds')
    options = dict(size=f'{a.size[0]}x{a.size[1]}', ngf=a.ngf, batch=a.batch)
    for name in a.variants or ('as published', 'ours'):
        seconds = in_own_process('one-profile', variant=name, **options)
        together = sum(seconds.values())
        parts = '  '.join(f'{kind} {s:.2f} ({s / together:.0%})' for kind, s in seconds.items())
        print(f'{name:26}{together:6.2f}  {parts}')


class PublishedPairs(torch.utils.data.Dataset):
    "As the authors' loader reads: a look-up in the table, two pictures and two map files for each pair."
    def __init__(self, root):
        import pandas as pd
        from torchvision import transforms as T
        self.root, self.pairs = root, pd.read_csv(root/'train_img_pairs.csv')
        self.image, self.map = T.Compose([T.ToTensor(), T.Normalize([.5] * 3, [.5] * 3)]), T.ToTensor()

    def __len__(self): return len(self.pairs)

    def __getitem__(self, k):
        import numpy as np
        from PIL import Image
        names = self.pairs.iloc[k].imgA, self.pairs.iloc[k].imgB
        maps = [
            np.float32(
                np.load(self.root / 'train_pose_maps' / f'{os.path.splitext(n)[0].replace("/", "")}.npz')[
                    'arr_0'
                ]
            )
            for n in names
        ]
        return [*(self.image(Image.open(self.root/n)) for n in names), *map(self.map, maps)]


LOADERS = {
    'as published': (None, False),
    'ours, one process': (0, True),
    'ours, two workers': (2, True),
    'ours, one process, default allocator': (0, False),
}


def one_loader(variant, folder, pairs):
    "Pairs a second, by the clock and by processor time (that of workers too), as JSON."
    torch.set_num_threads(1)
    workers, memory = LOADERS[variant]
    if memory: keep_memory()
    if workers is None:
        batches = torch.utils.data.DataLoader(
            torch.utils.data.Subset(PublishedPairs(Path(folder)), range(pairs)), 8
        )
    else:
        batches = StreamedPairs(
            PosePairs(mannequins('train').root, 'train', both_directions=False), workers=workers
        ).batches(range(pairs // 8), _Eight())
    batches = iter(batches); next(batches)  # workers have started, memory is at hand
    def used():
        return sum(
            getattr(resource.getrusage(who), name)
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
            for name in ('ru_utime', 'ru_stime')
        )
    began, cpu = time.perf_counter(), used()
    count = sum(len(next(iter(batch.values())) if isinstance(batch, dict) else batch[0]) for batch in batches)
    wall = time.perf_counter() - began
    del batches
    print(json.dumps(dict(rate=count / wall, cpu=(used() - cpu) / count)))


def bench_loader(a):
    "In turns, a fresh process each time, on mannequins of 256x176 with map files on disk."
    import shutil
    people, found = mannequins('train'), {name: [] for name in LOADERS}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in ('train_img_pairs.csv', 'train_img_keypoints.csv', 'train_img_list.csv'):
            shutil.copy(people.root / name, root / name)
        (root/'img').symlink_to(people.root/'img'); (root/'train_pose_maps').mkdir()
        used = sorted({int(i) for pair in people.pairs[:a.pairs] for i in pair})
        for i in used:
            save_pose_map(
                root / 'train_pose_maps' / f'{people.ids[i]}.npz', people.keypoints[i], tuple(people.sizes[i])
            )
        for _ in range(a.rounds):
            for name in found:
                found[name].append(in_own_process('one-loader', variant=name, folder=folder, pairs=a.pairs))
    best = {name: {key: median(run[key] for run in runs) for key in runs[0]} for name, runs in found.items()}
    base = best['as published']
    print(
        f'loader: pairs of 256x176, batches of 8, {a.pairs} pairs a round, {a.rounds} rounds\n'
        f'{"":40}{"pairs/s":>9}{"speed":>8}{"CPU ms a pair":>15}{"speed":>8}'
    )
    for name, m in best.items():
        print(
            f'{name:40}{m["rate"]:9.1f}{m["rate"] / base["rate"]:7.2f}x'
            f'{1000 * m["cpu"]:15.2f}{base["cpu"] / m["cpu"]:7.2f}x'
        )


class _Eight:
    def __call__(self, step): return range(8 * step, 8 * step + 8)


def bench_gpu(a):
    "The published float32 step and ours, on the GPU; the fraction of the card's own bfloat16 matrix rate."
    if not torch.cuda.is_available(): return print('gpu: there is none here')
    def rate(function, count):
        for _ in range(3): function()
        torch.cuda.synchronize(); began = time.perf_counter()
        for _ in range(count): function()
        torch.cuda.synchronize()
        return count / (time.perf_counter() - began)
    x = torch.randn(8192, 8192, device='cuda', dtype=torch.bfloat16)
    peak = 2 * 8192**3 * rate(lambda: x @ x, 30)
    print(
        f'gpu: {torch.cuda.get_device_name()}, {peak / 1e12:.0f} TFLOP/s in bfloat16 matrix products; '
        f'{a.size[0]}x{a.size[1]}, ngf {a.ngf}'
    )
    torch.backends.cudnn.benchmark = True
    for batch in sorted({8, a.gpu_batch}):
        data, rows = random_batch(a.size, batch, 'cuda'), {}
        rows['as published, float32'] = rate(published(data, a.ngf, 'cuda'), 10)
        for name, options in {
            'ours, float32': dict(precision='float32'),
            'ours, bfloat16': {},
            'ours, bfloat16, compiled': dict(compile=True),
        }.items():
            run = Run(Recipe(size=a.size, ngf=a.ngf, batch_size=batch), 'cuda', **options)
            perceptual = run.ready(PerceptualLoss(vgg19_features('random')))
            rows[name] = rate(lambda: run.advance(data, perceptual), 20)
            run.recent.clear()
        flops = count_flops(ours(data, a.ngf, 'cuda'))
        for name, steps in rows.items():
            print(
                f'batch {batch:4} {name:26}{steps * batch:9.1f} pictures/s'
                f'{steps / rows["as published, float32"]:7.2f}x{flops * steps / peak:8.1%} of the matrix rate'
                f'{260_500 * 8 / batch / steps / 86400:7.2f} days for 260,500 iterations of 8'
            )


def count_flops(step):
    from torch.utils.flop_counter import FlopCounterMode
    with FlopCounterMode(display=False) as counter: step()
    return counter.get_total_flops()


BENCHES = dict(step=bench_step, profile=bench_profile, loader=bench_loader, gpu=bench_gpu)


def size(text): height, width = text.split('x'); return int(height), int(width)


if __name__ == '__main__':
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('what', nargs='?', choices=[*BENCHES, 'one', 'one-loader', 'one-profile'])
    p.add_argument('--size', type=size, default=(256, 256))
    p.add_argument('--ngf', type=int, default=64)
    p.add_argument('--batch', type=int, default=2)
    p.add_argument('--gpu-batch', type=int, default=64)
    p.add_argument('--steps', type=int, default=2)
    p.add_argument('--rounds', type=int, default=2)
    p.add_argument('--pairs', type=int, default=160)
    p.add_argument('--variant')
    p.add_argument('--folder')
    p.add_argument('--variants', nargs='*', choices=VARIANTS)
    a = p.parse_args()
    if a.what == 'one': one_process(a.variant, a.size, a.ngf, a.batch, a.steps)
    elif a.what == 'one-loader': one_loader(a.variant, a.folder, a.pairs)
    elif a.what == 'one-profile': one_profile(a.variant, a.size, a.ngf, a.batch)
    else:
        for name, function in BENCHES.items():
            if a.what in (None, name): function(a)
