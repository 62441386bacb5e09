"""Runs that are killed: one process at a random moment, twice here; by hand `KILLS=20 pytest
tests/runs/test_killed.py`.

And two processes that train together: the same figures as one, and what happens when one dies."""
import json
import multiprocessing
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import write_dataset
from play import PRELOAD
from small_runs import SMALL, figures, newest, same_states
from trajectory import EVERY_TERM
from trajectory import figures as figures_of

from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.ground.files import UNFINISHED
from pose_transfer_nb.runs.loop import Checkpoints, train

KILLS = int(os.environ.get('KILLS', 2))
SCRIPT = Path(__file__).parent.parent/'tools'/'trajectory.py'


def job(root, out, workers_by):
    "A small run that writes a checkpoint at every step; its worker is started by `workers_by`."
    multiprocessing.set_start_method(workers_by, force=True)
    for seed in torch.manual_seed, np.random.seed, random.seed: seed(0)
    torch.set_num_threads(1)
    recipe = replace(SMALL, steps=24, perceptual=2., features='colours')
    pairs = [PosePairs(root, split, recipe.size, recipe.sigma) for split in ('train', 'test')]
    train(
        pairs[0], out, recipe, pairs[1], 'cpu',
        workers=1, log_every=1, look_every=8, save_every=1, progress=False)


@pytest.fixture(scope='module')
def server():
    "Starts processes that have imported torch already."
    context = multiprocessing.get_context('forkserver')
    context.set_forkserver_preload(PRELOAD)
    return context


@pytest.fixture(scope='module')
def start(tmp_path_factory, server):
    "Starts `job` in a process of its own."
    root = write_dataset(tmp_path_factory.mktemp('kill')/'noise')
    def go(out, workers_by='fork'):
        process = server.Process(target=job, args=(root, out, workers_by))
        process.start()
        return process
    return go


def wait_for(process, condition, seconds=900):
    "Look often until something is so, or the process has ended."
    until = time.monotonic() + seconds
    while process.is_alive() and not condition():
        assert time.monotonic() < until, 'the run hangs'
        time.sleep(.0005)


def descendants(pid):
    "The processes below one, as Linux knows them."
    parents = {}
    for folder in Path('/proc').glob('[0-9]*'):
        try: parents[int(folder.name)] = int((folder/'stat').read_text().rpartition(')')[2].split()[1])
        except OSError: pass
    found = [pid]
    for parent in found: found += [child for child, of in parents.items() if of == parent]
    return found[1:]


@pytest.mark.skipif(not Path('/proc/self/stat').exists(), reason='processes are looked up in /proc')
def test_nothing_outlives_a_killed_run(start, tmp_path):
    process = start(tmp_path/'run', workers_by='forkserver')
    wait_for(process, lambda: (tmp_path/'run/checkpoints/step_00000002.pt').exists())
    below = descendants(process.pid)
    assert len(below) >= 2, 'a fork server and its worker'
    process.kill(); process.join()
    until = time.monotonic() + 60
    while left := [pid for pid in below if Path(f'/proc/{pid}').exists()]:
        assert time.monotonic() < until, f'still there: {left}'
        time.sleep(.1)


def test_a_killed_run_goes_on_bit_for_bit(start, tmp_path):
    whole = start(tmp_path/'whole')
    whole.join(900)
    assert whole.exitcode == 0
    chance, writing = random.Random(time.time_ns()), 0
    for attempt in range(KILLS):
        out, steps = tmp_path/f'run{attempt}', sorted(chance.sample(range(2, 23), 2))
        for step in steps:  # each run is killed twice
            process, folder = start(out), out/'checkpoints'
            wait_for(process, lambda: (folder/f'step_{step:08}.pt').exists())
            if attempt % 2 == 0:
                wait_for(process, lambda: list(folder.glob(f'{UNFINISHED}*')))  # a checkpoint is half written
            else:
                time.sleep(chance.random() * 0.2)
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            writing += bool(list(folder.glob(f'{UNFINISHED}*')))
            assert process.exitcode == -signal.SIGKILL
        process = start(out)
        process.join(900)
        assert process.exitcode == 0, f'killed after steps {steps}'
        same_states(torch.load(newest(tmp_path/'whole')), torch.load(newest(out)))
        same_states(torch.load(tmp_path/'whole'/'netG_24.pth'), torch.load(out/'netG_24.pth'))
        for name in 'losses.csv', 'metrics.csv':
            assert figures(tmp_path / 'whole' / name).equals(figures(out / name)), (
                f'{name}, killed after steps {steps}'
            )
        assert not list(out.rglob(f'{UNFINISHED}*')), 'what a killed writer left'
    assert writing, 'no run was killed while it wrote a checkpoint'


# Two processes

def member(number, count, port, root, out, recipes):
    "One of several processes that train together; the first writes the losses of each recipe."
    if count > 1:
        told = dict(MASTER_ADDR='127.0.0.1', MASTER_PORT=port, RANK=number, WORLD_SIZE=count)
        told |= dict(LOCAL_RANK=number, LOCAL_WORLD_SIZE=count)
        os.environ.update({name: str(value) for name, value in told.items()})
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    rows = {name: figures_of(root, recipe) for name, recipe in recipes.items()}
    if number == 0: out.write_text(json.dumps(rows))


def together(server, count, root, out, **recipes):
    "The losses of six steps of each recipe, computed by so many processes."
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    members = [
        server.Process(target=member, args=(number, count, port, root, out, recipes))
        for number in range(count)]
    for process in members: process.start()
    for process in members: process.join(900)
    assert [process.exitcode for process in members] == [0] * count
    return json.loads(out.read_text())


def test_two_processes_compute_what_one_does(server, noise, tmp_path):
    "In double precision, six steps, all loss terms, on the same global batches."
    alone = together(server, 1, noise, tmp_path/'one', one=EVERY_TERM)
    pair = together(
        server, 2, noise, tmp_path/'two', two=EVERY_TERM,
        apart=replace(EVERY_TERM, sync_batchnorm=False), parts=replace(EVERY_TERM, accumulate=2))
    one = alone['one']
    two, apart, parts = pair.values()
    for a, b in zip(one, two, strict=True):
        assert a.keys() == b.keys() and all(b[name] == pytest.approx(a[name], rel=1e-8) for name in a)
    assert one[0]['lossG'] != pytest.approx(apart[0]['lossG'], rel=1e-4), (
        'BatchNorm over the parts alone is another network'
    )
    assert len(parts) == 6


def launch(processes, *arguments):
    "Start the script as several processes, the way `accelerate launch` and torchrun do."
    command = [sys.executable, '-m', 'torch.distributed.run', '--standalone', '--nproc-per-node']
    command += [str(processes), SCRIPT, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        env=os.environ | dict(OMP_NUM_THREADS='1'))


def test_a_killed_worker_ends_the_run(noise, tmp_path):
    process = launch(2, noise, tmp_path/'run')
    until, losses = time.monotonic() + 200, tmp_path/'run'/'losses.csv'
    while not (losses.exists() and losses.read_text().count('\n') > 5):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    os.kill(int((tmp_path/'run.pid1').read_text()), signal.SIGKILL)
    printed, _ = process.communicate(timeout=200)
    assert process.returncode
    assert re.search(
        r'another process of this run has ended.*the last good checkpoint is .*step_\d+\.pt', printed
    ), printed[-3000:]
    good = Checkpoints(tmp_path/'run'/'checkpoints').files()[-1]
    assert torch.load(good)['step'] >= 1
