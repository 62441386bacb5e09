"""The folder for a lesson, its pages in a browser; and the pages of plain text: architecture, ethics,
references."""
import functools
import re
from importlib.util import find_spec
from pathlib import Path

import nbformat
import numpy as np
import pytest
from accessible import grave_faults, out_of_reach, tabbed_through
from conftest import files
from jupyterlab_page import CHROMIUM, FLAGS
from PIL import Image
from typer.testing import CliRunner

from pose_transfer_nb import cli
from pose_transfer_nb.generator import Generator
from pose_transfer_nb.live import lesson
from pose_transfer_nb.live.first import bend
from pose_transfer_nb.transfer import PoseTransfer


def people(count=5):
    "Small people of noise with all joints: a list of (picture, keypoints, name)."
    random = np.random.default_rng(0)
    pose = np.array(
        [
            (24, 10),
            (24, 16),
            (17, 16),
            (15, 24),
            (14, 31),
            (31, 16),
            (33, 24),
            (34, 31),
            (20, 33),
            (20, 44),
            (20, 56),
            (28, 33),
            (28, 44),
            (28, 56),
            (22, 8),
            (26, 8),
            (20, 9),
            (28, 9),
        ],
        float,
    )
    return [
        (
            Image.fromarray(random.integers(0, 255, (64, 48, 3), dtype=np.uint8)),
            pose + random.normal(0, 0.6, pose.shape).round(1),
            f'p{k // 3}',
        )
        for k in range(3 * count)
    ]


@functools.cache
def small_model():
    import torch
    torch.manual_seed(0)
    return PoseTransfer(Generator(4), (64, 48), None)


@pytest.fixture
def course(tmp_path, monkeypatch):
    "A course with everything that a class must not see, in place of the real one."
    root = tmp_path/'course'
    def notebook(name, *cells):
        (root/name).parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(
            nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(c) for c in cells]), root / name
        )
    notebook(
        'index.ipynb',
        'See [five](05_attention.ipynb#The-gate), its [answers](solutions/05_attention.ipynb) '
        'and the [plan](tutorials/attention_in_class.ipynb).',
    )
    notebook(
        '05_attention.ipynb', '![a mask](images/mask.svg) and the [paper](https://arxiv.org/abs/2202.06777)'
    )
    notebook('solutions/05_attention.ipynb', 'The secret is seventy-seven. [Back](../05_attention.ipynb)')
    notebook(
        'tutorials/attention_in_class.ipynb',
        'Expect the answer seventy-seven. [Gate](../05_attention.ipynb#The-gate), '
        '[answers](../solutions/05_attention.ipynb), [next](ablation.ipynb)',
    )
    notebook('tutorials/ablation.ipynb', 'nothing secret')
    (root/'images').mkdir()
    (root/'images/mask.svg').write_bytes(b'\xff picture')
    monkeypatch.setattr(lesson, 'notebooks_folder', lambda: root)
    return root


@pytest.fixture
def one_page(monkeypatch):
    "A page that costs nothing, and a count of how often it was made."
    made = []
    def build(model, people): made.append(1); return '<p>page</p>', Image.new('RGB', (8, 6))
    monkeypatch.setattr(lesson, 'PAGES', dict(one=('One', 'The <only> one.', build)))
    monkeypatch.setattr(lesson, 'LIVE', {})
    return made


def class_folder(folder): return cli.class_folder(folder, small_model(), people(), lambda line: None)


def test_students_get_the_course_without_answers(course, one_page, tmp_path):
    written, kept = class_folder(tmp_path/'class')
    there = files(tmp_path/'class')
    assert not kept and sorted(there) == sorted(written)
    students = {name: data for name, data in there.items() if name.startswith('students/')}
    assert sorted(students) == [
        'students/05_attention.ipynb',
        'students/images/mask.svg',
        'students/index.ipynb',
        'students/tutorials/ablation.ipynb',
    ]
    assert not [
        name
        for name, data in students.items()
        if b'seventy-seven' in data or b'solutions' in data or b'attention_in_class' in data
    ]
    assert there['students/images/mask.svg'] == b'\xff picture'
    for name in (
        'teacher/attention_in_class.ipynb',
        'teacher/solutions/05_attention.ipynb',
        'teacher/README.md',
        'teacher/projector/index.html',
        'teacher/projector/one.html',
        'teacher/projector/stills/one.jpg',
    ):
        assert name in there
    assert b'The &lt;only&gt; one.' in there['teacher/projector/index.html']


def test_links_lead_to_where_the_files_went(course, one_page, tmp_path):
    class_folder(tmp_path/'class')
    dead = []
    for path in sorted((tmp_path/'class').rglob('*.ipynb')):
        for target in re.findall(r'\]\(([^)#]+)', path.read_text()):
            if not target.startswith('https:') and not (path.parent / target).exists():
                dead.append((path.name, target))
    assert not dead
    plan = (tmp_path/'class/teacher/attention_in_class.ipynb').read_text()
    assert (
        '../students/05_attention.ipynb#The-gate' in plan
        and '(solutions/05_attention.ipynb)' in plan
        and '../students/tutorials/ablation.ipynb' in plan
    )
    index = nbformat.read(tmp_path/'class/students/index.ipynb', 4).cells[0].source
    assert index == 'See [five](05_attention.ipynb#The-gate), its answers and the plan.'


def test_nothing_is_written_over_and_nothing_made_twice(course, one_page, tmp_path):
    folder = tmp_path/'class'
    class_folder(folder)
    assert one_page == [1]
    (folder/'students/05_attention.ipynb').write_text('my own notes')
    (folder/'teacher/projector/one.html').write_text('my own page')
    (folder/'teacher/solutions/05_attention.ipynb').unlink()
    before = files(folder)
    written, kept = class_folder(folder)
    assert (
        written == ['teacher/solutions/05_attention.ipynb'] and len(kept) == len(before) and one_page == [1]
    )
    assert {name: data for name, data in files(folder).items() if name != written[0]} == before


def test_a_page_that_fails_leaves_no_file(tmp_path):
    def fails(): raise ValueError('no')
    with pytest.raises(ValueError): cli.lay_down(tmp_path, {'a.txt': lambda: b'a', 'b.txt': fails})
    assert files(tmp_path) == {'a.txt': b'a'}


def test_a_course_without_plan_and_keys_says_so(course, one_page, tmp_path):
    (course/'tutorials/attention_in_class.ipynb').unlink()
    (course/'solutions/05_attention.ipynb').unlink()
    class_folder(tmp_path/'class')
    text = (tmp_path/'class/teacher/README.md').read_text()
    assert 'no lesson plan' in text and 'ablation' in text and 'no answer keys' in text


def test_command(course, one_page, tmp_path, monkeypatch):
    run = functools.partial(CliRunner().invoke, cli.app)
    done = run(['lab', '--class', str(tmp_path/'class'), '--no-browser'])
    assert (
        done.exit_code == 0 and 'one.html' in done.output and done.output.strip().endswith('10 files written')
    )
    assert (
        run(['lab', '--class', str(tmp_path / 'class'), '--no-browser'])
        .output.strip()
        .endswith('0 files written, 10 kept as they were')
    )
    (tmp_path/'file').write_text('')
    refused = run(['lab', '--class', str(tmp_path/'file')])
    assert refused.exit_code == 1 and 'is a file' in refused.output
    opened = []
    monkeypatch.setattr(cli.subprocess, 'call', lambda command: opened.append(command) or 0)
    assert run(['lab', '--class', str(tmp_path/'class')]).exit_code == 0
    assert (
        opened[0][-1] == str(tmp_path / 'class/teacher/attention_in_class.ipynb')
        and f'--ServerApp.root_dir={tmp_path / "class"}' in opened[0]
    )


def test_a_limb_bends_and_keeps_its_lengths():
    pose = people()[0][1]
    random = np.random.default_rng(0)
    for joint in (4, 7, 10, 13):
        lengths = np.linalg.norm(np.diff(pose[joint - 2:joint + 1], axis=0), axis=1)
        for place in pose[joint - 2] + random.normal(0, 15, (40, 2)):
            bent = bend(pose, joint, place)
            assert np.isfinite(bent).all() and np.allclose(bent[joint], place)
            others = np.delete(np.arange(18), [joint - 1, joint])
            assert np.array_equal(bent[others], pose[others])
            far = np.linalg.norm(place - pose[joint - 2])
            if abs(lengths[0] - lengths[1]) < far < lengths.sum():
                after = np.linalg.norm(np.diff(bent[joint - 2:joint + 1], axis=0), axis=1)
                assert np.allclose(after, lengths, atol=1e-6)
        assert np.allclose(bend(pose, joint, pose[joint]), pose, atol=1e-6)


@pytest.fixture(scope='module')
def projector(tmp_path_factory):
    "The real pages, made by a small network of small people."
    folder = tmp_path_factory.mktemp('projector')
    cli.lay_down(folder, cli.projector_files(small_model(), people()))
    return folder


def test_pages_are_whole(projector):
    assert sorted(p.name for p in projector.glob('*.html')) == sorted(
        [*(f'{name}.html' for name in cli.PAGES), 'index.html', 'page.html']
    )
    assert sorted(p.stem for p in (projector/'stills').iterdir()) == sorted([*cli.PAGES, *cli.LIVE])
    for page in projector.glob('*.html'):
        if page.name == 'page.html': continue  # its own tests look at it
        text = page.read_text(encoding='utf-8')
        assert not re.search(r'(src|href)="?(https?:)?//|@import|url\(http|<link', text), page.name
    index = (projector/'index.html').read_text()
    for target in re.findall(r'(?:href|src)="([^"]+)"', index):
        assert (projector/target.partition('#')[0]).is_file(), target


@pytest.fixture(scope='module')
def page(projector):
    "A page in a browser that may not use the network; notes errors and requests."
    if not Path(CHROMIUM).exists() or not find_spec('playwright'):
        pytest.skip('needs Chromium and playwright')
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport=dict(width=1920, height=1080), offline=True)
        page = context.new_page()
        page.errors, page.strangers = [], []
        page.on('pageerror', lambda error: page.errors.append(str(error)))
        page.on(
            'request',
            lambda r: None if r.url.startswith(('file:', 'data:', 'blob:')) else page.strangers.append(r.url),
        )
        page.show = lambda name: page.goto((projector/f'{name}.html').as_uri())
        yield page
        assert not page.errors and not page.strangers
        browser.close()


@pytest.mark.parametrize('name', ['index', *cli.PAGES])
def test_page_opens_from_a_file(page, name):
    page.show(name)
    page.wait_for_load_state()
    assert page.evaluate(
        '[...document.images].filter(i => i.offsetParent).every(i => i.complete && i.naturalWidth > 0)'
    )
    assert page.evaluate('document.documentElement.scrollWidth <= window.innerWidth'), (
        'a projector cannot scroll sideways'
    )
    assert page.inner_text('body').strip()
    assert not page.errors and not page.strangers


@pytest.mark.parametrize('name', ['results', 'data'])
def test_steps_differ(page, name):
    page.show(name)
    steps = page.locator('.pt-frame').evaluate_all('frames => frames.map(f => f.innerHTML)')
    assert len(set(steps)) == len(steps) > 2
    page.get_by_role('slider').fill('1')
    assert page.locator('.pt-frame:visible').count() == 1 and page.locator('.pt-frame').nth(1).is_visible()


@pytest.mark.parametrize('name', list(cli.LIVE))
def test_the_list_leads_to_the_live_page_in_its_state(page, projector, name):
    title, _, address = cli.LIVE[name]
    page.show('index')
    page.get_by_text(title, exact=True).click()
    page.wait_for_function('window.poseTransfer?.ready', timeout=120_000)
    state = page.evaluate('window.poseTransfer.state()')
    wanted = dict(gates=['learned'] * 4, bottleneck='learned')
    if name == 'gates': wanted['gates'] = ['open'] * 4
    if name == 'shut': wanted['gates'] = ['shut', *['learned'] * 3]
    if name == 'clothes': wanted['bottleneck'] = 'from:4'
    assert {key: state[key] for key in wanted} == wanted


@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('name', ['index', *cli.PAGES])
def test_everybody_can_use_it(page, name, scheme):
    page.emulate_media(color_scheme=scheme)
    page.show(name)
    page.wait_for_load_state()
    assert not grave_faults(page) and not out_of_reach(page)
    reached, wanted = tabbed_through(page)
    assert wanted and reached == wanted
    if name != 'game': return
    page.get_by_role('button', name='Start without a clock').click()
    assert not grave_faults(page)
    for _ in range(20): page.keyboard.press('g')
    assert page.locator('.pt-answers figure').count() == 20 and not grave_faults(page)


@pytest.mark.parametrize('motion, steps', [('reduce', 'steps(5'), ('no-preference', 'linear')])
def test_the_clock_respects_who_wants_less_motion(page, motion, steps):
    page.emulate_media(reduced_motion=motion)
    page.show('game')
    page.get_by_role('button', name='Start, five seconds each').click()
    pace = page.locator('.pt-clock i').evaluate('e => getComputedStyle(e).transitionTimingFunction')
    assert pace.startswith(steps)
    page.emulate_media(reduced_motion='no-preference')


def test_game_counts_the_answers(page):
    page.show('game')
    page.get_by_text('Start without a clock').click()
    real = page.evaluate('DATA.real')
    assert len(real) == 20 and sum(real) == 10
    for truth in real: page.keyboard.press('r' if truth else 'r')  # everything is called real
    assert (
        'R2G 0.00' in page.inner_text('.pt-note')
        and 'G2R 1.00' in page.inner_text('.pt-note')
        and 'accuracy 0.50' in page.inner_text('.pt-note')
    )
    assert page.locator('.pt-answers figure').count() == 20 and page.locator('.pt-wrong').count() == 10
    page.get_by_text('Start, five seconds each').click()
    assert page.locator('.pt-answers figure').count() == 0
    for truth in real: page.get_by_role('button', name='real' if truth else 'generated', exact=True).click()
    assert 'accuracy 1.00' in page.inner_text('.pt-note')


def test_a_file_where_a_folder_should_be(tmp_path, one_error):
    "Nothing is laid down beside it."
    (tmp_path/'course').mkdir()
    (tmp_path/'course'/'data').write_text('mine')
    with one_error(NotADirectoryError, tmp_path/'course'/'data'): lesson.copy_notebooks(tmp_path/'course')
