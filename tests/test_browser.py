"""The notebooks in JupyterLab, in a real browser: all cells run, pictures appear, nothing fails, nothing leaves the machine.

Every test saves a screenshot; SCREENSHOTS names a folder that keeps them."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest

from pose_transfer_nb.cli import copy_notebooks

CHROMIUM = '/usr/bin/chromium'
FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
LACKING = [name for name, there in ((CHROMIUM, Path(CHROMIUM).exists()), ('playwright', find_spec('playwright')),
                                    ('jupyterlab', find_spec('jupyterlab'))) if not there]
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f'not installed: {", ".join(LACKING)}')


@pytest.fixture(scope='module')
def lab(tmp_path_factory):
    "JupyterLab on a copy of the notebooks, with a home of its own: (folder, address, token)."
    home, folder = tmp_path_factory.mktemp('home'), tmp_path_factory.mktemp('notebooks')/'mine'
    copy_notebooks(folder)
    settings = home/'settings'/'@jupyterlab'/'apputils-extension'
    settings.mkdir(parents=True)
    (settings/'notification.jupyterlab-settings').write_text(json.dumps(dict(fetchNews='false', checkForUpdates=False)))
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    address, token = f'http://127.0.0.1:{port}', os.urandom(16).hex()
    own = {k: v for k, v in os.environ.items() if not k.startswith(('JUPYTER_', 'XDG_'))}
    own |= dict(HOME=str(home), USERPROFILE=str(home), JUPYTERLAB_SETTINGS_DIR=str(home/'settings'), JUPYTER_PREFER_ENV_PATH='1')
    with open(home/'lab.log', 'w') as log:
        server = subprocess.Popen([sys.executable, '-m', 'jupyterlab', '--no-browser', '--allow-root', '--ip=127.0.0.1',
                                   f'--ServerApp.port={port}', '--ServerApp.port_retries=0', f'--IdentityProvider.token={token}',
                                   f'--ServerApp.root_dir={folder}', '--LabApp.extension_manager=readonly'],
                                  env=own, stdout=log, stderr=subprocess.STDOUT)
    try:
        wait_for(f'{address}/api/status?token={token}', server, home/'lab.log')
        yield folder, address, token
    finally:
        server.terminate()
        try: server.wait(30)
        except subprocess.TimeoutExpired: server.kill()


def wait_for(url, server, log, seconds=120):
    "Wait until the server answers."
    end = time.monotonic() + seconds
    while True:
        try: return urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            if server.poll() is not None or time.monotonic() > end: pytest.fail(f'JupyterLab did not start:\n{log.read_text()[-3000:]}')
            time.sleep(.3)


@pytest.fixture(scope='module')
def browser():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, tmp_path, request):
    "A page that notes its errors and its requests, and is photographed at the end whatever happens."
    page = browser.new_page(viewport=dict(width=1280, height=1000))
    page.errors, page.strangers = [], []
    page.on('pageerror', lambda error: page.errors.append(str(error)))
    page.on('request', lambda r: page.strangers.append(r.url) if is_outside(r.url) else None)
    page.on('websocket', lambda w: page.strangers.append(w.url) if is_outside(w.url) else None)
    yield page
    shot = tmp_path/f'{request.node.callspec.params["name"]}.png'
    page.screenshot(path=shot)
    assert shot.stat().st_size > 10_000
    if os.environ.get('SCREENSHOTS'):
        Path(os.environ['SCREENSHOTS']).mkdir(parents=True, exist_ok=True)
        shutil.copy(shot, os.environ['SCREENSHOTS'])
    page.close()
    stop_kernels(*request.getfixturevalue('lab')[1:])


def stop_kernels(address, token):
    "One notebook's kernel need not slow down the next one's."
    headers = dict(Authorization=f'token {token}')
    with urllib.request.urlopen(urllib.request.Request(f'{address}/api/sessions', headers=headers), timeout=60) as answer:
        sessions = json.load(answer)
    for s in sessions:
        urllib.request.urlopen(urllib.request.Request(f'{address}/api/sessions/{s["id"]}', headers=headers, method='DELETE'), timeout=60).close()


def is_outside(url):
    "Would this request leave the machine?"
    parts = urlsplit(url)
    return parts.scheme in ('http', 'https', 'ws', 'wss') and parts.hostname != '127.0.0.1'


def choose(page, menu, item):
    page.locator('.lm-MenuBar-itemLabel', has_text=re.compile(f'^{menu}$')).click()
    page.locator('.lm-Menu-itemLabel', has_text=re.compile(f'^{item}$')).click()


def saved(path): return nbformat.read(path, as_version=4)


def code_cells(notebook): return [c for c in notebook.cells if c.cell_type == 'code' and c.source.strip()]


@pytest.mark.parametrize('name', ['index', '13_transfer'])
def test_notebook_runs_in_jupyterlab(lab, page, name):
    folder, address, token = lab
    path = folder/f'{name}.ipynb'
    notebook = saved(path)
    pictures = sum('image/png' in o.get('data', {}) for c in code_cells(notebook) for o in c.outputs)
    for c in code_cells(notebook): c.outputs, c.execution_count = [], None  # what is seen later was made here
    nbformat.write(notebook, path)

    page.goto(f'{address}/lab/tree/{name}.ipynb?reset&token={token}')
    page.locator('#jp-main-statusbar').get_by_text(re.compile(r'Python 3 .*\| Idle')).wait_for(timeout=240_000)
    choose(page, 'Run', 'Run All Cells')
    end = time.monotonic() + 240
    while True:  # JupyterLab draws only the cells in view, so the saved notebook tells when all are done
        page.wait_for_timeout(1000)
        page.keyboard.press('Control+s')
        cells = code_cells(saved(path))
        errors = [f'{o.ename}: {o.evalue}' for c in cells for o in c.outputs if o.output_type == 'error']
        assert not errors
        if all(c.execution_count for c in cells): break
        assert time.monotonic() < end, f'not run: {[c.source[:80] for c in cells if not c.execution_count][:1]}'
    assert [c.execution_count for c in cells] == list(range(1, len(cells) + 1))

    shown = page.locator('.jp-OutputArea-output img')
    shown.first.scroll_into_view_if_needed()
    shown.first.wait_for(state='visible')
    assert shown.first.evaluate('image => image.complete && image.naturalWidth > 100')
    made = sum('image/png' in o.get('data', {}) for c in cells for o in c.outputs)
    assert made == pictures > 0
    assert page.get_by_text('[*]:').count() == 0
    assert page.locator('[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]').count() == 0
    assert page.locator('.jp-Dialog').count() == 0
    assert not page.errors
    assert not page.strangers
