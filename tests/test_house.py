"The house rules that can be counted: widths of lines, sizes of rooms, unused names, who loads what."
import json
import re
import shutil
import subprocess
import sys

import nbformat
import pytest
from conftest import ROOT, notebook_paths, source_paths

WIDTH = 110
SUFFIXES = '.py', '.js', '.mjs', '.css', '.html', '.ini', '.sh'


def is_ours(path):
    "Written by people, for people: no vendored file, and not the index that nbdev makes."
    return path.name != '_modidx.py' and 'vendor' not in path.parts


def is_directive(line): return line.startswith('#|')


def code_lines():
    "(where, line) of every line of code: notebooks, modules, tests, scripts."
    for path in notebook_paths():
        name = path.relative_to(ROOT).as_posix()
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
            if cell.cell_type != 'code': continue
            for line in cell.source.splitlines():
                if not is_directive(line): yield f'{name}, cell {number}', line
    for path in source_paths():
        if path.suffix not in SUFFIXES or not is_ours(path): continue
        for line in path.read_text(encoding='utf-8').splitlines(): yield path.relative_to(ROOT).as_posix(), line


def exported_lines(path):
    "Lines of code that a notebook exports, without blank ones and directives."
    cells = [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == 'code']
    exported = [s for s in cells if re.search(r'^#\|\s*export', s, re.M)]
    return sum(bool(line.strip()) and not is_directive(line) for s in exported for line in s.splitlines())


def test_no_line_is_wider_than_a_projector():
    wide = [f'{where}: {line}' for where, line in code_lines() if len(line) > WIDTH]
    assert not wide, f'{len(wide)} lines over {WIDTH} columns\n' + '\n'.join(wide[:20])


def test_no_unused_and_no_unknown_names():
    "In modules, tests and scripts, and in notebooks, where a cell sees the cells before it."
    ruff = shutil.which('ruff')
    if not ruff: pytest.skip('ruff is not installed')
    known = 'builtins=["get_ipython", "display"]'
    command = [ruff, 'check', '--isolated', '--no-cache', '--select', 'F,E9', '--config', known, '--output-format', 'concise']
    ignored = ['--per-file-ignores', '*/index.ipynb:F401', '--per-file-ignores', '*_modidx.py:F']
    done = subprocess.run([*command, *ignored, ROOT/'nbs', ROOT/'pose_transfer_nb', ROOT/'tests', ROOT/'setup.py'],
                          capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


@pytest.mark.parametrize('path', [p for p in sorted((ROOT/'pose_transfer_nb').rglob('*.py')) if is_ours(p)],
                         ids=lambda p: p.relative_to(ROOT/'pose_transfer_nb').as_posix())
def test_a_room_holds_one_idea(path):
    "Counted in lines, which is crude."
    most = 400 if 'studio' in path.parts or path.name == 'cli.py' else 300
    assert len(path.read_text(encoding='utf-8').splitlines()) <= most


@pytest.mark.parametrize('path', sorted((ROOT/'nbs').glob('[0-9]*.ipynb')), ids=lambda p: p.stem)
def test_a_chapter_is_a_story(path):
    most = 300 if path.stem == '15_cli' else 210
    assert exported_lines(path) <= most


def loaded_by(module):
    "Names of all modules that a new Python has loaded after importing one."
    script = f'import json, sys, {module}; print(json.dumps(list(sys.modules)))'
    done = subprocess.run([sys.executable, '-c', script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_one_picture_needs_no_training():
    loaded = loaded_by('pose_transfer_nb.transfer')
    heavy = {'accelerate', 'tensorboard', 'skimage', 'ipywidgets', 'torchmetrics'}
    assert not loaded & heavy
    assert not {name for name in loaded if re.match(r'pose_transfer_nb\.(training|runs|live|judges|cli)', name)}


def test_help_is_quick():
    assert not {'torch', 'pandas', 'matplotlib'} & loaded_by('pose_transfer_nb.cli')
