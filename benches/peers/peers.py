"""Times layerscope beside ONNX Runtime, PyTorch and Keras on the same network, images and machine.

Every variant is a process of its own that waits until it is asked, so that all of them take turns:
what disturbs the machine disturbs all. Ratios are taken within a round. Called by run.sh.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

import network as networks

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
BASE = "ONNX Runtime, bare"
AVX2 = "ONNX Runtime on AVX2, bare"
OURS = "layerscope, forward + statistics"
OURS_AVX2 = "layerscope on AVX2, forward + statistics"


class Variant:
    def __init__(self, name, command, answers, environment=None, rounds=1):
        self.name, self.answers, self.rounds = name, answers, rounds
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True,
            env=environment,
        )
        self.seconds = []

    def ask(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return float(self.line()) / self.rounds

    def line(self):
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise SystemExit(f"{self.name} ended early:\n{self.errors.read()}")
        return line.strip()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Report:
    """The whole report, a process for each time.

    Each time into a folder of its own, and all of them stay until the last comparison is done: ext4 without a
    journal is slow to make files where many were removed in the last five minutes, and would be timed instead.
    """

    name, answers = "layerscope, whole report", None

    def __init__(self, arguments, threads, folder):
        self.seconds, self.out = [], folder / str(threads)
        self.command = [
            arguments.program, "report", str(ROOT / "config" / "config.toml"), "--quiet",
            "--set", f"model.path={arguments.model}", "--set", f"run.jobs={threads}",
            "--out",
        ]

    def ask(self):
        start = time.perf_counter()
        out = str(self.out / str(len(self.seconds)))
        subprocess.run([*self.command, out], check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - start

    def close(self):
        pass


def variants(arguments, threads, folder, sites):
    def peer(name, key, *options, path=None):
        answers = folder / f"{key}{'+'.join(options)}{path is not None}.f32"
        environment = dict(os.environ, PYTHONPATH=str(path)) if path else None
        command = [
            sys.executable, str(HERE / "peer.py"), key, arguments.model, str(arguments.input),
            str(answers), "--threads", str(threads), "--batches", arguments.batches, *options,
        ]
        return Variant(name, command, answers, environment)

    def ours(name, *options):
        answers = folder / f"layerscope{'+'.join(options)}.f32"
        command = [
            arguments.forward, arguments.model, "--wait", "--threads", str(threads),
            "--batch", str(arguments.chunk), "--input", str(arguments.input),
            "--logits", str(answers), *options,
        ]
        if arguments.repeat > 1:
            command += ["--samples", str(arguments.repeat * count(arguments))]
        return Variant(name, command, answers, rounds=arguments.repeat)

    yield peer(BASE, "onnx")
    yield peer("ONNX Runtime + statistics", "onnx", "--statistics")
    if arguments.avx2:
        yield peer(AVX2, "onnx", path=arguments.avx2)
    for name, key in [("PyTorch", "torch"), ("Keras", "keras")]:
        if key in arguments.peers:
            yield peer(f"{name}, bare", key)
            yield peer(f"{name} + statistics", key, "--statistics")
    yield ours("layerscope, bare", "--bare")
    yield ours(OURS)
    if arguments.all:
        yield ours(OURS_AVX2, "--set", "avx2")
        yield ours("layerscope, without Winograd + statistics", "--no-winograd")
    if arguments.report:
        yield Report(arguments, threads, sites)


def softmax(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def check(running, classes):
    """All must give the same predictions, and nearly the same probabilities."""
    answers = {}
    for variant in running:
        if variant.answers is not None:
            values = np.fromfile(variant.answers, np.float32).reshape(-1, classes).astype(np.float64)
            values = values[: len(values) // variant.rounds]
            ours = variant.name.startswith("layerscope")
            answers[variant.name] = softmax(values) if ours else values
    expected = answers[BASE]
    best, second = np.sort(expected, 1)[:, [-1, -2]].T
    for name, values in answers.items():
        differ = values.argmax(1) != expected.argmax(1)
        # Two classes within rounding of each other may change places.
        if (differ & (best - second > 1e-4)).any():
            raise SystemExit(f"{name} predicts other classes than {BASE}: {np.flatnonzero(differ)}")
        distance = np.abs(values - expected).max()
        print(
            f"  {name}: {len(values)} predictions, {differ.sum()} other than {BASE}; "
            f"probabilities within {distance:.1e}"
        )


def spread(seconds, base):
    """Median and quartiles of the ratios within the rounds."""
    low, middle, high = np.percentile(np.array(seconds) / base, [25, 50, 75])
    return f"{middle:.2f} ({low:.2f} to {high:.2f})"


def table(running, threads, images):
    base = np.array(running[0].seconds)
    print(f"\n{threads} thread{'s' * (threads > 1)}, {images} images\n")
    print("| | seconds | ÷ ONNX Runtime, bare |")
    print("|---|---|---|")
    for variant in running:
        ratio = spread(variant.seconds, base)
        print(f"| {variant.name} | {np.median(variant.seconds):.3f} | {ratio} |")
    by_name = {variant.name: variant.seconds for variant in running}
    if AVX2 in by_name and OURS_AVX2 in by_name:
        print(f"\nBoth on AVX2: {spread(by_name[OURS_AVX2], np.array(by_name[AVX2]))}")
    print(flush=True)


def count(arguments):
    """Images of the input."""
    network = networks.load(arguments.model)
    return arguments.input.stat().st_size // 4 // int(np.prod(network.input.shape))


def compare(arguments, threads, sites):
    network, images = networks.load(arguments.model), count(arguments)
    with tempfile.TemporaryDirectory() as folder:
        running = []
        # One after the other, so that each looks for its best batch alone.
        for variant in variants(arguments, threads, pathlib.Path(folder), sites):
            if isinstance(variant, Variant):
                if "layerscope" in variant.name:
                    variant.ask()
                else:
                    print(f"  {variant.name}: batches of {variant.line()}", flush=True)
            running.append(variant)
        check(running, int(network.output.shape[-1]))
        for number in range(arguments.rounds):
            # Not always the same neighbour.
            for variant in running[number % len(running) :] + running[: number % len(running)]:
                variant.seconds.append(variant.ask())
        table(running, threads, images)
        for variant in running:
            variant.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="a network that Keras saved as .h5")
    parser.add_argument("--input", type=pathlib.Path, required=True)
    parser.add_argument("--forward", required=True, help="the benchmark benches/forward.rs, built")
    parser.add_argument("--program", required=True, help="layerscope, built")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--batches", default="16,64,250", help="sizes that a peer may choose from")
    parser.add_argument("--chunk", type=int, default=64, help="images a batch of layerscope")
    parser.add_argument(
        "--repeat", type=int, default=1,
        help="times layerscope goes through the images for each time of its peers, whose cost an image is the same for any number: "
        "what it keeps of each channel's strongest images settles over hundreds of them",
    )
    parser.add_argument("--peers", default="torch,keras", help="beside ONNX Runtime")
    parser.add_argument("--avx2", help="folder of a copy that without_avx512.py made")
    parser.add_argument("--report", action="store_true", help="the whole report too")
    parser.add_argument("--all", action="store_true", help="layerscope on AVX2 and without Winograd too")
    arguments = parser.parse_args()
    print(f"## {pathlib.Path(arguments.model).name}\n")
    with tempfile.TemporaryDirectory() as sites:
        for threads in arguments.threads.split(","):
            compare(arguments, int(threads), pathlib.Path(sites))


if __name__ == "__main__":
    main()
