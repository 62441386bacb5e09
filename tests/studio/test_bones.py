"""Bones: at rest, and out of reach."""
import numpy as np
import pytest

pytest.importorskip('scipy', reason='the studio extra is not installed')

from pose_transfer_nb.studio.bones import Skeleton, bend


@pytest.fixture(scope='module')
def shape(body):
    return body.shape(dict(gender=1, age=.68, muscle=.5, weight=.5, height=.5, proportions=.7, caucasian=1.))


def test_rest_stays_at_rest(body, shape):
    motion = Skeleton(body, shape).motion()
    moved = motion.apply(shape.points, body.weights)
    assert np.allclose(moved, shape.points, atol=2e-3)  # weights may be half floats
    assert np.allclose(motion.at(body, shape, 'wrist.L'), shape.heads[body.bone['wrist.L']])


def test_targets_out_of_reach_are_pulled_in(body, shape):
    skeleton = Skeleton(body, shape)
    arm, start = ('upperarm01', 'lowerarm01', 'wrist'), skeleton.at('upperarm01.L')
    skeleton.reach(*(f'{b}.L' for b in arm), start + [9, 0, 0], np.array([0, 0, -1.]))
    length = skeleton.length('upperarm01.L', 'lowerarm01.L') + skeleton.length('lowerarm01.L', 'wrist.L')
    assert .97 * length < np.linalg.norm(skeleton.at('wrist.L') - start) < length
    skeleton.reach(*(f'{b}.L' for b in arm), start, np.array([0, 0, -1.]))
    assert np.isfinite(skeleton.rotations).all()
    assert np.isfinite(bend(np.zeros(3), np.zeros(3), np.array([0, 1., 0]), .3, .25)).all()
