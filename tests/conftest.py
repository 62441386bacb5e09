import os
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

os.environ.setdefault('OMP_NUM_THREADS', '1')  # tests run side by side, and so do the kernels that they start

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from pose_transfer_nb.data.tables import KEYPOINT_COLUMNS
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.transfer import PoseTransfer

ROOT = Path(__file__).resolve().parent.parent
pytest_plugins = ['small_runs']


def notebook_paths():
    "Every notebook of the course, in reading order."
    return sorted(p for p in (ROOT/'nbs').rglob('*.ipynb')
                  if not any(part.startswith('.') for part in p.relative_to(ROOT).parts))


def source_paths():
    "The files that belong to the project: git's list, or everything visible where there is no git checkout."
    if (ROOT/'.git').exists():
        out = subprocess.run(['git', '-C', ROOT, '-c', f'safe.directory={ROOT}', 'ls-files', '-z', '-co', '--exclude-standard'],
                             check=True, capture_output=True, text=True).stdout
        paths = [ROOT/p for p in out.split('\0') if p]
    else:
        skip = {'build', 'dist', '__pycache__', 'venv', 'runs', 'node_modules'}
        paths = [p for p in ROOT.rglob('*') if not any(
            part.startswith('.') or part in skip or part.endswith('.egg-info') for part in p.relative_to(ROOT).parts)]
    return sorted({p for p in paths if p.is_file()})


def copy_sources(target):
    "Copy the project's files to the folder `target`."
    for p in source_paths():
        to = target/p.relative_to(ROOT)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(p, to)
    return target


@pytest.fixture(scope='session', autouse=True)
def private_folders(tmp_path_factory):
    "Caches and settings of the tests go to temporary folders, shared by all tests of a run."
    base = tmp_path_factory.mktemp('private')
    with pytest.MonkeyPatch.context() as mp:
        mp.setenv('POSE_TRANSFER_CACHE', str(base/'cache'))
        mp.setenv('IPYTHONDIR', str(base/'ipython'))
        mp.setenv('JUPYTER_PREFER_ENV_PATH', '1')
        mp.setenv('POSE_TRANSFER_BODY', str(ROOT/'tests'/'data'/'body.npz'))  # kernels and workers read the small body too
        mp.delenv('MPLBACKEND', raising=False)
        yield base


@pytest.fixture(scope='session')
def body():
    "The studio's small body, of tests/tools/body.py."
    from pose_transfer_nb.studio.body import load_body
    return load_body()


def files(folder):
    "Every file below a folder, by its path in it, with its bytes."
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(Path(folder).rglob('*')) if p.is_file()}


def write_dataset(root, people=('a', 'b'), pictures=3, size=(32, 32)):
    "A folder in the authors' layout, of noise: everybody's first picture paired with each of their others."
    random, (h, w) = np.random.default_rng(0), size
    names = [f'img/{person}_{k}.png' for person in people for k in range(pictures)]
    (root/'img').mkdir(parents=True)
    for name in names: Image.fromarray(random.integers(0, 255, (h, w, 3), dtype=np.uint8)).save(root/name)
    points = random.integers(0, min(size), (len(names), 36))
    points[:, 6:8] = -1
    rows = [[name[:-4].replace('/', ''), h, w, *k] for name, k in zip(names, points)]
    pairs = [(f'img/{person}_0.png', f'img/{person}_{k}.png') for person in people for k in range(1, pictures)]
    for split in 'train', 'test':
        pd.DataFrame(names, columns=['img']).to_csv(root/f'{split}_img_list.csv', index=False)
        pd.DataFrame(pairs, columns=['imgA', 'imgB']).to_csv(root/f'{split}_img_pairs.csv', index=False)
        pd.DataFrame(rows, columns=KEYPOINT_COLUMNS).to_csv(root/f'{split}_img_keypoints.csv', index=False)
    return root


@pytest.fixture
def noise(tmp_path):
    "Six pictures of 32x32 pixels with keypoints and four pairs."
    return write_dataset(tmp_path/'noise')


def save_model(path, size=(32, 32), ngf=4, sigma=None):
    "Weights that give something else for every input, with their card."
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    return PoseTransfer(Generator(ngf), size, sigma).save(path)


@pytest.fixture
def weights(tmp_path): return save_model(tmp_path/'weights'/'small.safetensors')


class Program:
    "Unpickling one of these makes a file: what a malicious checkpoint could do, with less harm."
    def __init__(self, marker): self.marker = str(marker)

    def __reduce__(self): return open, (self.marker, 'w')


def pytest_collection_modifyitems(items):
    "Tests of one file stay together, since they share what is dear; each notebook is on its own, and they begin."
    def dear(item): return item.path.name == 'test_notebooks.py' and 'test_runs' in item.name
    items.sort(key=dear, reverse=True)
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.name if dear(item) else item.path.relative_to(ROOT).as_posix()))


def pytest_terminal_summary(terminalreporter):
    "Tables of how long each notebook and each file of tests took."
    reports = [r for reports in terminalreporter.stats.values() for r in reports if hasattr(r, 'duration')]
    notebooks, parts = {}, defaultdict(float)
    for r in reports:
        said = dict(r.user_properties)
        if r.when == 'call' and 'notebook' in said: notebooks[said['notebook']] = said['seconds']
        parts[r.nodeid.split('::')[0].split('@')[0]] += r.duration
    for title, rows in ('seconds a notebook', notebooks), ('seconds a file of tests', parts):
        if not rows: continue
        terminalreporter.section(title)
        for name, seconds in sorted(rows.items()): terminalreporter.write_line(f'{seconds:7.1f}  {name}')
        terminalreporter.write_line(f'{sum(rows.values()):7.1f}  together')
