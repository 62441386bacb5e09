"""The site builds without a warning, leads nowhere that does not exist, asks no other host for anything and
has words for each picture."""
import inspect
import json
import posixpath
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import colab
import docs
import pytest
from accessible import grave_faults
from cells import alt_texts, directives, headings, links, local, slug
from conftest import ROOT, notebook_paths
from fastcore.docments import docments
from jupyterlab_page import LACKING

LOADED = dict(
    script='src',
    img='src',
    iframe='src',
    source='src',
    video='src',
    audio='src',
    embed='src',
    object='data',
    use='href',
)
COLAB = re.escape(colab.BADGE)


class Page(HTMLParser):
    "What the checks need of an HTML page."
    def __init__(self, path):
        super().__init__()
        self.ids, self.addresses, self.loaded, self.pictures, self.text, self.skip = set(), [], [], [], [], 0
        self.feed(path.read_text(encoding='utf-8'))
        self.text = ' '.join(''.join(self.text).split())

    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        self.ids |= {a[k] for k in ('id', 'name') if k in a and (k == 'id' or tag == 'a')}
        self.addresses += [a[k] for k in ('href', 'src') if a.get(k)]
        if tag == 'link' and a.get('rel') in (
            'stylesheet',
            'icon',
            'shortcut icon',
            'preload',
            'modulepreload',
            'manifest',
            'preconnect',
            'dns-prefetch',
        ):
            self.loaded.append(a['href'])
        if tag in LOADED and a.get(LOADED[tag]): self.loaded.append(a[LOADED[tag]])
        self.loaded += re.findall(r'url\(([^)]+)\)', a.get('style') or '') + [
            part.split()[0] for part in (a.get('srcset') or '').split(',') if part.strip()
        ]
        if tag == 'img': self.pictures.append((a.get('src', ''), a.get('alt')))

    def handle_data(self, data): self.text.append(data)


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    "The folder of the site, built once."
    out = tmp_path_factory.mktemp('site')/'html'
    assert docs.build(out) == 0, 'Sphinx warns; what it says stands above'
    return out


@pytest.fixture(scope='module')
def pages(site): return {p.relative_to(site).as_posix(): Page(p) for p in site.rglob('*.html')}


def dead_links(pages, site):
    "Relative addresses of pages that lead to no file or to no anchor."
    files, found = {p.relative_to(site).as_posix() for p in site.rglob('*') if p.is_file()}, []
    for name, page in pages.items():
        for address in sorted(set(page.addresses)):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc: continue
            target = (
                posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
                if parts.path
                else name
            )
            if target not in files or (
                parts.fragment
                and target in pages
                and target != docs.LIVE  # there it is a state
                and unquote(parts.fragment) not in pages[target].ids
            ):
                found.append((name, address))
    return found


@pytest.mark.skipif(bool(LACKING), reason=f'not installed: {", ".join(LACKING)}')
@pytest.mark.parametrize('scheme', ['light', 'dark'])
@pytest.mark.parametrize('name', ['05_attention', 'glossary', 'api/keypoints', 'solutions/05_attention'])
def test_everybody_can_read_it(name, scheme, site, browser):
    page = browser.new_page(color_scheme=scheme)
    page.goto((site/f'{name}.html').as_uri())
    faults = grave_faults(page)
    page.close()
    assert not faults


def test_every_notebook_and_page_is_there(pages):
    for path in docs.pages().values(): assert path.rpartition('.')[0] + '.html' in pages
    menu = pages['index.html'].addresses
    for path in docs.pages().values():
        assert path == 'index.ipynb' or path.rpartition('.')[0] + '.html' in menu, (
            f'{path} is not in the menu'
        )
    course = [p for p in dict.fromkeys(menu) if re.fullmatch(r'\d\d\w?_\w+\.html', p)]
    assert len(course) > 20 and course == sorted(course), 'the course is in order'


def test_the_network_runs_on_the_site(pages, site):
    "The live page stands in `play/` with its parts; the index begins with it, 13 and 14 have frames of it."
    assert {p.name for p in (site/'play'/'parts').iterdir()} >= {'weights.gz', 'wasm.gz', 'encode.gz'}
    for name in 'index', '13_transfer', '14_widgets':
        assert [a for a in pages[f'{name}.html'].loaded if a.startswith(docs.LIVE)], name
    text = (site/'index.html').read_text(encoding='utf-8')
    article = text[text.index('<article'):].replace('_images/colab.svg', '')  # the badge
    assert article.index('<iframe') < article.index('_images/'), 'the live page comes before every picture'


def test_a_frame_takes_the_place_of_a_picture():
    still = dict(output_type='display_data', metadata={}, data={'image/jpeg': 'AA=='})
    cell = dict(cell_type='code', id='a', metadata={}, source='#| live: step=2\nview', outputs=[still])
    made = docs.site_cell(cell, 'A "view"', str, 'live/06_editor.ipynb')
    text = made['outputs'][0]['data']['text/html']
    assert len(made['outputs']) == 1 and 'src="../play/index.html#step=2"' in text and '&quot;view' in text
    cell['source'] = 'view'
    assert docs.site_cell(cell, 'A view', str, 'a.ipynb')['outputs'] == [still]


def test_links_lead_somewhere(pages, site): assert not dead_links(pages, site)


def test_dead_links_are_found(tmp_path):
    (tmp_path / 'a.html').write_text(
        '<h1 id="top">A</h1><a href="#top">1</a><a href="b.html">2</a><a href="#bottom">3</a>'
        '<img src="no.png">'
    )
    assert [a for _, a in dead_links({'a.html': Page(tmp_path / 'a.html')}, tmp_path)] == [
        '#bottom',
        'b.html',
        'no.png',
    ]


def test_nothing_comes_from_another_host(pages, site):
    loaded = [(name, a) for name, page in pages.items() for a in page.loaded]
    for sheet in site.rglob('*.css'):
        loaded += [
            (sheet.name, a.strip('\'" '))
            for a in re.findall(r'(?:url\(|@import\s)([^);]+)', sheet.read_text(encoding='utf-8'))
        ]
    assert len(loaded) > 100
    assert not [
        (name, a)
        for name, a in loaded
        if not a.startswith('data:') and (urlsplit(a).scheme or urlsplit(a).netloc)
    ]


def test_pictures_have_words(pages):
    pictures = [(name, src, alt) for name, page in pages.items() for src, alt in page.pictures]
    assert len(pictures) > 50
    assert not [
        p
        for p in pictures
        if not (p[2] or '').strip() or re.search(r'\.(png|jpe?g|svg|gif)$|^[\w/.-]{30,}$', p[2])
    ]


def test_what_is_meant_for_nbdev_does_not_show(pages):
    for name, page in pages.items():
        if not name.startswith(('CONTRIBUTING', 'CHANGELOG', 'architecture')):
            assert not re.search(r'#\| ?(export|hide|default_exp|eval|fig-alt)', page.text), name


def test_formulas_are_written_for_browsers(site):
    text = (site/'05_attention.html').read_text(encoding='utf-8')
    assert (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in text
        and 'MathJax.js' not in text
        and 'tex-mml' not in text
    )


def test_every_public_name_has_its_docments(pages):
    "Read from the imported objects by fastcore, while the pages are made from the source."
    from importlib import import_module
    modules, missing = docs.exported(), []
    assert {m.rpartition('.')[2] for m in modules} >= {
        p.stem[3:] for p in (ROOT / 'nbs').glob('0[1-9]_*.ipynb')
    }
    for name in modules:
        module, page = import_module(name), pages[f'api/{name.partition(".")[2]}.html']
        for entry in module.__all__:
            if f'{name}.{entry}' not in page.ids: missing.append((name, entry))
            thing = inspect.unwrap(getattr(module, entry))
            if (
                getattr(thing, '__module__', '') != name
                or not inspect.isroutine(thing)
                and not inspect.isclass(thing)
            ):
                continue
            words = (
                [vars(thing).get('__doc__') or '']
                if inspect.isclass(thing)
                else [thing.__doc__ or '', *docments(thing).values()]
            )
            if inspect.isclass(thing):
                words += [
                    method.__doc__ or ''
                    for key, method in vars(thing).items()
                    if not key.startswith('_')
                    and getattr(method, '__module__', '') == name
                    and inspect.isfunction(method)
                ]
            words = [' '.join(w.replace('`', '').split()) for w in words if isinstance(w, str)]
            missing += [
                (name, entry, w) for w in words if w not in page.text and not w.startswith(f'{entry}(')
            ]  # a dataclass without words has a signature
    assert not missing


def anchors(path):
    "The anchors of a notebook as JupyterLab makes them, of a Markdown file as GitHub does."
    if path.suffix == '.md': return {slug(text) for _, text in headings(path.read_text(encoding='utf-8'))}
    cells = json.loads(path.read_text(encoding='utf-8'))['cells']
    return {
        text.replace(' ', '-')
        for cell in cells
        if cell['cell_type'] == 'markdown'
        for _, text in headings(''.join(cell['source']))
    }


TEXTS = [
    p
    for p in [
        *notebook_paths(),
        *(ROOT / 'nbs').glob('*.md'),
        ROOT / 'README.md',
        ROOT / 'CONTRIBUTING.md',
        ROOT / 'CHANGELOG.md',
    ]
]


@pytest.mark.parametrize('path', TEXTS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_between_files(path):
    "What JupyterLab and GitHub follow: relative paths to files that exist, and anchors in them."
    text, found, bad = path.read_text(encoding='utf-8'), [], []
    if path.suffix == '.ipynb':
        text = '\n\n'.join(
            ''.join(c['source']) for c in json.loads(text)['cells'] if c['cell_type'] == 'markdown'
        )
    links(text, lambda address: found.append(address) or address)
    for address in filter(local, found):
        file, _, anchor = unquote(address).partition('#')
        target = path.parent/file if file else path
        if not target.exists() or (anchor and anchor not in anchors(target)): bad.append(address)
    assert not bad
    assert not re.findall(r'!\[\s*\]\(', text), 'a picture without words'


@pytest.mark.parametrize('path', notebook_paths(), ids=lambda p: p.relative_to(ROOT/'nbs').as_posix())
def test_headings_are_in_order(path):
    "One title, no level skipped, and no heading twice: the second could not be linked to."
    cells = json.loads(path.read_text(encoding='utf-8'))['cells']
    found = [h for c in cells if c['cell_type'] == 'markdown' for h in headings(''.join(c['source']))]
    levels, texts = [level for level, _ in found], [slug(text) for _, text in found]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:])), 'a level is skipped'
    assert len(texts) == len(set(texts)), sorted(t for t in texts if texts.count(t) > 1)


def test_words_for_a_picture():
    "The directive, else the section and the first sentence of the prose above it, else of the prose below."
    def cell(source, kind='code'): return dict(cell_type=kind, source=source)
    text = [
        cell('# Poses\n\n> A subtitle.', 'markdown'),
        cell('## Drawn\n\nA *skeleton* in `two` [colours](x.md). More.', 'markdown'),
        cell('draw()'),
        cell('#| export\n#| fig-alt: A person\ndraw()'),
        cell('## Alone', 'markdown'),
        cell('draw()'),
        cell('Below it.', 'markdown'),
    ]
    assert [alt_texts(text)[i] for i in (2, 3, 5)] == [
        'Drawn: A skeleton in two colours.',
        'A person',
        'Alone: Below it.',
    ]
    assert directives('#| hide\n#|eval: false\nx = 1  #| no') == {'hide': '', 'eval': 'false'}


def test_links_out_of_the_site():
    cfg = docs.settings()
    change = docs.relinker('nbs/studio/01_body.ipynb')
    assert change('../05_attention.ipynb#The-gate-by-hand') == '../05_attention.ipynb#the-gate-by-hand'
    assert change('../../CONTRIBUTING.md') == '../CONTRIBUTING.md'
    assert change('../../LICENSE') == f'{cfg["git_url"]}/blob/{cfg["branch"]}/LICENSE'
    assert change('https://example.org/a#B') == 'https://example.org/a#B'


def test_settings_name_the_site_once(pages, site):
    cfg = docs.settings()
    assert cfg['doc_host'] + cfg['doc_baseurl'] + '/05_attention.html' in (
        site / '05_attention.html'
    ).read_text(encoding='utf-8')
    assert cfg['git_url'] in pages['index.html'].addresses


def test_badge_and_installing_cell(tmp_path):
    "The tool changes a notebook once, and a second time nothing."
    for path in colab.notebooks():
        place = path.relative_to(ROOT/'nbs')
        once = colab.with_badge(path.read_text(encoding='utf-8'), place, docs.settings())
        assert colab.with_badge(once, place, docs.settings()) == once
        first, second = json.loads(once)['cells'][:2]
        picture, address = re.search(rf'{COLAB}\((\S+)\)\]\((\S+)\)$', ''.join(first['source'])).groups()
        assert (path.parent/picture).is_file() and address.endswith(f'/nbs/{place.as_posix()}')
        exec(''.join(second['source']), {})  # does nothing here


def test_notebooks_have_badges(): assert not colab.changes(), 'run python tests/tools/colab.py'
