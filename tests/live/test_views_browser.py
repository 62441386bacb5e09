"""The widgets as a person uses them: dragged, clicked and typed into, in JupyterLab in a real browser.

One notebook with every widget is opened once; below each widget stands what its kernel knows. SCREENSHOTS
names a folder that keeps a picture of every widget in two sizes and two themes."""
import json
import os
import re
import time
from pathlib import Path

import nbformat
import pytest
from accessible import grave_faults
from jupyterlab_page import LACKING, stop_kernels, watched_page

pytestmark = pytest.mark.skipif(bool(LACKING), reason=f'not installed: {", ".join(LACKING)}')

START = '''
import hashlib, json, threading, time
import ipywidgets as iw, numpy as np
from IPython.display import display
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.transfer import PoseTransfer
from pose_transfer_nb.live.attention import AttentionExplorer
from pose_transfer_nb.live.data import DatasetBrowser
from pose_transfer_nb.live.editor import PoseEditor
from pose_transfer_nb.live.game import RealOrGenerated
from pose_transfer_nb.live.monitor import TrainingMonitor
from pose_transfer_nb.live.results import ResultBrowser
from pose_transfer_nb.live.sequence import PoseSequence

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
shown('attention', view, lambda v=view: dict(person=v.sources.selected, target=v.targets.selected,
    over=v.over.value, channels=v.channels.value,
      fixed=v.fixed.value, comparing=v.comparing.value, switches=[s.value for s in v.switches],
    numbers=[n.value for n in v.numbers]))''',
    editor='''
view = PoseEditor(model, test)
shown('editor', view, lambda v=view: dict(keypoints=v.keypoints.round(2).tolist(),
    past=len(v.history.past), made=look(v.made), person=v.sources.selected,
      selected=v.canvas.selected, latency=v.canvas.latency, under=v.canvas.under))''',
    sequence='''
view = PoseSequence(model, test, steps=5)
shown('sequence', view, lambda v=view: dict(person=v.sources.selected, start=v.start.selected,
    end=v.end.selected, steps=v.steps.value, frames=len(v.pictures), index=v.film.index,
      made=look(v.pictures[-1]), note=v._note.value))''',
    results='''
view = ResultBrowser(model, test, limit=24)
shown('results', view, lambda v=view: dict(order=v.order.value, metric=v.metric.value,
    text=v.text.value, page=v._page, on_page=v.on_page, scored=int(v.table.l1.notna().sum()),
      values=v.table.l1[v.on_page].round(4).fillna(-1).tolist(),
    names=v.table.source[v.on_page].tolist(), selected=v.thumbs.selected))''',
    game='''
view = RealOrGenerated(model, test, count=2)
shown('game', view, lambda v=view: dict(answers=[list(a) for a in v.answers],
    questions=len(v._questions), real=[bool(q[2]) for q in v._questions], student=v.student.value,
      seconds=v.trial.seconds, saved=str(v.saved)))''',
    data='''
view = DatasetBrowser(test)
shown('data', view, lambda v=view: dict(index=v.index, joint=v.joint.value))''',
    monitor='''
import shutil, pandas as pd
from pathlib import Path
from pose_transfer_nb.transfer import PRETRAINED
run = Path('run')
(run/'samples').mkdir(parents=True)
for name in 'losses', 'metrics':
    table = pd.read_csv(PRETRAINED.with_name(f'{PRETRAINED.stem}_{name}.csv'))
    table.head(10).to_csv(run/f'{name}.csv', index=False)
test.picture(0)[0].save(run/'samples'/'0000500.jpg')
view = TrainingMonitor(run, seconds=.3)
shown('monitor', view, lambda v=view: dict(rows=len(v.losses), sheets=len(v.sheets),
    sheet=v.sheet.value, follow=v.follow.value))''')
LONGER = '''
for name in 'losses', 'metrics':
    shutil.copy(PRETRAINED.with_name(f'{PRETRAINED.stem}_{name}.csv'), run/f'{name}.csv')
test.picture(1)[0].save(run/'samples'/'0001000.jpg')
print('the run went on')'''


class Desk:
    "The page, its widgets and what the kernel knows."
    def __init__(self, page): self.page = page

    def box(self, title):
        return self.page.locator('.pt-view', has=self.page.locator('h3', has_text=title)).first

    def state(self, name): return json.loads(self.page.locator(f'.kernel-{name}').inner_text())

    def until(self, name, ready, seconds=60):
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
            end = time.monotonic() + 60
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
        self.page.locator(f'body[data-jp-theme-light="{"true" if name == "Light" else "false"}"]').wait_for(
            state='attached'
        )
        self.page.wait_for_timeout(500)


@pytest.fixture(scope='module')
def desk(lab, browser):
    folder, address, token = lab
    cells = [START, *CELLS.values(), LONGER]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c.strip()) for c in cells])
    notebook.metadata.kernelspec = dict(name='python3', display_name='Python 3', language='python')
    nbformat.write(notebook, folder/'every_widget.ipynb')
    page = watched_page(browser, 1280, 800)
    page.set_default_timeout(120_000)  # for a machine that has much else to do
    page.goto(f'{address}/lab/tree/every_widget.ipynb?reset&token={token}')
    page.locator('#jp-main-statusbar').get_by_text(re.compile(r'Python 3 .*\| Idle')).wait_for(
        timeout=240_000
    )
    page.keyboard.press('Control+b')  # the file browser makes room
    page.locator('.jp-Cell').first.click()
    for _ in range(len(cells) - 1): page.keyboard.press('Shift+Enter')  # all but the last
    desk = Desk(page)
    yield desk
    page.close()
    stop_kernels(address, token)


@pytest.fixture(autouse=True)
def nothing_goes_wrong(desk):
    yield
    # anywidget gives a model two seconds; on a busy machine it says so, and each test sees whether the widget
    # is there
    slow = 'Failed to initialize model'
    assert not [e for e in desk.page.errors if slow not in e] and not desk.page.strangers
    complaints = desk.page.locator(
        '[data-mime-type="application/vnd.jupyter.error"], [data-mime-type="application/vnd.jupyter.stderr"]'
    )
    assert not complaints.all_inner_texts()


def ready(desk, title, name):
    "Scroll to a widget and wait until it is there."
    end = time.monotonic() + 240
    while not desk.page.locator(f'.kernel-{name}').count():  # JupyterLab draws only the cells in view
        assert time.monotonic() < end, f'{name} did not appear'
        desk.page.mouse.move(640, 500)
        desk.page.mouse.wheel(0, 400)
        desk.page.wait_for_timeout(300)
    desk.page.locator('#jp-main-statusbar').get_by_text(re.compile(r'Python 3 .*\| Idle')).wait_for(
        timeout=240_000
    )  # all cells have run
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
    gates = [box.get_by_role('combobox', name=f'gate {k}') for k in (1, 2, 3, 4)]
    gates[0].select_option('forced to one')
    desk.until('attention', lambda s: s['switches'][0] == 'one')
    hint()
    assert top.locator('img').count() == 6
    assert 'change: L1' in box.locator('.pt-note').inner_text()
    desk.photograph('Attention, scale by scale', 'attention_knock_out')
    for gate in gates: gate.select_option('forced to one')
    desk.until('attention', lambda s: s['switches'] == ['one'] * 4)
    box.get_by_text('no target pose').wait_for()
    same = top.locator('img').nth(3).get_attribute('src')
    box.get_by_role('group', name='target pose').get_by_role('button').nth(8).click()
    desk.until('attention', lambda s: s['target'] == 8)
    desk.page.wait_for_timeout(500)
    assert top.locator('img').nth(3).get_attribute('src') == same, (
        'without a target pose the target pose changes nothing'
    )
    for gate in gates: gate.select_option('as learned')
    wait = desk.changes(top)
    box.get_by_role('combobox', name='Bottleneck').select_option('upside down')
    box.get_by_text('Where did the colours go?').wait_for()
    wait()
    box.get_by_role('combobox', name='Bottleneck').select_option('as learned')
    desk.until('attention', lambda s: s['switches'] == ['as learned'] * 4)
    desk.photograph('Attention, scale by scale', 'attention')
    box.get_by_role('combobox', name='Show').select_option('one channel')
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
    stage, page = box.locator('.pt-hand .pt-stage'), desk.page
    start = desk.until('editor', lambda s: s['keypoints'])
    box.locator('.pt-large canvas').nth(1).wait_for()
    page.wait_for_timeout(800)
    joint = next(j for j in (4, 7, 3, 6) if start['keypoints'][j][0] > 8)
    area = stage.bounding_box()
    scale = area['width'] / 96
    x, y = (
        area['x'] + (start['keypoints'][joint][0] + 0.5) * scale,
        area['y'] + (start['keypoints'][joint][1] + 0.5) * scale,
    )
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(150):  # up and down for about two and a half seconds, faster than the kernel can answer
        page.mouse.move(x + (i % 30) * .8, y - abs(i % 40 - 20))
        page.wait_for_timeout(16)
    page.mouse.move(x + 20, y - 24)
    page.mouse.up()
    wanted = start['keypoints'][joint][0] + 20 / scale, start['keypoints'][joint][1] - 24 / scale
    after = desk.until(
        'editor', lambda s: all(abs(a - b) < 0.5 for a, b in zip(s['keypoints'][joint], wanted))
    )
    speed = desk.until('editor', lambda s: s['latency'])['latency']
    print(
        f"a drag: {speed['updates']} updates, {speed['per_second']} a second, "
        f"{speed['median_ms']} ms from move to picture (median), "
        f"{speed['p90_ms']} (nine of ten), {speed['worst_ms']} (worst); "
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    )
    assert after['made'] != start['made'] and after['past'] == 1
    assert speed['updates'] > 10
    page.keyboard.press('Control+z')
    desk.until(
        'editor',
        lambda s: s['past'] == 0 and s['keypoints'] == start['keypoints'] and s['made'] == start['made'],
    )

    page.keyboard.press('Shift+ArrowRight')
    page.keyboard.press('ArrowDown')
    moved = desk.until(
        'editor', lambda s: abs(s['keypoints'][joint][1] - start['keypoints'][joint][1] - 1) < 0.1
    )
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
    page.locator('#jp-main-statusbar').get_by_text(re.compile(r'Python 3 .*\| Idle')).wait_for()
    page.wait_for_timeout(1000)
    plain = desk.state('editor')
    wait = desk.changes(box.locator('.pt-hint'))
    box.get_by_role('combobox', name='Bottleneck').select_option("another person's")
    turned = desk.until('editor', lambda s: s['made'] != plain['made'])
    wait()
    assert turned['keypoints'] == plain['keypoints']
    desk.photograph('Move the pose, watch the person', 'editor_bottleneck')
    box.get_by_role('combobox', name='Bottleneck').select_option('as learned')
    desk.until('editor', lambda s: s['made'] == plain['made'])
    desk.photograph('Move the pose, watch the person', 'editor')


def test_sequence(desk):
    box = ready(desk, 'From pose to pose', 'sequence')
    first = desk.until('sequence', lambda s: s['frames'] == 7)
    box.get_by_role('button', name='Play').click()
    desk.until('sequence', lambda s: s['index'] > 1)
    box.get_by_role('button', name='Pause').click()
    box.get_by_role('slider', name='step').focus()
    desk.page.keyboard.press('End')
    desk.until('sequence', lambda s: s['index'] == 6)
    assert box.locator('.pt-frame:visible').count() == 1
    assert box.locator('.pt-frame:visible img').count() == 7
    box.get_by_role('group', name='last pose').get_by_role('button').nth(3).click()
    desk.until('sequence', lambda s: s['end'] == 3 and s['made'] != first['made'])
    file = box.locator('input[type=text]').first
    file.fill('mine.gif')
    file.press('Enter')
    box.get_by_role('button', name='Export GIF').click()
    box.get_by_text('Written: mine.gif, 12 frames.').wait_for()
    desk.photograph('From pose to pose', 'sequence')


def test_results(desk):
    box = ready(desk, 'Every result, the worst first', 'results')
    desk.until('results', lambda s: s['scored'] == 24, 60)
    box.get_by_role('button', name='worst first').click()
    worst = desk.until('results', lambda s: s['order'] == 'worst')
    worst = desk.until(
        'results', lambda s: s['values'] == sorted(s['values'], reverse=True) and len(s['values']) == 10
    )
    box.get_by_role('button', name='Next').click()
    desk.until('results', lambda s: s['page'] == 1 and s['values'][0] <= worst['values'][-1])
    box.get_by_role('button', name='Back').click()
    desk.until('results', lambda s: s['on_page'] == worst['on_page'])
    box.get_by_role('group', name='result').get_by_role('button').nth(1).click()
    box.locator('.pt-medium img').nth(8).wait_for()
    box.get_by_text(f'{worst["names"][1]} in the pose of').wait_for()
    desk.photograph('Every result, the worst first', 'results')
    name = box.get_by_placeholder('part of a name')
    name.fill(worst['names'][0])
    desk.until(
        'results', lambda s: s['names'] and set(s['names']) <= {worst['names'][0]} or len(s['on_page']) < 10
    )
    name.fill('nobody at all')
    desk.until('results', lambda s: not s['on_page'])
    name.fill('')


def test_game(desk):
    box = ready(desk, 'Real or generated?', 'game')
    page = desk.page
    name = box.get_by_placeholder('your name')
    name.fill('Ada')
    name.press('Tab')
    box.get_by_role('button', name='as long as you like').click()
    box.get_by_role('button', name='Start').click()
    real = desk.until('game', lambda s: s['questions'] == 4)['real']
    trial = box.locator('.pt-trial')
    trial.get_by_role('button', name='real').wait_for()
    desk.photograph('Real or generated?', 'game')
    for n, truth in enumerate(real):
        if n % 2: trial.get_by_role('button', name='real').click()
        else: page.keyboard.press('r')  # the first time the focus is still on Start
        desk.until('game', lambda s: len(s['answers']) == n + 1)
    box.get_by_text('R2G 0.00, G2R 1.00, accuracy 0.50').wait_for()
    box.get_by_role('button', name='Save my answers').click()
    desk.until('game', lambda s: 'Ada_' in s['saved'])
    box.get_by_role('button', name='Results of the class').click()
    box.get_by_text('everybody who saved').wait_for()
    desk.photograph('Real or generated?', 'game_class')
    box.get_by_role('button', name='five seconds each').click()
    box.get_by_role('button', name='Start').click()
    desk.until('game', lambda s: s['seconds'] == 5 and not s['answers'])
    trial.locator('img').wait_for(state='visible')
    trial.locator('.pt-over').wait_for()
    assert not trial.locator('img').is_visible()


def test_data(desk):
    box = ready(desk, 'What is in the data', 'data')
    before = desk.until('data', lambda s: s['joint'] == 'neck')
    wait = desk.changes(box.locator('.pt-panel img').nth(2), 'src')
    box.locator('.noUi-handle').focus()
    desk.page.keyboard.press('ArrowRight')
    desk.until('data', lambda s: s['joint'] == 'right shoulder')
    wait()
    box.get_by_role('group', name='person').get_by_role('button').nth(3).click()
    desk.until('data', lambda s: s['index'] != before['index'])
    assert box.locator('.pt-tiny img').count() == 18
    desk.photograph('What is in the data', 'data')


def test_monitor(desk):
    box = ready(desk, 'A training run', 'monitor')
    assert desk.state('monitor')['rows'] == 10
    box.get_by_label('look again every').check()
    desk.until('monitor', lambda s: s['follow'])
    desk.page.locator('.jp-Cell').last.click()
    desk.page.keyboard.press('Shift+Enter')
    desk.until('monitor', lambda s: s['rows'] > 10 and s['sheets'] == 2 and s['sheet'] == 1)
    desk.to_top('A training run')
    box.get_by_label('look again every').uncheck()
    desk.until('monitor', lambda s: not s['follow'])
    box.get_by_role('button', name='Refresh').click()
    desk.photograph('A training run', 'monitor')


TITLES = dict(
    attention='Attention, scale by scale', editor='Move the pose, watch the person',
    sequence='From pose to pose', results='Every result, the worst first', game='Real or generated?',
    data='What is in the data',
    monitor='A training run')


@pytest.mark.parametrize('name', TITLES)
def test_everybody_can_use_it(desk, name):
    """JupyterLab's own frame around it is not ours to judge, nor are the sliders of ipywidgets: their handles
    have no name that a view could set."""
    box = ready(desk, TITLES[name], name)
    box.evaluate('e => { e.id = "judged"; }')
    faults = grave_faults(desk.page, '#judged')
    box.evaluate('e => e.removeAttribute("id")')
    assert not [fault for fault in faults if 'aria-input-field-name' not in fault]
