"""The studio's body: shapes, cached files, errors; where ANNY=1 asks, agreement with Anny (minutes)."""
import os

import numpy as np
import pytest

module = pytest.importorskip('pose_transfer_nb.studio.body', reason='the studio extra is not installed')
from pose_transfer_nb.studio.body import (COCO, FACE_ACTIONS, LOCAL_CHANGES, Body,  # noqa: E402
                                          corner_weights, load_body, need_studio, reduced)

WOMAN = dict(
    gender=1, age=.68, muscle=.5, weight=.45, height=.55, proportions=.75, cupsize=.5, firmness=.6,
    african=.2, asian=.3, caucasian=.5)


def test_corner_weights(body):
    weights = corner_weights(body, WOMAN, {})
    corners, names = body.corners, body.corner_names
    assert weights.shape == (len(corners) + 2 * len(body.local_names),) and weights.min() >= 0
    ancestry = [
        weights[i]
        for i, c in enumerate(corners)
        if c.sum() == c[[n.startswith('race') for n in names]].sum() > 0
    ]
    assert sum(ancestry) <= 1 + 1e-9
    wide, narrow = (corner_weights(body, WOMAN, {LOCAL_CHANGES[0]: v}) for v in (.5, -.5))
    changed = np.nonzero(wide != narrow)[0]
    assert len(changed) == 2 and changed[1] == changed[0] + 1
    assert wide[changed].tolist() == narrow[changed[::-1]].tolist() == [.5, 0]


def test_phenotypes_do_what_they_say(body):
    def size(**change): return np.ptp(body.shape(WOMAN | change).points[np.unique(body.quads_skin)], axis=0)
    assert size(height=.8)[2] > size(height=.4)[2] + .1
    heavy, light = (body.shape(WOMAN | dict(weight=w)).points for w in (.8, .2))
    belly = (np.abs(body.template[:, 2] - .15) < .03) & (np.abs(body.template[:, 0]) < .2)
    assert np.ptp(heavy[belly, 1]) > 1.1 * np.ptp(light[belly, 1])


def test_faces_move_the_face_only(body):
    shape = body.shape(WOMAN)
    head = body.template[:, 2] > .55
    for action in 'mouthSmileLeft', 'eyeBlinkRight', 'jawOpen', 'browInnerUp':
        moved = np.linalg.norm(body.face(shape, {action: 1}).points - shape.points, axis=1)
        assert .002 < moved[head].max() < .05 and moved[~head].max() < 1e-3, action
    assert body.face(shape, {}).points is not None and set(FACE_ACTIONS) == set(body.action_names)


def test_joints_lie_inside(body):
    shape = body.shape(WOMAN)
    joints = dict(zip(COCO, body.joints(shape.points)))
    for side, sign in ('left', 1), ('right', -1):
        for name in 'shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle':
            assert sign * joints[f'{side}_{name}'][0] > 0.03, (side, name)
    heights = [
        np.mean([joints[f'{side}_{name}'][2] for side in ('left', 'right')])
        for name in ('eye', 'shoulder', 'hip', 'knee', 'ankle')
    ]
    assert heights == sorted(heights, reverse=True)


def test_errors(body, tmp_path, monkeypatch):
    with pytest.raises(ValueError, match="no local change 'tail'"): body.shape(WOMAN, dict(tail=1))
    with pytest.raises(ValueError, match="no face action 'grin'"): body.face(body.shape(WOMAN), dict(grin=1))
    monkeypatch.setenv('POSE_TRANSFER_BODY', str(tmp_path/'none.npz'))
    with pytest.raises(FileNotFoundError, match=r'none.npz: missing; \$POSE_TRANSFER_BODY names it'):
        load_body()
    (tmp_path/'bad.npz').write_bytes(b'nonsense')
    monkeypatch.setenv('POSE_TRANSFER_BODY', str(tmp_path/'bad.npz'))
    with pytest.raises(ValueError, match='bad.npz: not a body file'): load_body()
    monkeypatch.setattr(module, 'find_spec', lambda name: None)
    with pytest.raises(ImportError, match=r'the studio needs anny; pip install "pose-transfer-nb\[studio\]"'):
        need_studio('anny')


def test_reduction(body):
    crowd = [(WOMAN | dict(weight=w, gender=g), {}) for w in (.3, .5, .7) for g in (0., 1.)]
    small = Body(reduced(body, crowd, rank=6))
    for person in crowd: assert np.abs(small.shape(*person).points - body.shape(*person).points).max() < 2e-3


@pytest.mark.skipif(not os.environ.get('ANNY'), reason='reading Anny takes minutes; ANNY=1 compares with it')
def test_agrees_with_anny(tmp_path, monkeypatch):
    monkeypatch.setenv('ANNY_CACHE_DIR', str(tmp_path))
    import anny
    import torch
    made = Body(module.body_from_anny())
    model = anny.Anny(
        rig='anny',
        topology='makehuman-full',
        local_changes=LOCAL_CHANGES,
        facial_actions=FACE_ACTIONS,
        phenotypes='all',
    ).to(torch.float32)
    local, face = {'nose-hump-incr': -.3, 'hip-scale-horiz-incr': .6}, dict(mouthSmileLeft=.7, browInnerUp=.4)
    theirs = model(
        pose_parameters=torch.eye(4)[None, None].repeat(1, model.bone_count, 1, 1),
        phenotype_kwargs={k: float(v) for k, v in WOMAN.items()},
        local_changes_kwargs=local,
        facial_actions=face,
    )
    ours = made.face(made.shape(WOMAN, local), face)
    assert np.abs(theirs['rest_vertices'][0].numpy() - ours.points).max() < 1e-5
    assert np.abs(theirs['rest_bone_heads'][0].numpy() - ours.heads).max() < 1e-5
