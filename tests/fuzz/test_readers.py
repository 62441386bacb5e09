"""Every reader, fed with spoilt files: it reads them, or says which file is wrong, and nothing else. Seeded,
and some 60 files for each reader; longer by hand: `FUZZ=5000 pytest -n 0 tests/fuzz/test_readers.py`. A file
that once broke a reader stays below as a case."""
import io
import json
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import keypoint_table as write_keypoint_table
from conftest import change_weights, picture, save_model
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pose_transfer_nb.data.tables import pair_table, read_keypoints
from pose_transfer_nb.estimation import HeatmapNetwork, MannequinEstimator
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.ground.checkpoints import architecture_of, read_checkpoint
from pose_transfer_nb.ground.files import read_json, whole_lines
from pose_transfer_nb.ground.pictures import as_image, picture_size
from pose_transfer_nb.live.game import ANSWER_COLUMNS, plot_answers, read_answers
from pose_transfer_nb.live.monitor import TrainingMonitor, _read_table
from pose_transfer_nb.pose_maps import load_pose_map, save_pose_map
from pose_transfer_nb.runs.record import RowLog
from pose_transfer_nb.runs.run import _check_checkpoint
from pose_transfer_nb.studio.records import balance_table
from pose_transfer_nb.training import Recipe
from pose_transfer_nb.transfer import PoseTransfer

EXAMPLES = int(os.environ.get('FUZZ', 60))
POINTS = np.full((18, 2), 5)
ANSWERS = 'student,picture,real,called_real,seconds\nAda,p,1,0,2.5\nAda,q,0,0,1\n'
ODD = [
    b'\0', b'\xff\xfe', b'"', b'\n', b',', b'=', b'-1', b'1e999', b'NaN', b'9' * 400, b'[' * 3000,
    b'PK\x03\x04', b'%!PS']
KINDS = 'flip', 'cut', 'insert', 'repeat', 'odd'
spoiling = st.lists(st.tuples(st.sampled_from(KINDS), st.floats(0, 1), st.integers(0, 255)), max_size=4)
CARD = dict(architecture=dict(ngf=4, size=[32, 32], sigma=3))


def spoilt(data, changes):
    "The bytes of a good file, a few times changed."
    for kind, where, value in changes:
        k = int(where * len(data))
        if kind == 'flip' and k < len(data): data = data[:k] + bytes([data[k] ^ (value or 1)]) + data[k + 1:]
        if kind == 'cut': data = data[:k]
        if kind == 'insert': data = data[:k] + bytes([value]) * (value % 7 + 1) + data[k:]
        if kind == 'repeat': data = data[:k] + data[k - value:k] * 3 + data[k:]
        if kind == 'odd': data = data[:k] + ODD[value % len(ODD)] + data[k:]
    return data


def answers(file):
    table = read_answers(file.parent)
    assert table.called_real.isin([0, 1]).all() and table.seconds.notna().all()
    plot_answers(table).canvas.draw()


def log(file):
    RowLog(file, 5).write(6, dict(loss=1.))
    assert whole_lines(file).endswith('\n') and (_read_table(file).step <= 6).all()


def run_checkpoint(file): _check_checkpoint(file, read_checkpoint(file), Recipe())


def pictures(kind):
    def make(file): picture(1, (9, 8)).save(file, kind)
    def read(file):
        size = picture_size(file)
        assert as_image(file).size == size[::-1]
    return f'file.{kind.lower()}', make, read


def recipe_file(file): torch.save(dict(recipe=json.dumps(dict(seed=0)), step=3), file)


READERS = dict(
    keypoints=('k.csv', lambda f: write_keypoint_table(f, ['a', 'b'], [POINTS, POINTS]), read_keypoints),
    pairs=('p.csv', lambda f: f.write_text('imgA,imgB\nimg/a.png,img/b.png\nimg/c.png,NA\n'), pair_table),
    map=('m.npz', lambda f: save_pose_map(f, POINTS, (8, 9)), load_pose_map),
    card=('w.json', lambda f: f.write_text(json.dumps(CARD)),
          lambda f: architecture_of(f, read_json(f))),
    weights=('w.safetensors', lambda f: save_model(f), PoseTransfer.from_pretrained),
    authors=('netG_1.pth', lambda f: Generator(2).to_authors(f), Generator.from_authors),
    run=('step.pt', recipe_file, run_checkpoint),
    answers=('a.csv', lambda f: f.write_text(ANSWERS), answers),
    log=('losses.csv', lambda f: f.write_text('step,loss\n5,1\n6,2\n'), log),
    **{kind: pictures(kind) for kind in ('PNG', 'JPEG', 'GIF', 'BMP', 'TIFF', 'WEBP')})


@pytest.mark.filterwarnings('ignore')
@pytest.mark.parametrize('name', READERS)
def test_spoilt_files(name, tmp_path):
    file, make, read = READERS[name]
    file = tmp_path/file
    make(file)
    good = file.read_bytes()
    read(file)

    @settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))
    @given(spoiling)
    @example([('cut', 0., 0)])
    @example([('odd', 0., 1)])
    def one(changes):
        file.write_bytes(spoilt(good, changes))
        try: read(file)
        except (ValueError, OSError) as error:
            assert type(error) in (ValueError, FileNotFoundError, OSError), type(error)
            assert str(file.parent) in str(error) and str(error).count('\n') < 3, error
    one()


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner), max_leaves=6)


@settings(max_examples=EXAMPLES, derandomize=True, deadline=None, database=None)
@given(values, values, values)
@example(True, [32, 32], None)
@example(4, [32, 32], float('inf'))
@example(4, [32, 32], True)
def test_cards_that_say_anything(ngf, size, sigma):
    card = dict(architecture=dict(ngf=ngf, size=size, sigma=sigma))
    try: n, (h, w), s = architecture_of(Path('w.safetensors'), card)
    except ValueError as error: assert 'w.json' in str(error)
    else:
        assert type(n) is int and n > 0 and h % 16 == w % 16 == 0 and max(h, w) <= 2048
        assert s is None or .01 <= s < np.inf


# Cases that broke a reader once

def header_of(shape):
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, dict(descr='|u1', fortran_order=False, shape=shape))
    return out.getvalue()


def packed_map(path):
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as out, out.open('arr_0.npy', 'w') as entry:
        entry.write(header_of((5000, 5000, 18)))
        for _ in range(450): entry.write(bytes(1_000_000))


def packed_checkpoint(path):
    Generator(2).to_authors(path)
    with zipfile.ZipFile(path) as old: parts = {i.filename: old.read(i) for i in old.infolist()}
    with zipfile.ZipFile(path, 'w', zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            out.writestr(name, data + bytes(100_000_000 * name.endswith('data/0')))


def tensors_of_nothing(path):
    "A few bytes that say to be the tensors of a generator 50,000 wide."
    with torch.device('meta'): wide = Generator(50_000)
    own = wide.state_dict()
    def nothing(like): return torch.zeros((), dtype=like.dtype).expand(like.shape)
    torch.save({theirs: nothing(own[ours]) for theirs, ours in wide._tensor_names().items()}, path)


def postscript(path): path.write_bytes(b'%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n')


def portable_pixmap(path): picture(1).save(path, 'PPM')


TRAPS = [
    ('m.npz', packed_map, load_pose_map), ('m.npz', os.mkfifo, load_pose_map),
    ('g.pth', packed_checkpoint, Generator.from_authors),
    ('g.pth', tensors_of_nothing, Generator.from_authors),
    ('g.pth', os.mkfifo, Generator.from_authors), ('k.csv', os.mkfifo, read_keypoints),
    ('p.png', os.mkfifo, as_image), ('w.json', os.mkfifo, read_json),
    ('p.png', postscript, as_image), ('p.png', portable_pixmap, as_image)]


@pytest.mark.parametrize('name, make, read', TRAPS, ids=[f'{trap[0]}-{trap[1].__name__}' for trap in TRAPS])
def test_files_that_are_traps(tmp_path, one_error, name, make, read):
    make(tmp_path/name)
    with one_error(ValueError, name): read(tmp_path/name)


def test_an_address_is_no_file(one_error, tmp_path):
    (tmp_path/'k.csv').write_text('x')
    for address in 'https://example.org/k.csv', f'file://{tmp_path}/k.csv', 's3://bucket/k.csv':
        with one_error(FileNotFoundError, address): read_keypoints(address)


def test_weights_that_are_not_finite(tmp_path, one_error):
    model = save_model(tmp_path/'w.safetensors')
    change_weights(model, lambda state: state['decoder.to_rgb.weight'].mul_(float('nan')))
    with one_error(ValueError, model, 'to_rgb', 'not finite'): PoseTransfer.from_pretrained(model)


def test_a_card_takes_no_memory(tmp_path, one_error):
    model = save_model(tmp_path/'w.safetensors')
    card = model.with_suffix('.json')
    card.write_text(card.read_text().replace('"ngf": 4', '"ngf": 100000'))
    with one_error(ValueError, model, 'ngf=100000'): PoseTransfer.from_pretrained(model)


def test_a_file_of_weights_takes_no_memory(tmp_path, one_error):
    "Nothing but a hole, in a file that says it is one large tensor."
    model = save_model(tmp_path/'w.safetensors')
    size = 3 << 30
    header = json.dumps({'x': {'dtype': 'F32', 'shape': [size // 4], 'data_offsets': [0, size]}}).encode()
    with open(model, 'wb') as file:
        file.write(struct.pack('<Q', len(header)) + header)
        file.truncate(8 + len(header) + size)
    with one_error(ValueError, model, 'at most'): PoseTransfer.from_pretrained(model)


def test_answers_of_nobody(tmp_path, one_error):
    (tmp_path/'a.csv').write_text(','.join(ANSWER_COLUMNS) + '\n')
    with one_error(ValueError, tmp_path/'a.csv', 'no answers'): read_answers(tmp_path)


@pytest.mark.parametrize('card, words', [
    ('{}', 'no counts'), ('{"counts": 3}', 'no counts'), ('[]', 'JSON dict'), ('{', 'not readable')])
def test_pictures_without_counts(tmp_path, one_error, card, words):
    (tmp_path/'card.json').write_text(card)
    with one_error(ValueError, tmp_path, words): balance_table(tmp_path)


@pytest.mark.parametrize('content', [b'', b'PK', b'{}'], ids=repr)
def test_an_archive_that_is_none(tmp_path, one_error, content):
    archive = tmp_path/'people.zip'
    archive.write_bytes(content)
    with one_error(ValueError, archive, 'no readable archive'): balance_table(archive)


@pytest.mark.parametrize('seconds', [0, -1, float('nan'), float('inf')])
def test_a_monitor_waits_some_time(tmp_path, seconds):
    with pytest.raises(ValueError, match='seconds must be more than 0'): TrainingMonitor(tmp_path, seconds)


def test_numbers_that_half_precision_does_not_have(tmp_path, one_error):
    model = PoseTransfer(Generator(4), (32, 32), None)
    with torch.no_grad(): next(model.generator.parameters()).fill_(1e5)
    with one_error(ValueError, tmp_path/'w.safetensors', 'not finite'): model.save(tmp_path/'w.safetensors')


@pytest.mark.parametrize('kind, value', [(torch.float64, 1e300), (torch.float8_e4m3fn, np.nan)], ids=str)
def test_numbers_of_other_kinds(tmp_path, one_error, kind, value):
    path = save_model(tmp_path/'w.safetensors')
    def spoil(state):
        name = next(name for name, tensor in state.items() if tensor.is_floating_point())
        state[name] = torch.full_like(state[name], value, dtype=torch.float64).to(kind)
    change_weights(path, spoil)
    with one_error(ValueError, path, 'not finite'): PoseTransfer.from_pretrained(path)


@pytest.mark.parametrize('size', [None, [160_000, 160_000], [4096, 96]])
def test_sizes_of_an_estimator(tmp_path, one_error, size):
    path = MannequinEstimator(HeatmapNetwork([4] * 4)).save(tmp_path/'e.safetensors')
    card = path.with_suffix('.json')
    said = json.loads(card.read_text())
    card.write_text(json.dumps(said | dict(architecture=said['architecture'] | dict(size=size))))
    with one_error(ValueError, path): MannequinEstimator.from_pretrained(path)


@pytest.mark.parametrize('sigma', [1e155, 1e308, 1001])
def test_spots_wider_than_any_picture(tmp_path, one_error, sigma):
    model = save_model(tmp_path/'w.safetensors')
    card = model.with_suffix('.json')
    said = json.loads(card.read_text())
    card.write_text(json.dumps(said | dict(architecture=said['architecture'] | dict(sigma=sigma))))
    with one_error(ValueError, card, 'sigma'): PoseTransfer.from_pretrained(model)


def test_a_map_that_is_no_array(tmp_path, one_error):
    path = tmp_path/'m.npz'
    with zipfile.ZipFile(path, 'w') as archive: archive.writestr('arr_0', 'no array')
    with one_error(ValueError, path, 'pose map'): load_pose_map(path)
