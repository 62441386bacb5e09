"Photographers without a camera. They live here because worker processes import them, which should be quick."
import os
import time
from types import SimpleNamespace

import numpy as np


def painter(person):
    "A photographer without a camera: coloured noise that depends on person and shot alone."
    def camera(shot):
        rng = np.random.default_rng([person.number, int(1e6 * (shot.yaw + 360)), len(shot.pose.name)])
        keypoints = rng.uniform(0, 1, (18, 2)) * (176, 256)
        keypoints[rng.random(18) < .3] = -1
        return SimpleNamespace(
            image=np.kron(rng.integers(0, 255, (16, 11, 3), dtype=np.uint8), np.ones((16, 16, 1), np.uint8)),
            keypoints=keypoints,
        )
    return camera


def slow_painter(person):
    def camera(shot):
        time.sleep(.15)
        return painter(person)(shot)
    return camera


def clumsy_painter(person):
    def camera(shot):
        if person.number == 1: raise ZeroDivisionError('the lamp fell over')
        return painter(person)(shot)
    return camera


def dying_painter(person):
    if person.number == 1: os._exit(9)
    return painter(person)
