"The estimator for photographs: joints, people, weights from the cache."
import warnings
from urllib.error import URLError

import numpy as np
import pytest
import torch
from PIL import Image
from stand_ins import StandIn, person
from torchvision.models.detection import KeypointRCNN_ResNet50_FPN_Weights, keypointrcnn_resnet50_fpn
from typer.testing import CliRunner

from pose_transfer_nb.cli import app
from pose_transfer_nb.keypoints import JOINTS, visible
from pose_transfer_nb.photographs import COCO_JOINTS, PhotographEstimator, from_coco


def test_seventeen_joints_become_eighteen():
    k = from_coco(np.arange(34).reshape(17, 2))
    for name in set(JOINTS) - {'neck'}:
        number = COCO_JOINTS.index(name)
        assert k[JOINTS.index(name)].tolist() == [2 * number, 2 * number + 1]
    assert k[1].tolist() == [11, 12]  # between joints 5 and 6
    one = np.arange(34.).reshape(17, 2)
    one[5] = -1
    assert from_coco(one)[1].tolist() == [-1, -1] and from_coco(one)[2].tolist() == [12, 13]


def test_the_largest_of_those_it_is_sure_of():
    largest = person(.8, (30, 20, 70, 90), hidden=['nose', 'left shoulder'])
    network = StandIn(person(.99, (0, 0, 20, 30)), largest, person(.6, (0, 0, 99, 99)))
    with pytest.warns(UserWarning, match='several people'):
        k = PhotographEstimator(network, device='cpu')(Image.new('RGB', (100, 100)))
    assert k[JOINTS.index('right ankle')].tolist() == [70, 90]
    assert [JOINTS[j] for j in np.flatnonzero(~visible(k))] == ['nose', 'neck', 'left shoulder']


def test_one_person_and_no_warning():
    network = StandIn(person(.9, (0, 0, 9, 9)), person(.3, (0, 0, 99, 99)))
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        k = PhotographEstimator(network, device='cpu')(np.zeros((50, 50, 3), np.uint8))
    assert visible(k).all()


@pytest.mark.parametrize('people', [
    pytest.param([], id='none'),
    pytest.param([person(.5, (0, 0, 9, 9))], id='unsure'),
    pytest.param([person(.9, (0, 0, 9, 9), hidden=COCO_JOINTS)], id='hidden')])
def test_no_person(people, tmp_path):
    Image.new('RGB', (60, 90)).save(tmp_path/'street.png')
    with pytest.raises(ValueError, match='street.png: no person found'):
        PhotographEstimator(StandIn(*people), device='cpu')(tmp_path/'street.png')


def test_a_photograph_of_forty_megapixels():
    network = StandIn(person(.9, (0, 0, 666.5, 1000)))
    k = PhotographEstimator(network, device='cpu')(Image.new('RGB', (7300, 5480)))
    assert max(network.shown[0].shape) == 1333 and 0 <= network.shown[0].min() and network.shown[0].max() <= 1
    assert k[JOINTS.index('right ankle')] == pytest.approx([7300 / 2, 5479], rel=.01)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    "An empty cache of torch hub, and no network."
    def refuse(url, *args, **kwargs): raise URLError('no network')
    monkeypatch.setattr(torch.hub, 'download_url_to_file', refuse)
    monkeypatch.setattr(torch.hub, 'get_dir', lambda: str(tmp_path/'hub'))
    return tmp_path/'hub'/'checkpoints'/KeypointRCNN_ResNet50_FPN_Weights.COCO_V1.url.rsplit('/', 1)[1]


def test_without_network_it_says_what_to_do(hub, noise):
    with pytest.raises(RuntimeError, match=rf'no network.*{hub.name}.*{hub.parent}') as caught:
        PhotographEstimator()
    assert '\n' not in str(caught.value)
    done = CliRunner().invoke(app, ['keypoints', str(noise), '--out', str(noise/'k.csv')])
    assert done.exit_code == 1 and 'no network' in done.output and not (noise/'k.csv').exists()


def test_weights_from_the_cache(hub):
    "torchvision's own loading, on weights that see a person everywhere. Each tensor is one number."
    shapes = keypointrcnn_resnet50_fpn(weights=None, weights_backbone=None).state_dict()
    state = {}
    for name, value in shapes.items():
        one = torch.tensor(float('running_var' in name))
        if 'num_batches' not in name: state[name] = one.expand(value.shape)
    state['roi_heads.box_predictor.cls_score.bias'] = torch.tensor([0., 5.])
    state['roi_heads.keypoint_predictor.kps_score_lowres.bias'] = torch.full((17,), 5.)
    hub.parent.mkdir(parents=True)
    torch.save(state, hub)
    estimate = PhotographEstimator(device='cpu')
    estimate.network.transform.min_size = (96,)
    estimate.network.roi_heads.detections_per_img = 1
    k = estimate(Image.new('RGB', (48, 64)))
    assert visible(k).all() and (k < (48, 64)).all()
    hub.write_bytes(b'half a download')
    with pytest.raises(RuntimeError, match='could not be loaded'): PhotographEstimator()


def test_names_are_those_that_torchvision_tells():
    names = KeypointRCNN_ResNet50_FPN_Weights.COCO_V1.meta['keypoint_names']
    assert [name.replace('_', ' ') for name in names] == list(COCO_JOINTS)
