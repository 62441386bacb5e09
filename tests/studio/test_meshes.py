"""Meshes: refined, cut and joined by matrices that keep what they should."""
import numpy as np
import pytest

pytest.importorskip('scipy', reason='the studio extra is not installed')

from pose_transfer_nb.studio.body import triangles
from pose_transfer_nb.studio.meshes import point_normals, subdivide


def test_surfaces():
    quads = np.array([[0, 1, 2, 3]])
    flat = np.array([[0., 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    assert np.allclose(point_normals(flat, triangles(quads)), [0, 0, 1])
    matrix, finer = subdivide(quads, 4)
    assert finer.shape == (4, 4) and np.allclose(np.asarray(matrix.sum(1)), 1)
    assert np.allclose((matrix @ flat)[:, 2], 0)
