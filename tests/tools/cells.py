"What the tools read in a notebook: directives, links in the prose, and words for a picture."
import re


def directives(source):  # dict
    """The `#|` lines of a cell: `#| hide` gives {'hide': ''}, `#| fig-alt: A skeleton` gives {'fig-alt': 'A
    skeleton'}."""
    return {
        name: value.strip(' "\'')
        for name, value in re.findall(r'^[ \t]*#\|[ \t]*([\w-]+):?[ \t]*(.*)$', source, re.M)
    }


def without_directives(source): return re.sub(r'^[ \t]*#\|.*\n?', '', source, flags=re.M).strip()


def links(markdown, change):
    "The text with `change(address)` for the address of every link and picture; code stays as it is."
    parts = re.split(r'(^```.*?^```|`[^`\n]+`)', markdown, flags=re.S | re.M)
    parts[::2] = [
        re.sub(r'(\]\(|(?:src|href)=")([^)"\s]+)(?=[)"\s])', lambda m: m[1] + change(m[2]), part)
        for part in parts[::2]
    ]
    return ''.join(parts)


def local(address): return not re.match(r'[a-z]+:|//', address)


def slug(heading):
    """A heading, or an anchor as JupyterLab writes it, as the site's anchor: `What to keep` and
    `What-to-keep` give what-to-keep."""
    return re.sub(r'[^\w\- ]', '', heading.strip().lower()).replace(' ', '-')


def headings(markdown):  # list of (level, text)
    prose = re.sub(r'^```.*?^```', '', markdown, flags=re.S | re.M)
    return [(len(marks), text.strip()) for marks, text in re.findall(r'^(#{1,6}) +(.+)$', prose, re.M)]


def plain(markdown):
    """Prose alone, without markup: no headings, tables, quotations, formulas on lines of their own or code
    blocks."""
    text = re.sub(r'^```.*?^```|\$\$.*?\$\$|<!--.*?-->|^[#>|].*?$', '', markdown, flags=re.S | re.M)
    text = re.sub(r'!?\[([^\]]*)\]\([^)]*\)', r'\1', text)
    return ' '.join(re.sub(r'[*`$\\]', '', text).split())


def alt_texts(cells):  # list of str, one for each cell
    """Words for the pictures of each cell: its `#| fig-alt:`, else the section it stands in and how the
    prose above it begins (or below it)."""
    found, section, above, waiting = [], '', '', []
    for i, cell in enumerate(cells):
        source = ''.join(cell['source'])
        found.append(directives(source).get('fig-alt') or ': '.join(filter(None, (plain(section), above))))
        if cell['cell_type'] != 'markdown':
            waiting += [] if above or directives(source).get('fig-alt') else [i]
            continue
        titles, prose = headings(source), re.split(r'(?<=[.!?:]) ', plain(source))[0].rstrip(':')
        if prose and not titles:
            for j in waiting: found[j] = ': '.join(filter(None, (found[j], prose)))
        section, above, waiting = titles[-1][1] if titles else section, prose, []
    return found
