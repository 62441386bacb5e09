"The widgets without a browser: what the kernel knows, computes, shows as a still and writes as a page."
import io
import json
import pkgutil
import re
import sys
from importlib import import_module

import anywidget
import nbformat
import numpy as np
import pandas as pd
import pytest
import torch
from conftest import ROOT, save_model
from matplotlib.figure import Figure
from PIL import Image

from pose_transfer_nb import live
from pose_transfer_nb.data.batches import ResidentPairs
from pose_transfer_nb.ground.pictures import as_image
from pose_transfer_nb.mannequins import mannequins
from pose_transfer_nb.pose_maps import pose_maps
from pose_transfer_nb.scores import score_people
from pose_transfer_nb.transfer import PoseTransfer
from pose_transfer_nb.live.game import (
    ANSWER_COLUMNS, MOST_BARS, RealOrGenerated, confusion, plot_answers, read_answers)
from pose_transfer_nb.live.attention import SWITCHES, Attention, AttentionExplorer, attention_hint, knock_out
from pose_transfer_nb.live.masks import mask_values, most_varying, score
from pose_transfer_nb.live.data import DatasetBrowser
from pose_transfer_nb.live.parts import BOTTLENECKS, Parts, People, parts_of
from pose_transfer_nb.live.editor import PoseEditor, PoseHistory
from pose_transfer_nb.live.sequence import PoseSequence
from pose_transfer_nb.live.results import ResultBrowser, ordered
from pose_transfer_nb.live.page import web_page
from pose_transfer_nb.live.monitor import TrainingMonitor
from pose_transfer_nb.live.scene import encode_picture

SIZE = 64, 48


@pytest.fixture(scope='module')
def model(tmp_path_factory):
    "Untrained weights, brought to life: in a fresh network of this width the pose hardly changes anything."
    made = PoseTransfer.from_pretrained(
        save_model(tmp_path_factory.mktemp('weights') / 'small.safetensors', SIZE, sigma=2.0)
    )
    with torch.no_grad():
        for p in made.generator.parameters():
            if p.ndim == 4: p.mul_(4)
    return made


@pytest.fixture(scope='module')
def test(): return mannequins('test')


@pytest.fixture(scope='module')
def people(test): return People(test, SIZE)


@pytest.fixture(scope='module')
def few(people):
    "Two people as a plain list: three pictures of the one, two of the other."
    first, second = people.firsts(2)
    chosen = (
        [(first, 'Ada')]
        + [(i, 'Ada') for i in people.others(first)[:2]]
        + [(second, 'Ben'), (people.others(second)[0], 'Ben')]
    )
    return [(people.picture(i), people.pose(i), name) for i, name in chosen]


def same(one, other): return np.array_equal(np.asarray(one), np.asarray(other))


# The model in three parts

def test_parts_do_what_the_model_does(model, people):
    parts, (a, b) = parts_of(model), (0, people.others(0)[0])
    whole = model(people.picture(a), people.pose(a), people.pose(b))
    masks = parts.masks(people.pose(a), people.pose(b))
    for mine, theirs in zip(masks, whole.masks, strict=True):
        np.testing.assert_array_equal(mine, theirs.numpy())
    assert same(parts.decode(parts.encode(people.picture(a)), masks), whole.image)


def test_another_model_needs_no_torch(few):
    size = 32, 32
    def masks(source, target): return [np.full((2, size[0] // c, size[1] // c), .25) for c in (16, 8, 4, 2)]
    calls = []
    def encode(picture): calls.append(1); return np.asarray(picture)
    view = AttentionExplorer(Parts(size, encode, masks, lambda encoded, masks: encoded), few)
    assert same(view.attention().made, view.people.picture(0))
    view.choose(target=1)
    view.choose(over='generated')
    assert len(calls) == 1, 'a person is encoded once'


# Knocking out

@pytest.mark.parametrize('scale', range(4))
@pytest.mark.parametrize('how', SWITCHES[1:])
def test_knock_out_is_what_it_says(model, people, scale, how):
    "Against the generator, called directly."
    parts, a, b = parts_of(model), 0, people.others(0)[0]
    switches = ['as learned'] * 4
    switches[scale] = how
    shown = Attention(parts, people, a, b, switches)
    g, maps = model.generator, torch.cat([pose_maps(people.pose(i), SIZE, model.sigma) for i in (a, b)])[None]
    with torch.no_grad():
        masks = g.masks(maps)
        m = masks[scale]
        masks[scale] = dict(one=torch.ones_like(m), zero=torch.zeros_like(m)).get(
            how, m.mean((2, 3), keepdim=True).expand_as(m)
        )
        picture = torch.from_numpy(np.array(people.picture(a))).permute(2, 0, 1)[None].float() / 127.5 - 1
        wanted = as_image(g.decoder(g.encode_image(picture), masks)[0])
    assert np.abs(np.asarray(shown.without, int) - np.asarray(wanted, int)).max() <= 1


def test_without_gates_there_is_no_target_pose(model, people):
    parts, (b, c) = parts_of(model), people.others(0)[:2]
    ones = [Attention(parts, people, 0, target, ['one'] * 4) for target in (b, c)]
    assert not same(ones[0].made, ones[1].made)
    assert same(ones[0].without, ones[1].without)
    assert 'no target pose' in attention_hint(['one'] * 4)


@pytest.mark.parametrize('scale', range(4))
def test_a_zero_anywhere_leaves_nobody(model, people, scale):
    switches = ['as learned'] * 4
    switches[scale] = 'zero'
    one, other = people.firsts(2)
    parts, features = parts_of(model), []
    masks = parts.masks(people.pose(one), people.pose(other))
    features = [
        parts.decode(parts.encode(people.picture(i)), knock_out(masks, switches)) for i in (one, other)
    ]
    assert same(*features), 'nothing of the source picture is left'
    assert 'nobody' in attention_hint(switches)


def test_unknown_switches_are_refused():
    with pytest.raises(ValueError, match='one of'): knock_out([np.zeros((1, 2, 2))], ['off'])


# Figures

def test_scores_are_those_of_training(model, test, people):
    "`evaluate` has them for float pictures, the views for pictures of 8 bits."
    chosen = [0, 7, len(test) // 2]
    theirs = score_people(model.generator, ResidentPairs(mannequins('test', SIZE, sigma=model.sigma)), chosen)
    mine = []
    for n in chosen:
        a, b = map(int, test.pairs[n])
        shown = Attention(parts_of(model), people, a, b)
        mine.append(score(shown.made, shown.truth, shown.source))
    assert np.mean([m['l1'] for m in mine]) == pytest.approx(theirs['foreground_l1'], abs=.006)
    assert np.mean([m['ssim'] for m in mine]) == pytest.approx(theirs['ssim'], abs=.006)


def test_missing_scikit_image_is_said(model, few, monkeypatch):
    monkeypatch.setitem(sys.modules, 'skimage.metrics', None)
    assert 'SSIM needs scikit-image' in AttentionExplorer(model, few).scene().note


# What is seen of a mask

def test_mask_values():
    mask = np.zeros((5, 4, 3), np.float32)
    mask[3, 0, 0], mask[1, 1, 1] = 1, .5
    assert most_varying(mask)[:2] == [3, 1]
    np.testing.assert_allclose(mask_values(mask)[0], mask.mean(0))
    assert same(mask_values(mask, 'one', 3)[0], mask[3]) and same(mask_values(mask, 'one', 99)[0], mask[4])
    four, text = mask_values(mask, 'varying')
    assert four.shape == (8, 6) and text.startswith('channels 3, 1')
    assert not mask_values(mask, other=mask)[0].any()


def test_explorer_shows_what_was_chosen(model, few):
    view = AttentionExplorer(model, few)
    def seen(): return [view._top.value] + [m.value for m in view._masks]
    before = seen()
    assert 'truth' in before[0] and 'L1 on the person' in before[0]
    view.targets.selected = 3  # another person's pose
    assert 'nothing to measure against' in view._top.value and all(a != b for a, b in zip(seen(), before))
    view.targets.selected = 0
    assert seen() == before
    for change in (
        dict(over='source'),
        dict(channels='spread'),
        dict(fixed=True),
        dict(channels='varying'),
        dict(other=2),
        dict(over='target pose', channels='one', numbers=[1, 2, 3, 4]),
    ):
        last = seen()
        view.choose(**change)
        assert seen()[1:] != last[1:], change
    for slider in view.numbers: assert slider.layout.display == ''
    assert [s.max + 1 for s in view.numbers] == [len(m) for m in view.attention().masks]
    view.choose(switches=['as learned', 'its mean', 'as learned', 'as learned'])
    assert (
        'with knock-out' in view._top.value
        and 'change: L1' in view.scene().note
        and '8 x 6' in view._hint.value
    )
    view.sources.selected = 1
    assert view.scene().rows[0][0].picture.size == (384 // SIZE[0] * SIZE[1], 384)


def test_the_mask_that_is_drawn_is_the_mask_that_is_used(model, few):
    view = AttentionExplorer(model, few).choose(over='nothing')
    def colours(): return [set(panel.picture.getdata()) for panel in view.scene().rows[1]]
    assert all(len(c) > 1 for c in colours()[1:])
    view.choose(switches=['zero', 'one', 'its mean', 'as learned'])
    shut, opened, mean, learned = colours()
    assert len(shut) == len(opened) == len(mean) == 1 < len(learned)
    def light(found): return sum(next(iter(found)))
    assert light(shut) < light(mean) < light(opened)
    view.choose(over='target pose')
    assert len(colours()[0]) > 1, 'the skeleton again'


# The editor

@pytest.fixture
def editor(model, few):
    view = PoseEditor(model, few)
    view.answers = []
    view.canvas.send = lambda content, buffers=None: view.answers.append((content, buffers))
    return view


def ask(view, **content): view._receive(None, dict(view='v', id=1) | content, [])


def test_one_drag_is_one_step_back(editor):
    start = editor.keypoints
    joint = int(np.flatnonzero(start[:, 0] > 0)[0])
    for i in range(1, 6):
        k = start.copy()
        k[joint] += i
        ask(editor, kind='pose', id=i, start=i == 1, keypoints=k.tolist())
    np.testing.assert_allclose(editor.keypoints, k)
    assert [a[0]['id'] for a in editor.answers] == [1, 2, 3, 4, 5] and {
        a[0]['view'] for a in editor.answers
    } == {'v'}
    content, (jpeg, png) = editor.answers[-1]
    np.testing.assert_allclose(content['keypoints'], k)
    assert Image.open(io.BytesIO(jpeg)).size == SIZE[::-1]
    assert Image.open(io.BytesIO(png)).size == (sum(SIZE[1] // c for c in (16, 8, 4, 2)), SIZE[0] // 2)
    assert jpeg == encode_picture(editor.made)
    ask(editor, kind='undo', id=-6)
    assert editor.answers[-1][0]['id'] == -6, 'the browser knows when a command is done'
    np.testing.assert_allclose(editor.keypoints, start)
    ask(editor, kind='undo')
    np.testing.assert_allclose(editor.keypoints, start)


def test_a_drag_encodes_no_picture(model, few):
    parts, calls = parts_of(model), []
    encode = parts.encode
    parts.encode = lambda picture: (calls.append(1), encode(picture))[1]
    view = PoseEditor(parts, few)
    assert len(calls) == 1
    for i in range(3): ask(view, kind='pose', start=False, keypoints=(view.keypoints + 1).tolist())
    assert len(calls) == 1
    view.sources.selected = 1
    assert len(calls) == 2


def test_buttons_of_the_editor(editor):
    start = editor.keypoints
    joint = int(np.flatnonzero(start[:, 0] > 0)[-1])
    ask(editor, kind='hide', joint=joint)
    assert editor.keypoints[joint].tolist() == [-1, -1]
    editor.act('restore', joint)
    np.testing.assert_allclose(editor.keypoints, start)
    editor.canvas.selected = joint
    editor.act('hide')
    assert editor.keypoints[joint, 0] == -1
    for kind in 'undo', 'mirror', 'mirror': ask(editor, kind=kind)
    np.testing.assert_allclose(editor.keypoints, start, atol=1e-4)
    editor.poses.selected, editor.poses.clicks = 2, 1
    np.testing.assert_allclose(editor.keypoints, editor.people.pose(editor._presets[2]))
    made = editor.made
    editor.sources.selected = 1
    assert not same(made, editor.made)


@pytest.mark.parametrize('how', BOTTLENECKS[1:])
def test_the_editor_turns_the_bottleneck_as_the_explorer_does(how, editor, model, few):
    explorer = AttentionExplorer(model, few).choose(bottleneck=how)
    assert same(explorer.people.picture(explorer._source), editor.people.picture(editor.source))
    editor.keypoints = explorer.people.pose(explorer._poses[explorer.targets.selected])
    plain, masks = editor.made, editor.masks
    editor.bottleneck.value = how
    assert same(editor.made, explorer.attention().without) and not same(editor.made, plain)
    assert all((a == b).all() for a, b in zip(masks, editor.masks)), 'the gates are as they were'
    assert editor.answers[-1][1][0] == encode_picture(editor.made)
    assert 'Where did the colours go?' in editor._hint.value
    editor.sources.selected = 1
    other = editor.made
    editor.bottleneck.value = 'as learned'
    assert not same(editor.made, other), 'the next person has a turned bottleneck, too'


def test_what_is_no_tensor_cannot_be_turned(few):
    parts = Parts(SIZE, lambda picture: picture, lambda one, two: [
        np.full((1, SIZE[0] // c, SIZE[1] // c), .5) for c in (16, 8, 4, 2)], lambda picture, masks: picture)
    assert PoseEditor(parts, few).bottleneck.disabled
    assert not PoseEditor(parts_of(PoseTransfer.from_pretrained()), few).bottleneck.disabled


def test_joints_stay_in_the_picture(editor):
    far = editor.keypoints
    far[far[:, 0] >= 0] = 900
    editor.keypoints = far
    assert editor.keypoints.max(0).tolist() == [SIZE[1] - 1, SIZE[0] - 1]
    with pytest.raises(ValueError, match=re.escape('(18, 2)')): editor.keypoints = [[1, 2]]
    editor.keypoints = np.full((18, 2), -1)
    assert 'No joint is left' in editor._hint.value


def test_a_joint_that_never_was_comes_near_its_neighbour():
    k = np.full((18, 2), -1.)
    k[2] = 20, 30
    history = PoseHistory(k, SIZE)
    history.restore(3)
    assert history.keypoints[3].tolist() == [24, 34]
    history.restore(13)
    assert history.keypoints[13].tolist() == [24, 32], 'nothing near: the middle'


# Sequences, results, the game

def test_sequence(model, few, people, tmp_path):
    view = PoseSequence(model, few, steps=2)
    assert len(view.pictures) == len(view.film.frames) == 4
    shown = model.sequence(few[0][0], few[0][1], [few[1][1], few[2][1]], between=2)
    for mine, theirs in zip(view.pictures, shown, strict=True): assert same(mine, theirs.image)
    view.steps.value = 4
    assert len(view.pictures) == 6 and view.progress.value == 6
    with Image.open(view.export(tmp_path/'walk.gif')) as gif:
        assert gif.n_frames == 10
        assert gif.size[0] > Image.open(view.export(tmp_path/'plain.gif', masks=False)).size[0]
    assert len(PoseSequence(model, few, poses=[k for _, k, _ in few[:3]], steps=1).pictures) == 5
    with pytest.raises(ValueError, match='two poses'): PoseSequence(model, few, poses=[few[0][1]])


def test_results_worst_first(model, test, people):
    view = ResultBrowser(model, test, limit=7, page_size=3, wait=True)
    assert view.table[['l1', 'ssim', 'l1_ratio']].notna().all(axis=None) and view.progress.value == 7
    n = 4
    shown = Attention(view.parts, view.people, *view.rows[n])
    assert view.table.l1[n] == pytest.approx(score(shown.made, shown.truth, shown.source)['l1'])
    assert view.on_page == [0, 1, 2]
    view.order.value = 'worst'
    assert view.on_page == view.table.l1.sort_values(ascending=False).index[:3].tolist()
    view.metric.value = 'ssim'
    assert view.on_page == view.table.ssim.sort_values().index[:3].tolist()
    view.on.click()
    view.on.click()
    assert len(view.on_page) == 1
    view.on.click()
    assert len(view.on_page) == 1, 'there is no page after the last'
    view.thumbs.selected = 0
    view.thumbs.clicks += 1
    assert view._detail.value.count('<img') == 9
    view.text.value = view.table.source[2]
    assert (
        set(view.on_page)
        <= set(
            view.table.index[
                (view.table.source == view.table.source[2]) | (view.table.target == view.table.source[2])
            ]
        )
        and view.on_page
    )
    view.text.value = ''
    view.metric.value = 'l1'
    view.limits.value = 0, float(view.table.l1.median())
    assert 0 < len(view.shown) < 7


def test_order_of_pairs_that_are_not_scored_yet():
    table = pd.DataFrame(dict(source=list('abc'), target=list('xyz'), l1=[np.nan, .3, .2]))
    assert list(ordered(table, 'worst')) == [1, 2, 0] and list(ordered(table, 'best')) == [2, 1, 0]
    assert list(ordered(table, limits=(.25, 1))) == [0, 1]


def test_game(model, test, tmp_path):
    def play(name, fooled):
        view = RealOrGenerated(model, test, count=3, folder=tmp_path/'answers')
        view.student.value = name
        view.start.click()
        assert view.trial.picture.startswith('data:') and view.trial.seconds == 5
        for n, (_, _, real) in enumerate(view._questions):
            view.trial._handle_custom_msg(dict(kind='answer', number=n, real=real != fooled, seconds=1.5), [])
        view.trial._handle_custom_msg(
            dict(kind='answer', number=5, real=True, seconds=1), []
        )  # a click that came late
        assert len(view.answers) == 6 and view.trial.picture == ''
        view.keep.click()
        return view
    play('Ada', False)
    view = play('Ben/..', True)
    assert sum(real for _, _, real in view._questions) == 3
    answers = read_answers(tmp_path/'answers')
    assert (
        list(answers.columns) == ANSWER_COLUMNS
        and len(answers) == 12
        and all(p.parent == tmp_path / 'answers' for p in (tmp_path / 'answers').iterdir())
    )
    assert {name: confusion(group)['accuracy'] for name, group in answers.groupby('student')} == {
        'Ada': 1,
        'Ben/..': 0,
    }
    assert confusion(answers) == dict(R2G=.5, G2R=.5, accuracy=.5, count=12)
    assert [t.get_text() for t in plot_answers(answers).axes[0].get_xticklabels()] == [
        'Ada',
        'Ben/..',
        'all together',
    ]
    view.pool.click()
    assert 'everybody who saved' in view._result.value
    (tmp_path/'answers'/'other.csv').write_text('a,b\n1,2\n')
    with pytest.warns(UserWarning, match='other.csv'): assert len(read_answers(tmp_path/'answers')) == 12
    view.pool.click()
    assert 'other.csv' in view._note.value
    with pytest.raises(ValueError, match='no saved answers'): read_answers(tmp_path)


# A run's folder

def test_monitor(tmp_path):
    with pytest.raises(FileNotFoundError, match='nowhere'): TrainingMonitor(tmp_path/'nowhere')
    view = TrainingMonitor(tmp_path)
    assert 'nothing is logged yet' in view._note.value
    (tmp_path/'samples').mkdir()
    (tmp_path / 'losses.csv').write_text(
        'step,lossG_L1,lossG\n20,.5,1\n40,.4,.9\n60,.3'
    )  # the last row is being written
    (tmp_path / 'metrics.csv').write_text(
        'step,foreground_l1,foreground_l1_copying,foreground_l1_ratio,ssim,ssim_copying,ssim_gain\n'
        '40,.5,.4,1.25,.3,.4,-.1\n'
    )
    (tmp_path/'recipe.json').write_text(json.dumps(dict(steps=80)))
    for step in 20, 40: Image.new('RGB', (40, 20)).save(tmp_path/'samples'/f'{step:07}.jpg')
    view.again.click()
    assert (
        'of 80' in view._note.value
        and 'Still worse than handing back' in view._hint.value
        and view.sheet.value == 1
    )
    view.sheet.value = 0
    Image.new('RGB', (40, 20)).save(tmp_path/'samples'/'0000060.jpg')
    view.again.click()
    assert view.sheet.max == 2 and view.sheet.value == 0, 'an older sheet that was chosen stays'
    assert 'step 20' in view._body.value


# Wrong input

def other(model, change):
    parts = parts_of(model)
    return Parts(SIZE, parts.encode, lambda a, b: change(parts.masks(a, b)), parts.decode)


def test_no_padding_gives_a_generated_picture_away(model, test, tmp_path):
    "The real ones were filled up with pure white, the generated ones were not: both are cut to the picture."
    game = RealOrGenerated(model, test, count=2, folder=tmp_path/'answers')
    pictures = [picture for picture, _, _ in game.questions()]
    assert len({picture.size for picture in pictures}) == 1
    height, width = model.size
    assert pictures[0].width / pictures[0].height == pytest.approx(11 / 16) and 11 / 16 < width / height
    game.close()


def a_game(model, people): return RealOrGenerated(model, people, count=1).begin()


@pytest.mark.parametrize('view', [AttentionExplorer, PoseEditor, PoseSequence, ResultBrowser, a_game],
                         ids=['attention', 'editor', 'sequence', 'results', 'game'])
def test_wrong_input_gives_one_clear_error(view, model, few):
    wrong = {
        'dataset is empty': (model, []),
        r'\(18, 2\)': (model, [(few[0][0], few[0][1][:4])]),
        'no visible joint': (model, [(few[0][0], few[0][1] * 0 - 1)]),
        'outside the picture': (model, [(few[0][0], few[0][1] + 900)]),
        r'\(picture, keypoints\)': (model, [few[0][0]]),
        'picture array': (model, [(np.zeros((2, 3, 4, 5)), few[0][1])]),
        'should give 4 masks': (other(model, lambda m: m[:3]), few),
        r'it gave \(8, 32': (other(model, lambda m: m[::-1]), few),
        'between 0 and 1': (other(model, lambda m: [x * 9 for x in m]), few),
        'needs a PoseTransfer': ('weights.safetensors', few),
    }
    for message, (model_, people_) in wrong.items():
        with pytest.raises(ValueError, match=message): view(model_, people_)


def test_a_model_of_another_size_is_named(model, few):
    parts = parts_of(model)
    with pytest.raises(ValueError, match=re.escape(f'{SIZE} (height, width), not (10, 20)')):
        AttentionExplorer(Parts(SIZE, parts.encode, parts._masks, lambda e, m: np.zeros((10, 20, 3))), few)


def test_nobody_with_two_pictures(model, few):
    with pytest.raises(ValueError, match='no pair'): ResultBrowser(model, [few[0], few[3]])
    with pytest.raises(ValueError, match='2 pairs'): RealOrGenerated(model, [few[0], few[3]], count=1)
    with pytest.raises(ValueError, match='empty'): DatasetBrowser([])


# Stills and pages

def make(name, model, few, tmp_path):
    return dict(
        attention=lambda: AttentionExplorer(model, few),
        editor=lambda: PoseEditor(model, few),
        sequence=lambda: PoseSequence(model, few, steps=1),
        results=lambda: ResultBrowser(model, few, wait=True),
        game=lambda: RealOrGenerated(model, few, count=2),
        data=lambda: DatasetBrowser(few, SIZE),
        monitor=lambda: TrainingMonitor(tmp_path),
    )[name]()


@pytest.mark.parametrize('name', ['attention', 'editor', 'sequence', 'results', 'game', 'data', 'monitor'])
def test_stills_and_pages(name, model, few, tmp_path, monkeypatch):
    view = make(name, model, few, tmp_path)
    figure = view.figure()
    assert isinstance(figure, Figure) and figure._repr_png_()[:4] == b'\x89PNG'
    assert view.title in [t.get_text() for sub in figure.subfigs for t in sub.texts]
    text = view.save(tmp_path/'page.html').read_text(encoding='utf-8')
    assert view.title in text and '<script' in text
    addresses = re.findall(r'(?:src|href)=\\?"([^"\\]*)|url\(([^)]*)|(https?:)', text)
    assert addresses and all(src.startswith('data:image/jpeg;base64,') for src, *_ in addresses)
    bundle = view._repr_mimebundle_()
    assert 'application/vnd.jupyter.widget-view+json' in (bundle[0] if isinstance(bundle, tuple) else bundle)
    monkeypatch.setenv('POSE_TRANSFER_STILLS', '1')
    assert set(view._repr_mimebundle_()) == {'text/plain', 'image/jpeg'}
    view.close()


def test_no_script_comes_from_elsewhere():
    modules = [import_module(f'pose_transfer_nb.live.{m.name}') for m in pkgutil.iter_modules(live.__path__)]
    found = {
        c
        for m in modules
        for c in vars(m).values()
        if isinstance(c, type) and issubclass(c, anywidget.AnyWidget)
    }
    parts = found - {anywidget.AnyWidget}
    assert len(parts) >= 4
    for c in parts: assert not re.search(r'https?:|import ', f'{vars(c)["_esm"]}{vars(c).get("_css")}'), c


@pytest.mark.parametrize('name', ['14_widgets', 'tutorials/attention_in_class'])
def test_saved_notebooks_hold_stills(name):
    """A widget in a saved notebook shows nothing but an error; run notebooks with POSE_TRANSFER_STILLS=1 and
    without storing widget state."""
    nb = nbformat.read(ROOT/'nbs'/f'{name}.ipynb', as_version=4)
    assert 'widgets' not in nb.metadata
    outputs = [o for c in nb.cells if c.cell_type == 'code' for o in c.outputs]
    assert not [o for o in outputs if 'application/vnd.jupyter.widget-view+json' in o.get('data', {})]


# A browser, a disk and a class of strangers

WRONG_MESSAGES = [None, [], 'x', 5, {}, dict(kind=['pose']), dict(kind='pose'),
                  dict(kind='pose', keypoints=None),
                  dict(kind='pose', keypoints=[[1, 2]]), dict(kind='pose', keypoints=[['a', 1]] * 18),
                  dict(kind='hide', joint='x'), dict(kind='hide', joint=99), dict(kind='restore', joint=[1])]


def test_messages_that_are_no_questions(editor):
    before = editor.keypoints
    for message in WRONG_MESSAGES: editor._receive(None, message, [])
    assert np.array_equal(editor.keypoints, before)


WRONG_ANSWERS = [None, [], 5, dict(number=0), dict(number=0, real=True),
                 dict(number=0, real='x', seconds='y'),
                 dict(number=0, real=7, seconds=1), dict(number=0, real=True, seconds=float('nan')),
                 dict(number=0, real=True, seconds=float('inf')), dict(number=0, real=True, seconds=-1)]


def test_answers_that_are_none(model, few, tmp_path):
    "What would make a student's file unreadable never gets into it; a file that cannot be written is told."
    view = RealOrGenerated(model, few, count=1, folder=tmp_path/'mine')
    view.begin()
    for message in WRONG_ANSWERS: view._receive(None, message, [])
    assert view.answers == []
    view.answer(True, 1)
    (tmp_path/'mine').write_text('a file')
    view.keep.click()
    assert str(tmp_path/'mine') in view._note.value
    with pytest.raises(ValueError, match='pictures of a kind'): RealOrGenerated(model, few, count=0)


def test_students_whose_names_are_numbered_already(tmp_path):
    for i, name in enumerate(['Anna', 'Anna', 'Anna (2)', 'Anna (2)']):
        (tmp_path/f'{i}.csv').write_text(f'{",".join(ANSWER_COLUMNS)}\n{name},p,1,0,2\n')
    assert read_answers(tmp_path).student.nunique() == 4


def test_a_picture_that_is_not_there(model, few, tmp_path):
    "A number beyond a strip shows the first; one that code names is refused."
    for view, strips in [(PoseEditor(model, few), ['sources']),
                         (PoseSequence(model, few), ['sources', 'start']),
                         (AttentionExplorer(model, few), ['sources', 'others']),
                         (DatasetBrowser(few, SIZE), ['sources', 'pictures']),
                         (ResultBrowser(model, few, limit=2, wait=True), ['thumbs'])]:
        for strip in strips:
            for number in 99, -99: getattr(view, strip).selected = number
        view.scene()
    for kind in PoseEditor, PoseSequence, AttentionExplorer:
        with pytest.raises(ValueError, match='there is no person 99'): kind(model, few, person=99)


def test_a_page_of_no_results(model, few, tmp_path):
    view = ResultBrowser(model, few, limit=2, wait=True)
    view.text.value = 'nobody'
    with pytest.raises(ValueError, match='filter'): view.save(tmp_path/'page.html')
    with pytest.raises(ValueError, match='one result or more'): ResultBrowser(model, few, page_size=0)


@pytest.mark.parametrize('name', ['', 'nowhere/x.gif', 'x.exe', 'a\0b.gif', 'x' * 400 + '.gif'], ids=repr)
def test_a_film_that_cannot_be_written_is_told(model, few, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    view = PoseSequence(model, few, steps=1)
    view.film.index = -99
    view.file.value = name
    said = view._note.value
    view.gif.click()
    assert view._note.value != said and 'Written' not in view._note.value and not [*tmp_path.iterdir()]


def test_monitor_of_a_spoilt_run(tmp_path):
    "Rows and sheets that are none are left out; a damaged sheet says so."
    (tmp_path/'samples').mkdir()
    (tmp_path/'losses.csv').write_text('step,lossG_L1\n20,.5\n30,1e308\ninf,.4\n1e300,.4\n')
    (tmp_path/'recipe.json').write_text('{"steps": 1e999}')
    for name in 'abc.jpg', '._0000020.jpg', '0000020.jpg': (tmp_path/'samples'/name).write_bytes(b'')
    view = TrainingMonitor(tmp_path)
    assert len(view.losses) == 2 and [p.name for p in view.sheets] == ['0000020.jpg'] and view.steps is None
    assert 'not a readable picture' in view._body.value


def test_names_cannot_begin_a_script_on_a_page():
    "In a script, `<!--<script` makes a browser read on behind the page's end."
    page = web_page('names', '', ['<!--<script>'], '', '')
    assert '<!--<script' not in page and json.loads(re.search(r'\["[^"]*"\]', page)[0]) == ['<!--<script>']


def test_a_chart_of_more_students_than_it_has_room_for():
    answers = pd.DataFrame([(f's{k:03}', 'p', k % 2, 1, 2.) for k in range(300)], columns=ANSWER_COLUMNS)
    ax = plot_answers(answers).axes[0]
    labels = [t.get_text() for t in ax.get_xticklabels()]
    assert len(labels) == MOST_BARS + 1 and labels[-1] == 'all together'
    assert ax.get_title() == f'the first {MOST_BARS} of 300 students'
