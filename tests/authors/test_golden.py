"""The model against figures that the authors' published code gave on known weights and inputs.

`GOLDEN` names the folder that holds golden.json and arrays.npz (default: tests/golden, whose README says how
each figure was obtained). Seeds, sizes and the number of training steps come from the JSON.
"""
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from formula import VGG_STATE, fill_state, pose_map, smooth_image
from pose_transfer_nb.discriminator import PatchDiscriminator
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.losses import PerceptualLoss, gan_loss
from pose_transfer_nb.training import adam, train_step

FOLDER = Path(os.environ.get('GOLDEN') or Path(__file__).parents[1]/'golden')


@pytest.fixture(scope='module')
def golden(): return json.loads((FOLDER / 'golden.json').read_text())


@pytest.fixture(scope='module')
def arrays():
    with np.load(FOLDER / 'arrays.npz', allow_pickle=False) as stored: return dict(stored)


def filled(network, shapes, folder):
    "A network with the formula's weights, taken in through the authors' file format."
    path = folder / 'authors.pth'
    torch.save({name: torch.from_numpy(np.array(value)) for name, value in fill_state(shapes).items()}, path)
    return network.load_authors(path)


@pytest.fixture
def generator(golden, tmp_path): return filled(Generator(), golden['netG'], tmp_path)


@pytest.fixture
def discriminator(golden, tmp_path): return filled(PatchDiscriminator(), golden['netD'], tmp_path)


@pytest.fixture(scope='module')
def inputs(golden):
    seed, size = golden['seed'], (golden['B'], golden['H'], golden['W'])
    def image(s): return torch.from_numpy(smooth_image(s, size[0], 3, *size[1:]))
    def maps(s): return torch.from_numpy(pose_map(s, *size))
    return dict(
        A=image(seed),
        B=image(seed + 3),
        maps=torch.cat([maps(seed), maps(seed + 5)], 1),
        image=image,
        map=maps,
    )


@pytest.fixture(scope='module')
def perceptual():
    conv, relu = nn.Conv2d, nn.ReLU
    vgg = nn.Sequential(
        conv(3, 64, 3, padding=1),
        relu(),
        conv(64, 64, 3, padding=1),
        relu(),
        nn.MaxPool2d(2),
        conv(64, 128, 3, padding=1),
        relu(),
        conv(128, 128, 3, padding=1),
        relu(),
    )
    vgg.load_state_dict({name: torch.from_numpy(value) for name, value in fill_state(VGG_STATE).items()})
    return PerceptualLoss(vgg)


def close(ours, theirs, tolerance):
    ours = ours.detach().numpy() if isinstance(ours, torch.Tensor) else ours
    assert np.shape(ours) == np.shape(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance)


def test_names_and_shapes_of_checkpoints(golden, generator, discriminator, tmp_path):
    for network, key in (generator, 'netG'), (discriminator, 'netD'):
        network.to_authors(tmp_path / 'ours.pth')
        state = torch.load(tmp_path / 'ours.pth', weights_only=True)
        assert [(name, list(value.shape)) for name, value in state.items()] == list(golden[key].items())
        for (name, value), given in zip(state.items(), fill_state(golden[key]).values()):
            assert value.dtype == torch.from_numpy(np.array(given)).dtype and np.array_equal(
                value.numpy(), given
            ), name


def test_parameters(generator, discriminator):
    assert sum(p.numel() for p in generator.parameters()) == 90_172_928
    assert sum(p.numel() for p in discriminator.parameters()) == 2_768_705


@torch.no_grad()
def test_generator(golden, arrays, generator, inputs):
    close(generator.train()(inputs['A'], inputs['maps']), arrays['netG_train_output'], 1e-3)
    image, masks = generator.eval()(inputs['A'], inputs['maps'], return_masks=True)
    close(image, arrays['netG_eval_output'], 1e-5)
    assert len(masks) == 4
    for k, mask in zip((4, 3, 2, 1), masks):
        assert list(mask.shape) == golden[f'attention_down{k}_shape']
        close(mask.mean(1), arrays[f'attention_down{k}_channel_mean'], 1e-5)


@torch.no_grad()
def test_discriminator(arrays, discriminator, inputs):
    close(discriminator.eval()(inputs['A'], inputs['B']), arrays['netD_eval_output'], 1e-5)


def test_losses(golden, inputs, perceptual):
    ours = dict(gan_real=gan_loss(inputs['A'], True), gan_fake=gan_loss(inputs['A'], False))
    ours['perceptual_4'], ours['perceptual_9'] = perceptual(inputs['A'], inputs['B'])
    for name, figure in golden['losses'].items(): close(ours[name].item(), figure, 1e-5)


def test_training_trajectory(golden, arrays, generator, discriminator, inputs, perceptual):
    generator, discriminator, perceptual = (
        m.double().train() for m in (generator, discriminator, perceptual)
    )
    optimizers = adam(generator), adam(discriminator)
    for step, figures in enumerate(golden['trajectory']):
        seed = golden['seed'] + 10 * step
        batch = dict(source_image=inputs['image'](seed), target_image=inputs['image'](seed + 3),
                     source_map=inputs['map'](seed), target_map=inputs['map'](seed + 5))
        losses, _ = train_step(
            generator, discriminator, *optimizers, {k: v.double() for k, v in batch.items()}, perceptual
        )
        assert set(figures) <= set(losses)
        for name, figure in figures.items(): close(float(losses[name]), figure, 1e-6)
    perceptual.float()
    with torch.no_grad(): image = generator.eval()(inputs['A'].double(), inputs['maps'].double())
    close(image, arrays['netG_output_after_training'], 1e-6)
