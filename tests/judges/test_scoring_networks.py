"The networks that score: against other implementations, and without a network connection."

import pytest
import torch
import torchvision

from pose_transfer_nb import metrics
from pose_transfer_nb.judges import networks


def noise(*shape, seed=0): return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1


@pytest.mark.parametrize('backbone', ['alex', 'squeeze', 'vgg'])
def test_lpips_against_the_lpips_package(backbone):
    lpips = pytest.importorskip('lpips')
    ours = metrics.lpips_network(backbone, 'random')
    theirs = lpips.LPIPS(net=backbone, pretrained=True, pnet_rand=True, verbose=False).eval()
    with torch.no_grad():
        for name, value in theirs.net.state_dict().items():
            value.copy_(_same(ours.net.state_dict(), name, value.shape))
    a, b = noise(2, 3, 64, 64), noise(2, 3, 64, 64, seed=1)
    assert torch.allclose(ours(a, b), theirs(a, b), atol=1e-4) and ours(a, b).min() > 0
    assert torch.allclose(ours(a, a), torch.zeros(1), atol=1e-6)


def _same(state, name, shape):
    "The tensor that ends in the same module number and name."
    ending = '.'.join(name.split('.')[1:])
    found = [
        value
        for key, value in state.items()
        if (key.endswith('.' + ending) or key == name) and value.shape == shape
    ]
    assert len(found) == 1, (name, list(state))
    return found[0]


LOADERS = dict(
    lpips_alex=(lambda: metrics.lpips_network('alex'), 'alexnet-owt-7be5be79.pth'),
    lpips_squeeze=(lambda: metrics.lpips_network('squeeze'), 'squeezenet1_1-b8a52dc0.pth'),
    inception=(metrics.inception_network, 'inception_v3_google-0cc3c7bd.pth'),
    fid=(metrics.fid_network, 'weights-inception-2015-12-05-6726825d.pth'),
    detector=(metrics.person_detector, 'ssd300_vgg16_coco-b556d3b4.pth'))


@pytest.mark.parametrize('name', LOADERS)
def test_weights_without_a_network(hub, name):
    load, file = LOADERS[name]
    with pytest.raises(RuntimeError) as caught: load()
    message = str(caught.value)
    assert 'no network' in message and file in message and str(hub) in message and '\n' not in message


def test_lpips_weights_from_the_cache(hub):
    untrained = networks._untrained(lambda: torchvision.models.squeezenet1_1(weights=None))
    torch.save(untrained.state_dict(), hub/'squeezenet1_1-b8a52dc0.pth')
    a, b = noise(1, 3, 64, 64), noise(1, 3, 64, 64, seed=1)
    network = metrics.lpips_network('squeeze')
    assert torch.equal(network.net.slices[0][0].weight, untrained.features[0].weight) and network(a, b) > 0


def test_inception_weights_from_the_cache(hub):
    untrained = metrics.inception_network('random')
    torch.save(untrained.state_dict(), hub/'inception_v3_google-0cc3c7bd.pth')
    look = metrics.measure('is').look
    image = noise(1, 3, 40, 30)
    x = torch.nn.functional.interpolate(image, (299, 299), mode='bilinear')
    with torch.no_grad(): assert torch.equal(look(image), untrained(x)) and look(image).shape == (1, 1000)


def test_fid_weights_from_the_cache(hub, monkeypatch):
    fidelity = pytest.importorskip('torch_fidelity.feature_extractor_inceptionv3')
    with monkeypatch.context() as patched:
        patched.setattr(fidelity, 'load_state_dict_from_url', lambda *_, **__: {})
        patched.setattr(torch.nn.Module, 'load_state_dict', lambda *_, **__: None)
        untrained = fidelity.FeatureExtractorInceptionV3('inception-v3-compat', ['2048'])
    torch.save(untrained.state_dict(), hub/'weights-inception-2015-12-05-6726825d.pth')
    image = (torch.arange(3 * 30 * 40) % 256).view(1, 3, 30, 40).byte()
    ours = metrics.fid_network()(image.float() / 127.5 - 1)
    assert ours.shape == (1, 2048) and torch.allclose(ours, untrained(image)[0], atol=1e-5)


def test_detector_weights_from_the_cache(hub):
    untrained = metrics.person_detector('random')
    torch.save(untrained.state_dict(), hub/'ssd300_vgg16_coco-b556d3b4.pth')
    scores = metrics.detection_scores(noise(1, 3, 64, 48), metrics.person_detector())
    assert (
        torch.equal(scores, metrics.detection_scores(noise(1, 3, 64, 48), untrained)) and 0 <= scores[0] <= 1
    )


def test_an_untrained_network_is_always_the_same_and_leaves_the_dice_alone():
    state = torch.get_rng_state()
    a, b = (metrics.lpips_network('squeeze', 'random') for _ in range(2))
    assert torch.equal(a.net.slices[1][1].squeeze.weight, b.net.slices[1][1].squeeze.weight) and torch.equal(
        state, torch.get_rng_state()
    )
