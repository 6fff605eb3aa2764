#!/usr/bin/python3
"""check-layers.py - holds the sources to their layers: who may use whom, no circles, nothing too big.

    check-layers.py [--build FOLDER] [--root FOLDER]

It reads the #includes, and with nm the object files in FOLDER/obj. Findings are printed as FILE:LINE: TEXT.
Its tests are in test_check_layers.py.
"""
import argparse
import collections
import pathlib
import re
import subprocess
import sys

# ---- the rules, as data ----

PROGRAMS = ('fcgi-api', 'push-daemon')
SIDES = ('lib',) + PROGRAMS

# From top to bottom. A name is a folder, or a file that lies beside the folders, without its ending. A file may use
# its own folder and all rows below it. What stands in one row does not use each other, unless a + joins it.
ORDER = {
    'push-daemon': ('main+workers+daemon+parts', 'chat ops', 'review', 'append', 'grouplist hub presence words',
                    'v2 sync resume', 'room', 'client', 'nodes', 'redis net frames', 'core'),
    'fcgi-api': ('main ctl', 'handle+router+table', 'admin www', 'endpoints', 'exchange', 'words review transfer',
                 'login store spawn', 'http'),
    'lib': ('redis process', 'cluster encoding', 'config scripts', 'jwt filter review', '.'),  # . is every file of lib itself
}
# Stands apart: fastim-cgi is linked of little more than itself. All that its files may include:
CGI = 'fcgi-api/cgi/'
CGI_USES = re.compile(r'fcgi-api/(cgi/|http/body|http/request)|lib/(log|mem|str|text)\.h')

# Libraries that are used in one place: what is included, and by which files alone. None: by any one file.
ONLY = (
    (r'(fastcgi/)?fcgi(app|os|_)', ('fcgi-api/http/fcgi.c',)),
    (r'sha1\.h|md5\.h', ('push-daemon/net/handshake.c',)),
    (r'uv\.h|uv/|ev\.h', ('push-daemon/core/loop.c',)),
    (r'hiredis', ('lib/redis/resp.c',)),
    (r'yaml|cyaml', ('lib/config/config.c', 'lib/config/config_file.c')),
    (r'json-c/', ('lib/message.c', 'lib/json.c')),
    (r'openssl/', ('lib/jwt/jwt_key.c',)),
    (r'curl/', ('lib/review/request.c', 'push-daemon/review/requests.c')),
    (r'utf8proc', ('lib/filter/fold.c',)),
    (r'uthash', ('lib/hash.h',)),
    (r'apr', ('fcgi-api/login/htpasswd.c',)),
    (r'dlfcn', ('fcgi-api/login/module.c',)),
    (r'uriparser', None),
)

MAX_LINES = {'.c': 350, '.h': 400}
MAX_LINES_OF = {'push-daemon/daemon.c': 250}
MAX_FILES = 14  # .c files in a folder
MAX_COLUMNS = 100
WIDE_SIDES = SIDES + ('tests',)

Finding = collections.namedtuple('Finding', 'rule where text')
Include = collections.namedtuple('Include', 'file line name text')

INCLUDE = re.compile(r'\s*#\s*include\s*[<"]([^>"]*)[>"]')


# ---- reading ----

def sources(root, sides=SIDES):
    """Names of the C files below these folders, from the root."""
    return sorted(path.relative_to(root).as_posix() for side in sides
                  for path in (root / side).rglob('*.[ch]') if path.is_file())


def read_includes(root, files):
    found = []
    for file in files:
        for number, line in enumerate((root / file).read_text(errors='replace').splitlines(), 1):
            match = INCLUDE.match(line)
            if match:
                found.append(Include(file, number, match[1], line.strip()))
    return found


def module_of(file):
    """x.c and x.h are one module, x."""
    return file.rsplit('.', 1)[0]


def side_of(file):
    return file.split('/', 1)[0]


# ---- who may include what ----

def place_in_order(file):
    """(row, word within the row, folder) of a file; row None: it stands in no row."""
    side, rest = file.split('/', 1)
    name = rest.split('/', 1)[0] if '/' in rest else module_of(rest)
    for row, words in enumerate(ORDER[side]):
        for word in words.split():
            if name in word.split('+') or (word == '.' and '/' not in rest):
                return row, word, name
    return None, None, name


def check_order(includes):
    for i in includes:
        side = side_of(i.file)
        if side_of(i.name) != side or '/' not in i.name or i.file.startswith(CGI):
            continue
        if i.name.startswith(CGI):
            yield Finding('order', f'{i.file}:{i.line}', f'{i.text}: {CGI} is for fastim-cgi alone')
            continue
        row, word, folder = place_in_order(i.file)
        other_row, other_word, other_folder = place_in_order(i.name)
        if other_row is None:
            yield Finding('order', f'{i.file}:{i.line}', f'{i.text}: {other_folder} stands in no row of ORDER')
        elif row is not None and (other_row < row or (other_row == row and other_word != word)):
            relation = 'stands above' if other_row < row else 'stands beside'
            yield Finding('order', f'{i.file}:{i.line}', f'{i.text}: {other_folder} {relation} {folder}')


def check_rows(files):
    """Each folder and file has a row."""
    told = set()
    for file in files:
        row, _, name = place_in_order(file)
        if row is None and not file.startswith(CGI) and (side_of(file), name) not in told:
            told.add((side_of(file), name))
            yield Finding('order', file, f'{name} stands in no row of ORDER')


def check_sides(includes):
    for i in includes:
        where, other = f'{i.file}:{i.line}', side_of(i.name)
        if side_of(i.file) == 'lib' and other in PROGRAMS:
            yield Finding('sides', where, f'{i.text}: lib knows neither program')
        elif other in PROGRAMS and other != side_of(i.file):
            yield Finding('sides', where, f'{i.text}: the programs never name each other')
        if '../' in i.name:
            yield Finding('sides', where, f'{i.text}: name files from the root')
        if i.file.startswith(CGI) and other in SIDES and not CGI_USES.match(i.name):
            yield Finding('sides', where, f'{i.text}: fastim-cgi is to stay small')


def check_libraries(includes):
    for pattern, files in ONLY:
        users = [i for i in includes if re.match(pattern, i.name)]
        if files is None:
            names = sorted({i.file for i in users})
            if len(names) > 1:
                yield Finding('library', names[1], f'{pattern} is met in several files: {" ".join(names)}')
        else:
            for i in users:
                if i.file not in files:
                    yield Finding('library', f'{i.file}:{i.line}', f'{i.text}: only for {" ".join(files)}')


# ---- circles ----

def components(graph):
    """Strongly connected components of more than one node (Tarjan, without recursion)."""
    index, low, on_stack, stack, found = {}, {}, set(), [], []
    for start in sorted(graph):
        if start in index:
            continue
        work = [(start, iter(sorted(graph[start])))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(sorted(graph.get(target, ())))))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    members = set()
                    while node not in members:
                        members.add(stack.pop())
                    on_stack -= members
                    if len(members) > 1:
                        found.append(members)
    return found


def shortest_circle(graph, members):
    """A shortest path within members that ends where it begins."""
    best = None
    for start in sorted(members):
        paths, seen = collections.deque([[start]]), {start}
        while paths and (best is None or len(paths[0]) + 1 < len(best)):
            path = paths.popleft()
            for target in sorted(graph.get(path[-1], ())):
                if target == start:
                    best = path + [start]
                elif target in members and target not in seen:
                    seen.add(target)
                    paths.append(path + [target])
    return best


def check_circles(rule, graph, explain=None):
    for members in components(graph):
        circle = shortest_circle(graph, members)
        text = ' → '.join(circle)
        if len(members) > len(circle) - 1:
            text += f' (and {len(members) - len(circle) + 1} more in circles with them: ' + \
                    ' '.join(sorted(members - set(circle))) + ')'
        for a, b in zip(circle, circle[1:]) if explain else ():
            text += f'\n    {a} → {b}: {explain(a, b)}'
        yield Finding(rule, circle[0], text)


def include_graph(files, includes):
    modules = {module_of(file) for file in files}
    graph = {module: set() for module in modules}
    for i in includes:
        target = module_of(i.name) if '.' in i.name else i.name
        if target in modules and target != module_of(i.file):
            graph[module_of(i.file)].add(target)
    return graph


# ---- calls ----

def object_files(root, build, files):
    """Of the sources that there are: an object of a file that was moved may still lie about."""
    folder = root / build / 'obj'
    for file in files:
        path = folder / (module_of(file) + '.o')
        if file.endswith('.c') and path.is_file():
            yield file, path
    for path in sorted((folder / 'gen').glob('*.o')):
        yield f'lib/{path.stem}.c' if 'scripts' in path.stem else f'fcgi-api/{path.stem}.c', path


def parse_nm(output):
    """What `nm -A -P` says: {object: ({defined}, {undefined})}, external symbols only."""
    symbols = collections.defaultdict(lambda: (set(), set()))
    for line in output.splitlines():
        name, _, rest = line.partition(': ')
        parts = rest.split()
        if len(parts) >= 2 and parts[1] in 'ABCDGRSTVWU':
            symbols[name][parts[1] == 'U'].add(parts[0])
    return symbols


def read_symbols(root, build, files):
    """{module: ({defined}, {undefined})}."""
    objects = {str(path): module_of(file) for file, path in object_files(root, build, files)}
    if not objects:
        return {}
    done = subprocess.run(['nm', '-A', '-P', *objects], stdout=subprocess.PIPE, text=True, check=True)
    return {objects[name]: both for name, both in parse_nm(done.stdout).items()}


def call_graph(symbols):
    """The graph, and {(a, b): symbols of b that a needs}. A program sees itself and lib."""
    owners = collections.defaultdict(dict)
    for module, (defined, _) in symbols.items():
        for name in defined:
            owners[name][side_of(module)] = module
    graph, why = {module: set() for module in symbols}, collections.defaultdict(set)
    for module, (_, undefined) in symbols.items():
        for name in undefined:
            by_side = owners.get(name, {})
            target = by_side.get(side_of(module)) or by_side.get('lib')
            if target is not None and target != module:
                graph[module].add(target)
                why[module, target].add(name)
    return graph, why


def check_calls(symbols):
    graph, why = call_graph(symbols)
    return check_circles('call circle', graph, lambda a, b: ' '.join(sorted(why[a, b])))


def check_objects(root, build, files):
    """Without its object a file would go unchecked."""
    there = {file for file, _ in object_files(root, build, files)}
    for file in files:
        if file.endswith('.c') and file not in there and not file.startswith(CGI):
            yield Finding('objects', file, f'not in {build}/obj: is everything built?')


# ---- sizes ----

def check_sizes(root, files):
    folders = collections.Counter(file.rsplit('/', 1)[0] for file in files if file.endswith('.c'))
    for folder, count in sorted(folders.items()):
        if count > MAX_FILES:
            yield Finding('files', folder, f'{count} .c files, more than {MAX_FILES}: are they one idea?')
    for file in files:
        most = MAX_LINES_OF.get(file, MAX_LINES[file[-2:]])
        lines = (root / file).read_bytes().count(b'\n')
        if lines > most:
            yield Finding('lines', f'{file}:{lines}', f'more than {most} lines: is it one idea?')


def check_columns(root, files):
    for file in files:
        for number, line in enumerate((root / file).read_text(errors='replace').splitlines(), 1):
            if len(line) > MAX_COLUMNS:
                yield Finding('columns', f'{file}:{number}', f'{len(line)} columns, more than {MAX_COLUMNS}')


# ---- all of it ----

def check(root, build):
    files = sources(root)
    includes = read_includes(root, files)
    yield from check_sides(includes)
    yield from check_libraries(includes)
    yield from check_objects(root, build, files)
    yield from check_rows(files)
    yield from check_order(includes)
    yield from check_circles('include circle', include_graph(files, includes))
    yield from check_calls(read_symbols(root, build, files))
    yield from check_sizes(root, files)
    yield from check_columns(root, sources(root, WIDE_SIDES))


def main(arguments):
    parser = argparse.ArgumentParser()
    parser.add_argument('--build', default='build')
    parser.add_argument('--root', type=pathlib.Path, default=pathlib.Path(__file__).resolve().parents[2])
    options = parser.parse_args(arguments)

    findings = list(check(options.root, options.build))
    for finding in findings:
        print(f'{finding.where}: {finding.text}')
    return 1 if findings else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
