#!/usr/bin/env python3
"""Plans three queues with Tollgate, simulates them with Ciw, and compares the results.

Ciw (https://ciw.readthedocs.io) is an independent simulator of queueing networks. `make test` does not run this script, because
Ciw has to be downloaded first:

    python3 -m venv target/ciw && target/ciw/bin/pip install ciw
    target/ciw/bin/python crates/capacity/tests/compare_with_ciw.py

Times are in mean service times. The exit code is 1 if a difference is larger than both intervals together.
"""

import argparse
import concurrent.futures
import json
import math
import shlex
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import ciw

SEEDS = 10
# Student's t for 10 seeds: 95% of means lie within this number of standard errors.
STUDENT = 2.262157
# A queue at a load of 0.95 forgets its empty start in about 1,600 mean service times of one worker. The times before and after
# the measured time are much longer, so neither the empty start nor customers that are still in service at the end matter.
WARM_UP = 20_000
FIGURES = ["wait_mean", "waited", "wait_p95"]


@dataclass(frozen=True)
class Queue:
    """A queue with Poisson arrivals."""

    name: str
    workers: int
    load: float
    # The sigma of the logarithm of service times if they are lognormal. None if they are exponential.
    sigma: float | None
    # The customers that Ciw simulates with each seed, and the hours that Tollgate simulates.
    customers: int
    hours: int


QUEUES = [
    Queue("M/M/4", 4, 0.8, None, 50_000, 20),
    Queue("M/G/1, lognormal", 1, 0.7, 0.8, 50_000, 20),
    Queue("M/M/16", 16, 0.95, None, 150_000, 50),
]


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds with its 95% interval."""

    mean: float
    half: float

    def __str__(self) -> str:
        return f"{self.mean:.4f} ± {self.half:.4f}"


def main() -> int:
    """Prints a table with a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = "cargo run --release --locked --quiet --package tollgate --"
    parser.add_argument("--tollgate", default=default, help="command that runs Tollgate [default: %(default)s]")
    command = shlex.split(parser.parse_args().tollgate)

    print(f"Ciw {ciw.__version__}, {SEEDS} seeds each; times in mean service times")
    print("| queue | load | figure | Tollgate | Ciw | |")
    print("|---|---:|---|---:|---:|---|")
    apart = 0
    for queue in QUEUES:
        ours, theirs = plan(queue, command), simulate(queue)
        for figure in FIGURES:
            agree = abs(ours[figure].mean - theirs[figure].mean) <= math.hypot(ours[figure].half, theirs[figure].half)
            apart += not agree
            verdict = "agree" if agree else "APART"
            print(f"| {queue.name} | {queue.load} | {figure} | {ours[figure]} | {theirs[figure]} | {verdict} |", flush=True)
    return 1 if apart else 0


def plan(queue: Queue, command: list[str]) -> dict[str, Estimate]:
    """Returns the figures of Tollgate's plan of a queue."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "queue.toml")
        path.write_text(scenario(queue), encoding="utf-8")
        out = str(Path(directory, "plan"))
        options = ["--load", "1", "--seeds", str(SEEDS), "--no-limit", "--json", "--quiet", "--out", out]
        result = subprocess.run([*command, "plan", str(path), *options], check=True, stdout=subprocess.PIPE)
    figures = json.loads(result.stdout)["variants"][0]["parts"][0]["points"][0]["figures"]

    def estimate(name: str) -> Estimate:
        unit = 1 if name == "waited" else service_seconds(queue)
        figure = figures[name]
        return Estimate(figure["mean"] / unit, (figure["high"] - figure["low"]) / 2 / unit)

    return {name: estimate(name) for name in FIGURES}


def service_seconds(queue: Queue) -> float:
    """Returns the mean service time with which the workers process 18,000 messages an hour."""
    return queue.workers * 3600 / 18_000


def scenario(queue: Queue) -> str:
    """Returns a scenario in which only the workers take time."""
    spread = f'"lognormal", sigma = {queue.sigma}' if queue.sigma else '"exponential"'
    return f"""
format = 1
seed = 1
time = {{ begin = "2008-11-17T01:00:00Z", span = "{queue.hours}h", warm_up = "1h" }}
users = {{ count = 1, domain = "example.com" }}
networks = [{{ name = "senders", addresses = "198.18.0.0/15", owners = 1, owner_slope = 0.0 }}]

[[appliances]]
name = "queue"
cores = {queue.workers}
workers = {queue.workers}

[appliances.cost]
anti_spam = {{ message = "0s" }}
anti_virus = {{ message = "0s" }}
mail_processing = {{ message = "{service_seconds(queue) * 1e6:.0f}us", spread = {spread} }}
connection = "0s"
delivery = "0s"
reporting = "0s"
quarantine = "0s"

[[incoming]]
name = "mail"
connections_per_week = {queue.load * 18_000 * 168}
domains = {{ count = 1, slope = 0.0, network = "senders" }}
sbrs = [{{ share = 1 }}]
size = {{ parts = [{{ mu = 8.0, sigma = 0.0 }}] }}
"""


def simulate(queue: Queue) -> dict[str, Estimate]:
    """Returns the figures of Ciw's simulation of a queue."""
    with concurrent.futures.ProcessPoolExecutor() as pool:
        runs = list(pool.map(simulate_once, [queue] * SEEDS, range(1, SEEDS + 1)))

    def estimate(values: list[float]) -> Estimate:
        return Estimate(statistics.mean(values), STUDENT * statistics.stdev(values) / math.sqrt(len(values)))

    return {name: estimate([run[name] for run in runs]) for name in FIGURES}


def simulate_once(queue: Queue, seed: int) -> dict[str, float]:
    """Runs Ciw once, with a mean service time of 1."""
    rate = queue.load * queue.workers
    if queue.sigma:
        service = ciw.dists.Lognormal(-queue.sigma**2 / 2, queue.sigma)
    else:
        service = ciw.dists.Exponential(1)
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate)],
        service_distributions=[service],
        number_of_servers=[queue.workers],
    )
    begin = WARM_UP / queue.workers
    end = begin + queue.customers / rate
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(end + begin)
    records = simulation.get_all_records()
    waits = sorted(record.waiting_time for record in records if begin <= record.arrival_date < end)
    return {
        "wait_mean": statistics.fmean(waits),
        # Rounding leaves waits of about 1e-12 for customers that did not wait.
        "waited": sum(wait > 1e-9 for wait in waits) / len(waits),
        "wait_p95": waits[math.ceil(0.95 * len(waits)) - 1],
    }


if __name__ == "__main__":
    sys.exit(main())
