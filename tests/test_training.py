"Training: runs that stop and go on, what they write, and which network a step touches."
import errno
import json
import shutil
import sys

import pandas as pd
import pytest
import torch
from conftest import files
from PIL import Image
from torch import nn

from pose_transfer_nb import training
from pose_transfer_nb.dataset import PosePairs
from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.discriminator import PatchDiscriminator
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.losses import PerceptualLoss
from pose_transfer_nb.training import Recipe, adam, init_weights, train_step
from pose_transfer_nb.runs.run import Run, train

SMALL = Recipe(size=(32, 32), sigma=1., ngf=4, ndf=4, batch_size=2, steps=8, lr_final=1e-4, warmup=2, average=.9,
               mirror=.5, recolour=.7, move=.06, same=.2)


class Counter(nn.Module):
    "Passes pictures on, until it has seen a number of steps: then it stops the run or spoils it."
    def __init__(self, steps, then): super().__init__(); self.steps, self.then, self.seen = steps, then, 0

    def forward(self, x):
        self.seen += 1
        if self.seen <= 2 * self.steps: return x  # the truth and the generated picture of each step
        if self.then == 'stop': raise KeyboardInterrupt
        return x * float('nan')


def perceptual(steps=10**6, then=None):
    "A perceptual loss on a small feature network that is the same each time."
    features = nn.Sequential(Counter(steps, then), nn.Conv2d(3, 4, 3), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 3))
    init_weights(features, seed=1)
    return PerceptualLoss(features, depths=(2, 4))


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    "And few batches for BatchNorm's statistics: they are gathered anew at every look."
    recalibrate = training.recalibrate
    monkeypatch.setattr(training, 'recalibrate', lambda generator, people, *_: recalibrate(generator, people, 3, 4))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def people(noise): return [PosePairs(noise, split, (32, 32), sigma=1.) for split in ('train', 'test')]


@pytest.fixture
def run_in(people, tmp_path):
    def go(name, recipe=SMALL, loss=None, **options):
        every, loss = dict(log_every=2, look_every=4, save_every=4) | options, loss or perceptual()
        torch.manual_seed(0)
        return train(people[0], tmp_path/name, recipe, people[1], 'cpu', perceptual=loss, progress=False, **every)
    return go


def newest(folder): return sorted((folder/'checkpoints').glob('step_*.pt'))[-1]
def figures(path): return pd.read_csv(path).drop(columns='pictures_per_second', errors='ignore')


def same_states(one, other, where=''):
    "Nested dicts and lists of tensors and plain values, equal to the last bit."
    if isinstance(one, torch.Tensor): assert torch.equal(one, other), where
    elif isinstance(one, dict):
        assert one.keys() == other.keys(), where
        for key in one: same_states(one[key], other[key], f'{where}.{key}')
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), where
        for i, (a, b) in enumerate(zip(one, other)): same_states(a, b, f'{where}[{i}]')
    else: assert one == other, where


@pytest.mark.parametrize('log_every', [2, 3])
def test_a_run_that_was_stopped_goes_on_as_if_nothing_had_happened(run_in, tmp_path, log_every):
    whole = run_in('whole', log_every=log_every)
    with pytest.raises(KeyboardInterrupt): run_in('parts', loss=perceptual(6, 'stop'), log_every=log_every)
    assert torch.load(newest(tmp_path/'parts'))['step'] == 4
    assert figures(tmp_path/'parts'/'losses.csv').step.max() == 6, 'rows after the checkpoint, which must not stay'
    parts = run_in('parts', log_every=log_every)
    assert whole.step == parts.step == 8
    same_states(torch.load(newest(tmp_path/'whole')), torch.load(newest(tmp_path/'parts')))
    for name, part in whole.parts().items(): same_states(part.state_dict(), parts.parts()[name].state_dict(), name)
    for name in 'losses.csv', 'metrics.csv':
        pd.testing.assert_frame_equal(figures(tmp_path/'whole'/name), figures(tmp_path/'parts'/name), check_exact=True)
    same_states(torch.load(tmp_path/'whole'/'netG_8.pth'), torch.load(tmp_path/'parts'/'netG_8.pth'))


def test_figures_are_plain_numbers(people):
    "They go onto a card, which is JSON."
    reached = training.evaluate(Generator(4).eval(), ResidentPairs(people[0]))
    assert {type(value) for value in reached.values()} == {float}
    assert 'foreground_l1_ratio' in json.loads(json.dumps(reached))


def test_seeds_are_what_makes_runs_differ(run_in):
    one, same, other = (run_in(f'run{k}', Recipe(**vars(SMALL) | dict(seed=seed, steps=2))) for k, seed in enumerate((0, 0, 1)))
    same_states(one.generator.state_dict(), same.generator.state_dict())
    assert not torch.equal(next(one.generator.parameters()), next(other.generator.parameters()))


def test_a_finished_run_is_not_trained_further(run_in, tmp_path):
    run_in('run')
    before = files(tmp_path/'run')
    assert run_in('run', loss=perceptual(0, 'stop')).step == 8
    after = files(tmp_path/'run')
    assert {n: after[n] for n in before if 'tensorboard' not in n} == {n: b for n, b in before.items() if 'tensorboard' not in n}


@pytest.mark.parametrize('change', [dict(ngf=8), dict(lr=1e-4), dict(seed=1), dict(sigma=None), dict(average=0.)], ids=str)
def test_another_recipe_is_refused(run_in, tmp_path, change):
    run_in('run', Recipe(**vars(SMALL) | dict(steps=2)))
    before = files(tmp_path/'run')
    with pytest.raises(ValueError, match=f'step_.*{next(iter(change))}='): run_in('run', Recipe(**vars(SMALL) | change))
    assert files(tmp_path/'run') == before


def test_what_a_run_leaves(run_in, people, tmp_path):
    run, out = run_in('run'), tmp_path/'run'
    assert list(figures(out/'losses.csv').step) == [2, 4, 6, 8] and list(figures(out/'metrics.csv').step) == [4, 8]
    assert {'lossG', 'lossG_L1', 'lossG_GAN', 'lossG_PER', 'lossD', 'lossD_real', 'lossD_fake', 'lr'} <= set(figures(out/'losses.csv'))
    assert {'foreground_l1_ratio', 'ssim_gain'} <= set(figures(out/'metrics.csv'))
    assert figures(out/'losses.csv').notna().all(axis=None) and figures(out/'metrics.csv').notna().all(axis=None)
    assert [p.name for p in sorted((out/'samples').iterdir())] == ['0000004.jpg', '0000008.jpg']
    for p in (out/'samples').iterdir(): assert min(Image.open(p).size) > 32
    assert list((out/'tensorboard').iterdir())
    assert not [p for p in out.rglob('.*')], 'temporary files'
    again = Run(SMALL, 'cpu').load(newest(out))
    assert [p.name for p in sorted((out/'checkpoints').iterdir())] == ['best.pt', 'step_00000004.pt', 'step_00000008.pt']
    assert again.step == 8
    same_states(again.generator.state_dict(), run.generator.state_dict())


def test_exported_generator_is_the_finished_one(run_in, people, tmp_path):
    run = run_in('run')
    finished = run.finished_generator(ResidentPairs(people[0]))
    exported = Generator.from_authors(tmp_path/'run'/'netG_8.pth')
    same_states(exported.state_dict(), finished.state_dict())
    same_states(dict(finished.named_parameters()), dict(run.average.module.named_parameters()))
    assert not torch.equal(next(finished.parameters()), next(run.generator.parameters())), 'the average is what is kept'
    assert run.generator.training and not finished.training


@pytest.mark.parametrize('look_every', [1, 100])
def test_looking_does_not_change_the_run(run_in, look_every):
    same_states(run_in('a', look_every=4).generator.state_dict(), run_in('b', look_every=look_every).generator.state_dict())


@pytest.mark.parametrize('log_every, save_every', [(1, 2), (4, 2), (100, 4)])
def test_a_loss_that_is_no_number_stops_the_run(run_in, tmp_path, log_every, save_every):
    with pytest.raises(FloatingPointError, match='not a number.*run'):
        run_in('run', loss=perceptual(5, 'nan'), log_every=log_every, save_every=save_every)
    state = torch.load(newest(tmp_path/'run'))
    assert state['step'] == 4
    for part in 'generator', 'average': assert all(v.isfinite().all() for v in state[part].values() if v.is_floating_point())
    assert not (tmp_path/'run'/'netG_8.pth').exists()


def test_only_the_last_checkpoints_are_kept_and_the_best(run_in, tmp_path, monkeypatch):
    ratios = iter([.8, .5, .6, .7])
    monkeypatch.setattr(training, 'evaluate', lambda *_: dict(foreground_l1_ratio=next(ratios)))
    run_in('run', save_every=2, look_every=2, keep=3)
    assert [p.name for p in sorted((tmp_path/'run'/'checkpoints').iterdir())] == ['best.pt', *(f'step_{k:08}.pt' for k in (4, 6, 8))]
    assert torch.load(tmp_path/'run'/'checkpoints'/'best.pt')['step'] == 4
    assert torch.load(newest(tmp_path/'run'))['best'] == .5


def test_a_full_disk(run_in, tmp_path, monkeypatch):
    "Half of the second checkpoint is written, then there is no room."
    save = torch.save
    def full(state, file):
        if state.get('step') != 8: return save(state, file)
        file.write(b'half of it'); raise OSError(errno.ENOSPC, 'No space left on device')
    monkeypatch.setattr(torch, 'save', full)
    with pytest.raises(OSError, match=r'\w+.pt: the checkpoint of step 8 could not be written.*No space.*last good checkpoint is.*step_00000004.pt'): run_in('run')
    monkeypatch.undo()
    assert [p.name for p in sorted((tmp_path/'run'/'checkpoints').iterdir())] in (['best.pt', 'step_00000004.pt'], ['step_00000004.pt'])
    same_states(run_in('run').generator.state_dict(), run_in('whole').generator.state_dict())


def test_a_folder_that_is_removed(run_in, tmp_path):
    loss = perceptual()
    step = loss.features[0].forward
    def remove(x):
        if loss.features[0].seen == 10: shutil.rmtree(tmp_path/'run')
        return step(x)
    loss.features[0].forward = remove
    with pytest.raises(FileNotFoundError, match='run: the folder of the run is gone.*step 6'): run_in('run', loss=loss)


@pytest.mark.parametrize('damage', ['truncated', 'one bit', 'empty'])
def test_a_damaged_checkpoint_is_named_and_the_one_before_serves(run_in, tmp_path, damage):
    whole = run_in('run')
    path = newest(tmp_path/'run')
    data = bytearray(path.read_bytes())
    if damage == 'one bit': data[len(data) // 2] ^= 1
    path.write_bytes(data[:dict(truncated=len(data) // 2, empty=0).get(damage)])
    with pytest.raises(ValueError, match='step_00000008.pt.*delete it, and the run goes on from step_00000004.pt'): run_in('run')
    path.unlink()
    same_states(run_in('run').generator.state_dict(), whole.generator.state_dict())


def test_parts_of_a_batch_add_up(people):
    "Without BatchNorm's statistics of the parts in the way, two parts of a batch give the gradients of the whole."
    states = []
    for accumulate in 1, 2:
        generator, discriminator = (init_weights(n).double().eval() for n in (Generator(4), PatchDiscriminator(4)))
        batch = {k: v.double() for k, v in ResidentPairs(people[0]).batch([0, 1, 2, 3]).items()}
        losses, image = train_step(generator, discriminator, adam(generator), adam(discriminator), batch, None, Recipe(accumulate=accumulate, perceptual=0))
        states.append(losses | dict(image=image) | generator.state_dict() | discriminator.state_dict())
    for name, value in states[0].items(): torch.testing.assert_close(value, states[1][name], rtol=1e-6, atol=1e-7, msg=name)


@pytest.mark.parametrize('workers', [0, 2])
def test_streamed_pairs_train_like_resident_ones(run_in, tmp_path, workers):
    one, other = run_in('resident'), run_in('streamed', workers=workers)
    same_states(one.generator.state_dict(), other.generator.state_dict())


def test_a_picture_that_breaks_while_training(run_in, people, tmp_path):
    path = people[0].root/people[0].paths[0]
    loss, first = perceptual(), people[0].paths[0]
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match=first): run_in('run', workers=1)


def test_bfloat16_keeps_losses_and_weights_in_float32(people):
    run = Run(SMALL, 'cpu', precision='bfloat16')
    for _, batch in zip(range(2), run.batches(ResidentPairs(people[0]))): run.advance(batch, run.ready(perceptual()))
    assert all(v.dtype == torch.float32 for v in [*run.generator.parameters(), *run.recent[0].values()])
    exact = Run(SMALL, 'cpu')
    exact.advance(next(iter(exact.batches(ResidentPairs(people[0])))), exact.ready(perceptual()))
    for name, value in exact.recent[0].items(): assert value.item() == pytest.approx(run.recent[0][name].item(), rel=.05, abs=.02), name
    assert any(value != run.recent[0][name] for name, value in exact.recent[0].items())


def test_closed_gates_take_the_pose_away(people):
    batch = ResidentPairs(people[0]).batch([0])
    for gates in (True, False, False, True), (False,) * 4:
        run = Run(Recipe(**vars(SMALL) | dict(gates=gates)), 'cpu')
        _, masks = run.generator.eval()(batch['source_image'], torch.cat([batch['source_map'], batch['target_map']], 1), return_masks=True)
        assert [bool((m < 1).any()) for m in masks] == list(gates)
        assert isinstance(run.finished_generator(ResidentPairs(people[0])), type(run.generator))


# One step

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
def changed(network, before): return [n for n, v in network.state_dict().items() if not torch.equal(v, before[n])]


@pytest.mark.parametrize('weights, terms', [
    ((5., 0., 0.), {'lossG_L1'}), ((5., 0., 5.), {'lossG_L1', 'lossG_PER'}),
    ((5., 1., 0.), {'lossG_L1', 'lossG_GAN', 'lossD', 'lossD_fake', 'lossD_real'}),
    ((5., 1., 5.), {'lossG_L1', 'lossG_GAN', 'lossG_PER', 'lossD', 'lossD_fake', 'lossD_real'}),
    ((5., 0., 0., 2.), {'lossG_L1', 'lossG_SSIM'})])
def test_weights_of_the_terms(step, weights, terms):
    before_g, before_d = copied(step.generator), copied(step.discriminator)
    losses, image = step(weights, perceptual())
    assert set(losses) == terms | {'lossG'}
    total = sum(w * losses[n] for w, n in zip(weights, ('lossG_L1', 'lossG_GAN', 'lossG_PER', 'lossG_SSIM')) if w)
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
    assert all(p.grad is None for network in (step.generator, step.discriminator) for p in network.parameters())


def test_the_perceptual_loss_is_frozen(step):
    features = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Conv2d(4, 4, 3), nn.BatchNorm2d(4))
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


def test_a_missing_scikit_image_shows_before_training(people, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'skimage.metrics', None)
    with pytest.raises(ImportError, match='skimage.*pip install'): train(people[0], tmp_path/'run', SMALL, people[1], 'cpu', progress=False)
    assert not (tmp_path/'run').exists()
