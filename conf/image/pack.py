#!/usr/bin/python3
"""pack.py - the layer of the image: of a Debian in a folder what fastim, nginx and busybox need to run.

    pack.py FOLDER TAR SECONDS

It takes the packages that these depend on, without manuals, other languages and what only an installation needs; and it
leaves for each package its row in /var/lib/dpkg/status.d, where scanners look. The same packages give the same bytes: sorted
by name, numeric owners, no file younger than SECONDS since 1970.
"""
import io
import os
import pathlib
import re
import sys
import tarfile

WANTED = ["fastim", "nginx", "base-files", "busybox", "netbase", "tzdata"]  # busybox: a shell, and wget for probes
# What is depended on for installing alone.
SKIPPED = {"systemd-standalone-sysusers", "systemd", "debconf", "dpkg", "init-system-helpers", "lsb-base", "iproute2",
           "sysvinit-utils", "adduser", "passwd", "ucf", "perl-base", "debianutils", "tar", "openssl", "mawk", "gawk",
           "original-awk", "busybox-static", "base-passwd", "dash", "coreutils"}
# What no package has, and is there.
EXTRA = ["/bin", "/sbin", "/lib", "/lib64", "/etc/nsswitch.conf", "/etc/fastim/fastim.yml", "/etc/fastim/nginx.conf",
         "/etc/ssl/certs/ca-certificates.crt", "/run/fastim"]
LEFT_OUT = re.compile(r"/usr/share/(man|locale|info|bash-completion|lintian|doc-base|bug|ca-certificates)(/|$)"
                      r"|/usr/share/doc/[^/]+/(?!copyright$)|/usr/include(/|$)|/(usr/)?lib/(systemd|sysusers\.d|tmpfiles\.d)(/|$)"
                      r"|/etc/(cron|init\.d|logrotate\.d|systemd|ufw|default|apt|dpkg|kernel|update-motd\.d)[^/]*(/|$)"
                      r"|/etc/(hostname|hosts|resolv\.conf|mtab)$|/var/log/|/var/lib/nginx|/usr/lib/x86_64-linux-gnu/perl")
USERS = ("root", "www-data", "nobody", "nogroup", "fastim")


def stanzas(root):
    """{package: its row in dpkg's status}"""
    text = (root / "var/lib/dpkg/status").read_text()
    return {re.search(r"^Package: (.*)$", row, re.M)[1]: row for row in text.strip().split("\n\n")
            if "\nStatus: install ok installed" in row}


def needed(rows):
    """The packages that WANTED depend on; of alternatives, and of what a package provides, what is there."""
    provided = {}
    for name, row in rows.items():
        for line in re.findall(r"^Provides: (.*)$", row, re.M):
            for word in line.split(","):
                provided.setdefault(word.split()[0].split(":")[0], name)
    found, todo = set(), list(WANTED)
    while todo:
        name = todo.pop()
        name = name if name in rows else provided.get(name)
        if name is None or name in found or name in SKIPPED:
            continue
        found.add(name)
        for line in re.findall(r"^(?:Pre-)?Depends: (.*)$", rows[name], re.M):
            todo += [word.split()[0].split(":")[0] for words in line.split(",") for word in words.split("|")]
    missing = [name for name in WANTED if name not in found]
    assert not missing, f"not in the folder: {missing}"
    return sorted(found)


def files_of(root, package):
    info = root / "var/lib/dpkg/info"
    lists = [*info.glob(f"{package}.list"), *info.glob(f"{package}:*.list")]
    return {line for path in lists for line in path.read_text().splitlines() if line != "/."}


def placed(root, path):
    """Where a path is: the folder on the way there may be a link, as /bin is."""
    parent = os.path.realpath(root / path.lstrip("/").rpartition("/")[0])
    return "/" + os.path.relpath(os.path.join(parent, os.path.basename(path)), root)


class Layer:
    def __init__(self, root, file, seconds):
        self.root, self.seconds = root, seconds
        self.tar = tarfile.open(file, "w", format=tarfile.GNU_FORMAT)

    def _clean(self, info):
        info.uname = info.gname = ""
        info.mtime = min(int(info.mtime), self.seconds)
        return info

    def add(self, path):
        self.tar.inodes = {}  # links that are hard would name what may be left out
        self.tar.add(self.root / path.lstrip("/"), "." + path, recursive=False, filter=self._clean)

    def write(self, path, text):
        info = tarfile.TarInfo("." + path)
        info.size, info.mtime, info.mode = len(text.encode()), self.seconds, 0o644
        self.tar.addfile(info, io.BytesIO(text.encode()))

    def folder(self, path, mode=0o755):
        info = tarfile.TarInfo("." + path)
        info.type, info.mtime, info.mode = tarfile.DIRTYPE, self.seconds, mode
        self.tar.addfile(info)


def main(folder, target, seconds):
    root = pathlib.Path(os.path.realpath(folder))
    rows = stanzas(root)
    packages = needed(rows)
    paths = {placed(root, path) for name in packages for path in files_of(root, name)}
    paths = {path for path in {*paths, *EXTRA} if not LEFT_OUT.search(path) and os.path.lexists(root / path.lstrip("/"))}
    layer = Layer(root, target, int(seconds))
    for path in sorted(paths - {"/tmp", "/proc"}):
        layer.add(path)
    for path, mode in (("/proc", 0o555), ("/tmp", 0o1777), ("/var/lib/dpkg/status.d", 0o755)):
        layer.folder(path, mode)
    for name in ("passwd", "group"):
        lines = (root / "etc" / name).read_text().splitlines(keepends=True)
        layer.write(f"/etc/{name}", "".join(line for line in lines if line.split(":")[0] in USERS))
    for name in packages:
        layer.write(f"/var/lib/dpkg/status.d/{name}", rows[name] + "\n")
    layer.tar.close()
    print(*packages)


if __name__ == "__main__":
    main(*sys.argv[1:])
