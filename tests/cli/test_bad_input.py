"""Bad input gives one clear error that names the file (and row); nothing is written, nothing is changed,
nothing is run."""
import json
import subprocess
import sysconfig
from pathlib import Path

import pandas as pd
import pytest
import torch
from conftest import (
    Program, change, change_weights, files, one_line, refused, save_model, shorten, write_dataset)
from safetensors.torch import load_file, save_file
from typer.testing import CliRunner

from pose_transfer_nb.authors.released import load_transfer
from pose_transfer_nb.cli import app
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.runs.recipes import run_recipe
from pose_transfer_nb.runs.run import Run
from pose_transfer_nb.training import Recipe
from pose_transfer_nb.transfer import PoseTransfer

# Tables of every kind

def test_generate_into_a_file(noise, tmp_path):
    (tmp_path/'out').write_text('mine')
    refused(
        ['generate', noise, '--out', tmp_path / 'out', '--device', 'cpu'],
        [tmp_path / 'out', 'is a file'],
        tmp_path,
    )


@pytest.mark.parametrize(
    'option, value, word',
    [
        ('--protocol', 'fast', "'fast'"),
        ('--size', '33x32', '(33, 32)'),
        ('--weights', 'none.pth', 'none.pth'),
        ('--split', 'holidays', 'holidays_img_pairs.csv'),
        ('--batch-size', '0', 'batch'),
    ],
)
def test_generate_with_a_bad_option(noise, tmp_path, option, value, word):
    refused(
        ['generate', noise, '--out', tmp_path / 'out', '--device', 'cpu', option, value], [word], tmp_path
    )


# Checkpoints

@pytest.mark.parametrize('damage', [
    'part missing', 'tensor missing', 'misshapen', 'recipe', 'best', 'recent', 'losses', 'step', 'endless'])
def test_damaged_checkpoint_of_a_run(tmp_path, one_error, damage):
    path, run = tmp_path/'checkpoint.pt', Run(Recipe(ngf=4, ndf=4), 'cpu')
    run.save(path)
    state = torch.load(path)
    name = list(state['generator'])[-6]
    if damage == 'part missing': del state['optimizer_g']
    if damage == 'tensor missing': del state['generator'][name]
    if damage == 'misshapen': state['generator'][name] = torch.zeros(99, 99)
    if damage == 'recipe': state['recipe'] = 'quick'
    if damage in ('best', 'recent'): state[damage] = 'quick'
    if damage == 'losses': state['recent'] = [dict(lossG='quick')]
    if damage == 'step': state['step'] = -5
    if damage == 'endless': state['step'] = float('inf')
    torch.save(state, path)
    with one_error(ValueError, path): run.load(path)


# Weights with a card

def test_missing_weights_and_card(weights, one_error):
    card = weights.with_suffix('.json')
    elsewhere = card.rename(card.with_name('elsewhere'))
    with one_error(FileNotFoundError, card): PoseTransfer.from_pretrained(weights)
    elsewhere.rename(card)
    weights.unlink()
    with one_error(FileNotFoundError, weights): PoseTransfer.from_pretrained(weights)


@pytest.mark.parametrize('keep', [0, .001, .5, .99])
def test_truncated_weights(weights, one_error, keep):
    shorten(weights, keep)
    with one_error(ValueError, weights): PoseTransfer.from_pretrained(weights)


def test_weights_in_which_one_bit_has_changed(weights, one_error):
    data = bytearray(weights.read_bytes())
    data[-2] ^= 1  # the lowest bit of one number: nothing else can tell
    weights.write_bytes(data)
    with one_error(ValueError, weights, 'not those that were written'): PoseTransfer.from_pretrained(weights)


@pytest.mark.parametrize(
    'content', [b'', b'{"architecture":', b'\xff\xfe\x00', b'[]', b'{}', b'{"architecture": {"ngf": 4}}']
)
def test_invalid_card(weights, one_error, content):
    weights.with_suffix('.json').write_bytes(content)
    with one_error(ValueError, weights.with_suffix('.json')):
        PoseTransfer.from_pretrained(weights)


WRONG_CARDS = [
    dict(ngf=-4), dict(ngf=0), dict(ngf='4'), dict(ngf=4.5),
    dict(size=[32]), dict(size=[33, 32]), dict(size=[0, 32]), dict(size='32'),
    dict(sigma='wide'), dict(sigma=-1)]


@pytest.mark.parametrize('changed', WRONG_CARDS, ids=str)
def test_card_with_an_impossible_architecture(weights, one_error, changed):
    card = weights.with_suffix('.json')
    said = json.loads(card.read_text())
    card.write_text(json.dumps(said | dict(architecture=said['architecture'] | changed)))
    with one_error(ValueError, card): PoseTransfer.from_pretrained(weights)


def test_card_of_another_width(weights, one_error):
    card = weights.with_suffix('.json')
    card.write_text(card.read_text().replace('"ngf": 4', '"ngf": 8'))
    with one_error(ValueError, weights, 'ngf=8'): PoseTransfer.from_pretrained(weights)


@pytest.mark.parametrize('torn', ['card', 'weights'])
def test_weights_with_the_card_of_others(weights, one_error, tmp_path, torn):
    "A run that died between the two files, or a copy of one of them; the rest of a card is free."
    other = save_model(tmp_path/'other'/'small.safetensors', sigma=3.)
    card = weights.with_suffix('.json')
    said = json.loads(card.read_text())
    card.write_text(json.dumps(said | dict(note='mine')))
    assert PoseTransfer.from_pretrained(weights).card['note'] == 'mine'
    if torn == 'card': other.with_suffix('.json').replace(card)
    else: other.replace(weights)
    with one_error(ValueError, weights, card, 'checksums'): PoseTransfer.from_pretrained(weights)


def test_weights_from_before_there_were_checksums(weights):
    made = PoseTransfer.from_pretrained(weights)
    save_file(load_file(weights), weights)
    card = weights.with_suffix('.json')
    said = json.loads(card.read_text())
    with pytest.raises(ValueError, match='checksums'): PoseTransfer.from_pretrained(weights)
    del said['checksum']
    card.write_text(json.dumps(said))
    again = PoseTransfer.from_pretrained(weights)
    assert again.card == made.card and 'checksum' not in made.card


@pytest.mark.parametrize('weights', ['', Path('')], ids=repr)
@pytest.mark.parametrize('load', [PoseTransfer.from_pretrained, load_transfer])
def test_weights_without_a_name(load, weights):
    with pytest.raises(ValueError, match='no file of weights'): load(weights)


def test_weights_with_a_tensor_less(weights, one_error):
    change_weights(weights, lambda state: state.popitem())
    with one_error(ValueError, weights, 'is nothing, expected'): PoseTransfer.from_pretrained(weights)


# The command line

@pytest.fixture
def person(noise, tmp_path):
    "A picture and the table with its pose, as arguments of `pose-transfer transfer`."
    return [noise/'img/a_0.png', noise/'train_img_keypoints.csv', 'imga_1']


def bad_picture(a): a[0].write_text('no picture'); return [a[0]]
def no_picture(a): a[0].unlink(); return [a[0]]
def misspelt(a): a[0] = a[0].with_name('no.png'); return [a[0], 'no such picture']
def nobody(a):
    return [change(a[1], 0, **{f'p{i}_{axis}': -1 for i in range(18) for axis in 'xy'}), 'no visible joint']
def outside(a): return [change(a[1], 0, p2_x=99), 'row 2']
def no_number(a): return [change(a[1], 1, p2_x='x'), 'row 3']
def no_column(a): pd.read_csv(a[1]).drop(columns='p9_y').to_csv(a[1], index=False); return [a[1], 'p9_y']
def no_table(a): a[1].unlink(); return [a[1]]
def no_row(a): a[2] = 'imgz'; return [a[1], 'imgz']
def other_size(a): change(a[1], 0, img_h=48); return [a[1], a[0], '32 x 32']
def cut_weights(a): return [shorten(a[4])]
def no_weights(a): a[4].unlink(); return [a[4]]
def no_card(a): a[4].with_suffix('.json').unlink(); return [a[4].with_suffix('.json')]
def no_folder(a): a[6] = a[6].parent/'nowhere'/'out.png'; return [a[6]]
def strange_suffix(a): a[6] = a[6].with_suffix('.xyz'); return [a[6]]
def unnamed_weights(a): a[4] = ''; return ['no file of weights']
def among_the_pictures(a): a[6] = a[0].parent/'new.png'; return [a[6], a[0].parent]
def a_link_to_the_pictures(a):
    (a[6].parent/'link').symlink_to(a[0].parent)
    a[6] = a[6].parent/'link'/'new.png'
    return [a[6]]


SPOILED = [
    bad_picture, no_picture, misspelt, nobody, outside, no_number, no_column, no_table, no_row, other_size,
    cut_weights, no_weights, no_card, no_folder, strange_suffix, unnamed_weights, among_the_pictures,
    a_link_to_the_pictures]


@pytest.mark.parametrize('spoil', SPOILED)
@pytest.mark.parametrize('masks', [False, True], ids=['picture', 'figure'])
def test_transfer_command(person, weights, tmp_path, spoil, masks):
    arguments = [*person, '--weights', weights, '--out', tmp_path/'out.png']
    words = spoil(arguments)
    refused(['transfer', *arguments, *(['--masks'] if masks else [])], words, tmp_path)


def test_the_transfer_command_works_on_good_input(person, weights, tmp_path):
    done = CliRunner().invoke(
        app, ['transfer', *map(str, person), '--weights', str(weights), '--out', str(tmp_path / 'out.png')]
    )
    assert done.exit_code == 0, done.output
    assert as_image(tmp_path/'out.png').size == (32, 32)


@pytest.fixture
def train(noise, tmp_path):
    "`pose-transfer train` on the noise."
    return [
        'train',
        noise,
        '--out',
        tmp_path / 'run',
        '--ngf',
        '4',
        '--size',
        '32x32',
        '--steps',
        '1',
        '--device',
        'cpu',
    ]


def test_train_with_a_missing_picture(train, noise, tmp_path):
    (noise/'img/b_1.png').unlink()
    refused(train, [noise/'train_img_pairs.csv', 'row 4', 'b_1.png'], tmp_path)


def test_train_with_more_people(train, tmp_path):
    more = write_dataset(tmp_path/'more', 'cde')
    done = CliRunner().invoke(app, [*map(str, train), '--also', str(more)])
    assert done.exit_code == 0, done.output
    card = json.loads((tmp_path/'run'/'weights.json').read_text())
    assert card['data'] == 'noise' and card['also'] == ['more'] and card['training_people_pairs'] == 8 + 12


def test_train_with_more_people_who_are_not_there(train, tmp_path):
    refused([*train, '--also', tmp_path/'nobody'], [tmp_path/'nobody'], tmp_path)


def test_train_with_bad_test_pictures_only(train, noise, tmp_path):
    change(noise/'test_img_pairs.csv', 2, imgA='../x.jpg')
    refused(train, [noise/'test_img_pairs.csv', 'row 4', '../x.jpg'], tmp_path)


def test_train_from_a_program(train, tmp_path):
    path, marker = tmp_path/'netG_1.pth', tmp_path/'it ran'
    torch.save({'in1_conv1.0.weight': Program(marker)}, path)
    refused([*train, '--init-from', path], [path], tmp_path)
    assert not marker.exists()


@pytest.mark.parametrize('suffix', ['.pth', '.safetensors'])
def test_train_from_another_width(train, tmp_path, suffix):
    path = tmp_path/f'begin{suffix}'
    if suffix == '.pth': Generator(8).to_authors(path)
    else: save_model(path, ngf=8)
    refused([*train, '--init-from', path], [path, 'width is 8', '--ngf 8'], tmp_path)


@pytest.mark.parametrize(
    'option, value, word',
    [
        ('--size', '32', "'32'"),
        ('--size', '33x32', '(33, 32)'),
        ('--recipe', 'fast', "'fast'"),
        ('--device', 'gpu7', 'gpu7'),
        ('--batch-size', '99', 'a batch of 99'),
        ('--batch-size', '0', 'batch_size'),
        ('--steps', '0', 'steps'),
        ('--ngf', '0', 'ngf'),
        ('--seed', '-1', 'seed'),
        ('--seed', '9' * 30, 'seed'),
        ('--workers', '1000', '256 workers'),
        ('--ngf', '10000000000', 'ngf'),
        ('--init-from', '', 'is a folder'),
    ],
)
def test_train_with_a_bad_option(train, tmp_path, option, value, word):
    refused([*train, option, value], [word], tmp_path)


def test_train_whose_loss_is_no_number_any_more(train, tmp_path, monkeypatch):
    def diverge(*_, **__): raise FloatingPointError('the loss is not a number any more at step 7')
    monkeypatch.setattr('pose_transfer_nb.runs.recipes.train', diverge)
    refused(train, ['at step 7'], tmp_path)


@pytest.mark.parametrize('below', ['', 'deeper'])
@pytest.mark.parametrize('lesson', [[], ['--class']], ids=['course', 'class'])
def test_lab_into_a_file(tmp_path, below, lesson):
    (tmp_path/'notes').write_text('mine')
    folder, words = tmp_path/'notes'/below, [tmp_path/'notes', 'is a file']
    refused(['lab', folder, '--no-browser', *lesson], words, tmp_path)


@pytest.mark.parametrize('case', ['pickle', 'row'])
def test_the_installed_command(case, train, noise, tmp_path):
    marker, path = tmp_path/'it ran', tmp_path/'netG_1.pth'
    if case == 'pickle':
        torch.save({'in1_conv1.0.weight': Program(marker)}, path)
        train, words = [*train, '--init-from', path], [path]
    else: words = [change(noise/'train_img_pairs.csv', 0, imgB='/etc/passwd'), 'row 2', '/etc/passwd']
    before = files(tmp_path)
    command = Path(sysconfig.get_path('scripts'))/'pose-transfer'
    done = subprocess.run([command, *train], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1 and done.stdout == '', done
    one_line(done.stderr, words)
    assert files(tmp_path) == before


def test_a_run_in_the_place_of_a_file(tmp_path, one_error):
    out = tmp_path/'mine.txt'
    out.write_text('mine')
    with one_error(NotADirectoryError, out): run_recipe('mannequins', out, [Recipe()])


def test_weights_that_are_not_there_are_named(tmp_path, one_error):
    with one_error(FileNotFoundError, tmp_path/'none.safetensors'):
        PoseTransfer.from_pretrained(tmp_path/'none.safetensors')
