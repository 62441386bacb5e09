"A checkpoint that is not what it should be gives one error that names it; no program in it is run."
import pickle

import pytest
import torch
from conftest import Program, shorten

from pose_transfer_nb.discriminator import PatchDiscriminator
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.runs.run import Run
from pose_transfer_nb.training import Recipe

NETWORKS = {'generator': Generator, 'discriminator': PatchDiscriminator}


@pytest.fixture(params=NETWORKS)
def network(request): return NETWORKS[request.param](4)


@pytest.fixture
def checkpoint(network, tmp_path):
    path = tmp_path/'net_7.pth'
    network.to_authors(path)
    return path


def weights_of(network): return {name: value.clone() for name, value in network.state_dict().items()}
def same(network, before):
    return all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_checkpoint_of_another_width(network, checkpoint, one_error):
    other = type(network)(8)
    before = weights_of(other)
    with one_error(ValueError, checkpoint, 'its width is 4', 'has 8', 'from_authors'):
        other.load_authors(checkpoint)
    assert same(other, before)


@pytest.mark.parametrize('damage', ['missing', 'additional', 'misshapen', 'no tensor'])
def test_checkpoint_that_does_not_fit(network, checkpoint, one_error, damage):
    state = torch.load(checkpoint)
    name = [n for n in state if n.endswith('weight')][2]
    if damage == 'missing': del state[name]
    if damage == 'additional': state[name := 'in9.0.weight'] = torch.zeros(3)
    if damage == 'misshapen': state[name] = state[name][:, :1] if state[name].ndim > 1 else state[name][:1]
    if damage == 'no tensor': state[name] = 1.5
    torch.save(state, checkpoint)
    before = weights_of(network)
    for load in type(network).from_authors, network.load_authors:
        with one_error(ValueError, checkpoint, name): load(checkpoint)
    assert same(network, before)


@pytest.mark.parametrize('content', [{}, [1, 2], None, dict(model=dict(a=1)), torch.zeros(3)], ids=str)
def test_checkpoint_of_something_else(network, checkpoint, one_error, content):
    torch.save(content, checkpoint)
    with one_error(ValueError, checkpoint): type(network).from_authors(checkpoint)
    with one_error(ValueError, checkpoint): Run(Recipe(ngf=4, ndf=4), 'cpu').load(checkpoint)


@pytest.mark.parametrize('keep', [0, .3, .98])
def test_truncated_checkpoint(network, checkpoint, one_error, keep):
    shorten(checkpoint, keep)
    for load in type(network).from_authors, network.load_authors, Run(Recipe(ngf=4, ndf=4), 'cpu').load:
        with one_error(ValueError, checkpoint): load(checkpoint)


def test_missing_checkpoint(network, one_error, tmp_path):
    with one_error(FileNotFoundError, tmp_path/'no.pth'): type(network).from_authors(tmp_path/'no.pth')


@pytest.mark.parametrize('form', ['torch.save', 'old torch.save', 'pickle'])
@pytest.mark.parametrize('load', [Generator.from_authors, PatchDiscriminator.from_authors,
                                  Generator(4).load_authors,
                                  lambda path: Run(Recipe(ngf=4, ndf=4), 'cpu').load(path)],
                         ids=['Generator', 'PatchDiscriminator', 'load_authors', 'Run'])
def test_checkpoint_with_a_program_inside(tmp_path, one_error, load, form):
    path, marker = tmp_path/'netG_1.pth', tmp_path/'it ran'
    content = {
        'in1_conv1.0.weight': Program(marker),
        'layers.0.weight': Program(marker),
        'recipe': Program(marker),
    }
    if form == 'pickle': path.write_bytes(pickle.dumps(content))
    else: torch.save(content, path, _use_new_zipfile_serialization=form == 'torch.save')
    with one_error(ValueError, path): load(path)
    assert not marker.exists()
    if form == 'pickle': pickle.loads(path.read_bytes())
    else: torch.load(path, weights_only=False)
    assert marker.exists(), 'the test is no test: the file is harmless'


def flip(path):
    "Change one bit in the middle of a file."
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 64
    path.write_bytes(data)


def test_a_checkpoint_in_which_a_bit_has_changed(network, checkpoint, one_error):
    flip(checkpoint)
    with one_error(ValueError, checkpoint, 'checksum'): type(network).from_authors(checkpoint)


@pytest.mark.parametrize('spoil, words', [
    (lambda state: {k: v + 0j if v.ndim == 4 else v for k, v in state.items()}, 'complex'),
    (lambda state: {k: v - 9 if 'running_var' in k else v for k, v in state.items()}, 'negative variance'),
], ids=['complex', 'variance'])
def test_tensors_that_would_be_cut_off(tmp_path, one_error, spoil, words):
    path = tmp_path/'net_7.pth'
    Generator(4).to_authors(path)
    state = spoil(torch.load(path))
    torch.save(state, path)
    with one_error(ValueError, path, words): Generator.from_authors(path)
