"""axe.py - axe-core looks at a page as those who do not see it do; npm brings it into the build folder."""
import fcntl
import shutil
import subprocess

import pytest

from host import BUILD

PACKAGE = "axe-core@4"


def source():
    """The text of axe-core. Skips the test where npm cannot bring it."""
    folder = BUILD / "axe"
    path = folder / "node_modules/axe-core/axe.min.js"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # several tests may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            if not shutil.which("npm"):
                pytest.skip("axe-core: no npm here")
            done = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode != 0:
                pytest.skip(f"axe-core: npm cannot bring it: {done.stdout[-300:]}")
    return path.read_text()


RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
  done(violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) =>
    `${id}: ${target}: ${failureSummary}`))), (error) => done([String(error)]));
"""


def violations(browser):
    """What axe-core finds on the page as it is shown now: rule, place and why, as texts."""
    browser.execute_script(f"if (!window.axe) {{ {source()} }}")
    return browser.execute_async_script(RUN)
