"""The studio's pictures and their keypoints: exact where visible, -1 where hidden or outside."""
from dataclasses import replace

import numpy as np
import pytest

from pose_transfer_nb.keypoints import JOINTS, MIRROR

photo = pytest.importorskip('pose_transfer_nb.studio.photo', reason='the studio extra is not installed')
from pose_transfer_nb.studio.poses import draw_pose, mirrored, move  # noqa: E402
from pose_transfer_nb.studio.wardrobe import CLOTH, Garment, cast, cut, coverage, deal, dress, features, paint_cloth  # noqa: E402

SIZE = dict(size=(128, 88), oversampling=2)
BONES = {'right elbow': 'lowerarm01.R', 'left elbow': 'lowerarm01.L', 'right wrist': 'wrist.R', 'left wrist': 'wrist.L', 'right knee': 'lowerleg01.R',
         'left knee': 'lowerleg01.L', 'right hip': 'upperleg01.R', 'left hip': 'upperleg01.L', 'right ankle': 'foot.R', 'left ankle': 'foot.L'}


@pytest.fixture(scope='module')
def dressed(body):
    return dress(body, next(p for p in cast(30, seed=4) if p.labels['garment'] == 'top and trousers'))


def shot(name, yaw=0, crop='full', seed=1): return photo.Shot(draw_pose(name, np.random.default_rng(seed)), yaw, crop)
def shown(taken): return {name: tuple(p) for name, p in zip(JOINTS, taken.keypoints) if p[0] >= 0}


@pytest.mark.parametrize('yaw', [0, 40, -90, 180])
def test_keypoints_agree_with_the_bones(body, dressed, yaw):
    "Another way to the joints: the bones' own heads, turned and projected here by hand."
    s = shot('walking', yaw)
    scene = photo.set_scene(body, dressed, s)
    camera = photo.frame(scene, 'full', 128, 88)
    motion, a = move(body, dressed.shape, s.pose), np.radians(yaw)
    taken = photo.photograph(body, dressed, s, **SIZE)
    for joint, bone in BONES.items():
        i = body.bone[bone]
        x, y, z = motion.rotations[i] @ dressed.shape.heads[i] + motion.offsets[i]
        x, y = x * np.cos(a) - y * np.sin(a), x * np.sin(a) + y * np.cos(a)
        scale = 128 / camera.span * 4.2 / (4.2 + y)
        by_hand = np.array([44 + (x - camera.middle[0]) * scale, 64 - (z - camera.middle[1]) * scale])
        assert np.linalg.norm(by_hand - taken.projected[JOINTS.index(joint)]) < 5, (joint, by_hand, taken.projected[JOINTS.index(joint)])


def test_front_and_back_swap_sides(body, dressed):
    front, back = (shown(photo.photograph(body, dressed, shot('standing', yaw), **SIZE)) for yaw in (0, 180))
    for joint in 'shoulder', 'knee', 'ankle':
        assert front[f'right {joint}'][0] < front[f'left {joint}'][0]  # the person's right is on the picture's left
        assert back[f'right {joint}'][0] > back[f'left {joint}'][0]
    assert {'nose', 'right eye', 'left eye'} <= set(front) and not {'nose', 'right eye', 'left eye'} & set(back)


def test_profile_hides_the_far_side(body, dressed):
    for yaw, near, far in (90, 'right', 'left'), (-90, 'left', 'right'):
        seen = shown(photo.photograph(body, dressed, shot('arms up', yaw), **SIZE))
        near, far = (near, far) if f'{near} hip' in seen else (far, near)
        assert f'{near} hip' in seen and f'{far} hip' not in seen and f'{far} shoulder' not in seen


def test_a_hand_before_the_hip_hides_it(body, dressed):
    pose = draw_pose('standing', np.random.default_rng(0))
    hip = JOINTS.index('left hip')
    for yaw in 90, -90:
        raised, hanging = (photo.photograph(body, dressed, photo.Shot(replace(pose, left_arm=arm, right_arm=arm), yaw), **SIZE) for arm in ('up', 'straight'))
        near = 'left hip' if raised.keypoints[hip, 0] >= 0 else 'right hip'
        i = JOINTS.index(near)
        assert raised.keypoints[i, 0] >= 0 and hanging.keypoints[i, 0] == -1, near


def test_a_mirror_swaps_everything(body, dressed):
    s = shot('hand on hip', 25)
    there = photo.photograph(body, dressed, s, **SIZE).projected
    back = photo.photograph(body, dressed, replace(s, pose=mirrored(s.pose), yaw=-25), **SIZE).projected
    assert np.abs((88 - back[list(MIRROR), 0]) - there[:, 0]).max() < 2.5 and np.abs(back[list(MIRROR), 1] - there[:, 1]).max() < 2.5


def test_crops_and_picture(body, dressed):
    seen = {crop: photo.photograph(body, dressed, shot('standing', 10, crop), **SIZE) for crop in ('full', 'knee', 'hip')}
    assert {'right knee', 'left knee'} <= set(shown(seen['knee'])) and not {'right ankle', 'left ankle'} & set(shown(seen['knee']))
    assert not {'right knee', 'left knee', 'right ankle', 'left ankle'} & set(shown(seen['hip'])) and {'right ankle', 'left ankle'} <= set(shown(seen['full']))
    for taken in seen.values():
        assert taken.image.shape == (128, 88, 3) and taken.image.dtype == np.uint8
        for x, y in shown(taken).values():  # a joint that shows lies on the person, not on the wall
            assert taken.image[max(0, int(y) - 2):int(y) + 3, max(0, int(x) - 2):int(x) + 3].min() < 235
    with pytest.raises(ValueError, match="no crop 'head'"): photo.frame(photo.set_scene(body, dressed, shot('standing')), 'head', 128, 88)


def test_the_same_picture_each_time(body, dressed):
    s = shot('waving', -20)
    assert (photo.photograph(body, dressed, s, **SIZE).image == photo.photograph(body, dressed, s, **SIZE).image).all()


def test_nothing_is_burnt_out(body):
    "White cloth and pale skin keep their shading: nothing on the person is pure white."
    person = next(p for p in cast(60, seed=1) if p.labels['skin'] == 'porcelain' and p.labels['gender'] == 'man')
    white = replace(person, garments=tuple(replace(g, colour=CLOTH['white'], pattern='plain') if g.kind == 'top' else g for g in person.garments))
    taken = photo.photograph(body, dress(body, white), shot('standing'), **SIZE).image
    person_pixels = taken[np.abs(taken.astype(int) - 248).max(2) > 6]
    assert np.percentile(person_pixels, 99.5) < 246 and person_pixels.std() > 20


def test_gaze_and_face_change_the_face_only(body, dressed):
    s = shot('standing', 0, 'hip')
    plain = photo.photograph(body, dressed, s, **SIZE)
    other = photo.photograph(body, dressed, replace(s, gaze=(1, 0), face=dict(mouthSmileLeft=1, mouthSmileRight=1)), **SIZE)
    rows = np.nonzero(np.abs(plain.image.astype(int) - other.image).max((1, 2)) > 12)[0]
    neck = plain.projected[JOINTS.index('neck'), 1]
    assert len(rows) and rows.max() < neck
    with pytest.raises(ValueError, match="no face action 'smile'"): photo.photograph(body, dressed, replace(s, face=dict(smile=1)), **SIZE)


def test_deal_is_exact():
    rng = np.random.default_rng(0)
    assert sorted(deal(dict(a=.5, b=.25, c=.25), 8, rng)) == list('aaaabbcc')
    for _ in range(5):
        dealt = deal(dict(a=1, b=1, c=1), 10, rng)
        assert sorted(dealt.count(k) for k in 'abc') == [3, 3, 4]


def test_cast_is_balanced_and_repeatable():
    people = cast(120, seed=5)
    assert people == cast(120, seed=5) != cast(120, seed=6)
    for label, most in dict(skin=.14, build=.35, pattern=.30, garment=.45, hair=.35).items():
        counts = {}
        for p in people: counts[p.labels[label]] = counts.get(p.labels[label], 0) + 1
        assert max(counts.values()) / 120 <= most, (label, counts)


def test_fields_cut_where_they_say(body):
    places = features(body)
    shirt = Garment('top', (0, 0, 0), hem=.05, sleeve=.5)
    inside = coverage(shirt, places) > 0
    assert places[inside, 2].min() >= .05 and (np.abs(places[inside, 0]) < .28).all()
    longer = coverage(replace(shirt, hem=-.1, sleeve=1.9), places) > 0
    assert longer[inside].all() and longer.sum() > 1.3 * inside.sum()
    faces = body.surface('tights')
    matrix, kept = cut(faces, coverage(shirt, places))
    assert kept.max() == matrix.shape[0] - 1 and np.allclose(np.asarray(matrix.sum(1)), 1)
    assert coverage(shirt, matrix @ places).min() > -.02


@pytest.mark.parametrize('pattern', ['stripes_across', 'stripes_down', 'check', 'dots', 'floral', 'print', 'block'])
def test_patterns_show_both_colours(body, pattern):
    places = features(body)
    g = Garment('top', (0, 0, 0), (255, 255, 255), pattern)
    light = paint_cloth(g, places[coverage(g, places) > 0]).mean(1)
    assert (light < .2).mean() > .1 and (light > .8).mean() > .02
