"""Makes a copy of the installed ONNX Runtime that takes no AVX-512, as on a machine that has none.

ONNX Runtime has no switch for it: its kernels are chosen where it asks the processor for bit 16 of
the extended features (AVX-512 F). In the copy, that one conditional jump is taken always. Only for
the version of requirements.txt; anything else is refused.
"""

import argparse
import pathlib
import shutil

import onnxruntime

# test $0x10000,%r10d; je +14
ASKS = bytes.fromhex("41f7c200000100740e")
NEVER = bytes.fromhex("41f7c200000100eb0e")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="goes into PYTHONPATH")
    folder = parser.parse_args().folder
    source = pathlib.Path(onnxruntime.__file__).parent
    copy = folder / "onnxruntime"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(source, copy)
    (library,) = copy.glob("capi/onnxruntime_pybind11_state*.so")
    content = library.read_bytes()
    if content.count(ASKS) != 1:
        raise SystemExit(f"{library.name} of ONNX Runtime {onnxruntime.__version__} asks in another way")
    library.write_bytes(content.replace(ASKS, NEVER))


if __name__ == "__main__":
    main()
