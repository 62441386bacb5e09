import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


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
        skip = {'build', 'dist', '__pycache__', 'venv', 'runs'}
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
        mp.delenv('MPLBACKEND', raising=False)
        yield base


def pytest_terminal_summary(terminalreporter):
    "A table of how long each notebook took."
    rows = [(dict(r.user_properties), r) for k in ('passed', 'failed') for r in terminalreporter.stats.get(k, [])]
    rows = sorted((p['notebook'], p['seconds']) for p, r in rows if 'notebook' in p and r.when == 'call')
    if not rows: return
    terminalreporter.section('seconds a notebook')
    for name, seconds in rows: terminalreporter.write_line(f'{seconds:7.1f}  {name}')
    terminalreporter.write_line(f'{sum(s for _, s in rows):7.1f}  together')
