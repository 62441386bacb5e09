"The network as ONNX graphs that point into the weights: do they compute what PyTorch computes?"
import json

import numpy as np
import pytest
import torch
from conftest import change_weights

from pose_transfer_nb.generator import Generator
from pose_transfer_nb.live.graph import (
    DECODED, ENCODED, MASKS, QUESTIONS, graph_files, make_graphs, tensor_places, write_graphs)
from pose_transfer_nb.transfer import PRETRAINED, PoseTransfer

onnx = pytest.importorskip('onnx')
onnxruntime = pytest.importorskip('onnxruntime')


@pytest.fixture
def own(tmp_path):
    "Weights of one's own, of another width and size, which `save` wrote: (file, model)."
    torch.manual_seed(0)
    generator = Generator(4).eval()
    for module in generator.modules():  # statistics that a training would leave
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.uniform_(-.1, .1)
            module.running_var.uniform_(.5, 2)
    PoseTransfer(generator, (48, 32)).save(tmp_path/'mine.safetensors')
    return tmp_path/'mine.safetensors'


def answers(path, image, maps):
    "Everything that the graphs beside the weights give, by name."
    def ask(name, **inputs):
        session = onnxruntime.InferenceSession(path.with_name(f'{path.stem}_{name}.onnx'))
        names = [o.name for o in session.get_outputs()]
        return dict(zip(names, session.run(names, {k: np.asarray(v) for k, v in inputs.items()})))
    found = ask('encode', image=image) | ask('masks', maps=maps)
    return found | ask('decode', **{name: found[name] for name in ('features', *MASKS)})


def expected(generator, image, maps):
    "The same, from PyTorch."
    found = {}
    def keep(name, module): module.register_forward_hook(lambda *seen: found.update({name: seen[-1]}))
    decoder = generator.decoder
    encoded = generator.image_encoder.stem, *generator.image_encoder.downs
    decoded = *decoder.ups, decoder.refine[-1]
    for names, modules in zip((ENCODED, DECODED), (encoded, decoded)):
        for name, module in zip(names, modules): keep(name, module)
    with torch.no_grad(): found['picture'], masks = generator(image, maps, return_masks=True)
    return found | dict(zip(MASKS, masks))


def assert_same(path):
    model = PoseTransfer.from_pretrained(path)
    random = torch.Generator().manual_seed(1)
    image = torch.rand(1, 3, *model.size, generator=random) * 2 - 1
    maps = torch.rand(1, 36, *model.size, generator=random).round()
    ours, theirs = answers(path, image, maps), expected(model.generator, image, maps)
    assert set(ours) == set(theirs)
    for name, value in theirs.items():
        assert ours[name].shape == value.shape
        scale = max(1, float(value.abs().max()))  # features are larger than pictures
        assert np.abs(ours[name] - value.numpy()).max() < 1e-5 * scale, name


def test_shipped_graphs_agree_with_torch(): assert_same(PRETRAINED)


def test_shipped_graphs_are_those_that_would_be_made_now():
    stored = {name: onnx.load_from_string(data) for name, data in graph_files().items()}
    assert set(stored) == set(QUESTIONS)
    for name, model in make_graphs().items():
        assert stored[name] == model, 'CONTRIBUTING.md says how graphs are made anew'


def test_graphs_of_own_weights_agree_with_torch(own):
    write_graphs(own)
    assert_same(own)


def test_graphs_of_single_precision_agree_with_torch(own):
    model = PoseTransfer.from_pretrained(own)
    change_weights(own, lambda state: state.update(model.generator.state_dict()))
    assert 'Cast' not in {node.op_type for g in make_graphs(own).values() for node in g.graph.node}
    write_graphs(own)
    assert_same(own)


def test_graphs_hold_no_weights_and_point_to_their_bytes(own):
    data = own.read_bytes()
    state = PoseTransfer.from_pretrained(own).generator.state_dict()
    seen = set()
    for path in write_graphs(own):
        onnx.checker.check_model(path)
        model = onnx.load(path, load_external_data=False)
        assert model.ByteSize() < 50e3
        for tensor in model.graph.initializer:
            assert tensor.data_location == onnx.TensorProto.EXTERNAL and not tensor.raw_data
            where = {entry.key: entry.value for entry in tensor.external_data}
            assert where['location'] == own.name
            start = int(where['offset'])
            numbers = np.frombuffer(data[start:start + int(where['length'])], np.float16)
            assert (numbers == state[tensor.name].numpy().astype(np.float16).ravel()).all()
            seen.add(tensor.name)
    assert seen == {name for name in state if not name.endswith('num_batches_tracked')}


def test_spoilt_weights_are_named(own, tmp_path):
    (tmp_path/'text.safetensors').write_text('no tensors')
    with pytest.raises(ValueError, match='text.safetensors: not a readable safetensors file'):
        tensor_places(tmp_path/'text.safetensors')
    card = json.loads(own.with_suffix('.json').read_text())
    card['architecture']['ngf'] = 8
    own.with_suffix('.json').write_text(json.dumps(card))
    with pytest.raises(ValueError, match='mine.safetensors: image_encoder.stem.conv.weight should be'):
        make_graphs(own)


def test_without_onnx_one_is_told_what_to_install(own, monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'onnx', None)
    graph_files()  # those that ship need nothing
    with pytest.raises(ImportError, match=r'pose-transfer-nb\[page\]'): graph_files(own)
