"""The scripts of pose_transfer_nb/live/stage: their tests, and their linter and formatter.

Python does not bring the tools. Node.js runs the tests; `npm install` at the top of the repository brings
Biome."""
import os
import re
import shutil
import subprocess

import pytest
from conftest import ROOT

STAGE = ROOT/'pose_transfer_nb'/'live'/'stage'
NODE = shutil.which('node')
BIOME = shutil.which('biome', path=f'{ROOT/"node_modules"/".bin"}{os.pathsep}{os.environ["PATH"]}')


def node_version():
    "The major number; 0 without node."
    if not NODE: return 0
    said = subprocess.run([NODE, '--version'], capture_output=True, text=True).stdout
    found = re.match(r'v(\d+)', said)
    return int(found[1]) if found else 0


def run(*command):
    "Run a command in the repository's root; its words are the test's message when it fails."
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


@pytest.mark.skipif(node_version() < 18, reason='Node.js 18 or newer is not installed')
def test_scripts_do_what_their_tests_say():
    tests = sorted((ROOT/'tests'/'stage').glob('*.test.mjs'))
    said = run(NODE, '--test', *map(str, tests))
    assert int(re.search(r'^# pass (\d+)$', said, re.M)[1]) > 50
    assert re.search(r'^# fail 0$', said, re.M) and re.search(r'^# skipped 0$', said, re.M)


@pytest.mark.skipif(not BIOME, reason='Biome is not installed: npm install')
def test_scripts_and_styles_pass_linter_and_formatter():
    run(BIOME, 'check', '--error-on-warnings')


def test_lines_are_not_too_long():
    paths = [*STAGE.rglob('*'), *(ROOT/'tests'/'stage').glob('*.mjs')]
    long = [(p.name, n) for p in paths if p.suffix in ('.js', '.mjs', '.wgsl', '.css', '.html')
            for n, line in enumerate(p.read_text(encoding='utf-8').splitlines(), 1) if len(line) > 110]
    assert not long
