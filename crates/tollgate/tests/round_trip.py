"""Fits scenarios to the exports of known scenarios, and compares both.

    python3 crates/tollgate/tests/round_trip.py TOLLGATE as-it-was [--only NAME] [--subsets]
    python3 crates/tollgate/tests/round_trip.py TOLLGATE typical [--fits 100] [--truths 200]
    python3 crates/tollgate/tests/round_trip.py TOLLGATE hold-out

TOLLGATE is the path of the program. Each part prints its figures. scenarios/FIT.md states those of the last measurement.
It needs Python 3.11 or later and no other package.
"""

import argparse
import csv
import json
import math
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TUESDAY = "2008-11-18T06:00:00Z"
MONDAY = "2009-01-12T00:00:00Z"

# Events and outbreaks of these scenarios are on other days.
SHORT = ["--set", f"time.begin={TUESDAY}", "--set", "events=[]", "--set", "outbreaks=[]"]

# Name, scenario, options. They differ in volume (about 200 to 200,000 connections an hour), span, interval, TLS, rule, users and appliances.
ROUND_TRIPS = [
    ("c650-6h", "c650-week", ["--set", "time.span=6h", *SHORT]),
    ("c650-6h-5m", "c650-week", ["--set", "time.span=6h", *SHORT, "--interval", "5m"]),
    ("c650-1d", "c650-week", ["--set", "time.span=1d", "--volume", "0.5"]),
    ("c650-2d", "c650-week", ["--set", "time.span=2d"]),
    ("c650-3d-tenth", "c650-week", ["--set", "time.span=3d", "--volume", "0.1"]),
    ("c650-week-tenth", "c650-week", ["--volume", "0.1"]),
    ("c650-week-1d-interval", "c650-week", ["--volume", "0.1", "--interval", "1d"]),
    ("c650-4-weeks", "c650-week", ["--volume", "0.02", "--set", "time.span=28d"]),
    ("c650-200-an-hour", "c650-week", ["--volume", "0.017", "--set", "time.span=3d"]),
    ("c650-multiplier", "c650-week", ["--set", "time.span=12h", *SHORT,
                                       "--set", "appliances.c650.reputation_multiplier=7"]),
    ("c650-attempt-only", "c650-week", ["--set", "time.span=12h", *SHORT,
                                         "--set", "appliances.c650.counting.rule=attempt-only"]),
    ("c650-few-users", "c650-week", ["--set", "time.span=12h", *SHORT, "--set", "users.count=300"]),
    ("c650-no-variation", "c650-week", ["--set", "time.span=2d", "--volume", "0.3", "--set", "variation.none=true"]),
    ("tls-switch-2d", "tls-switch", ["--set", "time.span=2d"]),
    ("tls-switch-8h", "tls-switch", ["--set", "time.span=8h", "--volume", "0.2", "--interval", "5m", "--set", "events=[]"]),
    ("modern-1d", "modern", ["--set", "time.span=1d"]),
    ("modern-3d-tenth", "modern", ["--set", "time.span=3d", "--volume", "0.1"]),
    ("fixture", "fixture", []),
    ("quiet-hour", "quiet-hour", []),
    ("thread-a-drawn", "thread-a-drawn", []),
    ("thread-b-drawn", "thread-b-drawn", []),
    ("thread-c-week", "thread-c-week", []),
    ("more-connections", "more-connections-than-messages", []),
    ("peak-day", "peak-day", []),
    ("outbreak", "outbreak", []),
    ("c650-pair", "c650-pair", ["--set", "time.span=1d", "--volume", "0.3"]),
    ("c650-6h-15m-heavy", "c650-week", ["--set", "time.span=6h", *SHORT,
                                         "--set", "time.export_interval=15m", "--volume", "8",
                                         "--set", "appliances.c650.cores=64", "--set", "appliances.c650.workers=48"]),
]


def tollgate(*arguments, allowed=(0,)):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode not in allowed:
        sys.exit(f"{' '.join(map(str, arguments))}\n{done.stderr}")
    return done.stdout


def run(scenario, options, out):
    """Runs a scenario and returns its directory of exports."""
    tollgate("run", scenario, "--quiet", "--out", out, *options)
    directory = Path(out) / Path(scenario).stem
    appliances = [entry for entry in sorted(directory.iterdir()) if entry.is_dir()]
    return appliances[0] if len(appliances) == 1 else directory


def fit(exports, out, *options, runs=20):
    """Fits a scenario and returns its path and the report."""
    scenario = Path(out) / "fitted.toml"
    scenario.unlink(missing_ok=True)
    report = ["--report", Path(out) / "report"] if runs else []
    text = tollgate("fit", exports, "-o", scenario, "--quiet", "--json", "--check-seeds", runs, "--keep-names", *report, *options)
    return scenario, json.loads(text)


def as_it_was(only, subsets):
    pairs = inside = columns = columns_inside = 0
    for name, scenario, options in ROUND_TRIPS:
        if only and only != name:
            continue
        with tempfile.TemporaryDirectory() as out:
            exports = run(scenario, options, out)
            if subsets:
                keep_some(exports, random.Random(name))
            fitted, report = fit(exports, out)
            wrong = exact_errors(exports, fitted, Path(exports))
            totals = [figure for figure in report["figures"] if figure["measure"] == "total"]
            worst = [figure for figure in totals if figure["z"] is None or abs(figure["z"]) >= 3]
            pairs, inside = pairs + len(totals), inside + len(totals) - len(worst)
            named = ", ".join(f"{figure['table']} {figure['column']} ({z_of(figure)})" for figure in worst[:6])
            print(f"{name}: {len(totals) - len(worst)} of {len(totals)} totals inside{'; ' + named if named else ''}"
                  f"{'; NOT EXACT: ' + ', '.join(wrong) if wrong else ''}", flush=True)
    print(f"all: {inside} of {pairs} totals inside, {100 * inside / max(pairs, 1):.1f} %")


def z_of(figure):
    return "no spread" if figure["z"] is None else f"{figure['z']:.1f}"


def keep_some(exports, chance):
    """Removes about half of the tables, but not all with mail."""
    files = sorted(Path(exports).rglob("*.csv"))
    for path in files:
        if "incoming_mail_summary" not in path.name and chance.random() < 0.5:
            path.unlink()


def exact_errors(exports, fitted, directory):
    """The facts that the exports show and the fitted scenario does not have."""
    original = tomllib.loads((directory.parent / "scenario.toml").read_text()) if (directory.parent / "scenario.toml").exists() else None
    manifest_path = next((path for path in [directory / "manifest.json", directory.parent / "manifest.json"] if path.exists()), None)
    if manifest_path is None or original is None:
        return []
    manifest = json.loads(manifest_path.read_text())
    scenario = tomllib.loads(fitted.read_text())
    wrong = []
    if scenario["time"]["begin"][:19] != manifest["begin"][:19]:
        wrong.append(f"begin {scenario['time']['begin']} {manifest['begin']}")
    multiplier = manifest["appliances"][0]["reputation_multiplier"]
    if scenario["appliances"][0]["reputation_multiplier"] != multiplier:
        wrong.append("multiplier")
    return wrong


PRIOR = {
    "users.count": (500, 3000),
    "volume": (0.015, 0.04),
}


def draw_options(number):
    """Options of a scenario drawn from the prior: volume and number of users log-uniform."""
    chance = random.Random(number)
    volume = math.exp(chance.uniform(*map(math.log, PRIOR["volume"])))
    users = round(math.exp(chance.uniform(*map(math.log, PRIOR["users.count"]))))
    return ["--volume", f"{volume:.4f}", "--set", f"users.count={users}", "--set", "time.span=28d",
            "--set", f"time.begin={MONDAY}", "--set", "variation.holidays=none", "--set", "events=[]", "--set", "outbreaks=[]"]


def typical(fits, truths):
    """How often the 90 % intervals of typical fits have the true value: the expectation over many seeds."""
    scenarios = 5
    seeds_each, fits_each = truths // scenarios, fits // scenarios
    covered, ranks = {}, {}
    for scenario in range(scenarios):
        options = draw_options(scenario)

        def estimates(seed):
            with tempfile.TemporaryDirectory() as out:
                exports = run("c650-week", [*options, "--seed", str(seed)], out)
                _, report = fit(exports, out, "--typical", runs=0)
                return {entry["name"]: entry for entry in report["estimates"]}

        with ThreadPoolExecutor(2) as pool:
            first = 1 + 1000 * scenario
            found = list(pool.map(estimates, range(first, first + max(seeds_each, fits_each))))
        for name in found[0]:
            values = [entries[name]["value"] for entries in found if name in entries]
            truth = sum(values) / len(values)
            for entries in found[:fits_each]:
                if name in entries:
                    entry = entries[name]
                    covered.setdefault(name, []).append(entry["low"] <= truth <= entry["high"])
                    # The place of the truth in the lognormal distribution that the estimate implies.
                    sigma = math.log(entry["high"] / entry["low"]) / 2 / 1.645 or 1e-12
                    ranks.setdefault(name, []).append(normal(math.log(truth / entry["value"]) / sigma))
        print(f"scenario {scenario + 1} of {scenarios}", file=sys.stderr, flush=True)
    for name, hits in covered.items():
        print(f"{name}: {100 * sum(hits) / len(hits):.0f} % of {len(hits)} intervals; rank histogram p = {uniform_p(ranks[name]):.3f}")


def normal(z):
    return 0.5 * math.erfc(-z / math.sqrt(2))


def uniform_p(values, bins=5):
    """The probability of a chi-square at least as large, if the values are uniform."""
    counts = [0] * bins
    for value in values:
        counts[min(int(value * bins), bins - 1)] += 1
    expected = len(values) / bins
    square = sum((count - expected) ** 2 / expected for count in counts)
    # With an even number of degrees of freedom, the probability is a finite sum.
    half, freedom = square / 2, bins - 1
    return math.exp(-half) * sum(half**k / math.factorial(k) for k in range(freedom // 2))


SERIES = [
    ("overview_incoming_mail_summary.csv", "Stopped by Reputation Filtering"),
    ("overview_incoming_mail_summary.csv", "Stopped as Invalid Recipients"),
    ("overview_incoming_mail_summary.csv", "Spam Detected"),
    ("overview_incoming_mail_summary.csv", "Clean messages"),
    ("overview_outgoing_mail_summary.csv", "Clean Messages"),
    ("overview_outgoing_mail_delivery_details.csv", "Delivered"),
    ("system_capacity_total_incoming_connections.csv", "Connections"),
    ("system_capacity_total_incoming_messages.csv", "Messages"),
    ("system_capacity_total_outgoing_connections.csv", "Connections"),
    ("system_capacity_total_outgoing_messages.csv", "Messages"),
]
HOUR = 3600
WEEK = 168 * HOUR


def hold_out():
    """Fits four weeks, and compares the predictions of the fifth week with those of the mean of each hour."""
    options = ["--volume", "0.03", "--set", f"time.begin={MONDAY}", "--set", "variation.holidays=none",
               "--set", "events=[]", "--set", "outbreaks=[]"]
    better = [0] * len(SERIES)
    scores = [0.0] * len(SERIES)
    seeds = 5
    for seed in range(1, seeds + 1):
        with tempfile.TemporaryDirectory() as out:
            exports = run("c650-week", [*options, "--set", "time.span=35d", "--seed", str(seed)], out)
            begin = min(first_column(next(exports.glob("overview_incoming*"))))
            fifth = begin + 4 * WEEK
            known, later = [hours(exports, place, lambda at: at < fifth) for place in SERIES], [
                hours(exports, place, lambda at: at >= fifth) for place in SERIES]
            for path in exports.glob("*.csv"):
                keep_before(path, fifth)
            fitted, _ = fit(exports, out, "--typical", runs=0)
            predictions = []
            for number in range(20):
                text = ["--set", "time.begin=2009-02-09T00:00:00Z", "--set", "time.span=7d", "--seed", str(1000 + number)]
                simulated = run(fitted, [*text, "--only", ",".join(sorted({place[0] for place in SERIES}))], Path(out) / "run")
                predictions.append([hours(simulated, place, lambda at: True) for place in SERIES])
                shutil.rmtree(Path(out) / "run")
            for place in range(len(SERIES)):
                ours = naive = 0.0
                for hour, count in later[place].items():
                    week = [known[place].get(hour - back * WEEK, 0) for back in range(1, 5)]
                    naive += log_score(count, week)
                    ours += log_score(count, [run[place].get(hour, 0) for run in predictions])
                better[place] += ours > naive
                scores[place] += (ours - naive) / 168 / seeds
    for (file, column), wins, score in zip(SERIES, better, scores):
        print(f"{file[:-4]} {column}: better in {wins} of {seeds} weeks, {score:+.3f} an hour")
    print(f"better on average in {sum(score > 0 for score in scores)} of {len(SERIES)} series")


def first_column(path):
    lines = path.read_text().splitlines()[1:]
    return [float(line.split(",", 1)[0]) for line in lines]


def hours(exports, place, is_wanted):
    """The counts of a column, by the beginning of the hour."""
    with (Path(exports) / place[0]).open(newline="") as file:
        return {at: int(row[place[1]]) for row in csv.DictReader(file) if is_wanted(at := float(row["Begin Timestamp"]))}


def keep_before(path, moment):
    lines = path.read_text().splitlines(keepends=True)
    if lines[0].startswith("Begin Timestamp"):
        path.write_text("".join(lines[:1] + [line for line in lines[1:] if float(line.split(",", 1)[0]) < moment]))


def log_score(count, sample):
    """The logarithm of the probability of a count: negative binomial with the mean and the variance of a sample."""
    mean = max(sum(sample) / len(sample), 0.5)
    variance = sum((value - mean) ** 2 for value in sample) / (len(sample) - 1)
    if variance <= mean * 1.0001:
        return count * math.log(mean) - mean - math.lgamma(count + 1)
    size = mean * mean / (variance - mean)
    return (math.lgamma(count + size) - math.lgamma(size) - math.lgamma(count + 1)
            + size * math.log(size / (size + mean)) + count * math.log(mean / (size + mean)))


def main():
    global PROGRAM
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("part", choices=["as-it-was", "typical", "hold-out"])
    parser.add_argument("--only")
    parser.add_argument("--subsets", action="store_true")
    parser.add_argument("--fits", type=int, default=100)
    parser.add_argument("--truths", type=int, default=200)
    given = parser.parse_args()
    PROGRAM = given.program
    if given.part == "as-it-was":
        as_it_was(given.only, given.subsets)
    elif given.part == "typical":
        typical(given.fits, given.truths)
    else:
        hold_out()


if __name__ == "__main__":
    main()
