"The pages of plain text: architecture, ethics, references."
import ast
import json
import re
import zipfile

from conftest import ROOT, notebook_paths

PACKAGES = {'.'.join(p.relative_to(ROOT).parts[:-1]) for p in (ROOT/'pose_transfer_nb').rglob('__init__.py')}


def imports(path):
    "Modules of the package that a module imports when it loads, and when it runs."
    tree, package = ast.parse(path.read_text(encoding='utf-8')), path.relative_to(ROOT).parts[:-1]
    found = dict(loads=set(), runs=set())
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom): continue
        base = (
            '.'.join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])
            if node.level
            else node.module
        )
        if base.split('.')[0] != 'pose_transfer_nb': continue
        names = [f'{base}.{a.name}' for a in node.names] if base in PACKAGES else [base]
        found['loads' if node in tree.body else 'runs'] |= {
            n.removeprefix('pose_transfer_nb.') for n in names
        }
    return found['loads'], found['runs'] - found['loads']


def test_architecture_tells_the_truth():
    text = (ROOT/'nbs/architecture.md').read_text(encoding='utf-8')
    said = {
        row[1]: row
        for row in re.findall(
            r'^\| ((?:\w+/)?\d\d\w?_\w+) \| ([\w.]+) \| ([\w., ]*?) ?\| ([\w., ]*?) ?\|$', text, re.M
        )
    }
    true = {}
    for notebook in notebook_paths():
        export = re.search(r'default_exp ([\w.]+)', notebook.read_text(encoding='utf-8'))
        if export and notebook.parent.name != 'solutions':
            module = export[1]
            loads, runs = imports(ROOT/f'pose_transfer_nb/{module.replace(".", "/")}.py')
            true[module] = (
                notebook.relative_to(ROOT / 'nbs').with_suffix('').as_posix(),
                module,
                ', '.join(sorted(loads)),
                ', '.join(sorted(runs)),
            )
    wrong = ['| ' + ' | '.join(row) + ' |' for module, row in true.items() if said.get(module) != row]
    assert not wrong and set(said) == set(true), 'rows of nbs/architecture.md should be\n' + '\n'.join(wrong)
    order = list(said)
    upwards = [
        (m, other)
        for i, m in enumerate(order)
        for other in ', '.join(said[m][2:]).split(', ')
        if other and order.index(other) >= i
    ]
    assert not upwards, f'these import from their own row or below: {upwards}'


def test_links_of_the_text_pages_lead_somewhere():
    for page in ('ethics.md', 'architecture.md', 'glossary.md'):
        for target in re.findall(r'\]\(([^)#]+)', (ROOT/'nbs'/page).read_text(encoding='utf-8')):
            assert target.startswith('https:') or (ROOT/'nbs'/target).exists(), (page, target)


def test_ethics_counts_are_those_of_the_set():
    card = json.loads(zipfile.ZipFile(ROOT / 'pose_transfer_nb/assets/mannequins.zip').read('card.json'))[
        'counts'
    ]['train']
    text, worn = (ROOT/'nbs/ethics.md').read_text(encoding='utf-8'), card['garment']
    dark, poses = card['hair_colour']['black'] + card['hair_colour']['espresso'], set(card['pose'].values())
    trousers = sum(n for name, n in worn.items() if name.endswith('trousers'))
    for claim in (
        f'{card["gender"]["woman"]} women, {card["gender"]["man"]} men',
        f'{card["age"]["younger"]} "younger", {card["age"]["older"]} "older"',
        '{slim} slim, {medium} medium, {sturdy} sturdy'.format(**card['build']),
        f'{dark} of {sum(card["gender"].values())} have black or espresso',
        f'trousers {trousers}, shorts {worn["top and shorts"]}, dress {worn["dress"]}, '
        f'skirt {worn["top and skirt"]}',
        f'{len(card["pose"])} poses, {min(poses)} or {max(poses)} pictures each',
    ):
        assert claim in text, claim
    assert len(card['skin']) == 8 and set(card['skin'].values()) == {37, 38} and len(card['hair']) == 8


def bibliography():
    "Entries of nbs/references.bib: key -> (kind, fields); every brace closes."
    text = '\n'.join(
        line
        for line in (ROOT / 'nbs/references.bib').read_text(encoding='utf-8').splitlines()
        if not line.startswith('%')
    )
    assert text.count('{') == text.count('}')
    entries = {}
    for kind, key, body in re.findall(r'@(\w+)\{(\w+),\n(.*?)\n\}', text, re.S):
        fields = dict(re.findall(r'^  (\w+) *= \{(.*)\},?$', body, re.M))
        assert len(fields) == len(body.splitlines()) and key not in entries, key
        entries[key] = kind, fields
    assert len(entries) == text.count('@')
    return entries


def test_references_parse():
    needed = dict(
        article={'author', 'title', 'journal', 'year'},
        inproceedings={'author', 'title', 'booktitle', 'year'},
        misc={'author', 'title'},
    )
    for key, (kind, fields) in bibliography().items(): assert needed[kind] <= set(fields), key


def test_papers_that_notebooks_link_are_in_the_references():
    known = {fields.get('eprint') for _, fields in bibliography().values()}
    linked = {
        number
        for p in notebook_paths()
        for number in re.findall(r'arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5})', p.read_text(encoding='utf-8'))
    }
    assert linked <= known, f'add to nbs/references.bib: {sorted(linked - known)}'
