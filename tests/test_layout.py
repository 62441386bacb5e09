"A dataset's folder from pictures to results: pairs, pose maps, check, generate; and the authors' files."
import io
import json
import os
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
import torch
from big_tree import big_tree
from conftest import files, save_model
from PIL import Image
from torchvision.transforms.functional import to_pil_image
from torchvision.utils import make_grid
from typer.testing import CliRunner

from pose_transfer_nb import dataset
from pose_transfer_nb.authors import generation
from pose_transfer_nb.data import own_pictures
from pose_transfer_nb.cli import app
from pose_transfer_nb.data.tables import SPLITS, dataset_root, file_id, read_keypoints
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.data.report import check_dataset
from pose_transfer_nb.data.own_pictures import make_pairs, write_pose_maps
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.pose_maps import load_pose_map
from pose_transfer_nb.transfer import PoseTransfer
from pose_transfer_nb.authors.generation import generate_all
from pose_transfer_nb.authors.released import load_transfer, pretrained_checkpoint


def set_cells(path, row, **values):
    table = pd.read_csv(path)
    for name, value in values.items(): table[name] = table[name].astype(object); table.loc[row, name] = value
    table.to_csv(path, index=False)


def add_row(path, *values):
    with open(path, 'a') as file: file.write(','.join(map(str, values)) + '\n')


def drop_rows(path, keep):
    table = pd.read_csv(path)
    table[keep(table)].to_csv(path, index=False)


# check

def works(root):
    "Do both splits open, and can every picture be read with its pose?"
    try:
        for split in SPLITS:
            pairs = PosePairs(root, split)
            for i in range(len(pairs.ids)): pairs.person(i)
        return True
    except (ValueError, OSError): return False


def fault(report, words):
    found = [f for f in report.faults if words in f.what]  # twice where both splits use a picture
    assert found, f'{words!r} is not in {[f.what for f in report.faults]}'
    return found[0]


def shrink(path): Image.open(path).resize((16, 16)).save(path)
def cut(path): path.write_bytes(path.read_bytes()[:-40])
def without(path, name): drop_rows(path, lambda t: t.file_id != name)
def mapped(r): write_pose_maps(r)
def all_hidden(r, rows):
    names = [f'p{i}_{a}' for i in range(18) for a in 'xy']
    set_cells(r/'train_img_keypoints.csv', rows, **dict.fromkeys(names, -1))
def stale(r): mapped(r); set_cells(r/'train_img_keypoints.csv', 1, p4_x=3, p4_y=3)
def cut_map(r): mapped(r); cut(r/'train_pose_maps/imga_1.npz')
def half_map(r): mapped(r); own_pictures.save_pose_map(r/'test_pose_maps/imgb_1.npz', np.full((18, 2), 3), (16, 16))
def no_prefix(r): edit_ids(r, lambda i: i.removeprefix('img'))
def edit_ids(r, change):
    table = pd.read_csv(r/'test_img_keypoints.csv')
    table.assign(file_id=table.file_id.map(change)).to_csv(r/'test_img_keypoints.csv', index=False)
def collide(r):
    (r/'img/a').mkdir(); shutil.copyfile(r/'img/a_1.png', r/'img/a/_1.png')
    add_row(r/'train_img_pairs.csv', 'img/a_0.png', 'img/a/_1.png')


# name: (spoil, what the report says, how many, what it says of the first or of mending it, whether a training run is stopped)
SPOILED = dict(
    picture_missing=(lambda r: (r/'img/b_1.png').unlink(), 'pictures that are missing', 1, 'row 4: imgB', True),
    picture_truncated=(lambda r: cut(r/'img/a_1.png'), 'cannot be read', 1, 'img/a_1.png', True),
    picture_is_text=(lambda r: (r/'img/a_1.png').write_text('me'), 'cannot be read', 1, 'img/a_1.png', True),
    picture_of_another_size=(lambda r: shrink(r/'img/a_2.png'), 'sizes other', 1, 'the picture is 16 x 16, the table says 32 x 32', True),
    picture_without_keypoints=(lambda r: without(r/'train_img_keypoints.csv', 'imgb_2'), 'pictures without keypoints', 1, 'pose-transfer keypoints', True),
    ids_from_below_img=(no_prefix, 'pictures without keypoints', 4, 'begin below img/', True),
    ids_with_slashes=(lambda r: edit_ids(r, lambda i: i.replace('img', 'img/')), 'file ids with slashes', 6, "'img/a_0'", True),
    id_twice=(lambda r: set_cells(r/'train_img_keypoints.csv', 3, file_id='imga_1'), 'have a row already', 1, 'row 5: imga_1', True),
    ids_collide=(collide, 'share a file id', 1, 'img/a/_1.png', True),
    joint_outside=(lambda r: set_cells(r/'test_img_keypoints.csv', 2, p4_x=99, p4_y=1), 'joints outside', 1, 'row 4: imga_2: right wrist', True),
    no_number=(lambda r: set_cells(r/'test_img_keypoints.csv', 2, p4_x='left'), 'no numbers', 1, 'row 4: imga_2', True),
    half_a_pixel_high=(lambda r: set_cells(r/'train_img_keypoints.csv', 0, img_h=31.5), 'no numbers', 1, 'row 2: imga_0', True),
    path_outside=(lambda r: set_cells(r/'train_img_pairs.csv', 0, imgA='../x.png'), 'lead out of the dataset', 1, "'../x.png'", True),
    no_pairs=(lambda r: drop_rows(r/'test_img_pairs.csv', lambda t: t.imgA == ''), 'test_img_pairs.csv: there are no pairs in it', 1, 'pose-transfer pairs', True),
    pair_table_missing=(lambda r: (r/'test_img_pairs.csv').unlink(), 'test_img_pairs.csv: there is no such file', 1, 'pose-transfer pairs', True),
    pair_columns=(lambda r: (r/'train_img_pairs.csv').write_text('from,to\na,b\n'), 'train_img_pairs.csv: no column imgA', 1, '', True),
    keypoint_table_missing=(lambda r: (r/'train_img_keypoints.csv').unlink(), 'train_img_keypoints.csv: there is no such file', 1, 'pose-transfer keypoints', True),
    keypoint_table_empty=(lambda r: (r/'train_img_keypoints.csv').write_text(''), 'train_img_keypoints.csv: not a readable CSV', 1, '', True),
    map_truncated=(cut_map, 'damaged maps in train', 1, 'pose-maps', True),
    map_of_another_size=(half_map, 'damaged maps in test', 1, '(16, 16)', True),
    list_missing=(lambda r: (r/'train_img_list.csv').unlink(), 'train_img_list.csv: there is no such file', 1, '', False),
    maps_that_are_stale=(stale, 'maps with other joints', 1, '--overwrite', False),
    map_missing=(lambda r: (mapped(r), (r/'test_pose_maps/imgb_1.npz').unlink()), 'without a map in test', 1, 'pose-transfer pose-maps', False),
    nobody_found=(lambda r: all_hidden(r, 1), 'nobody was found', 1, 'img/a_1.png', False),
    two_people=(lambda r: add_row(r/'train_img_pairs.csv', 'img/a_0.png', 'img/b_0.png'), 'pairs of two people', 1, 'row 6', False),
    listed_but_missing=(lambda r: add_row(r/'train_img_list.csv', 'img/c_0.png'), 'that are missing, in the list only', 1, 'img/c_0.png', False),
    row_of_no_picture=(lambda r: add_row(r/'train_img_keypoints.csv', 'imgz_0', 32, 32, *[5] * 36), 'rows of no picture', 1, 'row 8: imgz_0', False))


@pytest.mark.parametrize('name', SPOILED)
def test_check_finds(noise, name):
    spoil, words, count, text, stops = SPOILED[name]
    spoil(noise)
    before = files(noise)
    report = check_dataset(noise)
    found = fault(report, words)
    assert (found.count, found.stops) == (count, stops)
    assert text in ' '.join([*found.first, found.mend])
    assert report.ok == works(noise) == (not stops)
    assert found.what in str(report) and files(noise) == before


def test_check_of_a_good_folder(noise):
    "Everybody is in both splits of the noise; nothing else is to be said."
    write_pose_maps(noise)
    report = check_dataset(noise)
    assert report.ok and [f.what for f in report.faults] == ['people in both splits, by their pictures\' names']
    assert report.counts['train'] == {'pictures': '6', 'pairs': '4', 'people': '2', 'keypoints': '6', 'pose maps': '6'}
    assert report.sizes == {(32, 32): 6 * 2}


def test_check_when_nobody_was_found_anywhere(noise):
    all_hidden(noise, range(6))
    assert fault(check_dataset(noise), 'nobody was found').stops


def test_check_leaves_names_alone_that_follow_another_rule(noise):
    for split in SPLITS:
        for kind in 'list', 'pairs', 'keypoints':
            file = noise/f'{split}_img_{kind}.csv'
            file.write_text(file.read_text().replace('_', '').replace('imgh', 'img_h').replace('imgw', 'img_w').replace('x,', '_x,').replace('y,', '_y,').replace('p17y', 'p17_y').replace('fileid', 'file_id'))
    for picture in (noise/'img').iterdir(): picture.rename(picture.with_name(picture.name.replace('_', '')))
    report = check_dataset(noise)
    assert report.ok and report.counts['train']['people'] == '?' and not any('people' in f.what for f in report.faults)


def test_check_command(noise):
    good = CliRunner().invoke(app, ['check', str(noise)])
    assert good.exit_code == 0 and 'training could run' in good.stdout
    (noise/'img/b_1.png').unlink()
    bad = CliRunner().invoke(app, ['check', str(noise)])
    assert bad.exit_code == 1 and 'training could not run' in bad.stdout and len(bad.stdout.splitlines()) < 50


def test_a_tree_shaped_like_deepfashion(tmp_path):
    "Smaller; `python tests/tools/big_tree.py FOLDER` makes one of its full size."
    root = big_tree(tmp_path/'big', dict(train=(600, 1200), test=(60, 100)))
    report = check_dataset(root)
    assert report.ok and not report.faults, str(report)
    assert report.counts['train'] == {'pictures': '600', 'pairs': '1,200', 'people': '100', 'keypoints': '600', 'pose maps': '600'}
    pairs = PosePairs(root)
    assert len(pairs) == 2400 and pairs[0]['source_map'].sum() == 17


def test_opening_lists_folders_and_reads_each_table_once(noise, monkeypatch):
    read, tables, asked = pd.read_csv, [], []
    monkeypatch.setattr(pd, 'read_csv', lambda path, *a, **k: tables.append(path.name) or read(path, *a, **k))
    scan = os.scandir
    monkeypatch.setattr(os, 'scandir', lambda path: asked.append(path) or scan(path))
    pairs = PosePairs(noise)
    for i in range(len(pairs)): pairs[i]
    assert sorted(tables) == ['train_img_keypoints.csv', 'train_img_pairs.csv'] and asked == [noise/'img']


# The authors' folders

def test_the_authors_workspace(noise, tmp_path):
    inner = tmp_path/'pose2pose/datasets/DeepFashion'
    shutil.copytree(noise, inner)
    assert dataset_root(tmp_path/'pose2pose') == inner == PosePairs(tmp_path/'pose2pose').root
    assert check_dataset(tmp_path/'pose2pose').ok


@pytest.mark.parametrize('path, name', [('img/WOMEN/Tees/id_00000080/01_1_front.jpg', 'imgWOMENTeesid_0000008001_1_front'), (r'img\a\b.png', 'imgab'), ('img/v1.2/x', 'imgv1.2x')])
def test_file_id(path, name): assert file_id(path) == name


# Pairs

@pytest.fixture
def album(tmp_path):
    "Five people in folders, one of them in two outfits and one with a single picture; and what else lies about."
    root = tmp_path/'album'
    for name in 'anna/1.jpg anna/2.JPG anna/3.png ben/red/1.jpg ben/red/2.jpg ben/blue/1.jpg ben/blue/2.jpg carl/x.jpg carl/y.jpg dora/1.jpg eve_1.jpg eve_2.jpg'.split():
        (root/'img'/name).parent.mkdir(parents=True, exist_ok=True)
        Image.new('RGB', (32, 48)).save(root/'img'/name)
    (root/'img/anna/notes.txt').write_text('bought in May'); (root/'img/.DS_Store').write_bytes(b'x')
    return root


def test_pairs(album):
    made = make_pairs(album, test_share=.25, seed=1)
    tables = {s: pd.read_csv(album/f'{s}_img_pairs.csv') for s in SPLITS}
    lists = {s: pd.read_csv(album/f'{s}_img_list.csv').img.tolist() for s in SPLITS}
    people = {s: {p.split('/')[1].split('_')[0] for p in lists[s]} for s in SPLITS}
    assert people['train'] | people['test'] == {'anna', 'ben', 'carl', 'eve'} and not people['train'] & people['test'] and len(people['test']) == 1
    rows = [tuple(r) for s in SPLITS for r in tables[s].to_numpy()]
    assert len(rows) == 3 + 1 + 1 + 1 + 1 and ('img/anna/1.jpg', 'img/anna/2.JPG') in rows and ('img/ben/red/1.jpg', 'img/ben/blue/1.jpg') not in rows
    assert all(a < b for a, b in rows)
    for s in SPLITS:
        assert set(tables[s].to_numpy().ravel()) == set(lists[s])
        assert made[s] == (len(people[s]), len(lists[s]), len(tables[s]))


def test_pictures_of_a_kind_that_is_not_read(album):
    (album/'img/anna/4.HEIC').write_bytes(b'x')
    with pytest.warns(UserWarning, match='1 pictures are left out.*img/anna/4.HEIC; save them as JPEG'): make_pairs(album)


def test_pairs_by_seed(album):
    def test_people(seed): return make_pairs(album, .5, seed, overwrite=True) and (album/'test_img_list.csv').read_bytes()
    first = test_people(0)
    assert test_people(0) == first and len({test_people(seed) for seed in range(6)}) > 1


def test_pairs_are_not_overwritten(album):
    make_pairs(album)
    before = files(album)
    with pytest.raises(FileExistsError, match='--overwrite'): make_pairs(album, seed=5, test_share=.5)
    assert files(album) == before


def only(album, *names):
    for folder in (album/'img').iterdir():
        if folder.name not in names: shutil.rmtree(folder) if folder.is_dir() else folder.unlink()


@pytest.mark.parametrize('spoil, kind, words', [
    (lambda r: only(r, 'anna'), ValueError, 'two people are needed'), (lambda r: only(r), ValueError, '0 pictures'),
    (lambda r: shutil.rmtree(r/'img'), FileNotFoundError, 'a folder for each person'),
    (lambda r: shutil.copyfile(r/'img/carl/x.jpg', r/'img/carl/x.png'), ValueError, 'file id, imgcarlx')])
def test_no_pairs(album, spoil, kind, words):
    spoil(album)
    before = files(album)
    with pytest.raises(kind, match=words): make_pairs(album)
    assert files(album) == before


# Pose maps

def authors_map(keypoints, size):
    "By the definition: a one at (row, column) of every joint that is there."
    maps = np.zeros((*size, 18), np.uint8)
    for j, (x, y) in enumerate(keypoints.astype(int)):
        if x != -1 and y != -1: maps[y, x, j] = 1
    return maps


def test_pose_maps(noise):
    assert write_pose_maps(noise) == dict(train=(6, 0), test=(6, 0))
    ids, sizes, keypoints = read_keypoints(noise/'train_img_keypoints.csv')
    for name, size, k in zip(ids, sizes, keypoints):
        with np.load(noise/f'train_pose_maps/{name}.npz') as stored:
            assert stored['arr_0'].dtype == np.uint8 and np.array_equal(stored['arr_0'], authors_map(k, size))


def test_pose_maps_go_on(noise, monkeypatch):
    save, count = own_pictures.save_pose_map, iter(range(99))
    def stop(*a): save(*a) if next(count) < 4 else (_ for _ in ()).throw(KeyboardInterrupt)
    with monkeypatch.context() as m:
        m.setattr(own_pictures, 'save_pose_map', stop)
        with pytest.raises(KeyboardInterrupt): write_pose_maps(noise, workers=1)
    there = {p: p.stat().st_mtime_ns for p in noise.glob('*_pose_maps/*')}
    assert 4 <= len(there) < 12 and all(p.suffix == '.npz' for p in there)
    for p in there: load_pose_map(p)
    done = write_pose_maps(noise)
    assert sum(made for made, _ in done.values()) == 12 - len(there)
    assert all(p.stat().st_mtime_ns == t for p, t in there.items())


def test_pose_maps_anew(noise):
    write_pose_maps(noise)
    set_cells(noise/'train_img_keypoints.csv', 1, p4_x=3, p4_y=5)
    write_pose_maps(noise)
    assert not load_pose_map(noise/'train_pose_maps/imga_1.npz')[4, 5, 3], 'what is there stays'
    assert write_pose_maps(noise, overwrite=True)['train'] == (6, 0)
    assert load_pose_map(noise/'train_pose_maps/imga_1.npz')[4, 5, 3]


def test_pose_maps_without_tables(album):
    with pytest.raises(FileNotFoundError, match='pose-transfer keypoints'): write_pose_maps(album)


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
    wanted = {f'{kind}_{side}/{n}@{file_id(row[f"img{side}"])}.jpg' for kind in ('real_images/real', 'fake_images/iter_7/fake') for side in 'AB' for n, row in rows.iterrows()}
    assert names == wanted
    item = pairs[1]                                              # second row, A to B
    with torch.no_grad(): made = model.generator(item['source_image'][None], torch.cat([item['source_map'], item['target_map']])[None])[0]
    for folder, tensor in ('real_images/real_B', item['target_image']), ('fake_images/iter_7/fake_B', made):
        to_pil_image(make_grid(tensor, nrow=1, padding=0, normalize=True)).save(theirs := io.BytesIO(), 'JPEG')
        with Image.open(tmp_path/'out'/folder/f'1@{item["target_id"]}.jpg') as ours, Image.open(theirs) as wanted:
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
    for change in (dict(weights='3', protocol='plain'), dict(weights='2'), dict(weights='1', pairs=PosePairs(noise, 'train', (48, 48)))):
        with pytest.raises(ValueError, match='generate.json'): generate_all(model, **dict(pairs=pairs, out=tmp_path/'out') | change)
    with pytest.raises(ValueError, match='sigma'): generate_all(model, PosePairs(noise, 'test', sigma=2.), tmp_path/'new')
    assert files(tmp_path/'out') == before and not (tmp_path/'new').exists()


def test_generate_from_pictures_of_two_sizes(noise, model, tmp_path):
    Image.new('RGB', (48, 32)).save(noise/'img/a_0.png')
    for split in SPLITS: set_cells(noise/f'{split}_img_keypoints.csv', 0, img_w=48)
    with pytest.raises(ValueError, match='differ in size'): generate_all(model, PosePairs(noise, 'test'), tmp_path/'out')
    assert generate_all(model, PosePairs(noise, 'test', (32, 32)), tmp_path/'fitted')['made'] == 8


# From pictures to results

def test_the_whole_chain(tmp_path):
    "A handful of mannequins as if they were somebody's photographs, through the commands, with a checkpoint in the authors' format."
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
        rows = [[file_id(p), 256, 176, *poses[file_id(p)[:8] + '_' + file_id(p)[8:]].ravel()] for p in pd.read_csv(root/f'{split}_img_list.csv').img]
        pd.DataFrame(rows, columns=dataset.KEYPOINT_COLUMNS).to_csv(root/f'{split}_img_keypoints.csv', index=False)
    assert 'train_pose_maps: 12 written' in command('pose-maps', root)
    assert command('check', root).count('\n') < 8, 'nothing to complain of'
    torch.manual_seed(0); Generator(4).to_authors(tmp_path/'netG_500.pth')
    out = tmp_path/'results'
    assert '30 pictures, 30 made now' in command('generate', root, '--weights', tmp_path/'netG_500.pth', '--out', out, '--device', 'cpu')
    assert len(list((out/'fake_images/iter_500/fake_A').glob('*.jpg'))) == 15
    assert as_image(next((out/'fake_images/iter_500/fake_B').glob('14@*.jpg'))).size == (176, 256)
    assert '30 pictures, 0 made now' in command('generate', root, '--weights', tmp_path/'netG_500.pth', '--out', out, '--device', 'cpu')


def test_weights_of_any_kind(tmp_path):
    Generator(4).to_authors(tmp_path/'netG_260500.pth'); save_model(tmp_path/'mine.safetensors', sigma=2.)
    model, name = load_transfer(tmp_path/'netG_260500.pth')
    assert (name, model.size, model.sigma, model.generator.width) == ('260500', (256, 256), None, 4)
    model, name = load_transfer(tmp_path/'mine.safetensors')
    assert (name, model.size, model.sigma) == ('mine', (32, 32), 2.)


# The authors' released weights, from a server of our own

@pytest.fixture
def server(tmp_path):
    "Serves `server.data` in the manner of `server.manner`; `server.asked` are the first bytes that were asked for."
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
            self.send_header('Content-Type', 'text/html; charset=utf-8' if s.manner == 'page' else 'application/octet-stream')
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


@pytest.mark.parametrize('manner, words', [('page', 'a web page'), ('gone', '404.*in a browser'), ('rubbish', 'does not hold what it should'), ('closed', 'put it at .*netG_260500.pth')])
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
    with pytest.raises(FileNotFoundError, match='netG_257500.pth: .*download netG_257500.pth from https://drive.google.com'): pretrained_checkpoint(257500, workspace)
    Generator(4).to_authors(path := workspace/'output/DeepFashion/ckpt/pretrained/netG_257500.pth')
    assert pretrained_checkpoint(257500, workspace) == path
    assert load_transfer('257500', workspace)[1] == '257500'


def test_the_card_of_a_folder_is_plain_json(noise, model, tmp_path):
    generate_all(model, PosePairs(noise, 'test'), tmp_path/'out', '7')
    said = json.loads((tmp_path/'out/generate.json').read_text())
    assert (said['split'], said['protocol'], said['size'], list(said['weights'])) == ('test', 'authors', None, ['7'])
