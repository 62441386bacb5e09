"""The documentation site. tests/tools/docs.py prepares the sources and calls Sphinx; titles and addresses
come from settings.ini."""
import re
from configparser import ConfigParser
from functools import cache
from inspect import signature
from pathlib import Path

from bs4 import BeautifulSoup
from docutils.nodes import SkipNode, Text
from latex2mathml.converter import convert
from sphinx.environment.adapters.toctree import global_toctree_for_doc
from sphinx.util.logging import getLogger

config = ConfigParser(delimiters=['='])
config.read(Path(__file__).resolve().parents[2]/'settings.ini', encoding='utf-8')
cfg, logger = config['DEFAULT'], getLogger(__name__)

project = cfg['title']
version = release = cfg['version']
author = cfg['author']
copyright = cfg['copyright']
language, smartquotes = 'en', False
extensions = ['myst_nb']
# Annotations name types of other packages, which have no page here.
nitpick_ignore_regex = [('py:class', '.*')]

nb_execution_mode = 'off'
nb_ipywidgets_js = {}  # live widgets would load scripts from another host; the notebooks hold stills of them
myst_enable_extensions = ['dollarmath', 'fieldlist', 'html_image', 'tasklist']
myst_heading_anchors = 6
add_module_names = False
toc_object_entries_show_parents = 'hide'
maximum_signature_line_length = 90

html_theme = 'furo'
html_title = f'{project} {version}'
html_baseurl = cfg['doc_host'] + cfg['doc_baseurl'] + '/'
html_static_path, html_css_files = ['site.css'], ['site.css']
html_copy_source = html_show_sourcelink = False
html_math_renderer = 'mathml'
html_theme_options = dict(
    light_css_variables={'color-brand-primary': '#005d92', 'color-brand-content': '#005d92'},
    dark_css_variables={'color-brand-primary': '#56b4e9', 'color-brand-content': '#56b4e9'})


def setup(app):
    """Formulas are written as MathML, which browsers render by themselves: MathJax would be a script from
    another host, or two megabytes of it in the repository, and pictures of formulas need LaTeX and cannot
    be read aloud."""
    def formula(display):
        def visit(writer, node):
            written = convert(node.astext().replace('{aligned}', '{split}'), display=display)
            if re.search(r'\\[a-zA-Z]|>&<', written):
                logger.warning('latex2mathml does not know all of %s', node.astext(), location=node)
            writer.body.append(written)
            raise SkipNode
        return visit, None
    app.add_html_math_renderer('mathml', formula('inline'), formula('block'))
    app.connect('doctree-read', colons)
    app.connect('html-page-context', navigation, priority=100)  # before the theme makes its tree of it
    app.connect('html-page-context', levels, priority=900)  # and after


@cache
def everything(builder):  # HTML, {address of a page: numbers of the entries that lead to it}
    "The tree of all pages, as seen from the first one, with a number in each entry."
    asked = dict(collapse=False, titles_only=True, maxdepth=-1, includehidden=True)
    if 'tags' in signature(global_toctree_for_doc).parameters: asked['tags'] = builder.tags  # newer ones ask
    tree = global_toctree_for_doc(builder.env, builder.config.root_doc, builder, **asked)
    soup = BeautifulSoup(builder.render_partial(tree)['fragment'], 'html.parser')
    way = {}
    for number, entry in enumerate(soup('li')): entry['class'].append(f'entry-{number}')
    for link in soup('a'):
        way[link['href']] = {entry['class'][-1].partition('-')[2] for entry in link.find_parents('li')}
    return str(soup), way


def navigation(app, page, template, context, doctree):
    "Sphinx makes the tree of all pages anew for each page, most of a build; here it is made once."
    if 'toctree' not in context: return
    tree, way = everything(app.builder)
    own = app.builder.get_target_uri(page)
    up = '../' * page.count('/')
    def entry(found): return ' current' if found[1] in way.get(own, ()) else ''
    def link(found):
        if found[1] == own: return '<a class="current reference internal" href="#"'
        return found[0] if ':' in found[1] else f'<a class="reference internal" href="{up}{found[1]}"'
    tree = re.sub(r' entry-(\d+)', entry, tree)
    made = re.sub(r'<a class="reference internal" href="([^"]*)"', link, tree)
    context['toctree'] = lambda **asked: made


def levels(app, page, template, context, doctree):
    "Sphinx calls the captions of the navigation headings, and does not say of which level."
    for name in 'furo_navigation_tree', 'body':
        if name in context:
            context[name] = context[name].replace('role="heading"', 'role="heading" aria-level="2"')


def colons(app, doctree):
    "Sphinx puts two hyphens after a parameter's name."
    for text in list(doctree.findall(lambda node: isinstance(node, Text) and node == ' -- ')):
        text.parent.replace(text, Text(': '))
