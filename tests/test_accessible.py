"""The page that runs the network, for everybody: axe-core finds nothing serious in any of its states, Tab
reaches all that a mouse can press, and nothing moves by itself for whoever asks for that.

The projector's pages, the site and the widgets are looked at where they are made: tests/live/test_lesson.py,
tests/test_site.py, tests/live/test_views_browser.py."""
import pytest
from accessible import grave_faults, out_of_reach, tabbed_through
from jupyterlab_page import LACKING

from pose_transfer_nb.live.play import serve, write_page, write_single

pytestmark = pytest.mark.skipif(bool(LACKING), reason=f'not installed: {", ".join(LACKING)}')
MINUTES = 240_000


@pytest.fixture(scope='module')
def single(tmp_path_factory): return write_single(tmp_path_factory.mktemp('single')/'page.html').as_uri()


def visit(browser, address, **how):
    page = browser.new_page(**how)
    page.set_default_timeout(MINUTES)
    page.goto(address)
    page.wait_for_function('window.poseTransfer?.ready')
    return page


@pytest.fixture(scope='module', params=['light', 'dark'])
def page(request, browser, single):
    page = visit(browser, single, color_scheme=request.param, viewport=dict(width=1280, height=720))
    yield page
    page.close()


def press(page, label): page.locator(f'button[aria-label="{label}"]:visible').first.click()


def begin(page): pass


def answered(page):
    page.evaluate('window.poseTransfer.goTo(2)')
    page.locator('.pp-option').first.click()


def changed(page):
    gates = ['open', 'average', 'shut', 'learned']
    page.evaluate('(some) => window.poseTransfer.set(some)', dict(gates=gates, bottleneck='mirrored 3>4'))


def without_a_joint(page):
    page.locator('[data-joint="4"]').focus()
    page.keyboard.press('Delete')


def everybody(page): page.click('.pp-more')
def a_gate(page): page.click('[data-gate="1"] .pp-mask')
def a_drawing(page): press(page, 'The network as a drawing, with live pictures in every box')
def saving(page): press(page, 'Save and share')
def language(page): press(page, 'Language')
def exchange(page): press(page, "Exchange it for another person's")
def camera(page): page.locator('.pp-nav button').nth(1).click()


def lines_of_python(page):
    saving(page)
    page.get_by_text('Lines of Python').click()


def quiz(page):
    page.evaluate('window.poseTransfer.goTo(9)')
    page.locator('.pp-option:enabled').first.click()
    page.wait_for_timeout(100)
    page.wait_for_selector('.pp-option:enabled')  # of the next question


def in_front_of_a_class(page):
    page.evaluate('window.poseTransfer.goTo(5)')
    page.keyboard.press('t')


STATES = [
    begin, answered, changed, without_a_joint, everybody, a_gate, a_drawing, saving, language, exchange,
    camera, lines_of_python, quiz, in_front_of_a_class]


@pytest.fixture(params=STATES, ids=lambda state: state.__name__)
def state(request, page):
    "The page in one of its states, and afterwards as it was."
    request.param(page)
    page.wait_for_timeout(300)
    yield page
    page.evaluate('document.querySelectorAll("dialog[open]").forEach((d) => d.close())')
    if request.param is in_front_of_a_class: page.keyboard.press('t')
    as_it_was = dict(person=0, pose=None, gates=['learned'] * 4, bottleneck='learned')
    page.evaluate('(some) => { window.poseTransfer.set(some); window.poseTransfer.goTo(1); }', as_it_was)


def test_axe_finds_nothing_serious(state): assert not grave_faults(state)


def test_axe_finds_what_is_wrong(page):
    page.evaluate('''() => { const b = document.createElement('button'); b.id = 'bare';
        document.querySelector('.pp-page').append(b); }''')
    faults = grave_faults(page)
    page.evaluate('document.getElementById("bare").remove()')
    assert len(faults) == 1 and 'button-name' in faults[0] and '#bare' in faults[0]


@pytest.mark.parametrize('page', ['light'], indirect=True)
def test_a_keyboard_reaches_what_a_mouse_does(state):
    assert not out_of_reach(state)
    reached, wanted = tabbed_through(state)
    assert wanted and reached == wanted


def test_on_a_telephone(browser, single):
    page = visit(browser, single, viewport=dict(width=390, height=844))
    for name in 'People', 'Poses', 'Bottleneck', 'Steps':
        page.locator('.pp-tab', has_text=name).click()
        assert not grave_faults(page) and not out_of_reach(page), name
    page.close()


# What moves

@pytest.fixture(scope='module')
def server(tmp_path_factory):
    server = serve(write_page(tmp_path_factory.mktemp('play')/'page', camera=False).parent)
    yield server
    server.shutdown()
    server.server_close()


PIXELS = '''() => {
    const c = document.querySelector('.pp-made');
    return Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).join();
}'''


@pytest.mark.parametrize('motion', ['no-preference', 'reduce'])
def test_nothing_moves_by_itself_for_whoever_asks(motion, browser, server):
    "Before the network is there a hand goes up and down; at a step a mark runs, at a gate a stream changes."
    page = browser.new_page(reduced_motion=motion)
    page.set_default_timeout(MINUTES)
    held = []
    page.route('**/weights.gz', lambda route: held.append(route))
    page.goto(server.address)
    page.wait_for_selector('.pp-made')
    page.wait_for_timeout(1500)
    seen = []
    for _ in range(4):  # going up and coming down it looks the same, so two looks are not enough
        seen.append(page.evaluate(PIXELS))
        page.wait_for_timeout(400)
    moves = len(set(seen)) > 1
    page.evaluate('window.poseTransfer.goTo(3)')
    runs = page.evaluate('document.getAnimations().length') > 0
    page.close()
    assert moves == runs == (motion == 'no-preference')
