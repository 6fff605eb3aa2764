#!/usr/bin/python3
"""coverage.py - which lines of the sources the unit tests have run, by file and by folder.

    coverage.py [--lines FILE] BUILD FOLDER...

BUILD was compiled with --coverage. --lines shows the lines of one file that were not run.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys


def read_counts(build, folders):
    """{file: {line: times}}. A header counts for all that include it, the tests too."""
    notes = sorted(str(path) for folder in folders for top in (folder, f'tests/unit/{folder}')
                   for path in pathlib.Path(build, 'obj', top).rglob('*.gcno'))
    if not notes:
        sys.exit(f'coverage.py: no .gcno below {build}/obj')
    done = subprocess.run(['gcov', '--json-format', '--stdout', *notes], text=True, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    counts = collections.defaultdict(collections.Counter)
    for line in done.stdout.splitlines():
        for file in json.loads(line)['files']:
            inside = file['file'].startswith(tuple(f'{folder}/' for folder in folders))
            if inside and pathlib.Path(file['file']).is_file():  # it may have been moved
                for each in file['lines']:
                    counts[file['file']][each['line_number']] += each['count']
    return counts


def print_row(name, run, lines):
    print(f'{name:<44}{run:>6}{lines:>6}{100 * run / lines if lines else 100:>7.1f} %')


def print_table(counts):
    folders = collections.defaultdict(lambda: [0, 0])
    print(f'{"":<44}{"run":>6}{"of":>6}')
    for file, lines in sorted(counts.items()):
        run = sum(times > 0 for times in lines.values())
        print_row(file, run, len(lines))
        for total in (file.rsplit('/', 1)[0] + '/', 'all'):
            folders[total][0] += run
            folders[total][1] += len(lines)
    print()
    for folder, (run, lines) in sorted(folders.items(), key=lambda item: (item[0] == 'all', item[0])):
        print_row(folder, run, lines)


def print_lines(file, counts):
    text = pathlib.Path(file).read_text().splitlines()
    for number, times in sorted(counts[file].items()):
        if times == 0:
            print(f'{file}:{number}: {text[number - 1]}')


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--lines', metavar='FILE')
    parser.add_argument('build')
    parser.add_argument('folders', nargs='+', metavar='folder')
    options = parser.parse_args()

    counts = read_counts(options.build, options.folders)
    if options.lines:
        print_lines(options.lines, counts)
    else:
        print_table(counts)


if __name__ == '__main__':
    main()
