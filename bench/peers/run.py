#!/usr/bin/python3
"""Run the peers in turn over the same work, round after round, and compare medians.

Writes every round as a JSON line to --json and prints a table. run.sh prepares
what this needs.
"""

import argparse
import glob
import json
import os
import shlex
import subprocess
import sys
from statistics import median

HERE = os.path.dirname(os.path.abspath(__file__))
MODELS = {"dense-2": 256, "sigmoid-32": 256, "dense-32": 256, "conv-128": 128}  # training batch
TUNING = ("OMP_", "GOMP_", "OPENBLAS_", "MKL_", "DNNL_", "ATEN_")  # not inherited: each peer gets its own

# PyTorch's settings that only a new process can change. The best of them counts.
TORCH = {
    "torch": {},
    "torch avx512": {"ATEN_CPU_CAPABILITY": "avx512"},
    "torch passive": {"ATEN_CPU_CAPABILITY": "avx512", "OMP_WAIT_POLICY": "passive"},
}


class Peer:
    """A process that answers requests, see README.md."""

    def __init__(self, name, command, extra=None):
        env = {k: v for k, v in os.environ.items() if not k.startswith(TUNING)}
        self.name, self.command, self.env = name, command, {**env, **(extra or {})}
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            self.command, env=self.env, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sys.stderr)
        self.tasks = self.read()["tasks"]

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return {**self.read(), "name": self.name}

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name} ended with status {self.process.wait()}")
        return json.loads(line)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()

    def peak_bytes(self, request):
        """Of a fresh process that does only this."""
        self.stop()
        self.start()
        return self.ask(request).get("peak_bytes", 0)


def peers(options, threads):
    """The processes to compare, ours last if there is one."""
    blas = glob.glob("/usr/lib/*/openblas-openmp")
    if not blas:
        raise SystemExit("no openmp OpenBLAS: apt-get install libopenblas0-openmp")
    count, found = ["--threads", str(threads)], []
    for name, extra in TORCH.items():
        found.append(Peer(name, [options.python, f"{HERE}/torch_peer.py", *count], {"LD_LIBRARY_PATH": blas[0], **extra}))
    found.append(Peer("onnxruntime", ["node", f"{HERE}/ort_peer.mjs", "--work", options.work, *count]))
    if options.ours:
        found.append(Peer("ours", shlex.split(options.ours) + count))
    return found


def workloads(models, tasks):
    """The requests to measure."""
    for model in models:
        if "train" in tasks:
            yield {"model": model, "task": "train", "batch": MODELS[model]}
            yield {"model": model, "task": "train", "batch": MODELS[model], "precision": "bf16"}
        for task in (t for t in tasks if t != "train"):
            for batch in (256, 1):
                yield {"model": model, "task": task, "batch": batch}


def compare(found, request, options, out):
    """The rounds of one workload: speeds and modes by peer."""
    able = [p for p in found if request["task"] in p.tasks]
    speeds, modes = {p.name: [] for p in able}, {}
    for _ in range(options.rounds):
        for peer in able:
            result = peer.ask({**request, "seconds": options.seconds})
            print(json.dumps(result), file=out, flush=True)
            if "error" in result:
                print(f"{peer.name}: {result['error']}", file=sys.stderr)
                continue
            speeds[peer.name].append(result["images_per_s"])
            modes[peer.name] = result.get("mode", "")
    return {k: v for k, v in speeds.items() if v}, modes


def row(request, threads, speeds, modes):
    """A line of the table; the ratio is the median over the rounds of ours to the best peer."""
    medians = {name: median(v) for name, v in speeds.items()}
    torch = max((n for n in medians if n.startswith("torch")), key=medians.get)
    best = max((n for n in medians if n != "ours"), key=medians.get)
    cells = [
        request["model"], request["task"] + (" bf16" if "precision" in request else ""), request["batch"], threads,
        f"{medians[torch]:,.0f}", f"{torch.removeprefix('torch').strip()} {modes[torch]}".strip(),
        f"{medians['onnxruntime']:,.0f}" if "onnxruntime" in medians else "", "", "",
    ]
    if "ours" in medians:
        cells[-2:] = f"{medians['ours']:,.0f}", f"{median(o / b for o, b in zip(speeds['ours'], speeds[best])):.2f}"
    return "| " + " | ".join(map(str, cells)) + " |"


def memory(found, models):
    """Lines of the peak memory of a training run of each model."""
    for model in models:
        request = {"model": model, "task": "train", "batch": MODELS[model], "seconds": 3}
        for peer in (p for p in found if p.name in ("torch", "ours")):
            one = {"mode": "eager"} if peer.name == "torch" else {}  # trying every mode would take more
            yield f"| {model} | {peer.name} | {peer.peak_bytes({**request, **one}) / 2**20:,.0f} |"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", required=True, help="folder that run.sh prepared")
    parser.add_argument("--python", default="/usr/bin/python3", help="the interpreter that has torch")
    parser.add_argument("--ours", help="command of our own peer; --threads N is added")
    parser.add_argument("--threads", type=int, nargs="+", default=[2, 1])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a round")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--tasks", nargs="+", default=["train", "infer", "encode", "decode"])
    parser.add_argument("--json", default=os.devnull, help="file for the rounds, one JSON line each")
    return parser.parse_args()


def main():
    options = arguments()
    print("| model | task | batch | threads | torch images/s | mode | onnxruntime | ours | ours / best |")
    print("| --- | --- | ---: | ---: | ---: | --- | ---: | ---: | ---: |")
    with open(options.json, "w") as out:
        for threads in options.threads:
            found = peers(options, threads)
            for request in workloads(options.models, options.tasks):
                print(row(request, threads, *compare(found, request, options, out)), flush=True)
            if threads == options.threads[0] and "train" in options.tasks:
                used = list(memory(found, options.models))
            for peer in found:
                peer.stop()
    if "train" in options.tasks:
        print("\n| model | training peer | peak MiB |\n| --- | --- | ---: |", *used, sep="\n")


if __name__ == "__main__":
    main()
