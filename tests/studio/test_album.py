"The album: a job that gives the same bytes however it is run, stopped and started again."
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, files

for library in 'anny', 'scipy', 'warp': pytest.importorskip(library)

from pose_transfer_nb.ground import files as ground_files
from pose_transfer_nb.cli import app
from pose_transfer_nb.dataset import PosePairs, read_keypoints
from pose_transfer_nb.studio import album
from pose_transfer_nb.studio.album import archive, make_mannequins, take
from pose_transfer_nb.studio.plan import Card
from pose_transfer_nb.studio.records import balance_table
from painters import clumsy_painter, dying_painter, painter
from typer.testing import CliRunner

ONE = dict(people=5, per_person=3, seed=7)


def paint(out, workers=2, photographer=painter, **changes):
    return make_mannequins(out, **{**ONE, **changes}, workers=workers, photographer=photographer)


@pytest.fixture(scope='module')
def painted(tmp_path_factory):
    "A finished set, made by one worker without interruption."
    out = tmp_path_factory.mktemp('album')/'set'
    paint(out, workers=1)
    return out



def test_retakes():
    asked = []
    def camera(shot, good_at):
        asked.append(shot)
        keypoints = np.full((18, 2), 5.)
        if len(asked) <= good_at: keypoints[7:] = -1
        return SimpleNamespace(keypoints=keypoints)
    card = Card('standing', 'side', 'left', 'hip', 'smile', 'ahead')
    kept, shot, _ = take(lambda s: camera(s, 1), card, (0, 0, 0))
    assert kept == card and len(asked) == 2 and asked[0].yaw != asked[1].yaw and shot == asked[1]
    asked.clear()
    kept, shot, _ = take(lambda s: camera(s, 4), card, (0, 0, 0))
    assert [s.crop for s in asked] == ['hip'] * 3 + ['knee'] * 2 and kept.crop == shot.crop == 'knee'
    asked.clear()
    with pytest.raises(
        ValueError, match="fewer than 8 joints are visible, 9 times in a row: Card.*'standing'"
    ):
        take(lambda s: camera(s, 99), card, (0, 0, 0))


# The layout

def test_layout(painted):
    whats = 'list', 'pairs', 'keypoints'
    tables = {f'{split}_img_{what}.csv' for split in ('train', 'test') for what in whats}
    ours = {'img', 'README.md', 'card.json', 'people.csv', 'pictures.csv'}
    assert {p.name for p in painted.iterdir()} == tables | ours
    assert sorted(p.name for p in (painted / 'img').iterdir()) == [
        f'p{i:04d}_{k:02d}.jpg' for i in range(5) for k in range(3)
    ]
    train, test = PosePairs(painted, 'train'), PosePairs(painted, 'test')
    assert (len(train), len(test)) == (4 * 3 * 2, 1 * 3 * 2)
    assert test.ids == [f'imgp0004_{k:02d}' for k in range(3)]
    for split in train, test:
        for a, b in split.pairs: assert split.ids[a].split('_')[0] == split.ids[b].split('_')[0] and a != b
        assert len({frozenset(p) for p in split.pairs.tolist()}) == len(split) // 2, (
            'each pair once, then the other way round'
        )
        assert split[0]['source_image'].shape == (3, 256, 176)
        assert split[0]['source_map'].shape == (18, 256, 176)
        listed = pd.read_csv(painted/f'{split.split}_img_list.csv').img
        assert list(listed) == split.paths
        ids, sizes, keypoints = read_keypoints(painted/f'{split.split}_img_keypoints.csv')
        assert ids == split.ids and (sizes == (256, 176)).all() and (keypoints == keypoints.round()).all()
        assert '.' not in (painted / f'{split.split}_img_keypoints.csv').read_text(), (
            'whole pixels, as in the authors\' files'
        )


def test_our_own_tables(painted):
    people, pictures = pd.read_csv(painted/'people.csv'), pd.read_csv(painted/'pictures.csv')
    assert list(people.person) == [f'p{i:04d}' for i in range(5)]
    assert list(people.split) == ['train'] * 4 + ['test']
    assert list(pictures.img) == [f'img/p{i:04d}_{k:02d}.jpg' for i in range(5) for k in range(3)]
    assert list(pictures.columns) == 'img person pose view yaw crop expression gaze visible'.split()
    assert (pictures.visible >= 8).all()
    keypoints = np.concatenate(
        [read_keypoints(painted / f'{split}_img_keypoints.csv')[2] for split in ('train', 'test')]
    )
    assert list(pictures.visible) == (keypoints[..., 0] >= 0).sum(1).tolist()


def test_card_and_table(painted):
    card, table = json.loads((painted/'card.json').read_text()), balance_table(painted)
    assert card['people'] == dict(train=4, test=1) and card['pictures'] == dict(train=12, test=3)
    assert card['size'] == [256, 176]
    options = '--people 5 --per-person 3 --seed 7 --test-people 1 --quality 88'
    assert card['command'] == f'pose-transfer mannequins {options}'
    assert {'pose-transfer-nb', 'anny', 'numpy', 'warp-lang', 'pillow'} == set(card['settings']['versions'])
    pd.testing.assert_frame_equal(table, balance_table(card))
    for name in 'build', 'skin', 'hair', 'garment', 'pattern':
        assert table.loc[name].train.sum() == 4 and table.loc[name].test.sum() == 1
    for name in 'pose', 'view', 'crop', 'expression':
        assert table.loc[name].train.sum() == 12 and table.loc[name].test.sum() == 3
    assert table.loc['view']['train share'].sum() == pytest.approx(1)
    text = (painted/'README.md').read_text()
    for words in 'No picture shows a real person', 'Apache-2.0', 'CC0', card['command'], '| view | front |':
        assert words in text


# The same bytes, whatever happens

def test_workers_and_repetition_change_nothing(painted, tmp_path):
    before = {p: p.stat().st_mtime_ns for p in painted.rglob('*')}
    card = paint(painted, photographer=clumsy_painter)
    assert {p: p.stat().st_mtime_ns for p in painted.rglob('*')} == before, 'a finished set is left alone'
    assert paint(tmp_path/'two', workers=2) == card
    assert files(tmp_path/'two') == files(painted)


def start(out):
    code = f'''
import sys; sys.path[:0] = [{str(ROOT/"tests"/"tools")!r}]
from painters import slow_painter
from pose_transfer_nb.studio.album import make_mannequins
make_mannequins({str(out)!r}, **{ONE!r}, workers=2, photographer=slow_painter)'''
    return subprocess.Popen(
        [sys.executable, '-c', code], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )


def wait_for(what, seconds=120):
    end = time.time() + seconds
    while not what():
        assert time.time() < end
        time.sleep(.02)


def alive(pid):
    try: return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except OSError: return False


def children(pid):
    found = subprocess.run(
        ['ps', '-o', 'pid=', '--ppid', str(pid)], capture_output=True, text=True
    ).stdout.split()
    return [int(p) for p in found]


@pytest.mark.skipif(sys.platform != 'linux', reason='looks into /proc')
@pytest.mark.parametrize('blow', [signal.SIGKILL, signal.SIGINT])
def test_killed_and_started_again(painted, tmp_path, blow):
    out = tmp_path/'set'
    process = start(out)
    wait_for(lambda: list(out.glob('.unfinished/p*.json')))
    workers = children(process.pid)
    process.send_signal(blow)
    assert process.wait(60) != 0 and workers
    wait_for(lambda: not any(map(alive, workers)), 30)
    work = out/'.unfinished'
    assert [p.name for p in out.iterdir()] == ['.unfinished'], 'nothing looks finished'
    done = {p.name: p.stat().st_mtime_ns for p in work.glob('p*.json')}
    assert 0 < len(done) < 5
    (work/'img'/f'{ground_files.UNFINISHED}0123456789ab').write_bytes(b'half a picture')
    pictures = {
        p.name: p.stat().st_mtime_ns for p in (work / 'img').glob('*.jpg') if f'{p.name[:5]}.json' in done
    }
    paint(out)
    assert files(out) == files(painted)
    assert all((out / 'img' / name).stat().st_mtime_ns == t for name, t in pictures.items()), (
        'finished people are not photographed again'
    )


def test_stopped_while_the_tables_are_written(painted, tmp_path, monkeypatch):
    monkeypatch.setattr(album, 'make_card', lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError): paint(tmp_path/'set')
    monkeypatch.undo()
    assert not (tmp_path/'set'/'card.json').exists() and (tmp_path/'set'/'img').is_dir()
    paint(tmp_path/'set', photographer=clumsy_painter)
    assert files(tmp_path/'set') == files(painted)


def test_archives_are_equal(painted, tmp_path):
    paint(tmp_path/'again')
    (tmp_path/'again'/'notes.txt').write_text('mine')
    one, other = archive(painted, tmp_path/'one.zip'), archive(tmp_path/'again', tmp_path/'other.zip')
    assert one.read_bytes() == other.read_bytes()
    with zipfile.ZipFile(one) as z:
        assert {n: z.read(n) for n in z.namelist()} == files(painted) and z.namelist() == sorted(z.namelist())
        assert {i.compress_type for i in z.infolist() if i.filename.endswith('.jpg')} == {zipfile.ZIP_STORED}
    pd.testing.assert_frame_equal(balance_table(one), balance_table(painted))


# What goes wrong

def test_foreign_folders_are_not_touched(painted, tmp_path):
    (tmp_path/'mine').mkdir()
    (tmp_path/'mine'/'thesis.txt').write_text('years of work')
    (tmp_path/'file').write_text('')
    before = files(tmp_path)
    with pytest.raises(ValueError, match='mine: not empty, and not a set that was begun here'):
        paint(tmp_path / 'mine')
    with pytest.raises(ValueError, match='file: is a file; name a folder'): paint(tmp_path/'file')
    with pytest.raises(
        ValueError, match='set: holds a set with other settings .seed 7, not 8.; name another folder'
    ):
        paint(painted, seed=8)
    assert files(tmp_path) == before
    with pytest.raises(ValueError, match='mine: not a finished set'):
        archive(tmp_path / 'mine', tmp_path / 'x.zip')


def test_unfinished_with_other_settings(tmp_path):
    with pytest.raises(RuntimeError): paint(tmp_path/'set', photographer=clumsy_painter)
    before = files(tmp_path)
    with pytest.raises(ValueError, match='other settings .per_person 3, not 4.'):
        paint(tmp_path / 'set', per_person=4)
    assert files(tmp_path) == before


@pytest.mark.parametrize('photographer, words', [
    (clumsy_painter, 'person 1, picture 0: ZeroDivisionError: the lamp fell over'),
    (dying_painter, 'a worker process ended without a word')])
def test_errors_of_workers(painted, tmp_path, photographer, words):
    with pytest.raises(RuntimeError, match=words): paint(tmp_path/'set', photographer=photographer)
    paint(tmp_path/'set')
    assert files(tmp_path/'set') == files(painted)


def test_full_disk(tmp_path, monkeypatch):
    def full(*_): raise OSError(28, 'No space left on device')
    monkeypatch.setattr(ground_files, 'write_atomically', full)
    with pytest.raises(
        OSError,
        match=r'settings.json cannot be written \(No space left on device\); what is finished is kept',
    ):
        paint(tmp_path / 'set')
    assert not files(tmp_path)


@pytest.mark.parametrize('wrong, words', [
    (dict(people=1), 'at least 2 people'),
    (dict(per_person=1), 'at least 2 people'),
    (dict(test_people=5), '1 to 4 can be for testing'),
    (dict(test_people=0), '1 to 4 can be for testing'),
    (dict(seed=-1), 'a seed is not negative'),
    (dict(quality=0), 'a quality is 1 to 100'),
    (dict(workers=0), 'at least one worker')])
def test_nonsense(tmp_path, wrong, words):
    with pytest.raises(ValueError, match=words):
        make_mannequins(tmp_path / 'set', **{**ONE, **wrong}, photographer=painter)
    assert not (tmp_path/'set').exists()


def test_command_line_errors(tmp_path, monkeypatch):
    run = CliRunner().invoke
    for arguments, words in (
        (['--people', '1', '--out', tmp_path / 'x'], 'at least 2 people'),
        (['--zip', tmp_path / 'no' / 'x.zip'], 'in a folder that is there'),
        (['--out', tmp_path, '--zip', tmp_path / 'card.json'], 'a folder outside of it'),
    ):
        done = run(app, ['mannequins', *map(str, arguments)])
        assert done.exit_code == 1 and words in done.output and done.output.count('\n') == 1
    monkeypatch.setitem(sys.modules, 'pose_transfer_nb.studio.album', None)
    monkeypatch.chdir(tmp_path)
    assert run(app, ['mannequins']).exit_code == 1
    assert not files(tmp_path)


def test_without_the_extra(tmp_path):
    "One line that says what to install."
    code = '''
import importlib.util, sys
from importlib.util import find_spec
importlib.util.find_spec = lambda name, *a: None if name == 'warp' else find_spec(name, *a)
from pose_transfer_nb.cli import app
app(['mannequins'])'''
    environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
    done = subprocess.run(
        [sys.executable, '-c', code], capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert done.returncode == 1
    assert done.stderr.strip() == 'Error: the studio needs warp; pip install "pose-transfer-nb[studio]"'


# The real thing

def test_two_real_pictures(tmp_path):
    "The command, on the small body: two people, two pictures each."
    command = 'mannequins --people 2 --per-person 2'.split()
    command += ['--out', str(tmp_path / 'set'), '--zip', str(tmp_path / 'set.zip')]
    done = subprocess.run(
        [sys.executable, '-c', 'from pose_transfer_nb.cli import app; app()', *command], capture_output=True,
        text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    train = PosePairs(tmp_path/'set', 'train')
    for i in 0, 1:
        image, keypoints, _ = train.person(i)
        assert image.shape == (3, 256, 176)
        assert .05 < (image < .6).any(0).float().mean() < .9, 'somebody is there, and a background'
        assert (keypoints[:, 0] >= 0).sum() >= 8
    assert zipfile.ZipFile(tmp_path/'set.zip').testzip() is None
