"Every notebook runs from top to bottom, all but the solutions in a process of their own."
import multiprocessing
import shutil
import time

import nbformat
import pytest
from conftest import ROOT, notebook_paths
from play import PRELOAD, play_and_tell

PATHS = [p.relative_to(ROOT/'nbs') for p in notebook_paths()]
SOLUTIONS = [p for p in PATHS if p.parts[0] == 'solutions']
LIMIT = 600  # seconds, on a machine that does other work besides


def named(paths): return dict(argvalues=paths, ids=[p.with_suffix('').as_posix() for p in paths])


@pytest.mark.parametrize('path', **named(SOLUTIONS))
def test_solutions_run(path, tmp_path, monkeypatch, record_property):
    "In this process: they show no pictures, and starting sixteen kernels takes longer than running them."
    monkeypatch.chdir(tmp_path)
    names = {'__name__': '__main__'}
    start = time.perf_counter()
    for cell in nbformat.read(ROOT/'nbs'/path, as_version=4).cells:
        if cell.cell_type == 'code': exec(compile(cell.source, path.as_posix(), 'exec'), names)
    record_property('notebook', path.as_posix())
    record_property('seconds', time.perf_counter() - start)


@pytest.fixture(scope='session')
def server():
    "Starts processes that have imported torch already; each notebook has one to itself."
    there = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context('forkserver' if 'forkserver' in there else 'spawn')
    if context.get_start_method() == 'forkserver': context.set_forkserver_preload(PRELOAD)
    return context


@pytest.mark.parametrize('path', **named([p for p in PATHS if p not in SOLUTIONS]))
def test_runs(path, server, tmp_path, record_property):
    copy = shutil.copytree(ROOT/'nbs', tmp_path/'nbs', ignore=shutil.ignore_patterns('.*'))/path
    record_property('notebook', path.as_posix())
    start = time.perf_counter()
    report = tmp_path/'report.txt'
    process = server.Process(target=play_and_tell, args=(copy, report))
    process.start()
    process.join(LIMIT)
    record_property('seconds', time.perf_counter() - start)
    if process.is_alive():
        process.kill()
        pytest.fail(f'not ready after {LIMIT} seconds')
    assert process.exitcode == 0, (
        report.read_text(encoding='utf-8')[-4000:] if report.exists() else 'the process died'
    )
