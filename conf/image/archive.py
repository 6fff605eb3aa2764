#!/usr/bin/python3
"""archive.py - an OCI image layout as one file, which `docker load` and `podman load` know by NAME:TAG.

    archive.py LAYOUT FILE NAME:TAG SECONDS

It is the layout as it stands, and manifest.json beside it, by which `docker save` names an image. The same layout gives
the same bytes.
"""
import io
import json
import pathlib
import sys
import tarfile


def blob(descriptor):
    return "blobs/" + descriptor["digest"].replace(":", "/")


def main(layout, target, name, seconds):
    layout = pathlib.Path(layout)
    index = json.loads((layout / "index.json").read_text())
    image = json.loads((layout / blob(index["manifests"][0])).read_text())
    manifest = [{"Config": blob(image["config"]), "RepoTags": [name], "Layers": [blob(layer) for layer in image["layers"]]}]
    files = {str(path.relative_to(layout)): path.read_bytes() for path in layout.rglob("*") if path.is_file()}
    files["manifest.json"] = json.dumps(manifest).encode()
    with tarfile.open(target, "w", format=tarfile.GNU_FORMAT) as tar:
        for path, text in sorted(files.items()):
            info = tarfile.TarInfo(path)
            info.size, info.mtime, info.mode = len(text), int(seconds), 0o644
            tar.addfile(info, io.BytesIO(text))


if __name__ == "__main__":
    main(*sys.argv[1:])
