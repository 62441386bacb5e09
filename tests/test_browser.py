"""The notebooks in JupyterLab, in a real browser: all cells run, pictures appear, nothing fails, nothing
leaves the machine.

Every test saves a screenshot; SCREENSHOTS names a folder that keeps them."""
import os
import re
import shutil
import time
from pathlib import Path

import nbformat
import pytest
from jupyterlab_page import LACKING, choose, stop_kernels, watched_page

pytestmark = pytest.mark.skipif(bool(LACKING), reason=f'not installed: {", ".join(LACKING)}')


@pytest.fixture
def page(browser, tmp_path, request):
    "A page that notes its errors and its requests, and is photographed at the end whatever happens."
    page = watched_page(browser, 1280, 1000)
    yield page
    shot = tmp_path/f'{request.node.callspec.params["name"]}.png'
    page.screenshot(path=shot)
    assert shot.stat().st_size > 10_000
    if os.environ.get('SCREENSHOTS'):
        Path(os.environ['SCREENSHOTS']).mkdir(parents=True, exist_ok=True)
        shutil.copy(shot, os.environ['SCREENSHOTS'])
    page.close()
    stop_kernels(*request.getfixturevalue('lab')[1:])


def saved(path): return nbformat.read(path, as_version=4)


def pictures_in(cells):
    "Outputs that are a picture, of either kind."
    return sum(bool({'image/png', 'image/jpeg'} & o.get('data', {}).keys()) for c in cells for o in c.outputs)


def code_cells(notebook): return [c for c in notebook.cells if c.cell_type == 'code' and c.source.strip()]


@pytest.mark.parametrize('name', ['index', '13_transfer'])
def test_notebook_runs_in_jupyterlab(lab, page, name):
    folder, address, token = lab
    path = folder/f'{name}.ipynb'
    notebook = saved(path)
    pictures = pictures_in(code_cells(notebook))
    for c in code_cells(notebook): c.outputs, c.execution_count = [], None  # what is seen later was made here
    nbformat.write(notebook, path)

    page.goto(f'{address}/lab/tree/{name}.ipynb?reset&token={token}')
    page.locator('#jp-main-statusbar').get_by_text(re.compile(r'Python 3 .*\| Idle')).wait_for(
        timeout=240_000
    )
    choose(page, 'Run', 'Run All Cells')
    end = time.monotonic() + 240
    while True:  # JupyterLab draws only the cells in view, so the saved notebook tells when all are done
        page.wait_for_timeout(1000)
        page.keyboard.press('Control+s')
        cells = code_cells(saved(path))
        errors = [f'{o.ename}: {o.evalue}' for c in cells for o in c.outputs if o.output_type == 'error']
        assert not errors
        if all(c.execution_count for c in cells): break
        assert time.monotonic() < end, (
            f'not run: {[c.source[:80] for c in cells if not c.execution_count][:1]}'
        )
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))

    shown = page.locator('.jp-OutputArea-output img')
    shown.first.scroll_into_view_if_needed()
    shown.first.wait_for(state='visible')
    assert shown.first.evaluate('image => image.complete && image.naturalWidth > 100')
    made = pictures_in(cells)
    assert made == pictures > 0
    assert page.get_by_text('[*]:').count() == 0
    assert (
        page.locator(
            '[data-mime-type="application/vnd.jupyter.error"], '
            '[data-mime-type="application/vnd.jupyter.stderr"]'
        ).count()
        == 0
    )
    assert page.locator('.jp-Dialog').count() == 0
    assert not page.errors
    assert not page.strangers
