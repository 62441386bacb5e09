"""Builds the documentation site from the executed notebooks: `python tests/tools/docs.py [OUT]` (default:
`_docs/`).

Sphinx reads a prepared copy of `nbs/`: without the cells and lines that are meant for nbdev, with words for
each picture, with links that lead out of the site turned to the repository, and with a page for each
module. Beside them stands the page that runs the network, in `play/`. No notebook is run and nothing is
fetched; a warning is an error."""
import html
import json
import posixpath
import re
import shutil
import sys
import tempfile
from configparser import ConfigParser
from pathlib import Path
from urllib.parse import unquote

import api
from cells import alt_texts, directives, headings, links, local, slug, without_directives

from pose_transfer_nb.live.play import write_page

ROOT = Path(__file__).resolve().parents[2]
WIDGET = 'application/vnd.jupyter.widget-view+json'


def settings(root=ROOT):
    config = ConfigParser(delimiters=['='])
    config.read(root/'settings.ini', encoding='utf-8')
    return config['DEFAULT']


def pages(root=ROOT):  # {path from the root: path in the site's sources}
    "Everything written that becomes a page; what is missing is left out."
    found = [
        p.relative_to(root).as_posix()
        for kind in ('ipynb', 'md')
        for p in sorted((root / 'nbs').rglob(f'*.{kind}'))
    ]
    found = [p for p in found if not any(part.startswith(('.', '_')) for part in p.split('/'))]
    return {p: p[4:] for p in found} | {
        p: p for p in ('CONTRIBUTING.md', 'CHANGELOG.md') if (root / p).exists()
    }


def relinker(here, root=ROOT):
    "A function that turns an address in the file `here` (from the root) into one in the site."
    known, cfg = pages(root), settings(root)
    def change(address):
        path, mark, anchor = address.partition('#')
        if not local(address): return address
        anchor = mark + slug(unquote(anchor))
        if not path: return anchor
        target = posixpath.normpath(posixpath.join(posixpath.dirname(here), path))
        target = {'README.md': 'nbs/index.ipynb'}.get(target, target)
        if target in known:
            return posixpath.relpath(known[target], posixpath.dirname(known[here]) or '.') + anchor
        if target.startswith('nbs/images/'): return address
        return f'{cfg["git_url"]}/{"tree" if (root/target).is_dir() else "blob"}/{cfg["branch"]}/{target}'
    return change


def site_output(output):
    "An output as a page can show it, or None: a live widget and a progress bar cannot be shown."
    if output['output_type'] == 'stream': return output if output['name'] == 'stdout' else None
    return None if WIDGET in output.get('data', {}) and 'text/html' not in output['data'] else output


LIVE = 'play/index.html'  # the page that runs the network, made by `build`


def live_frame(state, words, here):
    "HTML that shows the live page in a state, from the page `here` in the site's sources."
    address = posixpath.relpath(LIVE, posixpath.dirname(here) or '.') + f'#{state}'
    title, address = html.escape(words), html.escape(address)
    return (
        f'<div class="live"><iframe src="{address}" title="{title}" loading="lazy" allow="camera"></iframe>'
        f'<p><a href="{address}">The same in a window of its own</a></p></div>'
    )


def site_cell(cell, alt, change, here):
    "A cell as a page shows it, or None. `#| live: STATE` puts the live page in the place of its pictures."
    source = ''.join(cell['source'])
    marks = directives(source)
    if 'hide' in marks: return None
    if cell['cell_type'] != 'code': return cell | {'source': links(without_directives(source), change)}
    outputs = [] if marks.get('output') == 'false' else [o for o in map(site_output, cell['outputs']) if o]
    if 'live' in marks:
        frame = live_frame(marks['live'], alt, here)
        if not without_directives(source):
            return dict(cell_type='markdown', id=cell['id'], metadata={}, source=frame)
        outputs = [o for o in outputs if not {'image/png', 'image/jpeg'} & o.get('data', {}).keys()]
        outputs.append(dict(output_type='display_data', metadata={}, data={'text/html': frame}))
    source, metadata = without_directives(source), {'mystnb': {'image': {'alt': alt}}}
    if not source and not outputs: return None
    if not source or marks.get('echo') == 'false': metadata['tags'] = ['remove-input']
    return cell | {'source': source, 'outputs': outputs, 'metadata': metadata}


def title(markdown, path):
    found = headings(markdown)
    if not found or found[0][0] != 1: raise ValueError(f'{path}: should begin with a title, `# ...`')
    return found[0][1]


WORKSHOPS = 'ground', 'data', 'judges', 'runs', 'authors', 'live', 'studio'


def trees(titles, modules, cfg):
    "The menu: the course in order, then all the rest. A group that has no pages yet is left out."
    order = re.findall(r'\((tutorials/\w+)\.ipynb', titles['index'][1])  # all the others have numbers
    def place(name): return (order.index(name) if name in order else len(order), name)
    def entry(name):
        number = re.match(r'0?(\d+[a-z]?)_', name.rpartition('/')[2])
        shown = number and number[1] != '0'  # 00 is the page that opens a workshop
        return (f'{number[1]}. ' if shown else '') + f'{titles[name][0]} <{name}>'
    def group(test): return [entry(name) for name in sorted((n for n in titles if test(n)), key=place)]
    groups = {
        'The course': group(lambda n: re.match(r'\d\d\w?_', n)),
        **{f'Workshop: {w}': group(lambda n, w=w: n.startswith(f'{w}/')) for w in WORKSHOPS},
        'Tutorials': group(lambda n: n.startswith('tutorials/')),
        'Solutions': group(lambda n: n.startswith('solutions/')),
    }
    rest = [
        name
        for name in titles
        if not any(f'<{name}>' in e for es in groups.values() for e in es) and name != 'index'
    ]
    groups['Around it'] = ['Modules <api/index>', *sorted(rest), f'Repository <{cfg["git_url"]}>']
    return '\n\n'.join(
        api.directive('toctree', '', dict(hidden='', caption=caption), '\n'.join(e))
        for caption, e in groups.items()
        if e
    )


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='utf-8')


def prepare(folder, root=ROOT):
    "Write what Sphinx reads."
    cfg, titles, sections, index = settings(root), {}, {}, None
    for here, there in pages(root).items():
        text, change = (root/here).read_text(encoding='utf-8'), relinker(here, root)
        name = there.rpartition('.')[0]
        if here.endswith('.md'):
            titles[name] = title(text, here), text
            write(folder/there, links(text, change))
            continue
        nb, heading = json.loads(text), (None, None)
        titles[name] = (
            title(''.join(nb['cells'][0]['source']), here),
            ' '.join(''.join(c['source']) for c in nb['cells']),
        )
        for cell in nb['cells']:
            if cell['cell_type'] == 'markdown':
                heading = (
                    [heading] + [(t, slug(t)) for level, t in headings(''.join(cell['source'])) if level > 1]
                )[-1]
            sections[cell['id']] = heading
        made = [site_cell(cell, alt, change, there) for cell, alt in zip(nb['cells'], alt_texts(nb['cells']))]
        nb['cells'] = [cell for cell in made if cell]
        nb['metadata']['language_info'] = {'name': 'python', 'pygments_lexer': 'ipython3'}  # knows `!command`
        if there == 'index.ipynb': index = nb
        write(folder/there, json.dumps(nb))
    modules = exported(root)
    index['cells'].append(
        dict(cell_type='markdown', id='menu', metadata={}, source=trees(titles, modules, cfg))
    )
    write(folder/'index.ipynb', json.dumps(index))
    for name, module in modules.items():
        notebook = module.cells[0][1].rpartition('.')[0]
        write(
            folder / 'api' / f'{name.partition(".")[2]}.md',
            api.page(module, name, sections, titles[notebook][0]),
        )
    write(folder/'api'/'index.md', api_index(modules))
    for image in (root/'nbs').rglob('images/*'):
        target = folder/image.relative_to(root/'nbs')
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(image, target)


def exported(root=ROOT):  # {dotted name: Module}, in the notebooks' order
    "The modules that nbdev wrote."
    found = {}
    for path in (root/settings(root)['lib_path']).rglob('*.py'):
        if path.name.startswith('_') or 'AUTOGENERATED' not in path.read_text(encoding='utf-8'): continue
        found['.'.join(path.relative_to(root).with_suffix('').parts)] = api.Module(path)
    return dict(sorted(found.items(), key=lambda item: (item[0].count('.'), item[1].cells[0][1])))


def api_index(modules):
    "The page that leads to all modules."
    text = [
        '# Modules',
        '> Each is exported from the notebook of its number; its page says what the cells there define.',
    ]
    for name, module in modules.items():
        short = name.partition('.')[2]
        text += [f'[**{short}**]({short}.md)', ' '.join(f'{{py:obj}}`~{name}.{n}`' for n in module.names)]
    return '\n\n'.join(
        [
            *text,
            api.directive(
                'toctree', '', dict(hidden=''), '\n'.join(name.partition('.')[2] for name in modules)
            ),
        ]
    )


def build(out, root=ROOT):  # exit status
    "Write the site to the folder `out`, which holds nothing else afterwards."
    from sphinx.cmd.build import main
    shutil.rmtree(out, ignore_errors=True)
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        prepare(folder/'source', root)
        status = main(
            [
                '-q',
                '-n',
                '-W',
                '--keep-going',
                '-c',
                str(root / 'nbs' / '_site'),
                '-d',
                str(folder / 'doctrees'),
                str(folder / 'source'),
                str(out),
            ]
        )
    if status == 0: write_page((out/LIVE).parent)
    return status


if __name__ == '__main__':
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT/settings()['doc_path']
    if out.exists() and any(out.iterdir()) and not (out / 'searchindex.js').exists():
        sys.exit(f'{out}: is neither empty nor a site; name another folder')
    sys.exit(build(out) or print(f'{out / "index.html"}'))
