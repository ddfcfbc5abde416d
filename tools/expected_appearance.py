#!/usr/bin/env python3
"""What Pillow, imagehash, cleanvision, scipy and colorsys say of images.

Writes tests/oracles/appearance_expected.json: for test images that a formula
makes (the same in the tests) and for the first images of the demo data.
"""

from __future__ import annotations

import argparse
import colorsys
import json
from pathlib import Path

import imagehash
import numpy as np
import pandas as pd
from cleanvision.issue_managers import image_property as cleanvision
from PIL import Image
from scipy import ndimage

DEMO = 40


def noise(seed: int, number: int) -> np.ndarray:
    """Bytes of a xorshift generator; `src/appearance/tests.rs` has the same."""
    mask = (1 << 64) - 1
    state = (seed * 0x9E3779B97F4A7C15 & mask) | 1
    values = []
    for _ in range(number):
        state ^= state << 13 & mask
        state ^= state >> 7
        state ^= state << 17 & mask
        values.append(state >> 56)
    return np.array(values, np.uint8)


def made(kind: str, width: int, height: int) -> np.ndarray:
    """A test image; `src/appearance/tests.rs` makes the same."""
    y, x = np.mgrid[0:height, 0:width]
    if kind == "noise":
        return noise(width * 1000 + height, width * height * 3).reshape(height, width, 3)
    if kind == "smooth":
        red, green, blue = (x * 255) // max(width - 1, 1), (y * 255) // max(height - 1, 1), (x * y) % 256
        return np.stack([red, green, blue], -1).astype(np.uint8)
    if kind == "grey":
        return np.repeat(((x * 7 + y * y * 3) % 256)[..., None], 3, -1).astype(np.uint8)
    tone = {"black": 0, "white": 255, "dim": 40}[kind]
    return np.full((height, width, 3), tone, np.uint8)


CASES = [
    ("noise", 32, 32), ("noise", 100, 37), ("noise", 1, 1), ("noise", 2, 3), ("noise", 9, 1), ("noise", 65, 64),
    ("smooth", 32, 32), ("smooth", 200, 150), ("smooth", 33, 31), ("smooth", 90, 8),
    ("grey", 32, 32), ("grey", 64, 64), ("grey", 130, 20), ("black", 32, 32), ("white", 40, 40), ("dim", 32, 32),
]


def appearance(rgb: np.ndarray) -> dict:
    image = Image.fromarray(rgb)
    grey = image.convert("L")
    brightness = cleanvision.BrightnessProperty("dark").calculate(image)
    blur = cleanvision.BlurrinessProperty()
    raw = blur.calculate(image)
    score = blur.get_scores(
        pd.DataFrame({key: [value] for key, value in raw.items()}), "blurry", normalizing_factor=0.01, color_threshold=0.18
    )
    saturation = np.mean([colorsys.rgb_to_hsv(*(pixel / 255.0))[1] for pixel in rgb.reshape(-1, 3)])
    tones = np.asarray(grey, float)
    return {
        "brightness": brightness["brightness"],
        "brightness_5": brightness["brightness_perc_5"],
        "brightness_99": brightness["brightness_perc_99"],
        "contrast": float(tones.std() / 255),
        "saturation": float(saturation),
        "sharpness": float(ndimage.laplace(tones, mode="mirror").var()),
        "entropy": grey.entropy(),
        "edges": float(raw["blurriness"]),
        "tones": float(raw["blurriness_grayscale_std"]),
        "blur_score": float(score.iloc[0, 0]),
        "aspect": cleanvision.calc_aspect_ratio(image),
        "hash": str(imagehash.phash(image)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/cifar10"))
    parser.add_argument("--out", type=Path, default=Path("tests/oracles/appearance_expected.json"))
    arguments = parser.parse_args()
    made_cases = [
        {"kind": kind, "width": width, "height": height, **appearance(made(kind, width, height))}
        for kind, width, height in CASES
    ]
    sheet = Image.open(arguments.data / "tiles.webp").convert("RGB")
    columns = sheet.width // 32
    demo = []
    for index in range(DEMO):
        left, top = index % columns * 32, index // columns * 32
        demo.append(appearance(np.asarray(sheet.crop((left, top, left + 32, top + 32)))))
    arguments.out.write_text(json.dumps({"made": made_cases, "demo": demo}, indent=1) + "\n")


if __name__ == "__main__":
    main()
