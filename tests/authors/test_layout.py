"From pictures to results: a split generated, the whole chain of commands, and the authors' released weights."
import io
import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import files, save_model, set_cells
from PIL import Image
from torchvision.transforms.functional import to_pil_image
from torchvision.utils import make_grid
from typer.testing import CliRunner

from pose_transfer_nb import dataset
from pose_transfer_nb.authors import generation
from pose_transfer_nb.authors.generation import generate_all
from pose_transfer_nb.authors.released import load_transfer, pretrained_checkpoint
from pose_transfer_nb.cli import app
from pose_transfer_nb.data.tables import SPLITS, file_id
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.transfer import PoseTransfer

# generate

@pytest.fixture
def model():
    torch.manual_seed(0)
    return PoseTransfer(Generator(4), (32, 32))


def test_generated_files(noise, model, tmp_path):
    pairs = PosePairs(noise, 'test')
    assert generate_all(model, pairs, tmp_path/'out', '7')['made'] == 8
    names = {p for p in files(tmp_path/'out') if p.endswith('.jpg')}
    rows = pd.read_csv(noise/'test_img_pairs.csv')
    wanted = {
        f'{kind}_{side}/{n}@{file_id(row[f"img{side}"])}.jpg'
        for kind in ('real_images/real', 'fake_images/iter_7/fake')
        for side in 'AB'
        for n, row in rows.iterrows()
    }
    assert names == wanted
    item = pairs[1]                                              # second row, A to B
    with torch.no_grad():
        made = model.generator(
            item['source_image'][None], torch.cat([item['source_map'], item['target_map']])[None]
        )[0]
    for folder, tensor in ('real_images/real_B', item['target_image']), ('fake_images/iter_7/fake_B', made):
        to_pil_image(make_grid(tensor, nrow=1, padding=0, normalize=True)).save(
            theirs := io.BytesIO(), 'JPEG'
        )
        with (
            Image.open(tmp_path / 'out' / folder / f'1@{item["target_id"]}.jpg') as ours,
            Image.open(theirs) as wanted,
        ):
            assert np.abs(np.asarray(ours, int) - np.asarray(wanted, int)).max() <= 2
            assert ours.quantization == wanted.quantization


def test_plain_files_lose_nothing_and_have_no_padding(tmp_path, model):
    from conftest import write_dataset
    noise = write_dataset(tmp_path/'narrow', size=(40, 20))
    generate_all(model, PosePairs(noise, 'test', (32, 32)), tmp_path/'out', protocol='plain')
    shown = as_image(next((tmp_path/'out/real_images/real_B').glob('0@*.png')))
    stored = as_image(noise/'img/a_1.png').resize((16, 32), Image.Resampling.BICUBIC)
    assert np.array_equal(np.asarray(shown), np.asarray(stored))


@pytest.mark.parametrize('stop_after, left', [(1, 8), (5, 8), (9, 5), (13, 2)])
def test_generate_resumed_is_generate_uninterrupted(noise, model, tmp_path, monkeypatch, stop_after, left):
    "`stop_after` files, generate.json among them; batches of three are made again as a whole."
    pairs = PosePairs(noise, 'test')
    generate_all(model, pairs, tmp_path/'whole', batch_size=3)
    write, count = generation.write_atomically, iter(range(99))
    def stop(path, *a):
        if next(count) >= stop_after: raise KeyboardInterrupt
        write(path, *a)
    with monkeypatch.context() as m:
        m.setattr(generation, 'write_atomically', stop)
        with pytest.raises(KeyboardInterrupt): generate_all(model, pairs, tmp_path/'parts', batch_size=3)
    made = files(tmp_path/'parts')
    assert 0 < len(made) < len(files(tmp_path/'whole'))
    assert generate_all(model, pairs, tmp_path/'parts', batch_size=3)['made'] == left
    assert files(tmp_path/'parts') == files(tmp_path/'whole')
    assert generate_all(model, pairs, tmp_path/'parts', batch_size=3)['made'] == 0


def test_one_folder_holds_one_experiment(noise, model, tmp_path):
    pairs = PosePairs(noise, 'test')
    generate_all(model, pairs, tmp_path/'out', '1')
    other = PoseTransfer(Generator(4), (32, 32))
    generate_all(other, pairs, tmp_path/'out', '2')              # a second checkpoint beside the first
    assert sorted(p.name for p in (tmp_path/'out/fake_images').iterdir()) == ['iter_1', 'iter_2']
    before = files(tmp_path/'out')
    for change in (
        dict(weights='3', protocol='plain'),
        dict(weights='2'),
        dict(weights='1', pairs=PosePairs(noise, 'train', (48, 48))),
    ):
        with pytest.raises(ValueError, match='generate.json'):
            generate_all(model, **dict(pairs=pairs, out=tmp_path / 'out') | change)
    with pytest.raises(ValueError, match='sigma'):
        generate_all(model, PosePairs(noise, 'test', sigma=2.0), tmp_path / 'new')
    assert files(tmp_path/'out') == before and not (tmp_path/'new').exists()


def test_generate_from_pictures_of_two_sizes(noise, model, tmp_path):
    Image.new('RGB', (48, 32)).save(noise/'img/a_0.png')
    for split in SPLITS: set_cells(noise/f'{split}_img_keypoints.csv', 0, img_w=48)
    with pytest.raises(ValueError, match='differ in size'):
        generate_all(model, PosePairs(noise, 'test'), tmp_path / 'out')
    assert generate_all(model, PosePairs(noise, 'test', (32, 32)), tmp_path/'fitted')['made'] == 8


# From pictures to results

def test_the_whole_chain(tmp_path):
    """A handful of mannequins as if they were somebody's photographs, through the commands, with a
    checkpoint in the authors' format."""
    people, root, run = mannequins('test'), tmp_path/'mine', CliRunner()
    poses = dict(zip(people.ids, people.keypoints))
    for path in people.paths[:18]:
        person, number = path.removeprefix('img/').removesuffix('.jpg').split('_')
        (root/'img'/person).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(people.root/path, root/f'img/{person}/{number}.jpg')
    def command(*arguments, status=0):
        done = run.invoke(app, [str(a) for a in arguments])
        assert done.exit_code == status, done.output
        return done.stdout
    assert 'test: 1 people, 6 pictures, 15 pairs' in command('pairs', root)
    assert 'pose-transfer keypoints' in command('check', root, status=1)
    for split in SPLITS:
        rows = [
            [file_id(p), 256, 176, *poses[file_id(p)[:8] + '_' + file_id(p)[8:]].ravel()]
            for p in pd.read_csv(root / f'{split}_img_list.csv').img
        ]
        pd.DataFrame(rows, columns=dataset.KEYPOINT_COLUMNS).to_csv(
            root / f'{split}_img_keypoints.csv', index=False
        )
    assert 'train_pose_maps: 12 written' in command('pose-maps', root)
    assert command('check', root).count('\n') < 8, 'nothing to complain of'
    torch.manual_seed(0); Generator(4).to_authors(tmp_path/'netG_500.pth')
    out = tmp_path/'results'
    assert '30 pictures, 30 made now' in command(
        'generate', root, '--weights', tmp_path / 'netG_500.pth', '--out', out, '--device', 'cpu'
    )
    assert len(list((out/'fake_images/iter_500/fake_A').glob('*.jpg'))) == 15
    assert as_image(next((out/'fake_images/iter_500/fake_B').glob('14@*.jpg'))).size == (176, 256)
    assert '30 pictures, 0 made now' in command(
        'generate', root, '--weights', tmp_path / 'netG_500.pth', '--out', out, '--device', 'cpu'
    )


def test_weights_of_any_kind(tmp_path):
    Generator(4).to_authors(tmp_path/'netG_260500.pth'); save_model(tmp_path/'mine.safetensors', sigma=2.)
    model, name = load_transfer(tmp_path/'netG_260500.pth')
    assert (name, model.size, model.sigma, model.generator.width) == ('260500', (256, 256), None, 4)
    model, name = load_transfer(tmp_path/'mine.safetensors')
    assert (name, model.size, model.sigma) == ('mine', (32, 32), 2.)


# The authors' released weights, from a server of our own

@pytest.fixture
def server(tmp_path):
    """Serves `server.data` in the manner of `server.manner`; `server.asked` are the first bytes that were
    asked for."""
    Generator(4).to_authors(tmp_path/'served.pth')
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_): pass

        def do_GET(self):
            s, begin = self.server, int((self.headers.get('Range') or 'bytes=0-')[6:-1])
            s.asked.append(begin)
            if s.manner == 'ignores ranges': begin = 0
            if s.manner == 'gone': return self.send_error(404)
            if begin >= len(s.data): return self.send_error(416)
            self.send_response(206 if begin else 200)
            self.send_header(
                'Content-Type',
                'text/html; charset=utf-8' if s.manner == 'page' else 'application/octet-stream',
            )
            self.send_header('Content-Length', len(s.data) - begin)
            self.end_headers()
            self.wfile.write(s.data[begin:] if s.manner != 'hangs up' else s.data[begin:begin + 70_000])
    s = ThreadingHTTPServer(('127.0.0.1', 0), Handler)
    s.data, s.manner, s.asked = (tmp_path/'served.pth').read_bytes(), 'well', []
    s.url = f'http://127.0.0.1:{s.server_port}/netG.pth'
    threading.Thread(target=s.serve_forever, daemon=True).start()
    yield s
    s.shutdown(); s.server_close()


@pytest.fixture
def workspace(tmp_path):
    (tmp_path/'pose2pose/output/DeepFashion/ckpt/pretrained').mkdir(parents=True)
    return tmp_path/'pose2pose'


def get(workspace, server): return pretrained_checkpoint(root=workspace, url=server.url, progress=False)


@pytest.mark.parametrize('manner', ['well', 'ignores ranges'])
def test_download_goes_on(workspace, server, manner):
    server.manner = 'hangs up'
    with pytest.raises(OSError, match='stopped after 70,000 of'): get(workspace, server)
    assert sorted(files(workspace)) == ['output/DeepFashion/ckpt/pretrained/netG_260500.pth.part']
    server.manner = manner
    path = get(workspace, server)
    assert path.read_bytes() == server.data and server.asked == [0, 70_000]
    assert sorted(p.name for p in path.parent.iterdir()) == ['netG_260500.pth', 'netG_260500.sha256']
    assert get(workspace, server) == path and len(server.asked) == 2, 'the second time without a network'


def test_download_that_only_lacked_its_name(workspace, server):
    (workspace/'output/DeepFashion/ckpt/pretrained/netG_260500.pth.part').write_bytes(server.data)
    assert get(workspace, server).read_bytes() == server.data


FAILURES = [
    ('page', 'a web page'), ('gone', '404.*in a browser'), ('rubbish', 'does not hold what it should'),
    ('closed', 'put it at .*netG_260500.pth')]


@pytest.mark.parametrize('manner, words', FAILURES)
def test_download_that_fails(workspace, server, manner, words):
    if manner == 'rubbish': server.data = b'no checkpoint'
    if manner == 'closed': server.url = 'http://127.0.0.1:9/netG.pth'
    server.manner = manner
    with pytest.raises(OSError, match=words) as caught: get(workspace, server)
    assert '\n' not in str(caught.value) and not files(workspace)


def test_checkpoint_that_changed_afterwards(workspace, server):
    path = get(workspace, server)
    path.write_bytes(path.read_bytes()[:-1] + b'x')
    with pytest.raises(ValueError, match='is not the file any more'): get(workspace, server)


def test_checkpoint_that_has_to_be_fetched_by_hand(workspace):
    with pytest.raises(
        FileNotFoundError, match='netG_257500.pth: .*download netG_257500.pth from https://drive.google.com'
    ):
        pretrained_checkpoint(257500, workspace)
    Generator(4).to_authors(path := workspace/'output/DeepFashion/ckpt/pretrained/netG_257500.pth')
    assert pretrained_checkpoint(257500, workspace) == path
    assert load_transfer('257500', workspace)[1] == '257500'


def test_the_card_of_a_folder_is_plain_json(noise, model, tmp_path):
    generate_all(model, PosePairs(noise, 'test'), tmp_path/'out', '7')
    said = json.loads((tmp_path/'out/generate.json').read_text())
    assert (said['split'], said['protocol'], said['size'], list(said['weights'])) == (
        'test',
        'authors',
        None,
        ['7'],
    )
