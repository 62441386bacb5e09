"""Makes README.md from nbs/index.ipynb: `python tests/tools/readme.py`, or with `--check` only says whether
it is up to date.

Cells marked `#| hide` are left out; `#| echo: false` leaves out the code, `#| output: false` the output;
`#| link: ADDRESS` makes a picture a link."""
import base64
import posixpath
import sys
from pathlib import Path

import nbformat
from cells import alt_texts, directives, links, local, without_directives

ROOT = Path(__file__).resolve().parents[2]


def fence(text, language=''): return f'```{language}\n{text.rstrip()}\n```'


def from_root(markdown):
    "Links in a notebook start at nbs/, those in the README at the root; code blocks stay as they are."
    return links(
        markdown,
        lambda address: (
            posixpath.normpath('nbs/' + address) if local(address) and address[0] not in '#/' else address
        ),
    )


def output_markdown(output, images, alt, address=None):
    if output.output_type == 'stream': return fence(output.text) if output.name == 'stdout' else ''
    data = output.get('data', {})
    if kind := next((k for k in ('png', 'jpeg') if f'image/{k}' in data), None):
        name = f'index_{len(images) + 1}.{kind}'
        images[name] = base64.b64decode(data[f'image/{kind}'])
        picture = f'![{alt}](nbs/images/{name})'
        return f'[{picture}]({address})' if address else picture
    if 'text/markdown' in data: return from_root(data['text/markdown'])
    if 'application/vnd.jupyter.widget-view+json' in data: return ''
    return fence(data['text/plain']) if 'text/plain' in data else ''


def build(root=ROOT):
    "The README's text, and its pictures by file name in nbs/images/."
    blocks, images = [], {}
    cells = nbformat.read(root/'nbs/index.ipynb', as_version=4).cells
    for cell, alt in zip(cells, alt_texts(cells)):
        marks, source = directives(cell.source), without_directives(cell.source)
        if 'hide' in marks: continue
        if cell.cell_type == 'markdown': blocks.append(from_root(source))
        if cell.cell_type == 'code':
            if source and marks.get('echo') != 'false': blocks.append(fence(source, 'python'))
            if marks.get('output') != 'false':
                blocks += [output_markdown(o, images, alt, marks.get('link')) for o in cell.outputs]
    text = '\n\n'.join(b for b in blocks if b)
    return (
        f'<!-- Made from nbs/index.ipynb by tests/tools/readme.py: edit the notebook. -->\n\n{text}\n',
        images,
    )


def differences(root=ROOT):
    "Files that are not what nbs/index.ipynb says, by their path from the root."
    text, images = build(root)
    folder, readme = root/'nbs/images', root/'README.md'
    files = {p.name: p.read_bytes() for p in folder.glob('index_*.*')}
    bad = [f'nbs/images/{n}' for n in sorted({*files, *images}) if files.get(n) != images.get(n)]
    if not readme.exists() or readme.read_text(encoding='utf-8') != text: bad.insert(0, 'README.md')
    return bad


def write(root=ROOT):
    text, images = build(root)
    folder = root/'nbs/images'
    for old in folder.glob('index_*.*'): old.unlink()
    if images: folder.mkdir(exist_ok=True)
    for name, data in images.items(): (folder/name).write_bytes(data)
    (root/'README.md').write_text(text, encoding='utf-8', newline='\n')


if __name__ == '__main__':
    if sys.argv[1:] == ['--check']:
        bad = differences()
        sys.exit(f'run `python tests/tools/readme.py`; out of date: {", ".join(bad)}' if bad else 0)
    write()
