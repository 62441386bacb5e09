"""The pose editor whose network runs in the browser's tab: in JupyterLab, while the kernel is busy."""
import json
import re

import nbformat
import numpy as np
import pytest
from jupyterlab_page import LACKING, stop_kernels, watched_page
from PIL import Image

from pose_transfer_nb.live.editor import PoseEditor
from pose_transfer_nb.live.parts import BOTTLENECKS, Parts, parts_of
from pose_transfer_nb.live.tab import model_parts
from pose_transfer_nb.transfer import PoseTransfer

in_browser = pytest.mark.skipif(bool(LACKING), reason=f'not installed: {", ".join(LACKING)}')
CELLS = ['''
from pose_transfer_nb.live.editor import PoseEditor
editor = PoseEditor(engine='browser')
editor''', '''
import time
from pathlib import Path
Path('busy').touch()
while Path('busy').exists(): time.sleep(.2)''', '''
import json
print('Python knows', json.dumps(editor.keypoints.tolist()))''']
WRIST = 4


@pytest.fixture(scope='module')
def expected(): return PoseEditor(engine='browser')


@pytest.fixture(scope='module')
def visit(lab, browser):
    "The notebook with its first cell run, until the network has answered."
    folder, address, token = lab
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c.strip()) for c in CELLS])
    notebook.metadata.kernelspec = dict(name='python3', display_name='Python 3', language='python')
    nbformat.write(notebook, folder/'in_the_tab.ipynb')
    page = watched_page(browser, 1280, 900)
    page.set_default_timeout(60_000)
    page.folder = folder
    page.goto(f'{address}/lab/tree/in_the_tab.ipynb?reset&token={token}')
    status = page.locator('#jp-main-statusbar')
    status.get_by_text(re.compile(r'Python 3 .*\| Idle')).wait_for(timeout=240_000)
    page.keyboard.press('Control+b')
    page.locator('.jp-Cell').first.click()
    page.keyboard.press('Shift+Enter')
    page.wait_for_function(f'{PIXELS}("generated").some((v) => v > 0)', polling=1000)
    yield page
    (folder/'busy').unlink(missing_ok=True)
    page.close()
    stop_kernels(address, token)


PIXELS = '''((word) => {
    const figure = [...document.querySelectorAll('.pt-large')].find((f) => f.innerText.includes(word));
    const c = figure?.querySelector('canvas');
    if (!c) return [];
    const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
    const found = [];
    for (let y = 2; y < c.height; y += 4)
        for (let x = 2; x < c.width; x += 4)
            for (let k = 0; k < 3; k++) found.push(data[4 * (y * c.width + x) + k]);
    return found;
})'''


def picture(page, word):
    "What a large canvas shows, in the size of the network."
    return np.array(page.evaluate(f'{PIXELS}("{word}")'), float).reshape(128, 96, 3)


def settled(page, before):
    "The generated picture after it has changed and stands still."
    for _ in range(60):
        page.wait_for_timeout(300)
        now = picture(page, 'generated')
        if not np.array_equal(now, before) and np.array_equal(now, picture(page, 'generated')):
            page.wait_for_timeout(700)
            return picture(page, 'generated')
    pytest.fail('the picture stayed as it was')


def joint(page, number):
    box = page.locator(f'.pt-joint[data-joint="{number}"]').bounding_box()
    return box['x'] + box['width'] / 2, box['y'] + box['height'] / 2


@in_browser
def test_the_tab_answers_while_the_kernel_is_busy(visit, expected):
    first = picture(visit, 'generated')
    far = np.abs(first - enlarged(expected.made)).mean()
    assert far < 4, f'{far}: the first picture is that of Python'
    visit.keyboard.press('Shift+Enter')  # from here on the kernel is busy
    visit.get_by_text('[*]:').wait_for()
    visit.locator('.pt-view').evaluate('e => e.scrollIntoView({ block: "start" })')
    visit.wait_for_timeout(500)
    x, y = joint(visit, WRIST)
    visit.mouse.move(x, y)
    visit.mouse.down()
    visit.mouse.move(x - 10, y - 60, steps=12)
    visit.mouse.up()
    dragged = settled(visit, first)
    for choose in (
        visit.get_by_role('button', name='Mirror'),
        visit.get_by_role('group', name='pose', exact=True).get_by_role('button').nth(3),
        visit.get_by_role('group', name='person', exact=True).get_by_role('button').nth(2),
    ):
        before = picture(visit, 'generated')
        choose.click()
        settled(visit, before)
    assert not np.array_equal(dragged, picture(visit, 'generated'))
    expected.sources.selected = 2
    expected.keypoints = expected.people.pose(expected._presets[3])
    _, made = expected._transfer(expected.keypoints)
    far = np.abs(picture(visit, 'generated') - enlarged(made)).mean()
    assert far < 4, f'{far}: person and pose were chosen without Python, and Python makes the same picture'
    for how in BOTTLENECKS[1:]:
        before = picture(visit, 'generated')
        visit.get_by_role('combobox', name='Bottleneck').select_option(how)
        settled(visit, before)
        expected.bottleneck.value = how
        far = np.abs(picture(visit, 'generated') - enlarged(expected.made)).mean()
        assert far < 4, f'{far}: {how} is what Python makes of it'
    prompt = visit.locator('.jp-Cell').nth(1).locator('.jp-InputPrompt')
    assert prompt.inner_text() == '[*]:', 'the kernel was busy all the time'
    (visit.folder/'busy').unlink()
    visit.keyboard.press('Escape')
    visit.locator('.jp-Cell').nth(2).click()
    visit.keyboard.press('Shift+Enter')
    said = visit.locator('.jp-OutputArea-output', has_text='Python knows [[')
    said.wait_for()
    told = np.array(json.loads(said.inner_text().strip().removeprefix('Python knows ')))
    np.testing.assert_allclose(told, expected.keypoints, atol=.01)
    assert not visit.errors and not visit.strangers


def enlarged(made):
    "As the canvas shows it: four times as large, and seen at every fourth pixel."
    large = made.resize((made.width * 4, made.height * 4), Image.Resampling.BILINEAR)
    return np.asarray(large, float)[2::4, 2::4]


@in_browser
def test_the_saved_notebook_holds_no_weights(visit):
    visit.keyboard.press('Control+s')
    visit.wait_for_timeout(2000)
    assert (visit.folder/'in_the_tab.ipynb').stat().st_size < 2e6


def test_who_cannot_go_into_a_tab_is_refused(expected):
    parts = parts_of(PoseTransfer.from_pretrained())
    other = Parts(parts.size, parts.encode, parts.masks, parts.decode)
    with pytest.raises(ValueError, match='Parts cannot be saved'): PoseEditor(other, engine='browser')
    with pytest.raises(ValueError, match='not .gpu'): PoseEditor(engine='gpu')


def test_a_model_without_a_file_has_the_same_parts():
    model = PoseTransfer.from_pretrained()
    model.generator.decoder.to_rgb.weight.data.mul_(.5)
    parts, location = model_parts(model)
    shipped, _ = model_parts(None)
    assert location == 'weights.safetensors' and parts.keys() == shipped.keys()
    assert parts['weights'] != shipped['weights'] and parts['wasm'] == shipped['wasm']
