"""A page of the documentation for each exported module: its names, signatures and docments.

The page is made from the module's source. Nothing is imported, so that a missing optional package takes no
page away."""
import ast
import copy
import io
import json
import re
import tokenize


def markdown(text):
    "Plain text, with code in backticks, as Markdown that says just that."
    parts = re.split(r'(`[^`]+`)', ' '.join(text.split()))
    parts[::2] = [re.sub(r'([\\*_\[\]<>${}#~|])', r'\\\1', part) for part in parts[::2]]
    return ''.join(parts)


def directive(name, argument, options, body):
    "A MyST directive; the fence is longer than any inside."
    fence = '`' * (max([2, *(len(m) for m in re.findall(r'^`{3,}', body, re.M))]) + 1)
    return '\n'.join(
        [
            f'{fence}{{{name}}} {argument}',
            *(
                f':{key}: {json.dumps(value, ensure_ascii=False) if value else ""}'.rstrip()
                for key, value in options.items()
            ),
            '',
            body.strip(),
            fence,
            '',
        ]
    )


class Module:
    "One module's source: its tree, its comments by line, and where the head of each `def` ends."
    def __init__(self, path):
        self.source = path.read_text(encoding='utf-8')
        self.tree, self.comments, self.heads, depth, line = ast.parse(self.source), {}, {}, 0, None
        for token in tokenize.generate_tokens(io.StringIO(self.source).readline):
            if token.type == tokenize.COMMENT: self.comments[token.start[0]] = token.string.strip('# ')
            if token.type == tokenize.NAME and token.string == 'def': line = token.start[0]
            depth += (token.string in '([{') - (token.string in ')]}') if token.type == tokenize.OP else 0
            if token.string == ':' and not depth and line: self.heads[line], line = token.start[0], None
        self.cells = [
            (self.source[: m.start()].count('\n') + 1, m[1], m[2])
            for m in re.finditer(r'^# %% \S*nbs/(\S+) #(\w+)$', self.source, re.M)
        ]

    @property
    def names(self):
        "What `__all__` lists."
        return next(
            ast.literal_eval(n.value)
            for n in self.tree.body
            if isinstance(n, ast.Assign) and n.targets[0].id == '__all__'
        )

    def cell(self, node):  # (notebook, id)
        "The cell that a part of the module comes from."
        return [cell for line, *cell in self.cells if line < node.lineno][-1]

    def arguments(self, node, skip=0):  # (signature, field list)
        "A function's parameters; those of a command say in `help=` what others say in a comment."
        args, fields, last = copy.deepcopy(node.args), [], self.heads[node.lineno]
        every = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
        values = dict(zip(reversed(args.posonlyargs + args.args), reversed(args.defaults))) | dict(
            zip(args.kwonlyargs, args.kw_defaults)
        )
        for arg in every[skip:]:
            if arg is None: continue
            line = getattr(values.get(arg), 'end_lineno', None) or arg.end_lineno
            text = self.comments.get(line) if line != last else None
            if isinstance(arg.annotation, ast.Subscript) and ast.unparse(arg.annotation.value) == 'Annotated':
                arg.annotation, option = arg.annotation.slice.elts
                text = next((k.value.value for k in option.keywords if k.arg == 'help'), text)
            if text: fields.append(f':param {arg.arg}: {markdown(text)}')
        if skip: del (args.posonlyargs or args.args)[0]
        if text := self.comments.get(last): fields.append(f':returns: {markdown(text)}')
        return f'({ast.unparse(args)})', fields

    def function(self, node, kind='function', options=None):
        marks = {ast.unparse(d) for d in node.decorator_list}
        kind = 'property' if marks & {'property', 'cached_property', 'functools.cached_property'} else kind
        options = {mark: '' for mark in ('classmethod', 'staticmethod') if mark in marks}
        signature, fields = self.arguments(node, skip=int(kind != 'function' and 'staticmethod' not in marks))
        if kind == 'property': signature, fields = '', [f.replace(':returns: ', '') for f in fields]
        return directive(
            f'py:{kind}',
            node.name + signature,
            options,
            '\n\n'.join([markdown(ast.get_docstring(node) or ''), '\n'.join(fields)]),
        )

    def member(self, node):
        "A part of a class that readers use: a method, or an attribute with a comment."
        if isinstance(node, ast.FunctionDef):
            setter = f'{node.name}.setter' in map(ast.unparse, node.decorator_list)
            if setter: return ''  # said by its property
            special = (
                node.name.startswith('__')
                and node.name.endswith('__')
                and node.name != '__init__'
                and ast.get_docstring(node)
            )
            return self.function(node, 'method') if special or not node.name.startswith('_') else ''
        if not isinstance(node, (ast.Assign, ast.AnnAssign)): return ''
        target = getattr(node, 'target', None) or node.targets[0]
        text = self.comments.get(node.end_lineno)
        if not text or not isinstance(target, ast.Name) or target.id.startswith('_'): return ''
        return directive('py:attribute', target.id, {}, markdown(text))

    def class_(self, node):
        init = next((n for n in node.body if getattr(n, 'name', '') == '__init__'), None)
        fields = [n for n in node.body if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)]
        record = any('dataclass' in ast.unparse(n) for n in node.decorator_list) or any(
            'NamedTuple' in ast.unparse(n) for n in node.bases
        )
        signature, text = '', []
        if record:
            def shown(n):
                return ast.unparse(n.target) + (
                    f'={ast.unparse(n.value)}'
                    if n.value and not ast.unparse(n.value).startswith('field(')
                    else ''
                )
            optional = [n for n in fields if not ast.unparse(n.value or n.target).startswith('field(')]
            signature = f"({', '.join(map(shown, optional))})"
            text = [
                f':param {n.target.id}: {markdown(self.comments[n.end_lineno])}'
                for n in fields
                if n.end_lineno in self.comments
            ]
        elif init: signature, text = self.arguments(init, skip=1)
        members = [self.member(n) for n in node.body if not (record and n in fields)]
        return directive(
            'py:class',
            node.name + signature,
            {},
            '\n\n'.join([markdown(ast.get_docstring(node) or ''), '\n'.join(text), *members]),
        )

    def constant(self, node, name, value):
        text = ast.get_source_segment(self.source, value)
        whole = len(text) <= 90 and '\n' not in text
        return directive(
            'py:data',
            name,
            {'value': text if whole else ' '.join(text.split())[:80] + ' …'},
            markdown(self.comments.get(node.end_lineno, '')),
        )

    def entries(self):  # {name: (node, MyST text)}
        "Everything at the top of the module, by name."
        found = {}
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef): found[node.name] = node, self.function(node)
            if isinstance(node, ast.ClassDef): found[node.name] = node, self.class_(node)
            if not isinstance(node, ast.Assign): continue
            for target in node.targets:
                pairs = [(target, node.value)]
                if isinstance(target, ast.Tuple):
                    pairs = zip(target.elts, getattr(node.value, 'elts', [node.value] * len(target.elts)))
                for name, value in pairs:
                    if isinstance(name, ast.Name): found[name.id] = node, self.constant(node, name.id, value)
        return found


def page(module, name, sections, title, up='../'):
    """The page of the module called `name`, made in the notebook called `title`.

    `sections` says under which heading a cell stands (`{cell id: (heading, anchor)}`), `up` leads from the
    page to the notebooks."""
    notebook, entries, section = module.cells[0][1], module.entries(), None
    text = [
        f'# {name.partition(".")[2]}',
        '> ' + markdown(ast.get_docstring(module.tree) or ''),
        f'Made in the notebook [{title}]({up}{notebook}).',
        directive('py:module', name, {}, ''),
    ]
    for entry in sorted(module.names, key=lambda n: entries[n][0].lineno):
        node, body = entries[entry]
        heading, anchor = sections.get(module.cell(node)[1], (None, None))
        if heading and heading != section:
            text += [f'## {heading}', f'[In the notebook]({up}{notebook}#{anchor})']
        section = heading
        text.append(body)
    return '\n\n'.join(text)
