import json
from dataclasses import asdict

import numpy as np
import pytest

pytest.importorskip('scipy', reason='the studio extra is not installed')

from pose_transfer_nb.studio.body import point_normals, triangles
from pose_transfer_nb.studio.poses import ARMS, POSES, POSES_IN_SKIRTS, Motion, Pose, Skeleton, bend, draw_pose, mirrored, move, seat_height

LIMBS = [('upperarm01', 'lowerarm01', 'wrist'), ('upperleg01', 'lowerleg01', 'foot')]


@pytest.fixture(scope='module')
def shapes(body):
    "A woman, a heavy man and a slight, tall man."
    def shape(gender, weight, height): return body.shape(dict(gender=gender, age=.68, muscle=.5, weight=weight, height=height, proportions=.7, caucasian=1.))
    return [shape(1, .5, .5), shape(0, .85, .45), shape(0, .2, .7)]


@pytest.fixture(scope='module')
def owned(body):
    "Points that belong to some bones by more than a share."
    skin, names = np.unique(body.quads_skin), np.array(body.bones)
    def points(prefixes, least=.9): return skin[body.weights[skin][:, [n.startswith(prefixes) for n in names]].astype(float).sum(1) > least]
    return points


@pytest.fixture(scope='module')
def weights(body): return body.weights[:body.quads_skin.max() + 1].astype(np.float32)


def heads(body, shape, motion): return np.einsum('nij,nj->ni', motion.rotations, shape.heads) + motion.offsets


def test_rest_stays_at_rest(body, shapes):
    motion = Skeleton(body, shapes[0]).motion()
    assert np.allclose(motion.apply(shapes[0].points, body.weights), shapes[0].points, atol=2e-3)  # weights may be half floats
    assert np.allclose(motion.at(body, shapes[0], 'wrist.L'), shapes[0].heads[body.bone['wrist.L']])


def test_sparse_weights_move_points_as_dense_ones_do(body, shapes):
    from scipy.sparse import csr_matrix
    motion, weights = move(body, shapes[0], Pose()), body.weights.astype(np.float32)
    assert np.allclose(motion.apply(shapes[0].points, weights), motion.apply(shapes[0].points, csr_matrix(weights)), atol=1e-5)


@pytest.mark.parametrize('name', POSES)
def test_every_pose_is_possible_for_every_body(body, shapes, owned, weights, name):
    skin, parents = triangles(body.quads_skin), np.array(body.parents)
    feet, arms = owned(('foot', 'toe')), owned(('lowerarm', 'wrist', 'finger', 'metacarpal'))
    trunk = owned(('spine', 'pelvis', 'root', 'upperleg', 'lowerleg', 'neck', 'head'))
    from scipy.spatial import cKDTree
    for shape in shapes:
        for seed in range(3):
            pose = draw_pose(name, np.random.default_rng(seed))
            motion = move(body, shape, pose)
            posed, points = heads(body, shape, motion), motion.apply(shape.points[:len(weights)], weights)
            assert np.allclose(np.linalg.norm((posed - posed[parents])[1:], axis=1), np.linalg.norm((shape.heads - shape.heads[parents])[1:], axis=1), atol=1e-6)
            assert np.allclose(np.linalg.det(motion.rotations), 1) and np.isfinite(points).all()
            assert abs(points[feet, 2].min()) < .02
            assert points[:, 2].min() > -.02
            normals = point_normals(points, skin)
            apart, near = cKDTree(points[trunk]).query(points[arms])
            depth = ((points[arms] - points[trunk][near]) * normals[trunk][near]).sum(1)
            depth[apart > .12] = 1
            assert depth.min() > (-.014 if 'chin' in name else -.006), (depth.min(), body.bones[body.weights[arms[depth.argmin()]].argmax()], body.bones[body.weights[trunk[near[depth.argmin()]]].argmax()], pose)


@pytest.mark.parametrize('name', POSES)
def test_elbows_and_knees_bend_forwards_only(body, shapes, name):
    for seed in range(4):
        motion = move(body, shapes[seed % 3], draw_pose(name, np.random.default_rng(seed)))
        for limb in LIMBS:
            for side in 'LR':
                upper, lower, end = (body.bone[f'{b}.{side}'] for b in limb)
                rest, posed = shapes[seed % 3].heads, heads(body, shapes[seed % 3], motion)
                middle = body.parents[lower]  # the bone that carries the hinge
                axis = motion.rotations[middle] @ np.cross(rest[lower] - rest[upper], rest[end] - rest[lower]) if limb[0] == 'upperarm01' else motion.rotations[middle] @ [1., 0, 0]
                turn = np.cross(posed[lower] - posed[upper], posed[end] - posed[lower])
                assert turn @ axis > -1e-4


@pytest.mark.parametrize('name', POSES)
def test_a_mirrored_pose_is_the_mirror_image(body, shapes, name):
    other = [body.bone[n[:-1] + {'L': 'R', 'R': 'L'}[n[-1]]] if n[-2] == '.' else i for i, n in enumerate(body.bones)]
    pose = POSES[name](np.random.default_rng(1))
    assert mirrored(mirrored(pose)) == pose
    for shape in shapes[:2]:
        first, second = heads(body, shape, move(body, shape, pose)), heads(body, shape, move(body, shape, mirrored(pose)))
        off = np.abs(first - second[other] * [-1, 1, 1]).max(1)
        def worst(*bones): return max(off[i] for i, n in enumerate(body.bones) if n.startswith(bones))
        assert worst('root', 'spine', 'upper', 'lowerleg', 'foot', 'head', 'neck') < .01 and worst('lowerarm', 'wrist') < .03  # hands find their own way, and the mesh is not quite symmetric


@pytest.mark.parametrize('name', POSES)
def test_a_seed_gives_one_pose_and_seeds_differ(name):
    first, again, next_one = (draw_pose(name, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first == again != next_one and first.name == name
    assert Pose(**json.loads(json.dumps(asdict(first)))) == first


def test_moving_twice_gives_the_same(body, shapes):
    pose = draw_pose('arms crossed', np.random.default_rng(0))
    assert np.array_equal(move(body, shapes[0], pose).offsets, move(body, shapes[0], pose).offsets)


def test_left_and_right_are_balanced():
    rng = np.random.default_rng(0)
    left = sum(draw_pose('hand to chin', rng).left_arm == 'chin' for _ in range(200))
    assert 75 < left < 125


def test_unknown_names_are_answered_with_the_known():
    with pytest.raises(ValueError, match="no pose 'headstand'; choose from standing, "): draw_pose('headstand', np.random.default_rng(0))
    with pytest.raises(ValueError, match="no arm 'wing'; choose from relaxed, "): Pose(left_arm='wing')


def test_targets_out_of_reach_are_pulled_in(body, shapes):
    skeleton = Skeleton(body, shapes[0])
    arm, start = LIMBS[0], skeleton.at('upperarm01.L')
    skeleton.reach(*(f'{b}.L' for b in arm), start + [9, 0, 0], np.array([0, 0, -1.]))
    length = skeleton.length('upperarm01.L', 'lowerarm01.L') + skeleton.length('lowerarm01.L', 'wrist.L')
    assert .97 * length < np.linalg.norm(skeleton.at('wrist.L') - start) < length
    skeleton.reach(*(f'{b}.L' for b in arm), start, np.array([0, 0, -1.]))
    assert np.isfinite(skeleton.rotations).all()
    assert np.isfinite(bend(np.zeros(3), np.zeros(3), np.array([0, 1., 0]), .3, .25)).all()


def test_seats(body, shapes):
    for name in POSES:
        pose = POSES[name](np.random.default_rng(0))
        height = seat_height(body, shapes[0], pose)
        assert (height is None) == (pose.seat is None) and (height is None or .3 < height < .7)


def test_the_library_is_wide_enough():
    assert len(POSES) >= 20 and 12 <= len(POSES_IN_SKIRTS) < len(POSES) and set(POSES_IN_SKIRTS) < set(POSES)
    used = {getattr(POSES[n](np.random.default_rng(s)), f'{side}_arm') for n in POSES for s in range(8) for side in ('left', 'right')}
    assert used <= set(ARMS) and len(used) >= 20
