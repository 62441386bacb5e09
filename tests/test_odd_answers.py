"""Thirty odd answers to every exercise: no check raises, hangs or calls one of them right, and where
a reader's code broke down, the reader's line is named."""
import threading

import numpy as np
import pytest
import torch

from pose_transfer_nb.exercises import CHAPTERS, EXERCISES, check

FILE = 'cell_of_a_reader.py'
CODE = '''
def nothing(*args, **more): pass
def zero(*args, **more): return 0
def handed_back(first=None, *args, **more): return first
def everything(*args, **more): return args
def text(*args, **more): return 'left'
def not_a_number(*args, **more): return float('nan')
def empty(*args, **more): return []
def three_zeros(*args, **more): return torch.zeros(3)
def breaks(*args, **more):
    a = torch.ones(2)
    return a.view(3)
def deep(*args, **more): return deep(*args, **more)
def leaves(*args, **more): raise SystemExit
def ends(*args, **more): raise GeneratorExit
class Speechless(Exception):
    def __str__(self): raise RuntimeError
def speechless(*args, **more): raise Speechless
def asserts(*args, **more): assert False
def a_generator(*args, **more): yield 1
class Thing:
    def __init__(self, *args, **more): pass
class Callable:
    def __call__(self, *args, **more): return object()
'''
names = dict(torch=torch)
exec(compile(CODE, FILE, 'exec'), names)
FUNCTIONS = {name: f for name, f in names.items() if callable(f) and name != 'torch' and name[:2] != '__'}
FUNCTIONS |= dict(callable_object=names['Callable'](), no_arguments=lambda: 1, module=torch.nn.Identity())
loop = []
loop.append(loop)
VALUES = [
    None, True, '', 'left', '3.7e5', [], (), {}, {1, 2}, -1, 10 ** 30, 1e300, float('nan'), float('inf'), 2j,
    b'12', object(), int, len, loop, [[]], (None, None), ValueError('no'),
    np.array([]), np.array(['a', 'b']), np.zeros((2, 2)),
    torch.zeros(0), torch.tensor(float('nan')), torch.ones(3, requires_grad=True), range(3), iter([1])]

for chapter in CHAPTERS:  # so that all checks are there
    with pytest.raises(KeyError): check(f'{chapter}.99', 0)
NUMBERS = sorted(EXERCISES)
WANTS_VALUE = {n: EXERCISES[n].__code__.co_varnames[0] == 'answer' for n in NUMBERS}


def test_there_are_thirty():
    assert len(VALUES) >= 30 and len(VALUES) + len(FUNCTIONS) >= 45


@pytest.mark.parametrize('number', [n for n in NUMBERS if n[:2] != '00'])
def test_odd_values(number):
    for answer in VALUES:
        verdict = check(number, answer)
        assert verdict.state == 'wrong' and verdict.text, (answer, verdict)


@pytest.mark.parametrize('number', [n for n in NUMBERS if n[:2] != '00' and not WANTS_VALUE[n]])
def test_odd_functions(number):
    for name, answer in FUNCTIONS.items():
        verdict = check(number, answer)
        if name == 'nothing': assert verdict.state == 'open', verdict
        else: assert verdict.state == 'wrong' and verdict.text, (name, verdict)


def test_a_loop_that_never_ends_is_stopped():
    def for_ever(*args):
        while True: pass
    verdict = check('05.2', for_ever, seconds=.2)
    assert verdict.wrong and 'seconds' in verdict.text


def test_outside_the_main_thread_there_is_no_bell():
    found = []
    thread = threading.Thread(target=lambda: found.append(check('05.2', lambda x, y: None)))
    thread.start()
    thread.join()
    assert found[0].state == 'open'


def test_none_is_told_to_return():
    def prints(features, pose_features): print('done')
    assert 'return' in check('05.2', prints).text
    assert 'None' in check('05.1', None).text


def test_numbers_written_as_text():
    assert check('05.1', '2.642') and check('05.1', '2,642') and check('06.2', ' 44 ')
    assert check('06.2', '44.0')
    assert check('05.1', '2.7').wrong and check('06.2', 'forty-four').wrong


def test_the_readers_own_line():
    verdict = check('06.3', names['breaks'])
    assert 'line 12' in verdict.text and '_call_impl' not in verdict.text, verdict


def test_a_mean_without_keepdim():
    def without_where(generator, source_image, maps, k):
        masks = generator.masks(maps)
        masks[k] = masks[k].mean((2, 3))
        return generator.decoder(generator.encode_image(source_image), masks)
    assert 'keepdim' in check('06.3', without_where).text


def test_a_thick_line_is_nearly_right():
    from PIL import Image, ImageDraw

    from pose_transfer_nb.keypoints import LIMBS
    def limb_maps(k, size, width):
        maps = torch.zeros(len(LIMBS), *size)
        for i, (a, b) in enumerate(LIMBS):
            if min(k[a].min(), k[b].min()) < 0: continue
            sheet = Image.new('L', size[::-1])
            ImageDraw.Draw(sheet).line([*map(float, k[a]), *map(float, k[b])], 1, round(2 * width))
            maps[i] = torch.from_numpy(np.array(sheet))
        return maps
    assert 'Nearly' in check('02.4', limb_maps).text


@pytest.mark.parametrize('number', [None, 1.2, 'x'])
def test_numbers_of_no_exercise(number):
    with pytest.raises(KeyError, match='no exercise'): check(number, 1)
