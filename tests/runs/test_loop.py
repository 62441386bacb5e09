"Runs that stop and go on, and what they write."
import errno
import shutil
import sys

import pandas as pd
import pytest
import torch
from conftest import files
from PIL import Image
from small_runs import SMALL, figures, newest, perceptual, same_states

from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.runs import record
from pose_transfer_nb.runs.loop import train
from pose_transfer_nb.runs.run import Run
from pose_transfer_nb.training import Recipe


@pytest.mark.parametrize('log_every', [2, 3])
def test_a_run_that_was_stopped_goes_on_as_if_nothing_had_happened(run_in, tmp_path, log_every):
    whole = run_in('whole', log_every=log_every)
    with pytest.raises(KeyboardInterrupt): run_in('parts', loss=perceptual(6, 'stop'), log_every=log_every)
    assert torch.load(newest(tmp_path/'parts'))['step'] == 4
    assert figures(tmp_path / 'parts' / 'losses.csv').step.max() == 6, (
        'rows after the checkpoint, which must not stay'
    )
    parts = run_in('parts', log_every=log_every)
    assert whole.step == parts.step == 8
    same_states(torch.load(newest(tmp_path/'whole')), torch.load(newest(tmp_path/'parts')))
    for name, holder in whole.stateful().items():
        same_states(holder.state_dict(), parts.stateful()[name].state_dict(), name)
    for name in 'losses.csv', 'metrics.csv':
        pd.testing.assert_frame_equal(
            figures(tmp_path / 'whole' / name), figures(tmp_path / 'parts' / name), check_exact=True
        )
    same_states(torch.load(tmp_path/'whole'/'netG_8.pth'), torch.load(tmp_path/'parts'/'netG_8.pth'))


def test_seeds_are_what_makes_runs_differ(run_in):
    one, same, other = (
        run_in(f'run{k}', Recipe(**vars(SMALL) | dict(seed=seed, steps=2)))
        for k, seed in enumerate((0, 0, 1))
    )
    same_states(one.generator.state_dict(), same.generator.state_dict())
    assert not torch.equal(next(one.generator.parameters()), next(other.generator.parameters()))


def test_a_finished_run_is_not_trained_further(run_in, copied_run):
    before = files(copied_run)
    assert run_in('run', loss=perceptual(0, 'stop')).step == 8
    after = files(copied_run)
    assert {n: after[n] for n in before if 'tensorboard' not in n} == {
        n: b for n, b in before.items() if 'tensorboard' not in n
    }


CHANGES = dict(ngf=8), dict(lr=1e-4), dict(seed=1), dict(sigma=None), dict(average=0.)


@pytest.mark.parametrize('change', CHANGES, ids=str)
def test_another_recipe_is_refused(run_in, copied_run, change):
    before = files(copied_run)
    with pytest.raises(ValueError, match=f'step_.*{next(iter(change))}='):
        run_in('run', Recipe(**vars(SMALL) | change))
    assert files(copied_run) == before


def test_what_a_run_leaves(finished_run):
    run, out = finished_run
    assert list(figures(out / 'losses.csv').step) == [2, 4, 6, 8] and list(
        figures(out / 'metrics.csv').step
    ) == [4, 8]
    assert {'lossG', 'lossG_L1', 'lossG_GAN', 'lossG_PER', 'lossD', 'lossD_real', 'lossD_fake', 'lr'} <= set(
        figures(out / 'losses.csv')
    )
    assert {'foreground_l1_ratio', 'ssim_gain'} <= set(figures(out/'metrics.csv'))
    assert figures(out / 'losses.csv').notna().all(axis=None) and figures(out / 'metrics.csv').notna().all(
        axis=None
    )
    assert [p.name for p in sorted((out/'samples').iterdir())] == ['0000004.jpg', '0000008.jpg']
    for p in (out/'samples').iterdir(): assert min(Image.open(p).size) > 32
    assert list((out/'tensorboard').iterdir())
    assert not [p for p in out.rglob('.*')], 'temporary files'
    again = Run(SMALL, 'cpu').load(newest(out))
    assert [p.name for p in sorted((out / 'checkpoints').iterdir())] == [
        'best.pt',
        'step_00000004.pt',
        'step_00000008.pt',
    ]
    assert again.step == 8
    same_states(again.generator.state_dict(), run.generator.state_dict())


def test_exported_generator_is_the_finished_one(finished_run, people, one_thread):
    run, out = finished_run
    finished = run.finished_generator(ResidentPairs(people[0]))
    exported = Generator.from_authors(out/'netG_8.pth')
    same_states(exported.state_dict(), finished.state_dict())
    same_states(dict(finished.named_parameters()), dict(run.average.module.named_parameters()))
    assert not torch.equal(next(finished.parameters()), next(run.generator.parameters())), (
        'the average is what is kept'
    )
    assert run.generator.training and not finished.training


@pytest.mark.parametrize('look_every', [1, 100])
def test_looking_does_not_change_the_run(run_in, finished_run, look_every):
    other = run_in('other', look_every=look_every)
    same_states(finished_run[0].generator.state_dict(), other.generator.state_dict())


@pytest.mark.parametrize('log_every, save_every', [(1, 2), (4, 2), (100, 4)])
def test_a_loss_that_is_no_number_stops_the_run(run_in, tmp_path, log_every, save_every):
    with pytest.raises(FloatingPointError, match='not a number.*run'):
        run_in('run', loss=perceptual(5, 'nan'), log_every=log_every, save_every=save_every)
    state = torch.load(newest(tmp_path/'run'))
    assert state['step'] == 4
    for part in 'generator', 'average':
        assert all(v.isfinite().all() for v in state[part].values() if v.is_floating_point())
    assert not (tmp_path/'run'/'netG_8.pth').exists()


def test_only_the_last_checkpoints_are_kept_and_the_best(run_in, tmp_path, monkeypatch):
    ratios = iter([.8, .5, .6, .7])
    monkeypatch.setattr(record, 'score_people', lambda *_: dict(foreground_l1_ratio=next(ratios)))
    run_in('run', save_every=2, look_every=2, keep=3)
    assert [p.name for p in sorted((tmp_path / 'run' / 'checkpoints').iterdir())] == [
        'best.pt',
        *(f'step_{k:08}.pt' for k in (4, 6, 8)),
    ]
    assert torch.load(tmp_path/'run'/'checkpoints'/'best.pt')['step'] == 4
    assert torch.load(newest(tmp_path/'run'))['best'] == .5


def test_a_full_disk(run_in, finished_run, tmp_path, monkeypatch):
    "Half of the second checkpoint is written, then there is no room."
    save = torch.save
    def full(state, file):
        if state.get('step') != 8: return save(state, file)
        file.write(b'half of it'); raise OSError(errno.ENOSPC, 'No space left on device')
    monkeypatch.setattr(torch, 'save', full)
    with pytest.raises(
        OSError,
        match=r'\w+.pt: the checkpoint of step 8 could not be written.*No space.*'
        r'last good checkpoint is.*step_00000004.pt',
    ):
        run_in('run')
    monkeypatch.undo()
    assert [p.name for p in sorted((tmp_path / 'run' / 'checkpoints').iterdir())] in (
        ['best.pt', 'step_00000004.pt'],
        ['step_00000004.pt'],
    )
    same_states(run_in('run').generator.state_dict(), finished_run[0].generator.state_dict())


def test_a_folder_that_is_removed(run_in, tmp_path):
    loss = perceptual()
    step = loss.features[0].forward
    def remove(x):
        if loss.features[0].seen == 10: shutil.rmtree(tmp_path/'run')
        return step(x)
    loss.features[0].forward = remove
    with pytest.raises(FileNotFoundError, match='run: the folder of the run is gone.*step 6'):
        run_in('run', loss=loss)


@pytest.mark.parametrize('damage', ['truncated', 'one bit', 'empty'])
def test_a_damaged_checkpoint_is_named_and_the_one_before_serves(run_in, finished_run, copied_run, damage):
    path = newest(copied_run)
    data = bytearray(path.read_bytes())
    if damage == 'one bit': data[len(data) // 2] ^= 1
    path.write_bytes(data[:dict(truncated=len(data) // 2, empty=0).get(damage)])
    with pytest.raises(
        ValueError, match='step_00000008.pt.*delete it, and the run goes on from step_00000004.pt'
    ):
        run_in('run')
    path.unlink()
    same_states(run_in('run').generator.state_dict(), finished_run[0].generator.state_dict())


@pytest.mark.parametrize('workers', [0, 2])
def test_streamed_pairs_train_like_resident_ones(run_in, finished_run, workers):
    streamed = run_in('streamed', workers=workers)
    same_states(finished_run[0].generator.state_dict(), streamed.generator.state_dict())


def test_a_picture_that_breaks_while_training(run_in, people, tmp_path):
    path = people[0].root/people[0].paths[0]
    _, first = perceptual(), people[0].paths[0]
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match=first): run_in('run', workers=1)


def test_a_missing_scikit_image_shows_before_training(people, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'skimage.metrics', None)
    with pytest.raises(ImportError, match='skimage.*pip install'):
        train(people[0], tmp_path / 'run', SMALL, people[1], 'cpu', progress=False)
    assert not (tmp_path/'run').exists()


def test_a_log_with_other_columns_is_not_added_to(tmp_path):
    file = tmp_path/'losses.csv'
    file.write_text('step,lossG\n2,1.5\n')
    log = record.RowLog(file, 4)
    with pytest.raises(ValueError, match='losses.csv.*step,lossG.*move it away'): log.write(5, dict(lossD=1.))
    log.write(5, dict(lossG=2.))
    assert file.read_text() == 'step,lossG\n2,1.5\n5,2.0\n'
