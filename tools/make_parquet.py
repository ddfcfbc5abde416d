#!/usr/bin/env python3
"""Write tests/oracles/parquet/: a small image data set as the Hugging Face hub has it, by pyarrow.

`test-00000-of-00002.parquet` and its second part (snappy and zstd, several row groups each) have the columns `image`
(a struct of bytes and path), `label` (int64) and one that a reader has no use for, and the names of the classes in the
metadata of the schema. `plain.parquet` has pictures as bytes alone and names as labels.
"""

from __future__ import annotations

import argparse
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

CLASSES = ["owl", "cat", "dog"]


def picture(number: int, form: str) -> bytes:
    """An image of 6×5 pixels, all of whose values follow from its number."""
    values = (np.arange(5 * 6 * 3).reshape(5, 6, 3) * 2 + number * 7) % 256
    file = io.BytesIO()
    Image.fromarray(values.astype(np.uint8)).save(file, form)
    return file.getvalue()


def write_hub(path: Path, numbers: range, codec: str) -> None:
    features = {
        "image": {"_type": "Image"},
        "label": {"names": CLASSES, "_type": "ClassLabel"},
        "width": {"dtype": "int32", "_type": "Value"},
    }
    schema = pa.schema(
        [
            ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
            ("label", pa.int64()),
            ("width", pa.int32()),
        ],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    rows = [
        {"image": {"bytes": picture(n, "PNG"), "path": f"{n:02}.png"}, "label": n % 3, "width": 6} for n in numbers
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, compression=codec, row_group_size=3)


def main() -> None:
    """Parse the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("tests/oracles/parquet"), help="output folder")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    write_hub(out / "test-00000-of-00002.parquet", range(0, 7), "snappy")
    write_hub(out / "test-00001-of-00002.parquet", range(7, 10), "zstd")
    rows = [{"img": picture(n, "PNG"), "class": CLASSES[n % 2]} for n in range(4)]
    schema = pa.schema([("img", pa.binary()), ("class", pa.string())])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), out / "plain.parquet", compression="none")


if __name__ == "__main__":
    main()
