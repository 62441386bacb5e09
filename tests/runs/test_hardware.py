"Precision, a batch in parts, gates that are left open."
import pytest
import torch
from small_runs import SMALL, perceptual

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.discriminator import PatchDiscriminator
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.runs.hardware import train_step_in_parts
from pose_transfer_nb.runs.run import Run
from pose_transfer_nb.training import Recipe, adam, init_weights, train_step

pytestmark = pytest.mark.usefixtures('one_thread')


def test_parts_of_a_batch_add_up(people):
    """Without BatchNorm's statistics of the parts in the way, two parts of a batch give the gradients of the
    whole."""
    states = []
    for accumulate in 1, 2:
        generator, discriminator = (
            init_weights(n).double().eval() for n in (Generator(4), PatchDiscriminator(4))
        )
        batch = {k: v.double() for k, v in ResidentPairs(people[0]).batch([0, 1, 2, 3]).items()}
        take_step = train_step_in_parts if accumulate > 1 else train_step
        recipe = Recipe(accumulate=accumulate, perceptual=0)
        losses, image = take_step(
            generator, discriminator, adam(generator), adam(discriminator), batch, None, recipe
        )
        states.append(losses | dict(image=image) | generator.state_dict() | discriminator.state_dict())
    for name, value in states[0].items():
        torch.testing.assert_close(value, states[1][name], rtol=1e-6, atol=1e-7, msg=name)


def test_bfloat16_keeps_losses_and_weights_in_float32(people):
    run = Run(SMALL, 'cpu', precision='bfloat16')
    for _, batch in zip(range(2), run.batches(ResidentPairs(people[0]))):
        run.advance(batch, run.ready(perceptual()))
    assert all(v.dtype == torch.float32 for v in [*run.generator.parameters(), *run.recent[0].values()])
    exact = Run(SMALL, 'cpu', precision='float32')
    exact.advance(next(iter(exact.batches(ResidentPairs(people[0])))), exact.ready(perceptual()))
    for name, value in exact.recent[0].items():
        assert value.item() == pytest.approx(run.recent[0][name].item(), rel=0.05, abs=0.02), name
    assert any(value != run.recent[0][name] for name, value in exact.recent[0].items())


def test_closed_gates_take_the_pose_away(people):
    batch = ResidentPairs(people[0]).batch([0])
    for gates in (True, False, False, True), (False,) * 4:
        run = Run(Recipe(**vars(SMALL) | dict(gates=gates)), 'cpu')
        _, masks = run.generator.eval()(
            batch['source_image'], torch.cat([batch['source_map'], batch['target_map']], 1), return_masks=True
        )
        assert [bool((m < 1).any()) for m in masks] == list(gates)
        assert isinstance(run.finished_generator(ResidentPairs(people[0])), type(run.generator))
