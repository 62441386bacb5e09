"""The page on three screens, light and dark, as one picture: `python tests/tools/screens.py`.

Writes nbs/images/play_screens.jpg, which notebook live/15_play shows."""
import io
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from pose_transfer_nb.ground.pictures import write_picture
from pose_transfer_nb.live.play import serve, write_page

OUT = Path(__file__).resolve().parents[2]/'nbs'/'images'/'play_screens.jpg'
SCREENS = (1920, 1080), (1280, 720), (390, 844)
HEIGHT, GAP = 400, 12  # of each screen on the sheet, and between two


def seen(browser, address, size, scheme):
    "What a visitor sees once the network has answered, in front of step 3."
    context = browser.new_context(viewport=dict(width=size[0], height=size[1]), color_scheme=scheme)
    page = context.new_page()
    page.goto(f'{address}#step=3')
    page.wait_for_function('window.poseTransfer?.ready', timeout=240_000)
    page.wait_for_timeout(800)
    picture = Image.open(io.BytesIO(page.screenshot())).convert('RGB')
    context.close()
    return picture.resize((round(size[0] * HEIGHT / size[1]), HEIGHT), Image.Resampling.LANCZOS)


def sheet(rows):
    "Rows of pictures of one height, on white."
    width = sum(p.width for p in rows[0]) + GAP * (len(rows[0]) - 1)
    whole = Image.new('RGB', (width, (HEIGHT + GAP) * len(rows) - GAP), 'white')
    for r, row in enumerate(rows):
        left = 0
        for picture in row:
            whole.paste(picture, (left, r * (HEIGHT + GAP)))
            left += picture.width + GAP
    return whole


def main():
    with TemporaryDirectory() as folder, sync_playwright() as tool:
        server = serve(write_page(folder).parent)
        arguments = ['--headless', '--no-sandbox', '--disable-gpu']
        browser = tool.chromium.launch(executable_path='/usr/bin/chromium', args=arguments)
        rows = [[seen(browser, server.address, size, scheme) for size in SCREENS]
                for scheme in ('light', 'dark')]
        browser.close()
        server.shutdown()
    write_picture(OUT, sheet(rows), quality=85)
    print(f'{OUT}: {OUT.stat().st_size / 1000:.0f} kB')


if __name__ == '__main__': main()
