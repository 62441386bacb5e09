"""Every command that writes, killed at every write: before a file is begun, before it is on the disk, before
and after it gets its name. Each file is then as it was or as it should be; the same command again ends as if
nothing had been. The process dies by `os._exit`, so that nothing can clear up. Training is killed in
tests/runs/test_killed.py."""
import os
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from conftest import drop_rows, files, save_model, write_dataset
from typer.testing import CliRunner

import pose_transfer_nb.authors.generation  # noqa: F401: what commands import when they run, before the forks
import pose_transfer_nb.data.own_pictures  # noqa: F401
import pose_transfer_nb.judges.evaluation  # noqa: F401
import pose_transfer_nb.live.play  # noqa: F401
import pose_transfer_nb.transfer  # noqa: F401
from pose_transfer_nb.cli import app
from pose_transfer_nb.data.keypoint_tables import write_keypoints
from pose_transfer_nb.ground import files as ground
from pose_transfer_nb.ground.files import UNFINISHED
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.live import game, lesson
from pose_transfer_nb.live.game import RealOrGenerated
from pose_transfer_nb.runs.record import RowLog
from pose_transfer_nb.studio import album
from pose_transfer_nb.transfer import PoseTransfer

pytestmark = pytest.mark.skipif(not hasattr(os, 'fork'), reason='processes are forked')
DIED = 77


class Dying:
    "The module `os`, whose calls that write are counted; the process ends at the n-th."
    def __init__(self, n): self.left = n

    def step(self):
        self.left -= 1
        if not self.left: os._exit(DIED)

    def __getattr__(self, name): return getattr(os, name)

    def fsync(self, handle): self.step(); os.fsync(handle)

    def replace(self, *paths):
        self.step()
        os.replace(*paths)
        self.step()


def in_a_child(job, n=None):
    "The exit status of a process that does the job, or dies at its n-th write."
    if pid := os.fork(): return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        if n:
            ground.os = dying = Dying(n)
            def begin(path, mode='r', **how):
                if 'r' not in mode: dying.step()
                return open(path, mode, **how)
            ground.open = begin
        job()
        os._exit(0)
    except BaseException as error:
        print(repr(error), file=sys.stderr)
        os._exit(1)


def command(*arguments):
    def job():
        done = CliRunner().invoke(app, [str(a) for a in arguments])
        if done.exit_code: os._exit(3)
    return job


def keypoints(root):
    def estimate(image): return np.full((18, 2), image.width // 2)
    paths = ['img/a_0.png', 'img/b_0.png']
    return lambda: write_keypoints(root/'k.csv', root, paths, estimate, 0, progress=False)


def log(root):
    def job():
        for step in 1, 2:
            log = RowLog(root/'losses.csv', step - 1)
            log.write(step, dict(loss=step / 4))
    return job


def answers(root):
    "A game of two questions, whose answers are saved."
    pairs = PosePairs(root/'d', 'test', (32, 32))
    model = PoseTransfer.from_pretrained(root/'w'/'w.safetensors')
    def job():
        view = RealOrGenerated(model, pairs, count=1, folder=root/'answers')
        view.begin()
        for called_real in True, False: view.answer(called_real)
        view.save_answers()
    return job


def photograph_here(jobs, _, keep):
    "All pictures in this process, and grey: what is tried here is how they are kept."
    def camera(shot):
        keypoints = np.full((18, 2), 8.)
        return SimpleNamespace(image=np.full((32, 24, 3), 127, np.uint8), keypoints=keypoints)
    for number, person, cards, seed, quality, _ in jobs:
        keep(*album._photograph_person(number, person, cards, seed, quality, lambda person: camera))


def begin_with(root, monkeypatch):
    monkeypatch.setattr(album, '_photograph_all', photograph_here)
    monkeypatch.setattr(game, 'time', SimpleNamespace(strftime=lambda _: 'now'))
    monkeypatch.setattr(game, 'secrets', SimpleNamespace(token_hex=lambda _: 'abc'))
    monkeypatch.setattr(lesson, 'course_files', lambda: ['index.ipynb', '01_keypoints.ipynb'])
    write_dataset(root/'d', people=('a', 'b'), pictures=2)
    for split in 'train', 'test':
        drop_rows(root/f'd/{split}_img_pairs.csv', lambda table: table.imgA == 'img/a_0.png')
    save_model(root/'w'/'w.safetensors')
    (root/'picture.png').write_bytes(b'an older picture')
    (root/'d'/f'{UNFINISHED}thoughts').write_text('my own')


def jobs(root):
    d, weights = root/'d', ('--weights', root/'w'/'w.safetensors')
    person = d/'img/a_0.png', d/'train_img_keypoints.csv', 'imga_1'
    generate = command('generate', d, *weights, '--out', root/'g', '--device', 'cpu', '--batch-size', 1)
    return dict(
        demo=[command('demo', root/'picture.png')],
        mannequins=[command('mannequins', '--people', 2, '--per-person', 2, '--out', root/'people')],
        page=[command('page', '--out', root/'page', *weights, '--people', d, '--no-camera')],
        game=[answers(root)], transfer=[command('transfer', *person, *weights, '--out', root/'picture.png')],
        figure=[command('transfer', *person, *weights, '--masks', '--out', root/'picture.png')],
        pairs=[lambda: [f.unlink(missing_ok=True) for f in d.glob('*_img_[lp]*.csv')],
               command('pairs', d)],
        pose_maps=[command('pose-maps', d, '--workers', 1)], keypoints=[keypoints(d)], log=[log(root)],
        lab=[command('lab', root/'lab', '--no-browser')], generate=[generate],
        evaluate=[generate, command('evaluate', root/'g', '--metrics', 'ssim')])


GROWING = 'keypoints', 'log', 'evaluate'  # by rows


def kept(root):
    "Every file, but for the folder that an unfinished album works in."
    def passing(name): return f'/{album.UNFINISHED}/' in name
    return {name: data for name, data in files(root).items() if not passing(name)}


def seen(root):
    "Those that have their name."
    def ours(name): return Path(name).name.startswith(UNFINISHED) and 'thoughts' not in name
    return {name: data for name, data in kept(root).items() if not ours(name)}


NAMES = ('demo mannequins page game transfer figure pairs pose_maps keypoints log lab generate '
         'evaluate').split()


@pytest.mark.parametrize('name', NAMES)
def test_killed_at_every_write(name, tmp_path, monkeypatch):
    root = tmp_path/'r'
    begin_with(root, monkeypatch)
    *before, job = jobs(root)[name]
    for first in before: first()
    old, places = kept(root), {*root.rglob('*')}

    def again():
        for path in sorted(root.rglob('*'), reverse=True):  # what is in a folder comes before it
            if path not in places: path.rmdir() if path.is_dir() else path.unlink()
        for file, data in old.items():  # whoever writes a file anew changes its time
            if (root/file).read_bytes() != data: (root/file).write_bytes(data)
    assert in_a_child(job) == 0
    new = kept(root)
    assert new != old and seen(root) == new
    n, status = 0, DIED
    while status == DIED:
        again()
        n += 1
        status = in_a_child(job, n)
        for file, data in seen(root).items():
            if name in GROWING and {*data.splitlines()} <= {*new.get(file, b'').splitlines()}: continue
            assert data in (old.get(file), new.get(file)), f'{file}, killed at write {n}'
        assert old.keys() <= seen(root).keys()
        if n % 3 == 1:
            assert in_a_child(job) == 0, f'not again after a death at write {n}'
            assert kept(root) == new, f'killed at write {n}, then run again'
    assert status == 0 and n > 3


def test_a_new_division_is_never_mixed_with_the_old_one(tmp_path):
    "Two people change places; whenever the command dies, nobody can train on those who are tested."
    write_dataset(tmp_path, people=('a', 'b'), pictures=2)
    def divided(seed): return command('pairs', tmp_path, '--seed', seed, '--overwrite')
    def people(split):
        file = tmp_path/f'{split}_img_pairs.csv'
        return set(re.findall(r'img/(\w)_', file.read_text())) if file.exists() else set()
    seeds = range(20)
    first = [in_a_child(divided(seed)) or people('train') for seed in seeds]
    other = next(seed for seed in seeds if first[seed] != first[0])
    missing, n, status = 0, 0, DIED
    while status == DIED:
        assert in_a_child(divided(0)) == 0 and people('train') == first[0]
        n += 1
        status = in_a_child(divided(other), n)
        assert people('test') and not people('train') & people('test'), f'killed at write {n}'
        missing += not people('train')
    assert status == 0 and people('train') == first[other] and n > 8 and missing > 4
