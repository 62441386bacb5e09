"An estimator looks at a whole dataset: odd files, interruptions, faults, the command."
import numpy as np
import pandas as pd
import pytest
from conftest import files
from PIL import Image
from stand_ins import StandIn, fixed, person, shipped_estimator
from typer.testing import CliRunner

from pose_transfer_nb.cli import app
from pose_transfer_nb.data.keypoint_tables import picture_paths, write_keypoints
from pose_transfer_nb.data.tables import read_keypoints
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.photographs import PhotographEstimator


@pytest.fixture(scope='module')
def test(): return mannequins('test')


@pytest.fixture(scope='module')
def estimate(): return shipped_estimator()


def test_table_and_loader_agree_on_odd_files(tmp_path):
    "Each is read as one expects a picture to be; what the table says fits what the dataset then loads."
    (tmp_path/'img').mkdir()
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 30, 3), dtype=np.uint8))
    turned = Image.Exif()
    turned[0x0112] = 6
    noise.save(tmp_path/'img/a_turned.jpg', exif=turned)
    noise.convert('CMYK').save(tmp_path/'img/a_cmyk.jpg')
    noise.convert('RGBA').save(tmp_path/'img/a_alpha.png')
    noise.save(tmp_path/'img/a_film.gif', save_all=True, append_images=[noise.rotate(9)])
    Image.fromarray(np.full((40, 30), 40_000, np.uint16)).save(tmp_path/'img/a_deep.png')
    Image.new('RGB', (7300, 5480), 'green').save(tmp_path/'img/a_large.jpg')
    root, paths = picture_paths(tmp_path)
    out = tmp_path/'train_img_keypoints.csv'
    assert not write_keypoints(out, root, paths, fixed((.5, 1)), progress=False)
    ids, sizes, k = read_keypoints(out)
    by = {i[5:]: (tuple(s), p[0].tolist()) for i, s, p in zip(ids, sizes.tolist(), k)}
    assert by['turned'] == ((30, 40), [-1, -1])  # a joint on the lower edge is outside
    assert by['large'][0] == (5480, 7300)
    assert {by[n][0] for n in ('cmyk', 'alpha', 'film', 'deep')} == {(40, 30)}
    table = pd.DataFrame([(paths[0], p) for p in paths[1:]], columns=['imgA', 'imgB'])
    table.to_csv(tmp_path/'train_img_pairs.csv', index=False)
    pairs = PosePairs(tmp_path, size=(48, 32))
    for i in range(len(pairs.ids)): pairs.picture(i)


def test_pictures_without_a_row_are_named(noise):
    (noise/'img/a_1.png').write_bytes((noise/'img/a_1.png').read_bytes()[:900])
    (noise/'img/b_1.png').write_text('no picture')
    def estimate(picture):
        if np.array_equal(picture, as_image(noise/'img/b_2.png')):
            raise ValueError('no person found in the picture')
        return np.full((18, 2), 3)
    out = noise/'k.csv'
    problems = write_keypoints(out, *picture_paths(noise), estimate, progress=False)
    assert list(problems) == ['img/a_1.png', 'img/b_1.png', 'img/b_2.png']
    for path, text in problems.items(): assert str(noise/path) in text
    assert read_keypoints(out)[0] == ['imga_0', 'imga_2', 'imgb_0'] and not list(noise.glob('.k*'))
    for name in 'a_1', 'b_1', 'b_2': Image.new('RGB', (32, 32)).save(noise/f'img/{name}.png')
    assert not write_keypoints(out, *picture_paths(noise), lambda p: np.full((18, 2), 7), progress=False)
    ids, _, k = read_keypoints(out)
    assert len(ids) == 6 and k[:3, 0, 0].tolist() == [3] * 3 and k[3:, 0, 0].tolist() == [7] * 3


def test_an_interrupted_table_is_whole_and_goes_on(noise):
    out = noise/'k.csv'
    seen = []
    def estimate(picture):
        if len(seen) == 4: raise KeyboardInterrupt
        seen.append(picture)
        return fixed((.25, .5))(picture)
    with pytest.raises(KeyboardInterrupt):
        write_keypoints(out, *picture_paths(noise), estimate, progress=False)
    assert len(read_keypoints(out)[0]) == 4
    seen = [None] * 9
    def later(picture):
        seen.append(picture)
        return fixed((.25, .5))(picture)
    write_keypoints(out, *picture_paths(noise), later, progress=False)
    assert len(seen) == 11
    write_keypoints(noise/'whole.csv', *picture_paths(noise), fixed((.25, .5)), progress=False)
    assert out.read_bytes() == (noise/'whole.csv').read_bytes()


def test_joints_are_whole_pixels_inside(noise):
    def estimate(picture): return [(3.4, 31.4), (31.6, 3), (-2, 5), (np.nan, 1)] + [(0, .6)] * 14
    write_keypoints(noise/'k.csv', *picture_paths(noise), estimate, progress=False)
    assert pd.read_csv(noise/'k.csv').iloc[0, 3:13].tolist() == [3, 31, -1, -1, -1, -1, -1, -1, 0, 1]


def test_remarks_are_told_once(noise):
    network = StandIn(person(.9, (0, 0, 9, 9)), person(.9, (0, 0, 20, 20)))
    estimate = PhotographEstimator(network, device='cpu')
    with pytest.warns(UserWarning) as caught:
        write_keypoints(noise/'k.csv', *picture_paths(noise), estimate, progress=False)
    assert [str(w.message) for w in caught] == [
        'several people in the picture; the largest one is taken (6 pictures, the first is img/a_0.png)']


@pytest.mark.parametrize('fault, words', [
    ('no folder', 'there is no such folder'), ('no img', 'img: there is no such folder'),
    ('empty', 'there are no pictures'), ('list', 'row 3'), ('same id', 'same file id'),
    ('out', 'does not exist'), ('old', 'no column')])
def test_faults_show_before_anything_is_written(noise, fault, words):
    where = noise
    out = noise/'k.csv'
    if fault == 'no folder': where = noise/'none'
    if fault == 'no img': (noise/'img').rename(noise/'pictures')
    if fault == 'empty':
        for p in (noise/'img').iterdir(): p.unlink()
    if fault == 'list':
        where = noise/'list.csv'
        where.write_text('img\nimg/a_0.png\n../a_1.png\n')
    if fault == 'same id':
        (noise/'img/a').mkdir()
        (noise/'img/a/_1.png').write_bytes((noise/'img/b_1.png').read_bytes())
    if fault == 'out': out = noise/'none'/'k.csv'
    if fault == 'old': out.write_text('a,b\n1,2\n')
    before = files(noise)
    with pytest.raises((ValueError, OSError), match=words):
        write_keypoints(out, *picture_paths(where), fixed((.5, .5)), progress=False)
    assert files(noise) == before


def test_a_list_of_pictures(noise):
    (noise/'some.csv').write_text('img\nimg/b_1.png\nimg\\a_0.png\nimg/b_1.png\n')
    assert picture_paths(noise/'some.csv') == (noise, ['img/b_1.png', 'img/a_0.png'])
    assert picture_paths(noise/'img') == picture_paths(noise)


def test_command(estimate, test, tmp_path):
    (tmp_path/'img').mkdir()
    for i in range(2): as_image(test.root/test.paths[i]).save(tmp_path/f'img/{i}.png')
    command = ['keypoints', str(tmp_path), '--out', str(tmp_path/'k.csv'), '--estimator', 'mannequins']
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0 and read_keypoints(tmp_path/'k.csv')[0] == ['img0', 'img1']
    (tmp_path/'img/2.png').write_text('no picture')
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 1
    assert '1 of 3 pictures have no row' in done.output and str(tmp_path/'img/2.png') in done.output
    done = CliRunner().invoke(app, command[:-1] + ['dogs'])
    assert done.exit_code == 1 and 'dogs' in done.output
