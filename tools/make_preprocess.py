"""Writes tests/oracles/preprocess/: small images in many codecs and sizes, and what Pillow and torchvision make of them.

For each picture file the pixels that Pillow decodes (RGB), and for each case of resize and crop the pixels that
torchvision's transforms leave, as raw bytes. `cases.json` says which.
"""

import argparse
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps
from torchvision import transforms
from torchvision.transforms import InterpolationMode

SEED = 20240611


def picture(width, height, seed):
    """A smooth, coloured image with edges and some noise, as photographs have them."""
    random = np.random.default_rng(SEED + seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    channels = []
    for channel in range(3):
        wave = np.sin(x * (0.11 + 0.05 * channel) + seed) + np.cos(y * (0.13 + 0.03 * channel))
        edge = ((x // 9 + y // 7 + channel) % 3) - 1
        noise = random.normal(size=(height, width)) * 0.15
        channels.append(wave * 0.35 + edge * 0.25 + noise)
    values = np.stack(channels, axis=-1)
    return Image.fromarray(np.clip((values + 1) * 127.5, 0, 255).astype(np.uint8))


def encoded(folder):
    """One file for each codec and form: (name, PIL image as it is read back, turned upright)."""
    base = picture(37, 23, 1)
    grey = base.convert("L")
    alpha = base.copy()
    alpha.putalpha(Image.linear_gradient("L").resize(base.size))
    grey16 = Image.fromarray((np.asarray(grey).astype(np.uint16) * 257) ^ 0x0055)
    saves = [
        ("rgb.jpg", base, {"quality": 92}),
        ("subsampled.jpg", base, {"quality": 85, "subsampling": "4:2:0"}),
        ("progressive.jpg", base, {"quality": 90, "progressive": True}),
        ("grey.jpg", grey, {"quality": 92}),
        ("cmyk.jpg", base.convert("CMYK"), {"quality": 95}),
        ("rgb.png", base, {}),
        ("grey.png", grey, {}),
        ("grey16.png", grey16, {}),
        ("alpha.png", alpha, {}),
        ("palette.png", base.convert("P", palette=Image.Palette.ADAPTIVE, colors=64), {}),
        ("one-bit.png", grey.convert("1"), {}),
        ("lossless.webp", base, {"lossless": True}),
        ("lossy.webp", base, {"quality": 90}),
        ("alpha.webp", alpha, {"lossless": True, "exact": True}),
        ("rgb.bmp", base, {}),
        ("palette.gif", base.convert("P", palette=Image.Palette.ADAPTIVE, colors=128), {}),
        ("rgb.tif", base, {}),
        ("deflate.tiff", base, {"compression": "tiff_adobe_deflate"}),
        ("grey16.tif", grey16, {}),
    ]
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        saves.append((f"turned-{orientation}.png", base, {"exif": exif}))
    exif = Image.Exif()
    exif[0x0112] = 6
    saves.append(("turned-6.jpg", base, {"quality": 92, "exif": exif}))
    for name, image, options in saves:
        image.save(folder / name, **options)
        yield name


def as_rgb(image):
    """What the network is shown: 16 bits become 8 by their high byte, opacity is dropped."""
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image.convert("RGB")


RESIZES = [
    # size of the image, transforms.Resize, interpolation, CenterCrop
    ((37, 23), 16, "bilinear", 16),
    ((37, 23), 16, "bicubic", 16),
    ((37, 23), 31, "bilinear", None),
    ((23, 37), 31, "bicubic", None),
    ((37, 23), [11, 19], "bilinear", None),
    ((37, 23), [40, 51], "bicubic", None),
    ((101, 67), 32, "bilinear", 28),
    ((101, 67), 32, "bicubic", [27, 30]),
    ((101, 67), [9, 9], "bilinear", None),
    ((67, 101), 33, "bilinear", [32, 24]),
    ((5, 3), 8, "bilinear", None),
    ((1, 1), 4, "bicubic", 3),
    ((13, 9), None, "bilinear", 16),
    ((13, 9), None, "bilinear", [4, 24]),
    ((190, 133), 64, "bilinear", 56),
    ((190, 133), 64, "bicubic", 56),
]


def resized(folder):
    modes = {"bilinear": InterpolationMode.BILINEAR, "bicubic": InterpolationMode.BICUBIC}
    for number, (size, resize, interpolation, crop) in enumerate(RESIZES):
        image = picture(*size, 100 + number)
        steps = []
        if resize is not None:
            steps.append(transforms.Resize(resize, modes[interpolation]))
        if crop is not None:
            steps.append(transforms.CenterCrop(crop))
        result = transforms.Compose(steps)(image)
        source = f"source-{number}.png"
        image.save(folder / source)
        yield {
            "source": source,
            "resize": resize,
            "interpolation": interpolation,
            "center_crop": crop,
            "width": result.width,
            "height": result.height,
            "expected": save(folder, f"expected-{number}.png", result),
        }


def save(folder, name, image):
    """Lossless, and read back by another decoder than the one that is tested for JPEG."""
    image.save(folder / name, optimize=True)
    return name


def normalised():
    """ToTensor and Normalize of every byte, as float32."""
    pixels = torch.arange(256, dtype=torch.uint8).reshape(1, 256, 1).expand(1, 256, 3).numpy()
    tensor = transforms.Compose([
        transforms.ToTensor(),
        transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])(pixels)
    return [[float(value) for value in channel.flatten()] for channel in tensor]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("tests/oracles/preprocess"))
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    codecs = []
    for name in encoded(out):
        image = Image.open(out / name)
        upright = as_rgb(ImageOps.exif_transpose(image))
        stored = as_rgb(Image.open(out / name))
        expected = {"upright": upright, "stored": stored}
        case = {"file": name}
        for kind, image in expected.items():
            pixels = np.asarray(image)
            key = hashlib.sha256(pixels.tobytes() + bytes(str(pixels.shape), "ascii")).hexdigest()[:12]
            case[kind] = save(out, f"pixels-{key}.png", image)
        codecs.append(case)
    cases = {"codecs": codecs, "resizes": list(resized(out)), "normalised": normalised()}
    (out / "cases.json").write_text(json.dumps(cases, indent=1) + "\n")


if __name__ == "__main__":
    main()
