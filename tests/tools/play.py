"""Runs a notebook in this process: `python tests/tools/play.py NOTEBOOK...`. The tests start it from a
server that has imported torch already."""
import os
import re
import sys
import time
import traceback
import warnings
from pathlib import Path

# What nearly every notebook and every run imports; the tests' server loads it once for all of them.
PRELOAD = ['play', 'matplotlib.pyplot', 'pandas', 'skimage.metrics', 'torchvision', 'ipywidgets', 'anywidget',
           'execnb.shell', 'pose_transfer_nb.transfer', 'pose_transfer_nb.runs.recipes',
           'pose_transfer_nb.live.projector', 'accelerate', 'torch.utils.tensorboard', 'torch._dynamo']


def is_run(cell):
    "Code that is not marked `#| eval: false`."
    return cell.cell_type == 'code' and not re.search(r'^\s*#\|\s*eval:\s*false', cell.source, re.M)


def play(path):
    "Run all cells as IPython does, pictures and all; raises what a cell raises, its source added."
    from execnb.nbio import read_nb
    from execnb.shell import CaptureShell

    from pose_transfer_nb.runs.hardware import keep_memory
    keep_memory()
    path = Path(path).resolve()
    os.chdir(path.parent)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        shell = CaptureShell(str(path), mpl_format='png')
    for number, cell in enumerate(read_nb(path).cells):
        if not is_run(cell): continue
        shell.run(cell.source)
        if shell.exc:
            raise RuntimeError(f'in cell {number} of {path.name}:\n{cell.source}') from shell.exc


def play_and_tell(path, report):
    "The same; what a cell raises is written to the file `report`."
    try: play(path)
    except BaseException:
        Path(report).write_text(traceback.format_exc(), encoding='utf-8')
        raise


if __name__ == '__main__':
    for name in sys.argv[1:]:
        start = time.perf_counter()
        play(name)
        print(f'{time.perf_counter() - start:6.1f}  {name}')
