"Every notebook runs from top to bottom in a kernel of its own."
import re
import shutil
import time

import nbformat
import pytest
from conftest import ROOT, notebook_paths
from nbclient import NotebookClient

PATHS = [p.relative_to(ROOT/'nbs') for p in notebook_paths()]


@pytest.mark.parametrize('path', PATHS, ids=[p.with_suffix('').as_posix() for p in PATHS])
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
