"""Poses: possible for every body, with joints that bend as joints do."""
import numpy as np
import pytest

pytest.importorskip('scipy', reason='the studio extra is not installed')

from pose_transfer_nb.studio.body import triangles
from pose_transfer_nb.studio.library import POSES, draw_pose
from pose_transfer_nb.studio.meshes import point_normals
from pose_transfer_nb.studio.poses import Pose, mirrored, move, seat_height

LIMBS = [('upperarm01', 'lowerarm01', 'wrist'), ('upperleg01', 'lowerleg01', 'foot')]


@pytest.fixture(scope='module')
def shapes(body):
    "A woman, a heavy man and a slight, tall man."
    def shape(gender, weight, height):
        return body.shape(
            dict(
                gender=gender,
                age=0.68,
                muscle=0.5,
                weight=weight,
                height=height,
                proportions=0.7,
                caucasian=1.0,
            )
        )
    return [shape(1, .5, .5), shape(0, .85, .45), shape(0, .2, .7)]


@pytest.fixture(scope='module')
def owned(body):
    "Points that belong to some bones by more than a share."
    skin, names = np.unique(body.quads_skin), np.array(body.bones)
    def points(prefixes, least=.9):
        bones = [n.startswith(prefixes) for n in names]
        return skin[body.weights[skin][:, bones].astype(float).sum(1) > least]
    return points


@pytest.fixture(scope='module')
def weights(body): return body.weights[:body.quads_skin.max() + 1].astype(np.float32)


def heads(body, shape, motion): return np.einsum('nij,nj->ni', motion.rotations, shape.heads) + motion.offsets


def test_sparse_weights_move_points_as_dense_ones_do(body, shapes):
    from scipy.sparse import csr_matrix
    motion, weights = move(body, shapes[0], Pose()), body.weights.astype(np.float32)
    dense, sparse = (motion.apply(shapes[0].points, w) for w in (weights, csr_matrix(weights)))
    assert np.allclose(dense, sparse, atol=1e-5)


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
            lengths, at_rest = (np.linalg.norm((h - h[parents])[1:], axis=1) for h in (posed, shape.heads))
            assert np.allclose(lengths, at_rest, atol=1e-6)
            assert np.allclose(np.linalg.det(motion.rotations), 1) and np.isfinite(points).all()
            assert abs(points[feet, 2].min()) < .02
            assert points[:, 2].min() > -.02
            normals = point_normals(points, skin)
            apart, near = cKDTree(points[trunk]).query(points[arms])
            depth = ((points[arms] - points[trunk][near]) * normals[trunk][near]).sum(1)
            depth[apart > .12] = 1
            deepest = depth.argmin()
            bones = [body.bones[body.weights[i].argmax()] for i in (arms[deepest], trunk[near[deepest]])]
            assert depth.min() > (-.014 if 'chin' in name else -.006), (depth.min(), *bones, pose)


@pytest.mark.parametrize('name', POSES)
def test_elbows_and_knees_bend_forwards_only(body, shapes, name):
    for seed in range(4):
        motion = move(body, shapes[seed % 3], draw_pose(name, np.random.default_rng(seed)))
        for limb in LIMBS:
            for side in 'LR':
                upper, lower, end = (body.bone[f'{b}.{side}'] for b in limb)
                rest, posed = shapes[seed % 3].heads, heads(body, shapes[seed % 3], motion)
                middle = body.parents[lower]  # the bone that carries the hinge
                bent = np.cross(rest[lower] - rest[upper], rest[end] - rest[lower])
                axis = motion.rotations[middle] @ (bent if limb[0] == 'upperarm01' else [1., 0, 0])
                turn = np.cross(posed[lower] - posed[upper], posed[end] - posed[lower])
                assert turn @ axis > -1e-4


@pytest.mark.parametrize('name', POSES)
def test_a_mirrored_pose_is_the_mirror_image(body, shapes, name):
    def across(i, n): return body.bone[n[:-1] + {'L': 'R', 'R': 'L'}[n[-1]]] if n[-2] == '.' else i
    other = [across(i, n) for i, n in enumerate(body.bones)]
    pose = POSES[name](np.random.default_rng(1))
    assert mirrored(mirrored(pose)) == pose
    for shape in shapes[:2]:
        first, second = (heads(body, shape, move(body, shape, p)) for p in (pose, mirrored(pose)))
        off = np.abs(first - second[other] * [-1, 1, 1]).max(1)
        def worst(*bones): return max(off[i] for i, n in enumerate(body.bones) if n.startswith(bones))
        assert worst('root', 'spine', 'upper', 'lowerleg', 'foot', 'head', 'neck') < .01
        assert worst('lowerarm', 'wrist') < .03  # hands find their own way, the mesh is not symmetric


def test_moving_twice_gives_the_same(body, shapes):
    pose = draw_pose('arms crossed', np.random.default_rng(0))
    assert np.array_equal(move(body, shapes[0], pose).offsets, move(body, shapes[0], pose).offsets)


def test_seats(body, shapes):
    for name in POSES:
        pose = POSES[name](np.random.default_rng(0))
        height = seat_height(body, shapes[0], pose)
        assert (height is None) == (pose.seat is None) and (height is None or .3 < height < .7)
