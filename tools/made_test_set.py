#!/usr/bin/env python3
"""Writes a large test set made of the demo's images, to try the site with many samples.

    python tools/made_test_set.py OUT_FOLDER [SAMPLES]
    layerscope report config.toml --set data.path=OUT_FOLDER --set data.format=cifar-10 --set 'layers.exclude=["*"]' --out SITE

Image after image of data/cifar10, again and again, each time moved by another number of pixels and every second time
mirrored, so that no two are equal. Python's standard library and Pillow.
"""
import pathlib
import sys

from PIL import Image

SIDE = 32


def demo(folder):
    """Yields (label, image) of the demo's tile sheet."""
    names = (folder / "classes.txt").read_text().split()
    labels = (folder / "labels.txt").read_text().split()
    picture = Image.open(folder / "tiles.webp").convert("RGB")
    columns = picture.width // SIDE
    for number, label in enumerate(labels):
        x, y = number % columns * SIDE, number // columns * SIDE
        yield names.index(label) if label in names else int(label), picture.crop((x, y, x + SIDE, y + SIDE))


def moved(image, turn):
    """The image rolled to the right, and mirrored in odd turns."""
    turned = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if turn % 2 else image
    shift = turn // 2
    rolled = Image.new("RGB", (SIDE, SIDE))
    rolled.paste(turned, (shift, 0))
    rolled.paste(turned, (shift - SIDE, 0))
    return rolled


def main(out, samples):
    images = list(demo(pathlib.Path(__file__).resolve().parent.parent / "data" / "cifar10"))
    out.mkdir(parents=True, exist_ok=True)
    with open(out / "test_batch.bin", "wb") as file:
        for index in range(samples):
            label, image = images[index % len(images)]
            file.write(bytes([label]))
            for channel in moved(image, index // len(images)).split():
                file.write(channel.tobytes())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000)
