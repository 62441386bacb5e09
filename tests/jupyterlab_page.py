"JupyterLab and Chromium, for the tests that look at pages."
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from pose_transfer_nb.live.lesson import copy_notebooks

CHROMIUM = '/usr/bin/chromium'
FLAGS = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
]
LACKING = [
    name
    for name, there in (
        (CHROMIUM, Path(CHROMIUM).exists()),
        ('playwright', find_spec('playwright')),
        ('jupyterlab', find_spec('jupyterlab')),
    )
    if not there
]


@pytest.fixture(scope='session')
def lab(tmp_path_factory):
    """JupyterLab on a copy of the notebooks, with a home of its own, one for all tests of a process: (folder,
    address, token)."""
    home, folder = tmp_path_factory.mktemp('home'), tmp_path_factory.mktemp('notebooks')/'mine'
    copy_notebooks(folder)
    settings = home/'settings'/'@jupyterlab'/'apputils-extension'
    settings.mkdir(parents=True)
    (settings / 'notification.jupyterlab-settings').write_text(
        json.dumps(dict(fetchNews='false', checkForUpdates=False))
    )
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        port = s.getsockname()[1]
    address, token = f'http://127.0.0.1:{port}', os.urandom(16).hex()
    own = {k: v for k, v in os.environ.items() if not k.startswith(('JUPYTER_', 'XDG_'))}
    own |= dict(
        HOME=str(home),
        USERPROFILE=str(home),
        JUPYTERLAB_SETTINGS_DIR=str(home / 'settings'),
        JUPYTER_PREFER_ENV_PATH='1',
    )
    with open(home/'lab.log', 'w') as log:
        server = subprocess.Popen(
            [
                sys.executable,
                '-m',
                'jupyterlab',
                '--no-browser',
                '--allow-root',
                '--ip=127.0.0.1',
                f'--ServerApp.port={port}',
                '--ServerApp.port_retries=0',
                f'--IdentityProvider.token={token}',
                f'--ServerApp.root_dir={folder}',
                '--LabApp.extension_manager=readonly',
            ],
            env=own,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
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
            if server.poll() is not None or time.monotonic() > end:
                pytest.fail(f'JupyterLab did not start:\n{log.read_text()[-3000:]}')
            time.sleep(.3)


@pytest.fixture(scope='module')
def browser():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        chromium = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def stop_kernels(address, token):
    "One notebook's kernel need not slow down the next one's."
    def ask(what, method='GET'):
        address_of = f'{address}/api/sessions{what}'
        request = urllib.request.Request(
            address_of, headers=dict(Authorization=f'token {token}'), method=method)
        return urllib.request.urlopen(request, timeout=60)
    with ask('') as answer: sessions = json.load(answer)
    for session in sessions: ask(f'/{session["id"]}', 'DELETE').close()


def watched_page(browser, width, height):
    "A page that notes its errors and the requests that would leave the machine."
    page = browser.new_page(viewport=dict(width=width, height=height))
    page.errors, page.strangers = [], []
    page.on('pageerror', lambda error: page.errors.append(str(error)))
    page.on('request', lambda r: page.strangers.append(r.url) if is_outside(r.url) else None)
    page.on('websocket', lambda w: page.strangers.append(w.url) if is_outside(w.url) else None)
    return page


def is_outside(url):
    "Would this request leave the machine?"
    parts = urlsplit(url)
    return parts.scheme in ('http', 'https', 'ws', 'wss') and parts.hostname != '127.0.0.1'


def choose(page, menu, item):
    page.locator('.lm-MenuBar-itemLabel', has_text=re.compile(f'^{menu}$')).click()
    page.locator('.lm-Menu-itemLabel', has_text=re.compile(f'^{item}$')).click()
