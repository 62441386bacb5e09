"From keypoints to heatmaps and back."
import pytest
import torch

from pose_transfer_nb.estimation import heat_targets, peaks
from pose_transfer_nb.keypoints import visible


@pytest.mark.parametrize('stride', [2, 4])
def test_peaks_undo_targets(stride):
    random = torch.Generator().manual_seed(0)
    k = torch.rand(5, 18, 2, generator=random) * torch.tensor([20., 28]) * stride + 2 * stride
    k[torch.rand(5, 18, generator=random) < .3] = -1
    targets = heat_targets(k, (32, 24), stride)
    assert torch.allclose(targets.sum(-1), torch.ones(5, 18))
    logits = targets.clamp(min=1e-12).log()
    found = peaks(logits[..., :-1].view(5, 18, 32, 24), logits[..., -1], stride)
    assert torch.equal(visible(found), visible(k)) and torch.allclose(found, k, atol=.02)


@pytest.mark.parametrize('x, y', [(0, 0), (95, 127), (0, 70), (50, 127)])
def test_peaks_at_the_edge(x, y):
    logits = heat_targets(torch.tensor([[[x, y]] * 18]).float(), (32, 24)).clamp(min=1e-12).log()
    found = peaks(logits[..., :-1].view(1, 18, 32, 24), logits[..., -1])[0, 0]
    assert (found - torch.tensor([x, y])).abs().max() <= 2
    assert (found >= 0).all() and found[0] <= 95 and found[1] <= 127
