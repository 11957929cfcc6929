#!/bin/sh
# Install the peers and measure them; arguments go to run.py. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=${HOURGLASS_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/hourglass-peers}
mkdir -p "$work"

if ! dpkg -s python3-torch libopenblas0-openmp nodejs >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
	apt-get update -qq
	apt-get install -y -qq python3-torch libopenblas0-openmp >/dev/null
	command -v npm >/dev/null || apt-get install -y -qq nodejs npm >/dev/null
fi
if [ ! -d "$work/node_modules/onnxruntime-node" ]; then
	# The package holds the CPU binary; its install script would fetch CUDA's.
	npm install --silent --ignore-scripts --no-audit --no-fund --prefix "$work" onnxruntime-node@1.30.0
fi
if [ ! -d "$work/onnx" ]; then
	/usr/bin/python3 -W ignore "$here/export_onnx.py" "$work/onnx"
fi
exec /usr/bin/python3 "$here/run.py" --work "$work" "$@"
