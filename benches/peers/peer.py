"""One peer in a process of its own: computes all images once for every line that comes in.

Prints the batch size it chose, then for every line the seconds that one pass took.
"""

import argparse
import importlib
import sys
import time

import numpy as np

import network as networks


def merge(totals, statistics):
    """Takes the statistics of a batch into those of all images: by channel, over images."""
    for number, values in enumerate(statistics):
        of = (values.sum(0, np.float64), values.max(0), values.min(0))
        if number == len(totals):
            totals.append(of)
        else:
            sums, peaks, lows = totals[number]
            totals[number] = (sums + of[0], np.maximum(peaks, of[1]), np.minimum(lows, of[2]))


def forward(peer, images, batch):
    """All images; the probabilities."""
    probabilities, totals = [], []
    for start in range(0, len(images), batch):
        output, *statistics = peer.run(images[start : start + batch])
        merge(totals, statistics)
        probabilities.append(output)
    return np.concatenate(probabilities)


def seconds(peer, images, batch):
    start = time.perf_counter()
    forward(peer, images, batch)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peer", choices=["onnx", "torch", "keras"])
    parser.add_argument("model")
    parser.add_argument("input", help="raw float32 images, channels last")
    parser.add_argument("probabilities", help="where to write the output of the network")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--statistics", action="store_true")
    parser.add_argument("--batches", default="16,64,250")
    arguments = parser.parse_args()

    network = networks.load(arguments.model)
    images = np.fromfile(arguments.input, np.float32).reshape(-1, *network.input.shape)
    peer = importlib.import_module(f"{arguments.peer}_peer").Peer(
        network, arguments.threads, arguments.statistics
    )
    if peer.channels_first:
        images = np.ascontiguousarray(images.transpose(0, 3, 1, 2))
    forward(peer, images, int(arguments.batches.split(",")[0])).astype("<f4").tofile(
        arguments.probabilities
    )
    # Each peer may take the batches that suit it best.
    batches = [int(batch) for batch in arguments.batches.split(",")]
    best = min(batches, key=lambda batch: min(seconds(peer, images, batch) for _ in range(2)))
    print(best, flush=True)
    for _ in sys.stdin:
        print(f"{seconds(peer, images, best):.6f}", flush=True)


if __name__ == "__main__":
    main()
