"""Puts a Colab badge and a cell that installs the package there into the notebooks: `python
tests/tools/colab.py`, or with `--check` only says where they are missing or old. Run again, it changes
nothing. Nobody has tried the result on Colab: it was not at hand."""
import json
import sys

from docs import ROOT, settings

BADGE, CELL = '[![Open in Colab]', 'open-in-colab'


def notebooks(root=ROOT):
    "The index, the course, workshops and tutorials; no pages of solutions, and none that hold links only."
    nbs = root/'nbs'
    def hidden(path): return any(part.startswith('.') for part in path.relative_to(nbs).parts)
    found = [p for p in nbs.rglob('*.ipynb') if not hidden(p)]
    return sorted(p for p in found if p.parent.name != 'solutions' and p.name != '00_index.ipynb')


def badge(path, cfg):  # path from nbs/
    picture = '../' * (len(path.parts) - 1) + 'images/colab.svg'
    where = f'{cfg["user"]}/{cfg["repo"]}/blob/{cfg["branch"]}/nbs/{path.as_posix()}'
    return f'{BADGE}({picture})](https://colab.research.google.com/github/{where})'


def installer(path, cfg):
    "The source of the cell, which does nothing but on Colab. It is plain Python, which `%pip` would not be."
    extras = 'lab,studio' if path.parts[0] == 'studio' else 'lab'
    package = f'{cfg["dist_name"]}[{extras}] @ git+{cfg["git_url"]}@{cfg["branch"]}'
    return f'''#| hide
import sys

if 'google.colab' in sys.modules:
    package = '{package}'
    get_ipython().system(f'pip install -q "{{package}}"')'''


def is_installer(cell):
    "Is this the cell, or an older one?"
    code = cell['cell_type'] == 'code' and "'google.colab' in sys.modules" in ''.join(cell['source'])
    return code or cell.get('id') == CELL


def with_badge(text, path, cfg):
    "The notebook's text with the badge below its title and the cell after that."
    nb = json.loads(text)
    first, lines = nb['cells'][0], ''.join(nb['cells'][0]['source']).rstrip('\n').split('\n')
    if first['cell_type'] != 'markdown' or not lines[0].startswith('# '):
        raise ValueError(f'{path}: the first cell should hold the title')
    lines = '\n'.join(line for line in lines if not line.startswith(BADGE)).rstrip('\n')
    first['source'] = f'{lines}\n\n{badge(path, cfg)}'.splitlines(keepends=True)
    cells = [cell for cell in nb['cells'] if not is_installer(cell)]
    source = installer(path, cfg).splitlines(keepends=True)
    cell = dict(cell_type='code', execution_count=None, id=CELL, metadata={}, outputs=[], source=source)
    nb['cells'] = [cells[0], cell, *cells[1:]]
    return json.dumps(nb, sort_keys=True, indent=1, ensure_ascii=False) + '\n'


def changes(root=ROOT):  # {path: text}
    "What would have to be written."
    cfg = settings(root)
    def renewed(path): return with_badge(path.read_text(encoding='utf-8'), path.relative_to(root/'nbs'), cfg)
    texts = {path: renewed(path) for path in notebooks(root)}
    return {path: text for path, text in texts.items() if path.read_text(encoding='utf-8') != text}


if __name__ == '__main__':
    found = changes()
    if sys.argv[1:] == ['--check']:
        names = ', '.join(path.name for path in found)
        sys.exit(f'run `python tests/tools/colab.py`; without badge or cell: {names}' if found else 0)
    for path, text in found.items(): path.write_text(text, encoding='utf-8', newline='\n')
