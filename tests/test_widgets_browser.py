"""The widgets as a person uses them: dragged, clicked and typed into, in JupyterLab in a real browser.

One notebook with every widget is opened once; below each widget stands what its kernel knows. SCREENSHOTS names a folder
that keeps a picture of every widget in two sizes and two themes."""
import json
import os
import re
import time
from pathlib import Path

import nbformat
import pytest
from jupyterlab_page import LACKING, browser, choose, lab, watched_page  # noqa: F401, the fixtures are found by name

pytestmark = pytest.mark.skipif(bool(LACKING), reason=f'not installed: {", ".join(LACKING)}')

START = '''
import hashlib, json, threading, time
import ipywidgets as iw, numpy as np
from IPython.display import display
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.transfer import PoseTransfer
from pose_transfer_nb.widgets import *

def shown(name, view, state):
    "The widget, and below it what the kernel knows, twice a second or oftener."
    label = iw.Label()
    label.add_class('kernel-' + name)
    def follow():
        while True:
            try: label.value = json.dumps(state())
            except Exception as error: label.value = json.dumps(repr(error))
            time.sleep(.15)
    display(view, label)
    threading.Thread(target=follow, daemon=True).start()

def look(picture): return hashlib.sha1(np.asarray(picture).tobytes()).hexdigest()[:8]
model, test = PoseTransfer.from_pretrained(), mannequins('test')
'''
CELLS = dict(
    attention='''
view = AttentionExplorer(model, test)
shown('attention', view, lambda v=view: dict(person=v.sources.selected, target=v.targets.selected, over=v.over.value, channels=v.channels.value,
      fixed=v.fixed.value, comparing=v.comparing.value, switches=[s.value for s in v.switches], numbers=[n.value for n in v.numbers]))''',
    editor='''
view = PoseEditor(model, test)
shown('editor', view, lambda v=view: dict(keypoints=v.keypoints.round(2).tolist(), past=len(v.history.past), made=look(v.made), person=v.sources.selected,
      selected=v.canvas.selected, latency=v.canvas.latency, under=v.canvas.under))''')


class Desk:
    "The page, its widgets and what the kernel knows."
    def __init__(self, page): self.page = page

    def box(self, title): return self.page.locator('.pt-view', has=self.page.locator('h3', has_text=title)).first

    def state(self, name): return json.loads(self.page.locator(f'.kernel-{name}').inner_text())

    def until(self, name, ready, seconds=20):
        "Wait until what the kernel knows fulfils a condition; returns it."
        end = time.monotonic() + seconds
        while True:
            state = self.state(name)
            if ready(state): return state
            assert time.monotonic() < end, f'{name} stayed at {state}'
            self.page.wait_for_timeout(60)

    def changes(self, locator, attribute='innerHTML'):
        "A function that waits until an element no longer shows what it shows now."
        before = locator.evaluate(f'e => e.{attribute}')
        def wait():
            end = time.monotonic() + 20
            while locator.evaluate(f'e => e.{attribute}') == before:
                assert time.monotonic() < end, 'the picture stayed as it was'
                self.page.wait_for_timeout(60)
        return wait

    def to_top(self, title):
        self.box(title).evaluate('e => e.scrollIntoView({ block: "start" })')
        self.page.wait_for_timeout(200)

    def photograph(self, title, name):
        "Two sizes, two themes, if somebody wants to see them."
        folder = os.environ.get('SCREENSHOTS')
        if not folder: return
        Path(folder).mkdir(parents=True, exist_ok=True)
        for theme in 'Dark', 'Light':
            self.theme(theme)
            for width, height in (1280, 800), (1920, 1080):
                self.page.set_viewport_size(dict(width=width, height=height))
                self.page.wait_for_timeout(500)
                self.to_top(title)
                self.page.screenshot(path=f'{folder}/{name}_{width}x{height}_{theme.lower()}.png')
        self.page.set_viewport_size(dict(width=1280, height=800))

    def theme(self, name):
        self.page.locator('.lm-MenuBar-itemLabel', has_text=re.compile('^Settings$')).click()
        self.page.locator('.lm-Menu-itemLabel', has_text=re.compile('^Theme$')).hover()
        self.page.locator('.lm-Menu-itemLabel', has_text=re.compile(f'^JupyterLab {name}$')).click()
        self.page.locator(f'body[data-jp-theme-light="{"true" if name == "Light" else "false"}"]').wait_for(state='attached')
        self.page.wait_for_timeout(500)


@pytest.fixture(scope='module')
def desk(lab, browser):
    folder, address, token = lab
    cells = [START, *CELLS.values()]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c.strip()) for c in cells])
    notebook.metadata.kernelspec = dict(name='python3', display_name='Python 3', language='python')
    nbformat.write(notebook, folder/'every_widget.ipynb')
    page = watched_page(browser, 1280, 800)
    page.goto(f'{address}/lab/tree/every_widget.ipynb?reset&token={token}')
    page.locator('#jp-main-statusbar').get_by_text(re.compile(r'Python 3 .*\| Idle')).wait_for(timeout=240_000)
    page.keyboard.press('Control+b')  # the file browser makes room
    choose(page, 'Run', 'Run All Cells')
    desk = Desk(page)
    yield desk
    page.close()


@pytest.fixture(autouse=True)
def nothing_goes_wrong(desk):
    yield
    assert not desk.page.errors and not desk.page.strangers
    assert desk.page.locator('[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]').count() == 0


def ready(desk, title, name):
    "Scroll to a widget and wait until it is there."
    end = time.monotonic() + 240
    while not desk.page.locator(f'.kernel-{name}').count():  # JupyterLab draws only the cells in view
        assert time.monotonic() < end, f'{name} did not appear'
        desk.page.mouse.move(640, 500)
        desk.page.mouse.wheel(0, 400)
        desk.page.wait_for_timeout(300)
    desk.to_top(title)
    return desk.box(title)


def test_attention_explorer(desk):
    box = ready(desk, 'Attention, scale by scale', 'attention')
    top, masks = box.locator('.pt-small'), box.locator('.pt-panel img')
    assert top.locator('img').count() == 4
    assert masks.count() == 8
    wait = desk.changes(top)
    box.get_by_role('group', name='target pose').get_by_role('button').nth(2).click()
    desk.until('attention', lambda s: s['target'] == 2)
    wait()
    wait = desk.changes(masks.nth(4), 'src')
    box.get_by_role('button', name='generated', exact=True).click()
    desk.until('attention', lambda s: s['over'] == 'generated')
    wait()
    hint = desk.changes(box.locator('.pt-hint'))
    box.locator('select').nth(1).select_option('one')
    desk.until('attention', lambda s: s['switches'][0] == 'one')
    hint()
    assert top.locator('img').count() == 6
    assert 'change: L1' in box.locator('.pt-note').inner_text()
    desk.photograph('Attention, scale by scale', 'attention_knock_out')
    for k in 1, 2, 3, 4: box.locator('select').nth(k).select_option('one')
    desk.until('attention', lambda s: s['switches'] == ['one'] * 4)
    box.get_by_text('no target pose').wait_for()
    same = top.locator('img').nth(3).get_attribute('src')
    box.get_by_role('group', name='target pose').get_by_role('button').nth(8).click()
    desk.until('attention', lambda s: s['target'] == 8)
    desk.page.wait_for_timeout(500)
    assert top.locator('img').nth(3).get_attribute('src') == same, 'without a target pose the target pose changes nothing'
    for k in 1, 2, 3, 4: box.locator('select').nth(k).select_option('as learned')
    desk.until('attention', lambda s: s['switches'] == ['as learned'] * 4)
    desk.photograph('Attention, scale by scale', 'attention')
    box.locator('select').nth(0).select_option('one channel')
    slider = box.locator('.noUi-handle').nth(3)
    slider.wait_for(state='visible')
    slider.focus()
    wait = desk.changes(masks.nth(6), 'src')
    for _ in range(3): desk.page.keyboard.press('ArrowRight')
    desk.until('attention', lambda s: s['numbers'][3] == 3)
    box.get_by_label('compare with another pose').check()
    desk.until('attention', lambda s: s['comparing'])
    box.get_by_text('Orange: more open').wait_for()
    desk.photograph('Attention, scale by scale', 'attention_compared')


def test_pose_editor(desk):
    box = ready(desk, 'Move the pose, watch the person', 'editor')
    stage, page = box.locator('.pt-stage').first, desk.page
    start = desk.until('editor', lambda s: s['keypoints'])
    box.locator('.pt-large canvas').nth(1).wait_for()
    page.wait_for_timeout(800)
    joint = next(j for j in (4, 7, 3, 6) if start['keypoints'][j][0] > 8)
    area = stage.bounding_box()
    scale = area['width'] / 96
    x, y = area['x'] + (start['keypoints'][joint][0] + .5) * scale, area['y'] + (start['keypoints'][joint][1] + .5) * scale
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(150):  # up and down for about two and a half seconds, faster than the kernel can answer
        page.mouse.move(x + (i % 30) * .8, y - abs(i % 40 - 20))
        page.wait_for_timeout(16)
    page.mouse.move(x + 20, y - 24)
    page.mouse.up()
    wanted = start['keypoints'][joint][0] + 20 / scale, start['keypoints'][joint][1] - 24 / scale
    after = desk.until('editor', lambda s: all(abs(a - b) < .5 for a, b in zip(s['keypoints'][joint], wanted)), 5)
    speed = desk.until('editor', lambda s: s['latency'])['latency']
    print(f"a drag: {speed['updates']} updates, {speed['per_second']} a second, {speed['median_ms']} ms from move to picture (median), "
          f"{speed['p90_ms']} (nine of ten), {speed['worst_ms']} (worst); load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    assert after['made'] != start['made'] and after['past'] == 1
    assert speed['updates'] > 10
    page.keyboard.press('Control+z')
    desk.until('editor', lambda s: s['past'] == 0 and s['keypoints'] == start['keypoints'] and s['made'] == start['made'])

    page.keyboard.press('Shift+ArrowRight')
    page.keyboard.press('ArrowDown')
    moved = desk.until('editor', lambda s: abs(s['keypoints'][joint][1] - start['keypoints'][joint][1] - 1) < .1)
    assert abs(moved['keypoints'][joint][0] - start['keypoints'][joint][0] - 5) < .1
    page.keyboard.press('Tab')
    other = desk.until('editor', lambda s: s['selected'] != joint)['selected']
    page.keyboard.press('Delete')
    desk.until('editor', lambda s: s['keypoints'][other] == [-1, -1])
    desk.photograph('Move the pose, watch the person', 'editor_hidden_joint')
    box.locator('.pt-hidden button').last.click()
    box.get_by_role('button', name='Mirror').click()
    desk.until('editor', lambda s: s['past'] >= 3)
    box.get_by_role('group', name='pose').get_by_role('button').nth(5).click()
    preset = desk.until('editor', lambda s: s['made'] not in (start['made'], moved['made']))
    box.get_by_role('group', name='person').get_by_role('button').nth(2).click()
    person = desk.until('editor', lambda s: s['person'] == 2)
    assert person['keypoints'] == desk.state('editor')['keypoints']
    desk.until('editor', lambda s: s['made'] != preset['made'])
    desk.photograph('Move the pose, watch the person', 'editor')
