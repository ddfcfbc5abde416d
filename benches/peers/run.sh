#!/bin/sh
# Times layerscope beside ONNX Runtime, PyTorch and Keras on the same networks and the same machine:
#
#     benches/peers/run.sh [MODEL.h5] [options of peers.py]
#
# MODEL.h5 reads images of 32×32 pixels; without it, the model of the demo. Everything is kept under
# target/peers: the Python environment (versions of requirements.txt), networks and images.
# PEERS_PYTHON names a Python that has these packages already; PEERS_LARGE=no leaves out the networks
# for 224×224 pixels. Close everything else that computes: medians of an idle machine are worth more.
set -eu
cd "$(dirname "$0")/../.."
root=$PWD
folder=$root/target/peers
mkdir -p "$folder"

model=$root/data/models/cifar10_cnn.h5
case "${1:-}" in
    *.h5)
        model=$(realpath "$1")
        shift
        ;;
esac

if [ -z "${PEERS_PYTHON:-}" ]; then
    PEERS_PYTHON=$folder/venv/bin/python
    if ! [ -f "$folder/venv/complete" ]; then
        python3 -m venv "$folder/venv"
        "$folder/venv/bin/pip" install --quiet -r benches/peers/requirements.txt
        touch "$folder/venv/complete"
    fi
fi

cargo build --quiet --release --bin layerscope
forward=$(cargo build --quiet --release --bench forward --message-format=json |
    sed -n 's/.*"name":"forward".*"executable":"\([^"]*\)".*/\1/p' | tail -n 1)
program=$root/target/release/layerscope

cd benches/peers
[ -d "$folder/avx2" ] || "$PEERS_PYTHON" without_avx512.py "$folder/avx2"
[ -f "$folder/cifar10.f32" ] ||
    "$PEERS_PYTHON" images.py "$folder/cifar10.f32" --sheet "$root/data/cifar10/tiles.webp"
"$PEERS_PYTHON" peers.py "$model" --input "$folder/cifar10.f32" \
    --forward "$forward" --program "$program" --avx2 "$folder/avx2" --report --all "$@"

[ "${PEERS_LARGE:-yes}" = yes ] || exit 0
[ -f "$folder/large.f32" ] || "$PEERS_PYTHON" images.py "$folder/large.f32" --made 64
"$PEERS_PYTHON" make_networks.py "$folder"
for name in mobilenet_v2 resnet18 resnet50; do
    # Many channels for little work: there it shows what is kept of the first images alone.
    repeat=1
    [ $name = mobilenet_v2 ] && repeat=16
    "$PEERS_PYTHON" peers.py "$folder/$name.h5" --input "$folder/large.f32" --rounds 5 \
        --batches 1,8 --chunk 32 --repeat $repeat --forward "$forward" --program "$program" "$@"
done
