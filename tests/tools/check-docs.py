#!/usr/bin/python3
"""check-docs.py - holds the documents in two languages to each other, and all links to what is there.

    check-docs.py [--root FOLDER]

A translation NAME.zh-CN.md has the structure of NAME.md: the levels of its headings; and below each heading the
same links, code spans, manual pages, commands and figures, and as many list items and table rows. Findings are printed
as FILE:LINE: TEXT.
Its tests are in test_check_docs.py.
"""
import argparse
import collections
import pathlib
import re
import sys

SUFFIX = '.zh-CN.md'
SKIPPED = {'build', '.git', 'node_modules'}

LINK = re.compile(r'\]\(([^)\s]+)\)')
SPAN = re.compile(r'(`+)(.+?)\1', re.S)
MANUAL = re.compile(r'\b[a-z][a-z0-9.-]*\([1-8]\)')
FIGURE = {'row': re.compile(r'\d[\d,.]*'), 'text': re.compile(r'\d+(?:[.,]\d+)+')}  # 24 million is 2400 wan
CODE = re.compile(r' {4}|\t')
# What is told in a language: a comment in a shell, in YAML, in JavaScript.
COMMENT = re.compile(r'(^|\s+)(#|//)\s.*|<!--.*?-->')
HAN = re.compile(r'[\u3000-\u9fff\uff00-\uffef]')

Section = collections.namedtuple('Section', 'line level items')


def documents(root):
    return sorted(path for path in root.rglob('*.md')
                  if not SKIPPED & set(path.relative_to(root).parts))


def is_drawing(block):
    """A picture made of characters has words of a language in it."""
    return any(re.match(r'\s+\|', line) for line in block)


def blocks(lines):
    """(line number, kind, lines): kind is 'heading', 'code', 'row' or 'text'."""
    i = 0
    while i < len(lines):
        begin = i
        if lines[i].lstrip().startswith('```'):
            i += 1
            while i < len(lines) and not lines[i].lstrip().startswith('```'):
                i += 1
            i += 1
            yield begin + 1, 'code', lines[begin + 1:i - 1]
        elif CODE.match(lines[i]) and (i == 0 or not lines[i - 1].strip()):
            while i < len(lines) and (CODE.match(lines[i]) or not lines[i].strip()):
                i += 1
            yield begin + 1, 'code', [line[4:] for line in lines[begin:i] if line.strip()]
        elif re.match(r'#+ ', lines[i]):
            i += 1
            yield begin + 1, 'heading', lines[begin:i]
        elif lines[i].startswith('|'):
            i += 1
            yield begin + 1, 'row', lines[begin:i]
        elif lines[i].strip():
            while i < len(lines) and lines[i].strip() and not re.match(r'#+ |\||\s*```', lines[i]):
                i += 1
            yield begin + 1, 'text', lines[begin:i]
        else:
            i += 1


def span_items(text):
    """Code spans, without what is told in a language."""
    return [('code span', span[2].strip()) for span in SPAN.finditer(text) if not HAN.search(span[2])]


def items_of(kind, lines, name):
    """What a translation must have as well, as (what it is, what it says). A link to the document in the other
    language is none; other links may lead to either language."""
    text = '\n'.join(lines)
    if kind == 'code':
        if is_drawing(lines):
            return [('drawing', '')]
        bare = [COMMENT.sub('', line).rstrip() for line in lines]
        return [('line of code', line) for line in bare if line and not HAN.search(line)]
    found = [('link', plain_name(link)) for link in LINK.findall(text) if plain_name(link) != name]
    found += span_items(text)
    rest = SPAN.sub('', LINK.sub('', text))
    found += [('manual page', page) for page in MANUAL.findall(rest)]
    found += [('figure', figure) for figure in FIGURE[kind].findall(rest)]
    found += [('list item', '')] * len(re.findall(r'^\s*(?:[-*]|\d+\.) ', text, re.M))
    if kind == 'row':
        found += [('row of a table', f'{text.count("|") - 1} cells')]
    return found


def plain_name(link):
    """The name of a document without its language."""
    return link.replace(SUFFIX, '.md')


def sections(path):
    """What stands before the first heading is a section as well."""
    name = plain_name(path.name)
    found = [Section(1, 0, [])]
    for line, kind, lines in blocks(path.read_text().splitlines()):
        if kind == 'heading':
            found.append(Section(line, len(lines[0].split()[0]), items_of('text', lines, name)))
        else:
            found[-1].items.extend(items_of(kind, lines, name))
    return found


def compare(original, translation, shown):
    """Findings, as texts."""
    one, other = sections(original), sections(translation)
    levels = [section.level for section in one], [section.level for section in other]
    if levels[0] != levels[1]:
        yield f'{shown(translation)}:1: the headings have the levels {levels[1][1:]}, in {original.name} {levels[0][1:]}'
        return
    for here, there in zip(one, other):
        wanted, has = collections.Counter(here.items), collections.Counter(there.items)
        for what, text in wanted - has:
            yield f'{shown(translation)}:{there.line}: below this heading {original.name} has the {what} {text!r}'
        for what, text in has - wanted:
            yield f'{shown(translation)}:{there.line}: below this heading the {what} {text!r} is not in {original.name}'


def dead_links(path, shown):
    for number, kind, lines in blocks(path.read_text().splitlines()):
        if kind == 'code':
            continue
        for link in LINK.findall(SPAN.sub('', '\n'.join(lines))):
            target = link.split('#')[0]
            if target and not re.match(r'[a-z]+:', target) and not (path.parent / target).exists():
                yield f'{shown(path)}:{number}: the link {link} leads nowhere'


def check(root):
    def shown(path):
        return path.relative_to(root).as_posix()

    for path in documents(root):
        yield from dead_links(path, shown)
        if path.name.endswith(SUFFIX):
            original = path.with_name(plain_name(path.name))
            if original.exists():
                yield from compare(original, path, shown)
            else:
                yield f'{shown(path)}:1: a translation of nothing: there is no {original.name}'


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument('--root', type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    root = parser.parse_args(arguments).root
    if not (root / 'README.md').exists():
        print(f'{root}: no README.md here')
        return 1
    found = list(check(root))
    for finding in found:
        print(finding)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
