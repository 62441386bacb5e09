"""Puts a Colab badge and a cell that installs the package there into the notebooks: `python tests/tools/colab.py`, or with `--check` only says where
they are missing or old. Run again, it changes nothing. Nobody has tried the result on Colab: it was not at hand."""
import json
import sys
from pathlib import Path

from docs import ROOT, settings

BADGE, CELL = '[![Open in Colab]', 'open-in-colab'


def notebooks(root=ROOT):
    "The index, the course, the studio and the tutorials."
    nbs = root/'nbs'
    return sorted([nbs/'index.ipynb', *nbs.glob('[0-9][0-9]_*.ipynb'), *nbs.glob('studio/*.ipynb'), *nbs.glob('tutorials/*.ipynb')])


def badge(path, cfg):  # path from nbs/
    picture = '../' * (len(path.parts) - 1) + 'images/colab.svg'
    return f'{BADGE}({picture})](https://colab.research.google.com/github/{cfg["user"]}/{cfg["repo"]}/blob/{cfg["branch"]}/nbs/{path.as_posix()})'


def installer(path, cfg):
    "The source of the cell, which does nothing anywhere but on Colab. It is plain Python, which `%pip` would not be."
    extras = 'lab,studio' if path.parts[0] == 'studio' else 'lab'
    package = f'{cfg["dist_name"]}[{extras}] @ git+{cfg["git_url"]}@{cfg["branch"]}'
    return f"#| hide\nimport sys\nif 'google.colab' in sys.modules: get_ipython().system('pip install -q \"{package}\"')"


def with_badge(text, path, cfg):
    "The notebook's text with the badge below its title and the cell after that."
    nb = json.loads(text)
    first, lines = nb['cells'][0], ''.join(nb['cells'][0]['source']).rstrip('\n').split('\n')
    if first['cell_type'] != 'markdown' or not lines[0].startswith('# '): raise ValueError(f'{path}: the first cell should hold the title')
    lines = '\n'.join(line for line in lines if not line.startswith(BADGE)).rstrip('\n')
    first['source'] = f'{lines}\n\n{badge(path, cfg)}'.splitlines(keepends=True)
    cells = [cell for cell in nb['cells'] if cell.get('id') != CELL and not ("'google.colab' in sys.modules" in ''.join(cell['source']) and cell['cell_type'] == 'code')]
    cell = dict(cell_type='code', execution_count=None, id=CELL, metadata={}, outputs=[], source=installer(path, cfg).splitlines(keepends=True))
    return json.dumps(nb | {'cells': [cells[0], cell, *cells[1:]]}, sort_keys=True, indent=1, ensure_ascii=False) + '\n'


def changes(root=ROOT):  # {path: text}
    "What would have to be written."
    cfg = settings(root)
    texts = {path: with_badge(path.read_text(encoding='utf-8'), path.relative_to(root/'nbs'), cfg) for path in notebooks(root)}
    return {path: text for path, text in texts.items() if path.read_text(encoding='utf-8') != text}


if __name__ == '__main__':
    found = changes()
    if sys.argv[1:] == ['--check']: sys.exit('run `python tests/tools/colab.py`; without badge or cell: ' + ', '.join(p.name for p in found) if found else 0)
    for path, text in found.items(): path.write_text(text, encoding='utf-8', newline='\n')
