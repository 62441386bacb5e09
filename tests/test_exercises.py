"Every exercise has a cell to write in, a check, a solution that passes and a wrong answer that does not."
import ast
import re

import nbformat
import pytest
from conftest import ROOT

from pose_transfer_nb.exercises import CHAPTERS, check

NOTEBOOKS = [f'{number}_{name}' for number, name in sorted(CHAPTERS.items())]


def code(path): return [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == 'code']


def checks(source):
    "Numbers that a cell checks."
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [call.args[0].value for call in calls if getattr(call.func, 'id', '') == 'check']


def parts(test):
    "The conditions that an assert joins with `and`."
    return test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]


def asserted(sources, wrong):
    "Numbers whose check is asserted, to be right or to be wrong."
    found = set()
    for source in sources:
        asserts = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
        for test in (part for node in asserts for part in parts(node.test)):
            says_wrong = isinstance(test, ast.Attribute) and test.attr == 'wrong'
            if says_wrong == wrong: found |= set(checks(ast.unparse(test)))
    return found


@pytest.fixture(params=NOTEBOOKS)
def cells(request):
    "The cells of a notebook's exercises, by number, and its page of solutions."
    found = {}
    for source in code(ROOT/f'nbs/{request.param}.ipynb'):
        if re.search(r"^check\('\d\d\w?\.\d'", source, re.M): found[checks(source)[0]] = source
    return request.param, found, code(ROOT/f'nbs/solutions/{request.param}.ipynb')


def test_three_to_seven(cells):
    name, found, _ = cells
    chapter = name.partition('_')[0]
    assert 3 <= len(found) <= 7 and list(found) == [f'{chapter}.{k + 1}' for k in range(len(found))]


def test_untouched(cells):
    "The cell as it is printed needs nothing but `check`, and does not pass."
    for number, source in cells[1].items():
        *before, last = ast.parse(source).body
        names = {}
        exec(compile(ast.Module(before, []), number, 'exec'), dict(check=check) | names, names)
        verdict = eval(compile(ast.Expression(last.value), number, 'eval'), dict(check=check) | names)
        assert verdict.state == 'open', f'{number}: {verdict}'


def test_solved_and_mistaken(cells):
    "test_notebooks runs the page; here, that nothing is left out of it."
    name, found, solutions = cells
    assert asserted(solutions, wrong=False) == set(found), 'a solution for each, and none for others'
    assert asserted(solutions, wrong=True) == set(found), 'a wrong answer for each'


def test_unknown():
    for number in '05.9', '99.1', 'five': pytest.raises(KeyError, check, number, 1)


def test_reading_times():
    "The index says what the notebooks say."
    index = '\n'.join(c.source for c in nbformat.read(ROOT/'nbs/index.ipynb', as_version=4).cells)
    three = r'\*\*At the end you know\*\* .*?\\\n\*\*Before\*\* .*?\\\n\*\*Time\*\*'
    for name in NOTEBOOKS:
        opening = '\n'.join(c.source for c in nbformat.read(ROOT/f'nbs/{name}.ipynb', as_version=4).cells[:4])
        assert re.search(three, opening, re.S), name
        minutes = re.search(r'\*\*Time\*\* (\d+) minutes', opening)[1]
        assert re.search(rf'\({name}\.ipynb\).*\| (\d+) \|', index)[1] == minutes, name
