"""The studio's pictures and their keypoints: exact where visible, -1 where hidden or outside."""
from dataclasses import replace

import numpy as np
import pytest

from pose_transfer_nb.keypoints import JOINTS, MIRROR

photo = pytest.importorskip('pose_transfer_nb.studio.photo', reason='the studio extra is not installed')
from pose_transfer_nb.studio.camera import point_camera  # noqa: E402
from pose_transfer_nb.studio.cast import CLOTH, cast, dress  # noqa: E402
from pose_transfer_nb.studio.library import draw_pose  # noqa: E402
from pose_transfer_nb.studio.poses import mirrored, move  # noqa: E402

SIZE = dict(size=(128, 88), oversampling=2)
BONES = {
    'right elbow': 'lowerarm01.R',
    'left elbow': 'lowerarm01.L',
    'right wrist': 'wrist.R',
    'left wrist': 'wrist.L',
    'right knee': 'lowerleg01.R',
    'left knee': 'lowerleg01.L',
    'right hip': 'upperleg01.R',
    'left hip': 'upperleg01.L',
    'right ankle': 'foot.R',
    'left ankle': 'foot.L',
}


@pytest.fixture(scope='module')
def dressed(body):
    return dress(body, next(p for p in cast(30, seed=4) if p.labels['garment'] == 'top and trousers'))


def shot(name, yaw=0, crop='full', seed=1):
    return photo.Shot(draw_pose(name, np.random.default_rng(seed)), yaw, crop)
def shown(taken): return {name: tuple(p) for name, p in zip(JOINTS, taken.keypoints) if p[0] >= 0}


@pytest.mark.parametrize('yaw', [0, 40, -90, 180])
def test_keypoints_agree_with_the_bones(body, dressed, yaw):
    "Another way to the joints: the bones' own heads, turned and projected here by hand."
    s = shot('walking', yaw)
    mesh = photo.pose_mesh(body, dressed, s)
    camera = point_camera(mesh, 'full', 128, 88)
    motion, a = move(body, dressed.shape, s.pose), np.radians(yaw)
    taken = photo.photograph(body, dressed, s, **SIZE)
    for joint, bone in BONES.items():
        i = body.bone[bone]
        x, y, z = motion.rotations[i] @ dressed.shape.heads[i] + motion.offsets[i]
        x, y = x * np.cos(a) - y * np.sin(a), x * np.sin(a) + y * np.cos(a)
        scale = 128 / camera.span * 4.2 / (4.2 + y)
        by_hand = np.array([44 + (x - camera.middle[0]) * scale, 64 - (z - camera.middle[1]) * scale])
        projected = taken.projected[JOINTS.index(joint)]
        assert np.linalg.norm(by_hand - projected) < 5, (joint, by_hand, projected)


def test_front_and_back_swap_sides(body, dressed):
    front, back = (shown(photo.photograph(body, dressed, shot('standing', yaw), **SIZE)) for yaw in (0, 180))
    for joint in 'shoulder', 'knee', 'ankle':
        # the person's right is on the picture's left
        assert front[f'right {joint}'][0] < front[f'left {joint}'][0]
        assert back[f'right {joint}'][0] > back[f'left {joint}'][0]
    face = {'nose', 'right eye', 'left eye'}
    assert face <= set(front) and not face & set(back)


def test_profile_hides_the_far_side(body, dressed):
    for yaw, near, far in (90, 'right', 'left'), (-90, 'left', 'right'):
        seen = shown(photo.photograph(body, dressed, shot('arms up', yaw), **SIZE))
        near, far = (near, far) if f'{near} hip' in seen else (far, near)
        assert f'{near} hip' in seen and f'{far} hip' not in seen and f'{far} shoulder' not in seen


def test_a_hand_before_the_hip_hides_it(body, dressed):
    pose = draw_pose('standing', np.random.default_rng(0))
    hip = JOINTS.index('left hip')
    for yaw in 90, -90:
        poses = [replace(pose, left_arm=arm, right_arm=arm) for arm in ('up', 'straight')]
        raised, hanging = (photo.photograph(body, dressed, photo.Shot(p, yaw), **SIZE) for p in poses)
        near = 'left hip' if raised.keypoints[hip, 0] >= 0 else 'right hip'
        i = JOINTS.index(near)
        assert raised.keypoints[i, 0] >= 0 and hanging.keypoints[i, 0] == -1, near


def test_a_mirror_swaps_everything(body, dressed):
    s = shot('hand on hip', 25)
    there = photo.photograph(body, dressed, s, **SIZE).projected
    back = photo.photograph(body, dressed, replace(s, pose=mirrored(s.pose), yaw=-25), **SIZE).projected
    swapped = back[list(MIRROR)]
    assert np.abs((88 - swapped[:, 0]) - there[:, 0]).max() < 2.5
    assert np.abs(swapped[:, 1] - there[:, 1]).max() < 2.5


def test_crops_and_picture(body, dressed):
    crops = 'full', 'knee', 'hip'
    seen = {crop: photo.photograph(body, dressed, shot('standing', 10, crop), **SIZE) for crop in crops}
    full, knee, hip = (set(shown(seen[crop])) for crop in crops)
    knees, ankles = {'right knee', 'left knee'}, {'right ankle', 'left ankle'}
    assert knees <= knee and not ankles & knee
    assert not (knees | ankles) & hip and ankles <= full
    for taken in seen.values():
        assert taken.image.shape == (128, 88, 3) and taken.image.dtype == np.uint8
        for x, y in shown(taken).values():  # a joint that shows lies on the person, not on the wall
            assert taken.image[max(0, int(y) - 2):int(y) + 3, max(0, int(x) - 2):int(x) + 3].min() < 235
    with pytest.raises(ValueError, match="no crop 'head'"):
        point_camera(photo.pose_mesh(body, dressed, shot('standing')), 'head', 128, 88)


def test_the_same_picture_each_time(body, dressed):
    s = shot('waving', -20)
    one, other = (photo.photograph(body, dressed, s, **SIZE) for _ in range(2))
    assert (one.image == other.image).all()


def test_nothing_is_burnt_out(body):
    "White cloth and pale skin keep their shading: nothing on the person is pure white."
    pale = [p for p in cast(60, seed=1) if p.labels['skin'] == 'porcelain']
    person = next(p for p in pale if p.labels['gender'] == 'man')
    def whitened(g): return replace(g, colour=CLOTH['white'], pattern='plain') if g.kind == 'top' else g
    white = replace(person, garments=tuple(map(whitened, person.garments)))
    taken = photo.photograph(body, dress(body, white), shot('standing'), **SIZE).image
    person_pixels = taken[np.abs(taken.astype(int) - 248).max(2) > 6]
    assert np.percentile(person_pixels, 99.5) < 246 and person_pixels.std() > 20


def test_gaze_and_face_change_the_face_only(body, dressed):
    s = shot('standing', 0, 'hip')
    plain = photo.photograph(body, dressed, s, **SIZE)
    smile = dict(mouthSmileLeft=1, mouthSmileRight=1)
    other = photo.photograph(body, dressed, replace(s, gaze=(1, 0), face=smile), **SIZE)
    rows = np.nonzero(np.abs(plain.image.astype(int) - other.image).max((1, 2)) > 12)[0]
    neck = plain.projected[JOINTS.index('neck'), 1]
    assert len(rows) and rows.max() < neck
    with pytest.raises(ValueError, match="no face action 'smile'"):
        photo.photograph(body, dressed, replace(s, face=dict(smile=1)), **SIZE)
