"""The pose taken from a camera, a picture or a film: the camera shows known mannequins."""
import io
import json
import re
from base64 import b64encode
from pathlib import Path

import dance
import numpy as np
import pytest
from conftest import ROOT
from jupyterlab_page import CHROMIUM, FLAGS, LACKING
from PIL import Image
from test_play_page import Visit
from typer.testing import CliRunner

from pose_transfer_nb.cli import app
from pose_transfer_nb.keypoints import LIMBS, MIRROR, mirror, visible
from pose_transfer_nb.live.play import serve, write_page
from pose_transfer_nb.live.tab import CAMERA
from pose_transfer_nb.mannequins import mannequins, pictures_table

pytest_plugins = ['play_server']
pytestmark = pytest.mark.skipif(bool(LACKING), reason=f'not installed: {", ".join(LACKING)}')
SIDE = 640  # of a picture of the film
SHOWN = 45  # frames for each mannequin; the browser's camera takes 30 a second
SIZE = (128, 96)
GUESSED = (1, 8, 11)  # neck and hips: the two ways of measuring mean different places of the body
FAKE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
SMALL = 1e-3


# the film

def whole_people(count):
    "Numbers of pictures for testing, each of another person who stands, whole and from the front."
    table = pictures_table()
    table = table[(table.split == 'test') & (table.crop == 'full') & (table.view == 'front')]
    table = table[~table.pose.str.startswith('sitting')].drop_duplicates('person').drop_duplicates('pose')
    people = mannequins('test', SIZE)
    number = {Path(path).name: i for i, path in enumerate(people.paths)}
    return [number[Path(img).name] for img in table.img[:count]]


def on_a_square(picture):
    "The mannequin in the middle of a white square, as high as it."
    width = round(picture.width * SIDE / picture.height)
    frame = Image.new('RGB', (SIDE, SIDE), 'white')
    large = picture.convert('RGB').resize((width, SIDE), Image.Resampling.LANCZOS)
    frame.paste(large, ((SIDE - width) // 2, 0))
    return frame


def marked(frame, number):
    "In its corner three squares, black or white, that say which mannequin it is: the browser reads them."
    frame = frame.copy()
    for bit in range(3):
        if number >> bit & 1: frame.paste('black', (24 * bit, 0, 24 * bit + 24, 24))
    return frame


@pytest.fixture(scope='module')
def people(): return mannequins('test', SIZE)


@pytest.fixture(scope='module')
def chosen():
    numbers = whole_people(8)
    assert len(numbers) == 8
    return numbers


@pytest.fixture(scope='module')
def film(chosen, tmp_path_factory):
    "Nothing but JPEG pictures, one after another."
    file = tmp_path_factory.mktemp('film')/'film.mjpeg'
    whole = mannequins('test')
    with open(file, 'wb') as out:
        for n, i in enumerate(chosen):
            frame = io.BytesIO()
            marked(on_a_square(whole.picture(i)[0]), n).save(frame, 'JPEG', quality=90)
            out.write(frame.getvalue() * SHOWN)
    return file


# the page

@pytest.fixture(scope='module')
def browsers(film):
    "Function of flags: Chromium with them."
    from playwright.sync_api import sync_playwright
    with sync_playwright() as p:
        open_ones = {}
        def browser(*flags):
            if flags not in open_ones:
                open_ones[flags] = p.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
            return open_ones[flags]
        browser.filmed = lambda: browser(*FAKE, f'--use-file-for-fake-video-capture={film}')
        yield browser
        for one in open_ones.values(): one.close()


@pytest.fixture
def posing(model):
    "Function that opens a page; each is closed when the test ends, since a camera would go on."
    opened = []
    def open_page(browser, address):
        opened.append(Posing(browser, address, model))
        return opened[-1]
    yield open_page
    for visit in opened: visit.page.close()


NOTED = '''navigator.mediaDevices.asked = [];
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wishes) => {
  const stream = await ask(wishes);
  navigator.mediaDevices.asked.push(stream);
  return stream;
}'''


class Posing(Visit):
    "A visit that may become the pose."
    def __init__(self, browser, address, model, **how):
        super().__init__(browser, 'about:blank', model, ready=False, **how)
        self.fetched = []
        self.page.on('request', lambda request: self.fetched.append(request.url))
        self.page.add_init_script(NOTED)
        self.page.goto(address)
        self.page.wait_for_function('window.poseTransfer?.ready', timeout=240_000)

    def ask(self): self.page.locator('.pp-nav [aria-label^="Be the pose"]').click()
    def button(self, words): return self.page.get_by_role('button', name=words)
    def becomes(self, state): self.page.wait_for_selector(f'.pp-me[data-state="{state}"]', timeout=120_000)
    def said(self): return self.page.inner_text('.pp-me-said')
    def toggle_fitted(self): self.button('With the bones of the mannequin').click()
    def tracks(self):
        states = '(s) => s.getTracks().map((t) => t.readyState)'
        return self.call(f'navigator.mediaDevices.asked.flatMap({states})')

    def choose_file(self, path):
        self.ask()
        self.page.locator('.pp-file').set_input_files(path)

    def settles(self):
        "Wait until no other pose is taken; a still picture is looked at four times."
        self.page.wait_for_function('''async () => {
          const pose = () => JSON.stringify(window.poseTransfer.state().pose);
          const before = pose();
          await new Promise((done) => setTimeout(done, 1500));
          return pose() === before && document.querySelector('.pp-me')?.dataset.state === 'live';
        }''', timeout=120_000)


def agreement(poses, truths):
    "Share of known joints within five hundredths of the height, and the mean error in pixels of those found."
    judged = np.array([visible(t) & ~np.isin(np.arange(18), GUESSED) for t in truths])
    found = np.array([visible(p) for p in poses]) & judged
    far = np.linalg.norm(np.array(poses) - np.array(truths), axis=-1)
    return (far[found] < .05 * SIZE[0]).sum() / judged.sum(), far[found].mean()


SAMPLED = '''async (seconds) => {
  const c = new OffscreenCanvas(3, 1).getContext('2d', { willReadFrequently: true });
  const seen = [];
  for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) {
    c.drawImage(document.querySelector('.pp-me video'), 0, 6, 72, 12, 0, 0, 3, 1);
    const { data } = c.getImageData(0, 0, 3, 1);
    const number = [0, 1, 2].reduce((sum, bit) => sum + (data[4 * bit] < 128 ? 1 << bit : 0), 0);
    seen.push([number, window.poseTransfer.state().pose]);
    await new Promise((done) => setTimeout(done, 60));
  }
  return seen;
}'''


def last_of_each(samples):
    "The pose that was taken just before another mannequin came: list of (number, pose)."
    numbers = [number for number, _ in samples]
    turns = [i for i in range(len(samples) - 1) if numbers[i] != numbers[i + 1]][1:]
    return [(numbers[i], np.array(samples[i][1], np.float32)) for i in turns]


def test_the_camera_gives_the_poses_that_are_known(posing, browsers, server, people, chosen):
    visit = posing(browsers.filmed(), server.address)
    assert not [url for url in visit.fetched if 'litert' in url or 'landmarks' in url]
    visit.ask()
    assert 'stays in this tab' in visit.page.inner_text('.pp-ask')
    assert visit.tracks() == []  # nothing is asked for before the tap
    visit.button('Use the camera').click()
    visit.becomes('counting')
    assert visit.tracks() == ['live']
    visit.becomes('live')
    assert all(any(f'parts/{name}.gz' in url for url in visit.fetched) for name in CAMERA)
    visit.toggle_fitted()
    taken = last_of_each(visit.call(SAMPLED, 1.6 * len(chosen) * SHOWN / 30))
    assert len({number for number, _ in taken}) >= 6
    truths = [mirror(people.load(chosen[number])[1], SIZE[1]) for number, _ in taken]
    share, error = agreement([pose for _, pose in taken], truths)
    wrong, _ = agreement([pose for _, pose in taken], truths[1:] + truths[:1])
    print(f'\n{share:.1%} of the joints within 5% of the height, mean error {error:.1f} of {SIZE[0]} pixels '
          f'({len(taken)} pictures; another one\'s keypoints: {wrong:.1%})')
    assert share > .9 and error < 4
    assert wrong < .75
    visit.button('Stop').click()
    assert visit.tracks() == ['ended'] and not visit.page.locator('.pp-me').count()
    pose = visit.pose()
    visit.page.wait_for_timeout(700)
    assert (visit.pose() == pose).all()
    visit.agrees()
    visit.press('Undo (Ctrl Z)')  # all of it is one step
    assert visit.page.locator('[aria-label="Undo (Ctrl Z)"]').is_disabled()
    visit.ends_quietly()


def test_a_frozen_pose_can_be_edited(posing, browsers, server):
    visit = posing(browsers.filmed(), server.address)
    visit.ask()
    visit.button('Use the camera').click()
    visit.becomes('live')
    visit.page.wait_for_function('document.querySelector(".pp-me-said").textContent.includes("mannequin")')
    visit.button('Freeze').click()
    visit.becomes('frozen')
    assert re.search(r'nearest of 144 poses here is [\d.]+ pixels', visit.said())
    before = visit.pose()
    visit.page.wait_for_timeout(2000)
    assert (visit.pose() == before).all() and visible(before)[4]
    visit.drag(4, -4, -6)
    assert np.abs(visit.pose() - before).max() > 1
    visit.agrees()
    edited = visit.pose()
    visit.button('Go on').click()
    visit.page.wait_for_function('(pose) => JSON.stringify(window.poseTransfer.state().pose) !== pose',
                                 arg=str(edited.tolist()))
    visit.becomes('live')
    visit.call("document.querySelector('.pp-nav [aria-label=Language]').click()")
    visit.page.get_by_text('Deutsch').click()  # the views are built anew: the camera goes off
    assert visit.tracks() == ['ended']
    visit.ends_quietly()


@pytest.mark.parametrize('flags', [[], FAKE[:1]], ids=['no camera', 'not allowed'])
def test_without_a_camera_there_is_a_sentence_and_a_dance(flags, posing, browsers, server):
    visit = posing(browsers(*flags), server.address)
    visit.ask()
    visit.button('Use the camera').click()
    visit.becomes('trouble')
    assert 'The camera cannot be used' in visit.said()
    visit.page.keyboard.press('Enter')  # the focus is on the way out
    visit.becomes('live')
    poses = []
    for _ in range(4):
        visit.page.wait_for_timeout(900)
        poses.append(visit.pose())
    assert min(np.abs(a - b).max() for a, b in zip(poses, poses[1:])) > 3
    visit.button('Freeze').click()
    visit.agrees()
    visit.button('Stop').focus()
    visit.page.keyboard.press('Escape')
    assert not visit.page.locator('.pp-me').count()
    assert not [url for url in visit.fetched if 'landmarks' in url]  # the dance needs none of it
    visit.ends_quietly()


def test_a_picture_of_ones_own(posing, browsers, server, people, chosen, tmp_path):
    visit = posing(browsers(), server.address)
    number = chosen[1]
    on_a_square(mannequins('test').picture(number)[0]).save(tmp_path/'me.png')
    visit.choose_file(tmp_path/'me.png')
    visit.becomes('live')
    visit.settles()
    own = np.array(visit.state()['sourcePose'])
    fitted = visit.pose()
    assert fitted[[10, 13], 1].max() == pytest.approx(own[[10, 13], 1].max(), abs=.6)  # its feet stand there
    for a, b in LIMBS:
        if not visible(fitted)[[a, b]].all() or not visible(own)[[a, b, MIRROR[a], MIRROR[b]]].all(): continue
        longest = max(np.linalg.norm(own[a] - own[b]), np.linalg.norm(own[MIRROR[a]] - own[MIRROR[b]]))
        assert np.linalg.norm(fitted[a] - fitted[b]) < longest + SMALL
    visit.toggle_fitted()
    share, error = agreement([visit.pose()], [people.load(number)[1]])  # not mirrored
    assert share > .8 and error < 4
    visit.agrees()
    visit.button('Stop').click()
    (tmp_path/'me.txt').write_text('nobody')
    visit.choose_file(tmp_path/'me.txt')
    visit.becomes('trouble')
    assert 'This file cannot be shown' in visit.said()
    visit.ends_quietly()


FILMED = '''async (picture) => {
  const image = new Image();
  image.src = picture;
  await image.decode();
  const canvas = Object.assign(document.createElement('canvas'), { width: 320, height: 320 });
  const c = canvas.getContext('2d');
  const recorder = new MediaRecorder(canvas.captureStream(15), { mimeType: 'video/webm' });
  const blocks = [];
  recorder.ondataavailable = ({ data }) => blocks.push(data);
  recorder.start();
  for (let i = 0; i < 20; i++) {
    c.drawImage(image, 0, 0, 320, 320);
    await new Promise((done) => setTimeout(done, 60));
  }
  const ended = new Promise((done) => (recorder.onstop = done));
  recorder.stop();
  await ended;
  const files = new DataTransfer();
  files.items.add(new File(blocks, 'me.webm', { type: 'video/webm' }));
  const drop = new DragEvent('drop', { dataTransfer: files, bubbles: true, cancelable: true });
  document.querySelector('.pp-ask').dispatchEvent(drop);
}'''


def test_a_film_that_is_dropped(posing, browsers, server, people, chosen, tmp_path):
    visit = posing(browsers(), server.address)
    file = io.BytesIO()
    on_a_square(mannequins('test').picture(chosen[2])[0]).save(file, 'PNG')
    visit.ask()
    visit.call(FILMED, f'data:image/png;base64,{b64encode(file.getvalue()).decode()}')
    visit.becomes('live')
    visit.toggle_fitted()
    visit.page.wait_for_timeout(4000)
    visit.button('Freeze').click()
    share, error = agreement([visit.pose()], [people.load(chosen[2])[1]])
    assert share > .8 and error < 4
    visit.agrees()
    visit.ends_quietly()


def test_a_page_without_the_camera(posing, browsers, tmp_path):
    page = write_page(tmp_path/'page', camera=False)
    assert not {p.name.removesuffix('.gz') for p in (page.parent/'parts').iterdir()} & set(CAMERA)
    server = serve(page.parent)
    visit = posing(browsers(), server.address)
    assert not visit.page.locator('[aria-label^="Be the pose"]').count()
    visit.ends_quietly()
    server.shutdown()
    server.server_close()


def test_one_file_with_the_camera_and_one_without(posing, browsers, tmp_path, chosen):
    for name, option in (('with', '--camera'), ('without', '--no-camera')):
        done = CliRunner().invoke(app, ['page', option, '--single', str(tmp_path/f'{name}.html')])
        assert done.exit_code == 0, done.output
    larger = (tmp_path/'with.html').stat().st_size - (tmp_path/'without.html').stat().st_size
    assert 6e6 < larger < 8e6
    visit = posing(browsers(), (tmp_path/'with.html').as_uri())
    on_a_square(mannequins('test').picture(chosen[1])[0]).save(tmp_path/'me.png')
    visit.choose_file(tmp_path/'me.png')
    visit.becomes('live')
    visit.settles()
    visit.agrees()
    visit.ends_quietly()


def test_the_dance_is_made_of_poses_that_ship():
    assert json.loads((ROOT/'pose_transfer_nb/live/stage/play/dance.json').read_text()) == dance.dance()
