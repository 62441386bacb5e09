"""The library of poses: a name and a seed give one pose, and there are enough of them."""
import json
from dataclasses import asdict

import numpy as np
import pytest

pytest.importorskip('scipy', reason='the studio extra is not installed')

from pose_transfer_nb.studio.arms import ARMS
from pose_transfer_nb.studio.library import POSES, POSES_IN_SKIRTS, draw_pose
from pose_transfer_nb.studio.poses import Pose


@pytest.mark.parametrize('name', POSES)
def test_a_seed_gives_one_pose_and_seeds_differ(name):
    first, again, next_one = (draw_pose(name, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first == again != next_one and first.name == name
    assert Pose(**json.loads(json.dumps(asdict(first)))) == first


def test_left_and_right_are_balanced():
    rng = np.random.default_rng(0)
    left = sum(draw_pose('hand to chin', rng).left_arm == 'chin' for _ in range(200))
    assert 75 < left < 125


def test_unknown_names_are_answered_with_the_known():
    with pytest.raises(ValueError, match="no pose 'headstand'; choose from standing, "):
        draw_pose('headstand', np.random.default_rng(0))
    with pytest.raises(ValueError, match="no arm 'wing'; choose from relaxed, "): Pose(left_arm='wing')


def test_the_library_is_wide_enough():
    assert len(POSES) >= 20 and 12 <= len(POSES_IN_SKIRTS) < len(POSES) and set(POSES_IN_SKIRTS) < set(POSES)
    used = {
        getattr(POSES[n](np.random.default_rng(s)), f'{side}_arm')
        for n in POSES
        for s in range(8)
        for side in ('left', 'right')
    }
    assert used <= set(ARMS) and len(used) >= 20
