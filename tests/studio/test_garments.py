"""Garments: fields that cut where they say."""
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('warp', reason='the studio extra is not installed')

from pose_transfer_nb.studio.garments import Garment, coverage, features
from pose_transfer_nb.studio.meshes import cut


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
