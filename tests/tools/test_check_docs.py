#!/usr/bin/python3
"""test_check_docs.py - does check-docs.py find what it is to find? Tiny documents, in a temporary folder."""
import contextlib
import importlib.util
import io
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location('check_docs', HERE / 'check-docs.py')
check_docs = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_docs)

ENGLISH = """# chat

It is a chat. [Chinese](README.zh-CN.md)

## Use it

- Run `make run`, see chat(7), or read [more](more.md). It takes 0.85 KB.

    make run      # starts it

```js
send("hello"); // to all
```

| server | requests/s |
|---|---|
| nginx | 15,405 |

    browsers
      |
    server
"""
CHINESE = """# chat

聊天。[English](README.md)

## 使用

- 运行 `make run`，见 chat(7)，或[更多](more.md)。占用 0.85 KB。

    make run      # 启动

```js
send("hello"); // 发给所有人
```

| 服务器 | 请求数/秒 |
|---|---|
| nginx | 15,405 |

    浏览器
      |
    服务器
"""


class Documents(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / 'more.md').write_text('# more\n')

    def main(self, english=ENGLISH, chinese=CHINESE):
        """(exit status, output)."""
        (self.root / 'README.md').write_text(english)
        if chinese is not None:
            (self.root / 'README.zh-CN.md').write_text(chinese)
        with contextlib.redirect_stdout(io.StringIO()) as out:
            status = check_docs.main(['--root', str(self.root)])
        return status, out.getvalue()

    def test_what_is_in_step_passes_in_silence(self):
        self.assertEqual(self.main(), (0, ''))

    def test_each_difference_is_found(self):
        for old, new, told in (
                ('## 使用', '### 使用', 'the headings have the levels [1, 3]'),
                ('## 使用\n', '', 'the headings have the levels [1]'),
                ('make run      #', 'make ruin      #', "the line of code 'make ruin' is not in README.md"),
                ('send("hello")', 'send("hell")', "README.md has the line of code 'send(\"hello\");'"),
                ('`make run`', '`make test`', "README.md has the code span 'make run'"),
                ('chat(7)', 'chat(8)', "README.md has the manual page 'chat(7)'"),
                ('[更多](more.md)', '更多', "README.md has the link 'more.md'"),
                ('| nginx | 15,405 |', '| nginx | 15,404 |', "README.md has the figure '15,405'"),
                ('0.85', '0.58', "the figure '0.58' is not in README.md"),
                ('| nginx | 15,405 |\n', '', 'README.md has the row of a table'),
                ('- 运行', '运行', 'README.md has the list item'),
                ('      |\n', '\n', 'README.md has the drawing')):
            with self.subTest(old=old):
                status, out = self.main(chinese=CHINESE.replace(old, new, 1))
                self.assertEqual(status, 1)
                self.assertIn(told, out)
                self.assertTrue(all(line.startswith('README.zh-CN.md:') for line in out.splitlines()), out)

    def test_the_line_of_the_section_is_told(self):
        out = self.main(chinese=CHINESE.replace('`make run`', ''))[1]
        self.assertEqual(out, "README.zh-CN.md:5: below this heading README.md has the code span 'make run'\n")

    def test_a_link_that_leads_nowhere(self):
        (self.root / 'more.md').write_text('see [it](no/such.md#part), `[code](x)`, [this](more.md#a), <https://a.b>\n')
        self.assertEqual(self.main(), (1, 'more.md:1: the link no/such.md#part leads nowhere\n'))

    def test_a_translation_may_lead_to_a_translation(self):
        (self.root / 'more.zh-CN.md').write_text('# 更多\n')
        self.assertEqual(self.main(chinese=CHINESE.replace('more.md', 'more.zh-CN.md')), (0, ''))

    def test_a_translation_of_nothing(self):
        (self.root / 'other.zh-CN.md').write_text('# 其他\n')
        self.assertEqual(self.main(), (1, 'other.zh-CN.md:1: a translation of nothing: there is no other.md\n'))

    def test_a_folder_without_documents_is_no_success(self):
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertEqual(check_docs.main(['--root', str(self.root / 'elsewhere')]), 1)
        self.assertIn('no README.md', out.getvalue())


if __name__ == '__main__':
    out = io.StringIO()  # silent if all is well, as make wants it
    program = unittest.main(verbosity=0, exit=False, testRunner=unittest.TextTestRunner(stream=out, verbosity=0))
    if not program.result.wasSuccessful():
        sys.exit(out.getvalue())
