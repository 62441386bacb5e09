"""The network on the graphics card: the same numbers as Python's, chosen only if it agrees and is faster.

Chromium's imitation of a card is asked here (SwiftShader): it is slow, but it computes what a card would.
"""
import gzip
import json

import numpy as np
import pytest
import torch
from jupyterlab_page import CHROMIUM, FLAGS, LACKING, watched_page

from pose_transfer_nb.generator import Generator
from pose_transfer_nb.live.play import serve
from pose_transfer_nb.live.tab import modules_joined, page_parts
from pose_transfer_nb.pose_maps import pose_maps
from pose_transfer_nb.transfer import PRETRAINED, PoseTransfer

pytest_plugins = ['play_server']
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f'not installed: {", ".join(LACKING)}')
IMITATED = ['--enable-unsafe-webgpu', '--enable-features=Vulkan', '--use-vulkan=swiftshader',
            '--use-webgpu-adapter=swiftshader']
HAS_CARD = 'navigator.gpu?.requestAdapter().then((adapter) => Boolean(adapter))'


@pytest.fixture(scope='module')
def with_card(browser, engines):
    "Chromium with an imitated card."
    chromium = browser.browser_type.launch(executable_path=CHROMIUM, args=[*FLAGS, *IMITATED])
    page = chromium.new_page()
    page.goto(f'{engines.address}shipped.html')
    has_card = page.evaluate(HAS_CARD)
    page.close()
    if not has_card: pytest.skip('this Chromium offers no WebGPU, not even an imitated one')
    yield chromium
    chromium.close()


# the engine alone

def write_engine(folder, name, weights):
    "A page that has nothing but the engine of these weights, and its parts."
    model = PoseTransfer.from_pretrained(weights)
    places = {}
    for part, content in page_parts(weights).items():
        (folder/f'{name}_{part}.gz').write_bytes(content)
        places[part] = dict(bytes=len(content), address=f'{name}_{part}.gz')
    data = dict(places=places, location=weights.name, size=model.size, sigma=model.sigma)
    (folder/f'{name}.html').write_text(
        '<!DOCTYPE html><link rel="icon" href="data:,">'
        f'<script type="text/plain" id="worker">{modules_joined("play/worker.js")}</script>'
        f'<script>{modules_joined("play/browser_engine.js")};const data = {json.dumps(data)};'
        'window.modules = modules;</script>', encoding='utf-8')


def narrow(path):
    "Weights of another width, which is no multiple of four; what goes through them is neither tiny nor huge."
    torch.manual_seed(0)
    generator = Generator(ngf=6)
    for module in generator.modules():
        if isinstance(module, (torch.nn.Conv2d, torch.nn.ConvTranspose2d)):
            torch.nn.init.kaiming_normal_(module.weight)
        if isinstance(module, torch.nn.BatchNorm2d):
            for tensor in (module.bias.data, module.running_mean): tensor.normal_(0, .3)
            for tensor in (module.weight.data, module.running_var): tensor.uniform_(.5, 1.5)
    generator.decoder.to_rgb.weight.data.mul_(.003)  # colours that the tanh does not cut off
    return PoseTransfer(generator, (48, 80), 1.5).save(path)


@pytest.fixture(scope='module')
def engines(tmp_path_factory):
    folder = tmp_path_factory.mktemp('engines')
    write_engine(folder, 'shipped', PRETRAINED)
    write_engine(folder, 'narrow', narrow(folder/'narrow.safetensors'))
    server = serve(folder)
    server.folder = folder
    yield server
    server.shutdown()
    server.server_close()


START = '''async (before) => {
  const { browserEngine } = modules['play/browser_engine.js'];
  const { partsOf } = modules['play/parts.js'];
  const { places, location, size, sigma } = data;
  const worker = before + document.getElementById('worker').textContent;
  window.engine = await browserEngine({ parts: { ...partsOf(places), location, worker }, size, sigma });
  return engine.about();
}'''


@pytest.fixture
def engine(with_card, engines):
    "Function of a page's name, and of a script that runs in the thread before all others: the page."
    pages = []
    def opened(name, before=''):
        page = watched_page(with_card, 800, 600)
        pages.append(page)
        page.set_default_timeout(300_000)
        page.goto(f'{engines.address}{name}.html')
        assert page.evaluate(START, before)['by'] == 'wasm'
        return page
    yield opened
    for page in pages:
        assert not page.errors and not page.strangers
        page.close()


ASK = '''async ({ picture, poses }) => {
  const encoded = await engine.encodeStages(Float32Array.from(picture));
  const masks = await engine.masks(...poses);
  const made = await engine.decode(encoded.at(-1), masks, { stages: true });
  const plain = ({ dims, data }) => ({ dims, data: Array.from(data) });
  const drawn = { data: made.picture, dims: [3, ...data.size] };
  return { encoded: encoded.map(plain), masks: masks.arrays.map(plain), decoded: made.stages.map(plain),
           picture: plain(drawn), by: engine.kind };
}'''


def question(size):
    "A picture of noise and two poses, of which one joint is missing."
    random = np.random.default_rng(3)
    poses = random.uniform(0, np.subtract(size[::-1], 1), (2, 18, 2)).round(2)
    poses[1, 5] = -1
    return random.uniform(-1, 1, (3, *size)).astype(np.float32), poses


def of_python(model, picture, poses):
    "The same question, answered by PyTorch, with all stages."
    maps = [torch.as_tensor(pose_maps(pose, model.size, model.sigma)) for pose in poses]
    maps = torch.cat(maps)[None].float()
    generator = model.generator
    with torch.no_grad():
        image = torch.from_numpy(picture)[None]
        encoded = [generator.image_encoder.stem(image), *generator.image_encoder(image)]
        masks = generator.masks(maps)
        made, stages = generator.decoder(encoded[-1], masks, return_stages=True)
    return dict(encoded=encoded, masks=masks, decoded=[*stages[:4], stages[-2]], picture=[made])


def distance(found, expected):
    "The largest difference of any number, as a share of the array's largest where that is more than 1."
    apart = []
    for plain, tensor in zip(found, expected, strict=True):
        assert plain['dims'] == list(tensor.shape[1:])
        far = np.abs(np.array(plain['data']) - tensor.numpy().ravel()).max()
        apart.append(far / max(1, float(tensor.abs().max())))
    return max(apart)


@pytest.mark.parametrize('name', ['shipped', 'narrow'])
def test_the_card_gives_the_numbers_of_python(name, engine, engines):
    weights = PRETRAINED if name == 'shipped' else engines.folder/'narrow.safetensors'
    model = PoseTransfer.from_pretrained(weights)
    page = engine(name)
    about = page.evaluate("engine.use('webgpu')")
    assert about['by'] == about['wanted'] == 'webgpu'
    picture, poses = question(model.size)
    found = page.evaluate(ASK, dict(picture=picture.ravel().tolist(), poses=poses.tolist()))
    assert found['by'] == 'webgpu'
    found['picture'] = [found['picture']]
    expected = of_python(model, picture, poses)
    apart = {what: distance(found[what], tensors) for what, tensors in expected.items()}
    print({what: f'{far:.1e}' for what, far in apart.items()})
    assert max(apart.values()) < 1e-4  # seen: 4e-6
    assert expected['picture'][0].std() > .01 and min(mask.std() for mask in expected['masks']) > 1e-3


def test_the_quicker_one_is_chosen_where_both_agree(engine):
    page = engine('narrow')
    assert page.evaluate('engine.about()')['why'] == 'untried'
    about = page.evaluate('engine.compare({ margin: 1e9 })')
    assert (about['by'], about['why']) == ('wasm', 'slower') and about['apart'] < 1e-4
    about = page.evaluate('engine.compare({ margin: 0 })')
    assert (about['by'], about['why']) == ('webgpu', 'faster') and min(about['times'].values()) > 0
    picture, poses = question((48, 80))
    ask = dict(picture=picture.ravel().tolist(), poses=poses.tolist())
    assert page.evaluate(ASK, ask)['by'] == 'webgpu'
    assert page.evaluate("engine.use('wasm')")['by'] == 'wasm'
    assert page.evaluate(ASK, ask)['by'] == 'wasm'


SPOILT = '''
{ const create = GPUDevice.prototype.createShaderModule;
  GPUDevice.prototype.createShaderModule = function ({ code }) {
    const spoilt = code.replace('value = max(value, vec4f())', 'value = max(value, vec4f(0.02))');
    if (spoilt === code) throw new Error('there is nothing to spoil');
    return create.call(this, { code: spoilt });
  }; }
'''
LOST = '''
{ const request = GPUAdapter.prototype.requestDevice;
  let device;
  GPUAdapter.prototype.requestDevice = async function (...options) {
    return (device = await request.apply(this, options));
  };
  const submit = GPUQueue.prototype.submit;
  let count = 0;
  GPUQueue.prototype.submit = function (commands) {
    submit.call(this, commands);
    if (++count === 2) device.destroy();
  }; }
'''
FULL = '''
{ const create = GPUDevice.prototype.createBuffer;
  GPUDevice.prototype.createBuffer = function (options) {
    return create.call(this, { ...options, size: options.mappedAtCreation ? options.size : 2 ** 45 });
  }; }
'''


def test_one_that_disagrees_is_refused(engine):
    about = engine('narrow', SPOILT).evaluate('engine.compare({ margin: 0 })')
    assert (about['by'], about['why']) == ('wasm', 'apart') and about['apart'] > 1e-3 and about['times'] == {}


def test_a_card_without_memory_is_refused(engine):
    about = engine('narrow', FULL).evaluate('engine.compare({ margin: 0 })')
    assert (about['by'], about['why']) == ('wasm', 'failed') and about['failed']


def test_a_question_during_which_the_card_is_lost_is_answered(engine):
    page = engine('narrow', LOST)
    picture, poses = question((48, 80))
    ask = dict(picture=picture.ravel().tolist(), poses=poses.tolist())
    expected = page.evaluate(ASK, ask)
    assert page.evaluate("engine.use('webgpu')")['by'] == 'webgpu'
    found = page.evaluate(ASK, ask)  # the second of its three questions is the one
    assert expected.pop('by') == found.pop('by') == 'wasm'
    assert found['masks'] == expected['masks']
    far = np.abs(np.array(found['picture']['data']) - expected['picture']['data']).max()
    assert far < 1e-4
    about = page.evaluate("engine.use('webgpu')")
    assert (about['by'], about['why']) == ('wasm', 'failed') and about['failed']


# the page

def opened(browser, address):
    page = watched_page(browser, 1280, 720)
    page.told = []
    page.on('console', lambda m: page.told.append(m.text) if m.type in ('error', 'warning') else None)
    page.set_default_timeout(300_000)
    page.goto(address)
    page.wait_for_function('window.poseTransfer?.ready')
    return page


def line(page):
    "What the drawing of the network says about who computes."
    page.get_by_role('button', name='The network as a drawing').click()
    page.wait_for_function('document.querySelector(".pp-engine").textContent')
    said = page.locator('.pp-engine').inner_text()
    page.keyboard.press('Escape')
    return said


def agrees(page, model):
    state = page.evaluate('poseTransfer.state()')
    shape = (1, 3, *model.size)
    made, source = (torch.tensor(page.evaluate(f'poseTransfer.{name}()')).reshape(shape)
                    for name in ('picture', 'source'))
    masks = model.masks(np.array(state['sourcePose']), np.array(state['pose']))
    assert float((made - model.decode(model.encode(source), masks)).abs().max()) < 1e-3  # seen: 3e-5
    return state['engine']


def tried(page):
    "Wait until it is decided who answers."
    for _ in range(600):
        if page.evaluate('poseTransfer.engine.about()')['why'] != 'untried': return
        page.wait_for_timeout(500)
    pytest.fail('nobody has tried the card')


def test_the_page_says_who_computes_and_can_be_told(with_card, server, model):
    page = opened(with_card, server.address)
    assert agrees(page, model) == 'wasm'
    tried(page)
    said = line(page)
    assert 'on the processor' in said and 'ms with WebGPU' in said
    page.evaluate("poseTransfer.set({ engine: 'webgpu' })")
    page.wait_for_function("poseTransfer.state().engine === 'webgpu'")
    assert agrees(page, model) == 'webgpu'
    assert 'on the graphics card. It was chosen by hand.' in line(page)
    page.wait_for_function("location.hash.includes('engine=webgpu')")
    page.evaluate("poseTransfer.set({ engine: 'wasm' })")
    page.wait_for_function("poseTransfer.state().engine === 'wasm'")
    assert agrees(page, model) == 'wasm'
    refused = page.evaluate('''() => {
      try { poseTransfer.set({ engine: 'abacus' }); } catch (error) { return error.message; }
    }''')
    assert 'an engine is one of' in refused
    page.evaluate("location.hash = 'engine=webgpu'")
    page.wait_for_function("poseTransfer.state().engine === 'webgpu'")
    assert not page.errors and not page.told and not page.strangers
    page.close()


def test_without_a_card_the_page_says_so(browser, server, model):
    page = opened(browser, f'{server.address}#engine=webgpu')
    tried(page)
    assert agrees(page, model) == 'wasm'
    assert 'offers no WebGPU' in line(page)
    assert not page.errors and not page.told
    page.close()


def test_kernels_travel_as_a_part():
    kernels = gzip.decompress(page_parts()['kernels']).decode()
    assert kernels.count('@compute') == 4 and len(page_parts()['kernels']) < 4000
