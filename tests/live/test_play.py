"""The page that runs the network: written, opened in a browser, compared with Python.

From a file and from a server of this machine; no request may go anywhere else."""
import base64
import gzip
import hashlib
import io
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request

import golden_maps
import numpy as np
import pytest
import torch
import vendor
from conftest import ROOT, refused, save_model
from jupyterlab_page import LACKING, watched_page
from matplotlib import colormaps
from PIL import Image
from typer.testing import CliRunner

from pose_transfer_nb.cli import app
from pose_transfer_nb.live.editor import mask_strip
from pose_transfer_nb.live.play import _file_name, serve, write_page, write_single
from pose_transfer_nb.live.tab import camera_parts, modules_joined, page_parts, vendored
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.transfer import PoseTransfer

in_browser = pytest.mark.skipif(bool(LACKING), reason=f'not installed: {", ".join(LACKING)}')


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    "The page as a folder and as a file, and a page that has the engine alone."
    folder = tmp_path_factory.mktemp('play')/'page'
    text = write_page(folder).read_text(encoding='utf-8')
    write_single(folder/'single.html')
    data = re.search(r'id="data">(.*?)</script>', text, re.S)[1]
    worker = modules_joined('play/worker.js')
    script = modules_joined('play/browser_engine.js')
    (folder/'engine.html').write_text(
        '<!DOCTYPE html><link rel="icon" href="data:,">'
        f'<script type="text/plain" id="worker">{worker}</script>'
        f'<script>{script};window.modules = modules;window.data = {data}</script>', encoding='utf-8')
    return folder


@pytest.fixture(scope='module')
def server(folder):
    server = serve(folder)
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope='module')
def model(): return PoseTransfer.from_pretrained()


def opened(browser, address):
    page = watched_page(browser, 1280, 720)
    page.told = []
    page.on('console', lambda m: page.told.append(m.text) if m.type in ('error', 'warning') else None)
    page.goto(address)
    return page


def assert_quiet(page):
    assert not page.errors and not page.told and not page.strangers
    page.close()


def page_picture(page, name, size):
    "What a promise of the page gives, as a tensor."
    numbers = page.evaluate(f'window.poseTransfer.{name}().then((p) => Array.from(p))')
    return torch.tensor(numbers, dtype=torch.float32).reshape(3, *size)


# the page

def assert_answers(page, model):
    "The newest picture is PyTorch's for the same state; returns how far they are apart."
    state = page.evaluate('window.poseTransfer.state()')
    made = page_picture(page, 'picture', model.size)
    source = page_picture(page, 'source', model.size)[None]
    masks = model.masks(np.array(state['sourcePose']), np.array(state['pose']))
    apart = float((made - model.decode(model.encode(source), masks)[0]).abs().max())
    assert apart < 1e-3  # of [-1, 1]; seen: 3e-5
    return made


@in_browser
@pytest.mark.parametrize('how', ['file', 'server'])
def test_the_page_answers_as_python_does(how, browser, folder, server, model):
    page = opened(browser, (folder/'single.html').as_uri() if how == 'file' else server.address)
    page.wait_for_function('window.poseTransfer?.ready', timeout=240_000)
    first = assert_answers(page, model)
    pose = [[x, y - 3] if x >= 0 else [x, y] for x, y in page.evaluate('window.poseTransfer.state().pose')]
    page.evaluate('(pose) => window.poseTransfer.set({ pose })', pose)
    assert (assert_answers(page, model) - first).abs().max() > .1
    assert_quiet(page)


@in_browser
def test_own_weights_in_the_page(browser, tmp_path):
    torch.manual_seed(0)
    weights = save_model(tmp_path/'mine.safetensors')
    own = PoseTransfer.from_pretrained(weights)
    page = opened(browser, write_single(tmp_path/'own.html', weights).as_uri())
    page.wait_for_function('window.poseTransfer?.ready', timeout=240_000)
    assert_answers(page, own)
    assert_quiet(page)


# the engine

ENGINE = '''async () => {
  const { browserEngine } = modules['play/browser_engine.js'];
  const { partsOf } = modules['play/parts.js'];
  const { places, location, people, size, sigma, limits } = data;
  const parts = { ...partsOf(places), location, worker: document.getElementById('worker').textContent };
  const progress = [];
  const engine = await browserEngine({ parts, size, sigma, limits, onProgress: (p) => progress.push(p) });
  const [one, two] = people.map(({ pictures }) => pictures[0]);
  const encoded = await engine.encodeStages(one.picture);
  const masks = await engine.masks(one.pose, two.pose);
  const open = masks.arrays.map((mask) => ({ ...mask, data: mask.data.map(() => 1) }));
  const features = encoded.at(-1);
  const [made, opened] = await Promise.all([ // asked at once, answered one after the other
    engine.decode(features, masks, { stages: true }),
    engine.decode(features, { arrays: open }),
  ]);
  const canvas = new OffscreenCanvas(masks.strip.width, masks.strip.height);
  canvas.getContext('2d').drawImage(masks.strip, 0, 0);
  const png = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
  const refused = await engine.masks([[1, 1]], two.pose).catch((error) => error.message);
  engine.close();
  const closed = await engine.encode(one.picture).catch((error) => error.message);
  const plain = ({ name, data, dims }) => ({ name, dims, data: Array.from(data) });
  return {
    id: one.id, poses: [one.pose, two.pose], limits: masks.limits, png: btoa(String.fromCharCode(...png)),
    encoded: encoded.map(plain), masks: masks.arrays.map(plain), decoded: made.stages.map(plain),
    picture: Array.from(made.picture), opened: Array.from(opened.picture),
    bitmap: [made.bitmap.width, made.bitmap.height], refused, closed, total: places.wasm.bytes, progress,
  };
}'''


def same(plain, tensor):
    assert plain['dims'] == list(tensor.shape[1:])
    scale = max(1, float(tensor.abs().max()))
    assert np.abs(np.array(plain['data']) - tensor.numpy().ravel()).max() < 1e-4 * scale


@in_browser
def test_the_engine_gives_the_numbers_of_python(browser, server, model):
    page = opened(browser, f'{server.address}engine.html')
    answer = page.evaluate(ENGINE)
    test = mannequins('test', model.size)
    picture = test.picture(test.ids.index(answer['id']))[0]
    features = model.encode(picture)
    masks = model.masks(*map(np.array, answer['poses']))
    same(answer['encoded'][-1], features)
    for mine, mask in zip(answer['masks'], masks): same(mine, mask)
    for name, gates in (('picture', masks), ('opened', [m * 0 + 1 for m in masks])):
        made = model.decode(features, gates)
        assert np.abs(np.array(answer[name]) - made.numpy().ravel()).max() < 1e-3
    assert [s['name'] for s in answer['encoded']] == ['stem', 'down1', 'down2', 'down3', 'features']
    assert [s['dims'] for s in answer['decoded']] == [
        [128, 16, 12], [64, 32, 24], [32, 64, 48], [16, 128, 96], [16, 128, 96]]
    strip = Image.open(io.BytesIO(base64.b64decode(answer['png'])))
    kernels = Image.open(io.BytesIO(mask_strip([m[0].numpy() for m in masks], answer['limits'])))
    assert strip.getchannel('A').getextrema() == (0, 255)
    equal = np.array(strip.convert('RGB')) == np.array(kernels)
    assert equal.mean() > .999  # a cell may lie on the border of two colours
    assert answer['bitmap'] == [96, 128]
    assert answer['refused'] and 'closed' in answer['closed']
    assert answer['progress'][-1].get('starting') and answer['progress'][0]['total'] > answer['total']
    assert_quiet(page)


# what is written

def test_parts_are_small_and_whole(folder, model):
    parts = page_parts() | camera_parts() | dict(code=vendored('uqr.mjs.gz'))
    assert len(parts['wasm']) < 4e6 and len(parts['weights']) < 11.5e6
    index = (folder/'index.html').read_bytes()
    assert len(gzip.compress(index)) < 150e3
    data = json.loads(re.search(r'id="data">(.*?)</script>', index.decode(), re.S)[1])
    for name, place in data['places'].items():
        content = (folder/place['address']).read_bytes()
        assert len(content) == place['bytes'] and content == parts[name]
    assert len(data['people']) >= 24
    test = mannequins('test', model.size)
    for person in data['people'][::8]:
        assert len(person['pictures']) == 6
        for entry in person['pictures'][:2]:
            i = test.ids.index(entry['id'])
            with Image.open(folder/entry['picture']) as file: pixels = np.array(file.convert('RGB'))
            assert (pixels == np.array(test.picture(i)[0])).all()
            assert np.abs(test.load(i)[1] - np.array(entry['pose'])).max() < .01
    assert 'Microsoft Corporation' in (folder/'LICENCES.txt').read_text()


def test_a_visitor_who_leaves_early_is_no_error(server, capfd):
    host, port = server.server_address
    for _ in range(3):
        with socket.create_connection((host, port)) as visitor:
            visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))  # end at once
            visitor.sendall(b'GET /parts/weights.gz HTTP/1.0\r\n\r\n')
            visitor.recv(100)
    urllib.request.urlopen(server.address).read()
    time.sleep(.5)  # the threads that served him notice
    assert 'Traceback' not in capfd.readouterr().err


def test_a_foreign_page_is_left_alone(tmp_path):
    (tmp_path/'index.html').write_text('my own page')
    done = CliRunner().invoke(app, ['page', '--out', str(tmp_path)])
    assert done.exit_code == 1 and 'is a page of somebody else' in done.output
    assert (tmp_path/'index.html').read_text() == 'my own page' and len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize('options, message', [
    ([], 'say where to'), (['--single', 'page.txt'], 'should end in .html'),
    (['--single', 'no/where/page.html'], 'does not exist'),
    (['--out', 'here', '--weights', 'none.safetensors'], 'none.json'),
    (['--out', 'here', '--people', 'nobody'], 'nobody')])
def test_what_cannot_be_written_is_said_before(options, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ['page', *options])
    assert done.exit_code == 1 and message in done.output
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('end', [signal.SIGINT, signal.SIGTERM])
def test_play_serves_the_page_until_it_is_interrupted(tmp_path, end):
    command = [sys.executable, '-m', 'pose_transfer_nb', 'play', '--no-browser']
    own = os.environ | dict(TMPDIR=str(tmp_path))
    pipes = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    process = subprocess.Popen(command, cwd=ROOT, env=own, **pipes)
    try:
        address = process.stdout.readline().split()[0]
        assert re.fullmatch(r'http://127\.0\.0\.1:\d+/', address)
        with urllib.request.urlopen(address) as answer: assert b'id="worker"' in answer.read()
        with pytest.raises(urllib.error.HTTPError, match='404'): urllib.request.urlopen(address + '%00')
        process.send_signal(end)
        assert process.wait(60) == 0 and not process.stderr.read() and not list(tmp_path.iterdir())
    finally:
        process.kill()


def test_scripts_are_joined_without_a_word_lost(monkeypatch):
    files = {'a.js': "import {\n  one,\n  two as zwei,\n} from './b/c.js';\n\nexport default one(zwei);\n",
             'b/c.js': "import { three } from '../d.js';\nexport const two = three;\n"
                       'export async function one() {}\n',
             'd.js': 'export const three = 3;\n'}
    monkeypatch.setattr('pose_transfer_nb.live.tab.stage_file', files.get)
    with pytest.raises(ValueError, match='a.js: this form cannot be joined: export default'):
        modules_joined('a.js')
    files['a.js'] = files['a.js'].replace('export default ', '')
    text = modules_joined('a.js')
    assert re.findall(r"modules\['([\w./]+)'\] =", text) == ['d.js', 'b/c.js', 'a.js']
    assert "two: zwei,\n} = modules['b/c.js'];" in text and 'return { two, one };' in text


# what others wrote, and what must agree

VENDORED = [(folder, package) for folder in vendor.FOLDERS for package in vendor.table(folder)]


@pytest.mark.parametrize('folder, package', VENDORED, ids=[package['name'] for _, package in VENDORED])
def test_vendored_files_are_what_the_table_says(folder, package):
    for entry in package['files']:
        data = vendor.stored(entry, folder)
        assert hashlib.sha256(data).hexdigest() == entry['sha256'] and len(data) == entry['bytes']
    assert (folder/package['text']).exists()
    notice = (ROOT/'NOTICE').read_text()
    assert f'{package["name"]} {package["version"]}' in notice


@pytest.mark.parametrize('folder', vendor.FOLDERS, ids=lambda folder: folder.parent.name)
def test_nothing_vendored_is_left_out_of_the_table(folder):
    packages = vendor.table(folder)
    named = {'vendor.json'} | {p[key] for p in packages for key in ('text', 'also') if key in p}
    named |= {entry['file'] for p in packages for entry in p['files']}
    assert {p.name for p in folder.iterdir()} == named


def test_golden_maps_are_those_of_today():
    stored = json.loads(golden_maps.FILE.read_text())
    assert stored == json.loads(json.dumps(golden_maps.golden()))


def test_colours_are_those_of_matplotlib():
    script = (vendor.VENDOR.parent/'play'/'viridis.js').read_text()
    digits = ''.join(re.findall(r"'([0-9a-f]+)'", script))
    colours = np.frombuffer(bytes.fromhex(digits), np.uint8).reshape(256, 3)
    assert (colours == (colormaps['viridis'](np.arange(256))[:, :3] * 255).round()).all()


@pytest.mark.parametrize('name', ['index.html', 'LICENCES.txt', 'people/imga_0.webp', 'parts/mine.txt'])
@pytest.mark.parametrize('kind', ['file', 'pipe'])
def test_files_of_others_are_left_alone(noise, tmp_path, one_error, name, kind):
    mine = tmp_path/'page'/name
    mine.parent.mkdir(parents=True)
    mine.write_text('mine') if kind == 'file' else os.mkfifo(mine)
    with one_error(ValueError, tmp_path/'page'): write_page(tmp_path/'page', people=noise)


def test_a_page_that_was_begun_goes_on(noise, tmp_path, weights):
    index = write_page(tmp_path/'page', weights, noise, camera=False)
    index.unlink()
    assert write_page(tmp_path/'page', weights, noise, camera=False).exists()


def test_no_page_among_the_people(noise, tmp_path):
    refused(['page', '--out', noise/'page', '--people', noise], [noise/'page', 'lies in'], tmp_path)


def test_two_names_are_two_files(): assert len({_file_name(name) for name in ('a b', 'a_b', 'a-b')}) == 3


@pytest.mark.parametrize('port', [-1, 99999])
def test_a_port_that_there_is_not(tmp_path, port):
    with pytest.raises(OSError, match=f'port {port} cannot be used'): serve(tmp_path, port)
