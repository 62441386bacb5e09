"A folder that is not as it should be gives one error that names the place."
import shutil

import pytest
from conftest import FAKE, NAMES, picture

from pose_transfer_nb.judges.evaluation import evaluate


def no_folder(o): shutil.rmtree(o); return [o/'real_images/real_A', 'generate']
def no_checkpoint(o): shutil.rmtree(o/'fake_images'); return [o/'fake_images', 'iter_']
def one_side(o): shutil.rmtree(o/f'{FAKE}B'); return [o/f'{FAKE}B']
def empty(o):
    [p.unlink() for p in (o / 'real_images/real_B').iterdir()]
    return [o / 'real_images/real_B', 'no pictures']
def missing(o):
    [(o / f'{FAKE}A' / f'{n}.jpg').unlink() for n in NAMES['A'][1:3]]
    return [o / f'{FAKE}A', NAMES['A'][1], '1 more', 'of 5']
def one_more(o): picture(1).save(o/f'{FAKE}B'/'9@imgx.jpg'); return [o/f'{FAKE}B', '9@imgx', 'real_B']
def other_names(o):
    (o / f'{FAKE}B' / f'{NAMES["B"][0]}.jpg').rename(o / f'{FAKE}B' / '0@imgz.jpg')
    return [o / f'{FAKE}B', NAMES['B'][0]]
def twice(o): picture(1).save(o/f'{FAKE}B'/f'{NAMES["B"][0]}.png'); return [o/f'{FAKE}B', 'PNG']
def no_picture(o):
    (o / f'{FAKE}B' / f'{NAMES["B"][3]}.jpg').write_text('hello')
    return [o / f'{FAKE}B' / f'{NAMES["B"][3]}.jpg']
def cut(o): p = o/'real_images/real_A'/f'{NAMES["A"][0]}.jpg'; p.write_bytes(p.read_bytes()[:300]); return [p]
def other_size(o):
    picture(1, (24, 24)).save(o / f'{FAKE}A' / f'{NAMES["A"][2]}.jpg')
    return [o / f'{FAKE}A' / f'{NAMES["A"][2]}.jpg', '24 x 24', '20 x 24']


SPOILED = [
    no_folder,
    no_checkpoint,
    one_side,
    empty,
    missing,
    one_more,
    other_names,
    twice,
    no_picture,
    cut,
    other_size,
]


@pytest.mark.parametrize('spoil', SPOILED)
def test_spoilt_folder(output, spoil):
    words = spoil(output)
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        evaluate(output, ['ssim'], batch_size=2, progress=False)
    message = str(caught.value)
    assert '\n' not in message and all(str(w) in message for w in words), message
    assert not list(output.rglob('table.*'))


@pytest.mark.parametrize('options, word', [
    (dict(metrics=['psnr']), 'psnr'), (dict(protocol='best'), 'best'), (dict(weights='good'), 'good'),
    (dict(iterations=['8']), 'iter_8'), (dict(metrics=['pckh']), 'keypoint'),
    (dict(metrics=['ssim'], batch_size=0), 'batch_size')])
def test_choices_that_there_are_not(output, options, word):
    with pytest.raises(ValueError, match=word): evaluate(output, progress=False, **options)
