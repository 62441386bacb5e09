"One step: what it changes, and what it leaves alone; and the figures of a network."
import json

import pytest
import torch
from small_runs import perceptual
from torch import nn

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.discriminator import PatchDiscriminator
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.losses import PerceptualLoss
from pose_transfer_nb.scores import score_people
from pose_transfer_nb.training import Recipe, adam, init_weights, train_step

pytestmark = pytest.mark.usefixtures('one_thread')


def test_figures_are_plain_numbers(people):
    "They go onto a card, which is JSON."
    reached = score_people(Generator(4).eval(), ResidentPairs(people[0]))
    assert {type(value) for value in reached.values()} == {float}
    assert 'foreground_l1_ratio' in json.loads(json.dumps(reached))


@pytest.fixture
def step(people):
    "Two new networks and a function that makes one step with them."
    generator, discriminator = init_weights(Generator(4)), init_weights(PatchDiscriminator(4))
    batch = ResidentPairs(people[0]).batch([0, 1])
    def go(weights, loss=None):
        recipe = Recipe(**dict(zip(('l1', 'gan', 'perceptual', 'ssim'), weights)))
        return train_step(generator, discriminator, adam(generator), adam(discriminator), batch, loss, recipe)
    go.generator, go.discriminator, go.batch = generator, discriminator, batch
    return go


def copied(network): return {name: value.clone() for name, value in network.state_dict().items()}
def changed(network, before):
    return [n for n, v in network.state_dict().items() if not torch.equal(v, before[n])]


@pytest.mark.parametrize('weights, terms', [
    ((5., 0., 0.), {'lossG_L1'}), ((5., 0., 5.), {'lossG_L1', 'lossG_PER'}),
    ((5., 1., 0.), {'lossG_L1', 'lossG_GAN', 'lossD', 'lossD_fake', 'lossD_real'}),
    ((5., 1., 5.), {'lossG_L1', 'lossG_GAN', 'lossG_PER', 'lossD', 'lossD_fake', 'lossD_real'}),
    ((5., 0., 0., 2.), {'lossG_L1', 'lossG_SSIM'})])
def test_weights_of_the_terms(step, weights, terms):
    before_g, before_d = copied(step.generator), copied(step.discriminator)
    losses, image = step(weights, perceptual())
    assert set(losses) == terms | {'lossG'}
    total = sum(
        w * losses[n] for w, n in zip(weights, ('lossG_L1', 'lossG_GAN', 'lossG_PER', 'lossG_SSIM')) if w
    )
    assert losses['lossG'].item() == pytest.approx(total.item())
    assert changed(step.generator, before_g)
    assert bool(changed(step.discriminator, before_d)) == bool(weights[1])
    assert not image.requires_grad and not any(v.requires_grad for v in losses.values())


def test_the_generators_update_asks_the_discriminator_for_no_gradient(step):
    parameters, asked = list(step.discriminator.parameters()), []
    for p in parameters: p.register_hook(asked.append)
    step((0., 1., 0.))
    assert len(asked) == len(parameters), 'once each, in its own turn'


def test_a_step_leaves_no_gradients_behind(step):
    "They are as large as the networks, and would stand beside the activations of the next step."
    step((5., 1., 5.), perceptual())
    assert all(
        p.grad is None for network in (step.generator, step.discriminator) for p in network.parameters()
    )


def test_the_perceptual_loss_is_frozen(step):
    features = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4)
    )
    loss = PerceptualLoss(features, depths=(2, 5)).train()
    before = copied(loss)
    for _ in range(2): step((5., 1., 5.), loss)
    assert not changed(loss, before)
    assert not any(m.training for m in loss.modules())
    assert all(p.grad is None and not p.requires_grad for p in loss.parameters())


def test_no_gradient_through_the_real_picture():
    made, real = (torch.rand(2, 3, 32, 32, requires_grad=True) for _ in range(2))
    sum(perceptual()(made, real)).backward()
    assert real.grad is None and made.grad.abs().sum() > 0
