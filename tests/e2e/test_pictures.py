"""test_pictures.py - `make pictures`: what README.md shows is taken from a host that runs."""
import re
import struct

import pytest

from host import ROOT
from pictures import HOST, PICTURES, open_browser, take
from redis_server import RedisServer

READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


def size_of(path):
    """(width, height), as the header of a PNG says."""
    head = path.read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n", path
    return struct.unpack(">II", head[16:])


@pytest.fixture(scope="module")
def host(hosts, tmp_path_factory):
    """On a Redis of its own: the names in the pictures are nobody else's."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    host = hosts.new(HOST, server)
    yield host
    hosts.end(host)
    server.stop()


@pytest.fixture(scope="module")
def started(host, tmp_path_factory):
    driver = open_browser(tmp_path_factory.mktemp("chromium"), host)
    yield driver
    driver.quit()


@pytest.fixture
def browser(started):
    """With one window, which has been nowhere."""
    before = started.window_handles
    started.switch_to.new_window("window")
    for handle in before:
        started.switch_to.window(handle)
        started.close()
    started.switch_to.window(started.window_handles[0])
    return started


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.file)
def test_a_picture_is_taken(host, browser, tmp_path, picture):
    """What people do on the page can be done, and the console is empty; the picture in the tree has its size"""
    take(picture, host, browser, tmp_path)
    assert size_of(tmp_path / picture.file) == (picture.width, picture.height) == size_of(ROOT / "www" / picture.file)


@pytest.mark.parametrize("readme", READMES, ids=lambda path: path.name)
def test_the_readme_shows_each(readme):
    """README.md shows the pictures of the table, and no others"""
    shown = re.findall(r"!\[[^\]]+\]\(www/([^)]+)\)", readme.read_text())
    assert sorted(shown) == sorted(picture.file for picture in PICTURES)
