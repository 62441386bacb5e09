"Every notebook runs from top to bottom, all but the solutions in a kernel of their own."
import re
import shutil
import time

import nbformat
import pytest
from conftest import ROOT, notebook_paths
from nbclient import NotebookClient

PATHS = [p.relative_to(ROOT/'nbs') for p in notebook_paths()]


def named(paths): return dict(argvalues=paths, ids=[p.with_suffix('').as_posix() for p in paths])


SOLUTIONS = [p for p in PATHS if p.parts[0] == 'solutions']


@pytest.mark.parametrize('path', **named(SOLUTIONS))
def test_solutions_run(path, tmp_path, monkeypatch, record_property):
    "In this process: they show no pictures, and starting sixteen kernels takes longer than running them."
    monkeypatch.chdir(tmp_path)
    names, start = {'__name__': '__main__'}, time.perf_counter()
    for cell in nbformat.read(ROOT/'nbs'/path, as_version=4).cells:
        if cell.cell_type == 'code': exec(compile(cell.source, path.as_posix(), 'exec'), names)
    record_property('notebook', path.as_posix()); record_property('seconds', time.perf_counter() - start)


@pytest.mark.parametrize('path', **named([p for p in PATHS if p not in SOLUTIONS]))
def test_runs(path, tmp_path, record_property):
    copy = shutil.copytree(ROOT/'nbs', tmp_path/'nbs', ignore=shutil.ignore_patterns('.*', 'runs'))/path
    nb = nbformat.read(copy, as_version=4)
    for cell in nb.cells:
        if cell.cell_type == 'code' and re.search(r'^\s*#\|\s*eval:\s*false', cell.source, re.M): cell.source = ''
    client = NotebookClient(nb, timeout=120, kernel_name='python3', resources={'metadata': {'path': str(copy.parent)}})
    record_property('notebook', path.as_posix())
    start = time.perf_counter()
    try: client.execute()
    finally: record_property('seconds', time.perf_counter() - start)
