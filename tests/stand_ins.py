"Estimators for tests: the shipped one, one that never looks, and a network for photographs."
import numpy as np
import pytest
import torch
from torch import nn

from pose_transfer_nb.estimation import ESTIMATOR, MannequinEstimator
from pose_transfer_nb.photographs import COCO_JOINTS


def shipped_estimator():
    "The mannequins' estimator; skips the test where its weights are not there."
    if not ESTIMATOR.exists(): pytest.skip(f'{ESTIMATOR.name} is not there')
    return MannequinEstimator.from_pretrained()


def fixed(points):
    "An estimator that finds every joint at these fractions of the picture's width and height."
    return lambda picture: np.array(points)[None].repeat(18, 0) * picture.size


class StandIn(nn.Module):
    "Answers as torchvision's network does, with what it was told; remembers what it was shown."
    def __init__(self, *people):
        super().__init__()
        self.people = people
        self.shown = []

    def forward(self, images):
        self.shown += images
        nobody = [], np.zeros((0, 4)), np.zeros((0, 17, 2)), np.zeros((0, 17))
        score, box, points, logit = zip(*self.people) if self.people else nobody
        points = torch.as_tensor(np.array(points)).float()
        return [dict(
            scores=torch.tensor(score),
            boxes=torch.as_tensor(np.array(box)).float(),
            labels=torch.ones(len(score)).long(),
            keypoints=torch.cat([points, torch.ones_like(points[..., :1])], -1),
            keypoints_scores=torch.as_tensor(np.array(logit)).float())]


def person(score, box, hidden=()):
    "A person whose joints stand on the diagonal of the box."
    x0, y0, x1, y1 = box
    along = np.arange(17)[:, None] / 16
    points = np.array([x0, y0]) + along * np.array([x1 - x0, y1 - y0])
    return score, box, points, np.where(np.isin(COCO_JOINTS, hidden), 1.9, 2.1)
