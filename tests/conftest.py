import os
import shutil
import subprocess
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError

os.environ.setdefault('OMP_NUM_THREADS', '1')  # tests run side by side, and so do the kernels that they start

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from pose_transfer_nb.cli import app
from pose_transfer_nb.data.tables import KEYPOINT_COLUMNS
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.ground.checkpoints import PAIR, digest
from pose_transfer_nb.runs.hardware import keep_memory
from pose_transfer_nb.transfer import PoseTransfer

ROOT = Path(__file__).resolve().parent.parent
keep_memory()  # figures of 1,200 pictures take two thirds of the time
pytest_plugins = ['small_runs', 'jupyterlab_page']


def notebook_paths():
    "Every notebook of the course, in reading order."
    return sorted(p for p in (ROOT/'nbs').rglob('*.ipynb')
                  if not any(part.startswith('.') for part in p.relative_to(ROOT).parts))


def source_paths():
    "The files that belong to the project: git's list, or everything visible where there is no git checkout."
    if (ROOT/'.git').exists():
        command = [
            'git',
            '-C',
            ROOT,
            '-c',
            f'safe.directory={ROOT}',
            'ls-files',
            '-z',
            '-co',
            '--exclude-standard',
        ]
        out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        paths = [ROOT/p for p in out.split('\0') if p]
    else:
        skip = {'__pycache__', 'venv', 'node_modules'}
        def ours(parts):
            hidden = any(p.startswith('.') or p in skip or p.endswith('.egg-info') for p in parts)
            return not hidden and parts[0] not in ('build', 'dist', 'runs')
        paths = [p for p in ROOT.rglob('*') if ours(p.relative_to(ROOT).parts)]
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
    """Settings of the tests go to a temporary folder of each process, the package's cache to one that all
    processes share: what one of them has unpacked and read, the others find."""
    base = tmp_path_factory.mktemp('private')
    shared = tmp_path_factory.getbasetemp()
    if 'PYTEST_XDIST_WORKER' in os.environ: shared = shared.parent
    with pytest.MonkeyPatch.context() as mp:
        mp.setenv('POSE_TRANSFER_CACHE', str(shared/'cache'))
        mp.setenv('IPYTHONDIR', str(base/'ipython'))
        mp.setenv('JUPYTER_PREFER_ENV_PATH', '1')
        # kernels and workers read the small body too
        mp.setenv('POSE_TRANSFER_BODY', str(ROOT/'tests'/'files'/'body.npz'))
        mp.delenv('MPLBACKEND', raising=False)
        yield base


@pytest.fixture(scope='session')
def body():
    "The studio's small body, of tests/tools/body.py."
    from pose_transfer_nb.studio.body import load_body
    return load_body()


def files(folder):
    "Every file below a folder, by its path in it, with its bytes."
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(Path(folder).rglob('*'))
        if p.is_file()
    }


def write_dataset(root, people=('a', 'b'), pictures=3, size=(32, 32)):
    "A folder in the authors' layout, of noise: everybody's first picture paired with each of their others."
    random, (h, w) = np.random.default_rng(0), size
    names = [f'img/{person}_{k}.png' for person in people for k in range(pictures)]
    (root/'img').mkdir(parents=True)
    for name in names: Image.fromarray(random.integers(0, 255, (h, w, 3), dtype=np.uint8)).save(root/name)
    points = random.integers(0, min(size), (len(names), 36))
    points[:, 6:8] = -1
    rows = [[name[:-4].replace('/', ''), h, w, *k] for name, k in zip(names, points)]
    pairs = [
        (f'img/{person}_0.png', f'img/{person}_{k}.png') for person in people for k in range(1, pictures)
    ]
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


def change_weights(path, change):
    "Other tensors in a file that still fits its card; `change` is called with the state dict."
    with safe_open(path, 'pt') as file: pair = file.metadata()[PAIR].partition('-')[0]
    state = load_file(path)
    change(state)
    save_file(state, path, {PAIR: f'{pair}-{digest(state)}'})


@pytest.fixture
def weights(tmp_path): return save_model(tmp_path/'weights'/'small.safetensors')


def set_cells(path, row, **values):
    table = pd.read_csv(path)
    for name, value in values.items(): table[name] = table[name].astype(object); table.loc[row, name] = value
    table.to_csv(path, index=False)


def add_row(path, *values):
    with open(path, 'a') as file: file.write(','.join(map(str, values)) + '\n')


def drop_rows(path, keep):
    table = pd.read_csv(path)
    table[keep(table)].to_csv(path, index=False)


@pytest.fixture
def one_error(tmp_path):
    "Exactly this error, with these words in a message of one line, and all files as they were."
    @contextmanager
    def check(kind, *words):
        before = files(tmp_path)
        with pytest.raises(kind) as caught: yield
        assert caught.type is kind
        message = str(caught.value)
        assert '\n' not in message
        for word in words: assert str(word) in message
        assert files(tmp_path) == before
    return check


def change(path, row, **values):
    "Overwrite cells of the table's data row number `row`, which is line row + 2 of the file."
    table = pd.read_csv(path, dtype=str)
    for column, value in values.items(): table.loc[row, column] = str(value)
    table.to_csv(path, index=False)
    return path


def shorten(path, keep=.5):
    path.write_bytes(path.read_bytes()[:int(path.stat().st_size * keep)])
    return path


def refused(arguments, words, folder):
    "One line that begins with `Error:`, exit status 1, and no file made or changed in the folder."
    before = files(folder)
    done = CliRunner().invoke(app, [str(a) for a in arguments])
    assert type(done.exception) is SystemExit and done.exit_code == 1, done.exception
    assert not any(word in done.stdout for word in ('Error', 'Traceback'))
    one_line(done.stderr, words)
    assert files(folder) == before


def one_line(text, words):
    assert text.startswith('Error: ') and text.endswith('\n') and text.count('\n') == 1, text
    for word in words: assert str(word) in text


def same_items(one, other):
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(value, other[name]) if isinstance(value, torch.Tensor) else value == other[name], (
            name
        )


@pytest.fixture
def hub(tmp_path, monkeypatch):
    "An empty torch hub cache, and no network."
    monkeypatch.setenv('TORCH_HOME', str(tmp_path/'torch'))
    def refuse(*_, **__): raise URLError('no network')
    monkeypatch.setattr(torch.hub, 'download_url_to_file', refuse)
    (tmp_path/'torch/hub/checkpoints').mkdir(parents=True)
    return tmp_path/'torch/hub/checkpoints'


NAMES = {side: [f'{n}@img{side.lower()}{n}' for n in range(5)] for side in 'AB'}
FAKE = 'fake_images/iter_7/fake_'


def picture(seed, size=(24, 20)):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (*size, 3), dtype=np.uint8))


@pytest.fixture
def output(tmp_path):
    "Five pairs, both directions, 20 x 24 pixels."
    for k, (kind, side) in enumerate([(kind, side) for kind in ('real_images/real_', FAKE) for side in 'AB']):
        folder = tmp_path/'out'/f'{kind}{side}'
        folder.mkdir(parents=True)
        for n, name in enumerate(NAMES[side]): picture(10 * k + n).save(folder/f'{name}.jpg')
    return tmp_path/'out'


def keypoint_table(path, ids, poses, size=(24, 20)):
    pd.DataFrame([[i, *size, *k.ravel()] for i, k in zip(ids, poses)], columns=KEYPOINT_COLUMNS).to_csv(
        path, index=False
    )
    return path


class Program:
    "Unpickling one of these makes a file: what a malicious checkpoint could do, with less harm."
    def __init__(self, marker): self.marker = str(marker)

    def __reduce__(self): return open, (self.marker, 'w')


# The dearest first, as the tables at the end of a run tell: whoever begins with the long ones ends together.
DEAR = (
    'test_play_page', 'browser', 'test_site', 'test_play_camera', 'train_your_own', 'test_tab',
    'tests/transfer/test_transfer.py', 'tests/runs/test_killed.py', 'test_dying', 'test_likeness',
    'tests/live/test_play.py', '11_training', 'tests/live/test_lesson.py', 'tests/runs/test_loop.py',
    'ablation', 'test_accessible', '10_metrics', 'tests/studio/test_album.py', 'test_odd_answers',
    'tests/authors/test_golden.py', 'how_fast')


def pytest_configure(config):
    "pytest-xdist would begin with the groups of most tests, and a dear notebook is a group of one."
    if hasattr(config.option, 'loadscopereorder'): config.option.loadscopereorder = False


SHARE_JUPYTERLAB = 'tests/test_browser.py', 'tests/live/test_tab.py', 'tests/live/test_views_browser.py'


def group_of(nodeid):
    """Each notebook is on its own. Tests of one file stay together, since they share what is dear, and those
    that share JupyterLab stay together too."""
    file = nodeid.partition('::')[0]
    if nodeid.startswith('tests/test_notebooks.py::test_runs'): return nodeid
    return 'browser' if file in SHARE_JUPYTERLAB else file


def pytest_collection_modifyitems(items):
    "The order of the groups."
    def place(item):
        group = group_of(item.nodeid)
        dear = [k for k, name in enumerate(DEAR) if name in group]
        return dear[0] if dear else len(DEAR) + ('test_runs' not in group)  # then the other notebooks
    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)  # pytest-xdist may not be there
def pytest_xdist_make_scheduler(config, log):
    "One process for each group. (`--dist loadgroup` does nothing with pytest 9.2 and pytest-xdist 3.8.)"
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid): return group_of(nodeid)
    return ByGroup(config, log)


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
