#!/usr/bin/python3
"""test_check_layers.py - does check-layers.py find what it is to find? Tiny made-up trees, in a temporary folder."""
import contextlib
import importlib.util
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location('check_layers', HERE / 'check-layers.py')
check_layers = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_layers)


def include(*names):
    return ''.join(f'#include "{name}"\n' for name in names)


class Tree(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def found(self, rule, files):
        """The findings of this rule in a tree of these files, as text."""
        self.write(files)
        return [f'{f.where}: {f.text}' for f in check_layers.check(self.root, 'build') if f.rule == rule]

    def compile(self, files):
        self.write(files)
        for name in (name for name in files if name.endswith('.c')):
            out = self.root / 'build/obj' / (name[:-2] + '.o')
            out.parent.mkdir(parents=True, exist_ok=True)
            subprocess.run(['cc', '-c', '-w', '-I', self.root, '-o', out, self.root / name], check=True)

    def main(self, *arguments):
        """(exit status, output)."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            status = check_layers.main([*arguments, '--root', str(self.root)])
        return status, out.getvalue()


class Order(Tree):
    def test_what_stands_below_may_be_used(self):
        self.assertEqual(self.found('order', {
            'push-daemon/main.c': include('push-daemon/daemon.h', 'push-daemon/core/loop.h'),
            'push-daemon/daemon.h': '',
            'push-daemon/chat/chat.c': include('push-daemon/chat/chat.h', 'push-daemon/net/ws.h', 'lib/log.h'),
            'push-daemon/chat/chat.h': '',
            'push-daemon/net/ws.h': include('stdint.h', 'lib/config/config.h'),
            'push-daemon/core/loop.h': '',
            'lib/redis/resp.c': include('lib/config/config.h', 'lib/log.h'),
            'lib/config/config.h': include('lib/log.h'),
            'lib/log.h': '',
            'fcgi-api/main.c': include('fcgi-api/handle.h'),
            'fcgi-api/handle.h': include('fcgi-api/router.h', 'fcgi-api/endpoints/table.h'),
            'fcgi-api/router.h': '',
            'fcgi-api/endpoints/table.h': include('fcgi-api/exchange.h', 'fcgi-api/http/form.h'),
            'fcgi-api/exchange.h': include('fcgi-api/store/store.h'),
            'fcgi-api/store/store.h': '',
            'fcgi-api/http/form.h': '',
        }), [])

    def test_what_stands_above_is_found(self):
        self.assertEqual(self.found('order', {
            'push-daemon/redis/failover.c': '\n' + include('push-daemon/chat/append.h'),
            'push-daemon/net/ws.h': include('push-daemon/workers.h'),
            'lib/mem.c': include('lib/config/config.h'),
            'lib/config/settings.c': include('lib/redis/sentinel.h'),
            'fcgi-api/http/params.c': include('fcgi-api/exchange.h'),
            'fcgi-api/router.c': include('fcgi-api/main.h'),
        }), [
            'fcgi-api/http/params.c:1: #include "fcgi-api/exchange.h": exchange stands above http',
            'fcgi-api/router.c:1: #include "fcgi-api/main.h": main stands above router',
            'lib/config/settings.c:1: #include "lib/redis/sentinel.h": redis stands above config',
            'lib/mem.c:1: #include "lib/config/config.h": config stands above mem',
            'push-daemon/net/ws.h:1: #include "push-daemon/workers.h": workers stands above net',
            'push-daemon/redis/failover.c:2: #include "push-daemon/chat/append.h": chat stands above redis',
        ])

    def test_what_stands_beside_is_found(self):
        self.assertEqual(self.found('order', {
            'push-daemon/redis/conn.c': include('push-daemon/net/listen.h'),
            'push-daemon/ops/drain.c': include('push-daemon/chat/chat.h'),
            'push-daemon/hub/hub.c': include('push-daemon/grouplist/poller.h'),
            'lib/process/reload.c': include('lib/redis/resp.h'),
        }), [
            'lib/process/reload.c:1: #include "lib/redis/resp.h": redis stands beside process',
            'push-daemon/hub/hub.c:1: #include "push-daemon/grouplist/poller.h": grouplist stands beside hub',
            'push-daemon/ops/drain.c:1: #include "push-daemon/chat/chat.h": chat stands beside ops',
            'push-daemon/redis/conn.c:1: #include "push-daemon/net/listen.h": net stands beside redis',
        ])

    def test_each_folder_has_a_row(self):
        self.assertEqual(self.found('order', {
            'push-daemon/misc/a.c': '',
            'push-daemon/misc/b.c': '',
            'fcgi-api/stray.h': '',
            'push-daemon/core/loop.c': include('push-daemon/misc/a.h'),
        }), [
            'fcgi-api/stray.h: stray stands in no row of ORDER',
            'push-daemon/misc/a.c: misc stands in no row of ORDER',
            'push-daemon/core/loop.c:1: #include "push-daemon/misc/a.h": misc stands in no row of ORDER',
        ])


class Sides(Tree):
    def test_programs_and_lib(self):
        self.assertEqual(self.found('sides', {
            'lib/log.c': include('push-daemon/core/loop.h', 'fcgi-api/handle.h', 'lib/mem.h'),
            'fcgi-api/handle.c': include('push-daemon/core/loop.h', '../lib/log.h'),
            'push-daemon/main.c': '#  include <fcgi-api/handle.h>\n',
        }), [
            'fcgi-api/handle.c:1: #include "push-daemon/core/loop.h": the programs never name each other',
            'fcgi-api/handle.c:2: #include "../lib/log.h": name files from the root',
            'lib/log.c:1: #include "push-daemon/core/loop.h": lib knows neither program',
            'lib/log.c:2: #include "fcgi-api/handle.h": lib knows neither program',
            'push-daemon/main.c:1: #  include <fcgi-api/handle.h>: the programs never name each other',
        ])

    def test_fastim_cgi_stays_small_and_apart(self):
        files = {
            'fcgi-api/cgi/main.c': include('fcgi-api/cgi/records.h', 'fcgi-api/http/body.h', 'fcgi-api/http/request.h',
                                           'lib/log.h', 'lib/mem.h', 'lib/str.h', 'lib/text.h',
                                           'lib/redis/resp.h', 'fcgi-api/http/form.h', 'lib/mem_pool.h'),
            'fcgi-api/handle.c': include('fcgi-api/cgi/records.h'),
        }
        self.assertEqual(self.found('sides', files), [
            'fcgi-api/cgi/main.c:8: #include "lib/redis/resp.h": fastim-cgi is to stay small',
            'fcgi-api/cgi/main.c:9: #include "fcgi-api/http/form.h": fastim-cgi is to stay small',
            'fcgi-api/cgi/main.c:10: #include "lib/mem_pool.h": fastim-cgi is to stay small',
        ])
        self.assertEqual(self.found('order', files), [
            'fcgi-api/handle.c:1: #include "fcgi-api/cgi/records.h": fcgi-api/cgi/ is for fastim-cgi alone',
        ])

    def test_each_library_is_met_in_one_place(self):
        self.assertEqual(self.found('library', {
            'push-daemon/net/handshake.c': '#include <sha1.h>\n',
            'push-daemon/core/loop.c': '#include <uv.h>\n#include "lib/log.h"\n',
            'push-daemon/core/metrics.c': '#include <uv.h>\n',
            'fcgi-api/http/a.c': '#include <uriparser/Uri.h>\n',
            'fcgi-api/http/b.c': '#include <uriparser/Uri.h>\n',
        }), [
            'push-daemon/core/metrics.c:1: #include <uv.h>: only for push-daemon/core/loop.c',
            'fcgi-api/http/b.c: uriparser is met in several files: fcgi-api/http/a.c fcgi-api/http/b.c',
        ])


class Circles(Tree):
    def test_a_circle_of_includes_is_a_path(self):
        self.assertEqual(self.found('include circle', {
            'lib/a.c': include('lib/a.h', 'lib/b.h'),
            'lib/a.h': '',
            'lib/b.h': include('lib/c.h'),
            'lib/c.c': include('lib/a.h', 'lib/d.h'),  # c.h, and so b, knows nothing of it
            'lib/c.h': '',
            'lib/d.h': '',
        }), ['lib/a: lib/a → lib/b → lib/c → lib/a'])

    def test_what_hangs_on_a_circle_is_counted(self):
        self.assertEqual(self.found('include circle', {
            'lib/a.h': include('lib/b.h'),
            'lib/b.h': include('lib/a.h', 'lib/c.h'),
            'lib/c.h': include('lib/d.h'),
            'lib/d.h': include('lib/a.h'),
        }), ['lib/a: lib/a → lib/b → lib/a (and 2 more in circles with them: lib/c lib/d)'])

    def test_two_circles_are_two_findings(self):
        self.assertEqual(len(self.found('include circle', {
            'lib/a.h': include('lib/b.h'), 'lib/b.h': include('lib/a.h', 'lib/c.h'),
            'lib/c.h': include('lib/d.h'), 'lib/d.h': include('lib/c.h'),
        })), 2)

    def test_none(self):
        self.assertEqual(self.found('include circle', {
            'lib/a.h': include('lib/b.h', 'lib/c.h'), 'lib/b.h': include('lib/c.h'), 'lib/c.h': '',
        }), [])

    def test_a_circle_of_calls_names_the_symbols(self):
        self.compile({
            'lib/a.c': 'extern int b_two; int a_one(void) { return b_one() + b_two; }',
            'lib/b.c': 'int b_two = 1; int b_one(void) { return a_one(); }',
            'lib/c.c': 'int c_one(void) { return a_one(); }',
            'push-daemon/core/x.c': 'int z(void) { return a_one(); }',
            'push-daemon/core/y.c': 'int y(void) { return z(); }',
            'push-daemon/core/z.c': 'static int z(void) { return 1; } int use(void) { return y() + z(); }',
        })
        self.assertEqual(self.found('call circle', {}), [
            'lib/a: lib/a → lib/b → lib/a\n    lib/a → lib/b: b_one b_two\n    lib/b → lib/a: a_one'])

    def test_each_program_has_its_own_symbols(self):
        graph, _ = check_layers.call_graph({
            'push-daemon/core/a': ({'reload'}, {'both'}),
            'push-daemon/core/b': ({'both'}, {'log_line'}),
            'fcgi-api/http/a': ({'both'}, {'reload'}),
            'lib/log': ({'log_line'}, {'reload', 'printf'}),
        })
        self.assertEqual(graph, {'push-daemon/core/a': {'push-daemon/core/b'}, 'push-daemon/core/b': {'lib/log'},
                                 'fcgi-api/http/a': set(), 'lib/log': set()})

    def test_objects_that_are_missing_or_of_no_source(self):
        self.compile({'lib/a.c': 'int a(void) { return b(); }', 'lib/old.c': 'int b(void) { return a(); }'})
        (self.root / 'lib/old.c').rename(self.root / 'lib/new.c')
        self.assertEqual(self.found('call circle', {}), [])
        self.assertEqual(self.found('objects', {}), ['lib/new.c: not in build/obj: is everything built?'])


class Sizes(Tree):
    def test_lines(self):
        self.assertEqual(self.found('lines', {
            'lib/a.c': '\n' * 350, 'lib/b.c': '\n' * 351, 'lib/a.h': '\n' * 400, 'lib/b.h': '\n' * 401,
            'push-daemon/daemon.c': '\n' * 261, 'push-daemon/workers.c': '\n' * 251,
        }), [
            'lib/b.c:351: more than 350 lines: is it one idea?',
            'lib/b.h:401: more than 400 lines: is it one idea?',
            'push-daemon/daemon.c:261: more than 260 lines: is it one idea?',
        ])

    def test_files_of_a_folder(self):
        many = {f'lib/redis/{i}.c': '' for i in range(15)}
        few = {f'lib/config/{i}.c': '' for i in range(14)}
        headers = {f'lib/config/{i}.h': '' for i in range(14)}
        self.assertEqual(self.found('files', many | few | headers),
                         ['lib/redis: 15 .c files, more than 14: are they one idea?'])

    def test_columns_are_characters(self):
        self.assertEqual(self.found('columns', {
            'lib/a.c': '→' * 100 + '\n', 'lib/b.h': '\n' + 'x' * 101, 'tests/unit/c.c': 'x' * 102, 'tests/d.py': 'x' * 200,
        }), ['lib/b.h:2: 101 columns, more than 100', 'tests/unit/c.c:1: 102 columns, more than 100'])


class Main(Tree):
    def test_each_finding_is_printed(self):
        self.compile({'lib/a.c': include('lib/redis/b.h') + '// ' + 'x' * 100, 'lib/redis/b.h': ''})
        status, out = self.main()
        self.assertEqual((status, len(out.splitlines())), (1, 2))

    def test_a_clean_tree_passes_in_silence(self):
        self.compile({'lib/a.c': 'int a;\n'})
        self.assertEqual(self.main(), (0, ''))
        self.assertEqual(self.main('--build', 'elsewhere')[0], 1)

    def test_what_holds_already_fails_at_once(self):
        self.compile({'lib/a.c': ''})
        self.write({'lib/b.h': include('push-daemon/daemon.h')})
        self.assertEqual(self.main(), (1, 'lib/b.h:1: #include "push-daemon/daemon.h": lib knows neither program\n'))


if __name__ == '__main__':
    out = io.StringIO()  # silent if all is well, as make wants it
    program = unittest.main(verbosity=0, exit=False, testRunner=unittest.TextTestRunner(stream=out, verbosity=0))
    if not program.result.wasSuccessful():
        sys.exit(out.getvalue())
