"""axe.py - axe-core looks at a page as those who do not see it do; npm brings it into the build folder."""
import fcntl
import functools
import shutil
import subprocess

import pytest

from host import BUILD

INSTALL = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--fetch-retries=0", "--fetch-timeout=5000", "--prefix"]
PACKAGE = "axe-core@4"
SECONDS = 30  # that npm may take


@functools.cache
def brought():
    """The text of axe-core, and why there is none."""
    folder = BUILD / "axe"
    path = folder / "node_modules/axe-core/axe.min.js"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # several tests may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            if not shutil.which("npm"):
                return None, "no npm here"
            try:
                subprocess.run([*INSTALL, folder, PACKAGE], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True,
                               timeout=SECONDS)
            except subprocess.SubprocessError as error:
                return None, f"npm cannot bring it: {error}: {(error.stdout or '')[-300:]}"
    return path.read_text(), None


def source():
    """The text of axe-core. Skips the test where npm cannot bring it."""
    text, why = brought()
    if why:
        pytest.skip(f"axe-core: {why}")
    return text


RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  done(violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id}: ${target}: ${failureSummary}`))), (error) => done([String(error)]));
"""


def violations(browser):
    """What axe-core finds on the page as it is shown now: rule, place and why, as texts."""
    if not browser.execute_script("return 'axe' in window"):
        browser.execute_script(source())
    return browser.execute_async_script(RUN)
