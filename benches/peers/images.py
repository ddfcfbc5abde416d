"""Writes the images that all variants compute, as raw float32, channels last, from 0 to 1."""

import argparse

import numpy as np
from PIL import Image


def tiles(path, size):
    """The tiles of a sheet, row by row."""
    Image.MAX_IMAGE_PIXELS = None
    sheet = np.asarray(Image.open(path).convert("RGB"))
    rows, columns = sheet.shape[0] // size, sheet.shape[1] // size
    sheet = sheet.reshape(rows, size, columns, size, 3).swapaxes(1, 2)
    return sheet.reshape(-1, size, size, 3).astype(np.float32) / 255


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--sheet", help="a tile sheet, of 32×32 pixels each")
    parser.add_argument("--made", type=int, help="so many made images of 224×224 pixels")
    arguments = parser.parse_args()
    if arguments.sheet:
        images = tiles(arguments.sheet, 32)
    else:
        images = np.random.default_rng(5).random((arguments.made, 224, 224, 3), np.float32)
    images.astype("<f4").tofile(arguments.out)


if __name__ == "__main__":
    main()
