"""Pose maps as Python makes them, for the tests of JavaScript: `python tests/tools/golden_maps.py` writes
tests/stage/pose_maps.json; a test compares the file with what is made now."""
import base64
import json
from pathlib import Path

import numpy as np

from pose_transfer_nb.pose_maps import pose_maps

FILE = Path(__file__).resolve().parents[1]/'stage'/'pose_maps.json'
SIZE = 16, 12


def poses():
    "Two poses with joints between pixels, on the edges, outside, and missing."
    random = np.random.default_rng(0)
    source, target = (random.uniform(0, SIZE[::-1], (18, 2)).round(2) for _ in range(2))
    source[3] = target[5] = -1
    source[4] = 0, 0
    source[5] = 11.999, 15.999
    target[6] = 12, 3
    target[7] = 3, 16
    target[8] = -.5, 4
    return source.tolist(), target.tolist()


def golden():
    source, target = poses()
    def case(name, sigma):
        maps = pose_maps([source, target], SIZE, sigma).numpy()
        return dict(name=name, source=source, target=target, size=SIZE, sigma=sigma,
                    maps=base64.b64encode(maps.astype('<f4').tobytes()).decode())
    return [case('one pixel a joint', None), case('spots', 1.5)]


if __name__ == '__main__': FILE.write_text(json.dumps(golden(), indent=1) + '\n', encoding='utf-8')
