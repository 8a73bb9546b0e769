#!/usr/bin/env python3
"""Writes measured figures into the table of exports of REALISM.md.

    write_table.py REALISM.md GROUP...

A GROUP is a list of files that `measure.py --json` has written, separated by commas: one for each seed. The columns `now` and
`verdict` of each row get the values of the first group that judges the figure, or else of the first that has it. A figure without a
row gets one at the end of the table. The other columns of a row are not changed.
"""

import json
import sys
from pathlib import Path

from measure import number

HEAD = "| row | figure | published | accepted |"


def joined(values):
    """The values of the seeds, or one of them if all are the same."""
    return values[0] if len(set(values)) == 1 else ", ".join(values)


def measured(groups, name):
    """The lines of a figure in the group that shows it best."""
    def rank(lines):
        return (all(line["verdict"] != "not judged" for line in lines), all(line["found"] is not None for line in lines))

    lines_of = [[next(line for line in seed if line["name"] == name) for seed in group] for group in groups]
    return max(lines_of, key=rank)  # The first of those that are equal.


def cells(lines):
    """The columns `now` and `verdict`."""
    found = [line["found"] for line in lines]
    now = "none" if None in found else ", ".join(number(value) for value in found)
    notes = joined([line["note"] for line in lines])
    return now, joined([line["verdict"] for line in lines]) + (f": {notes}" if notes else "")


def main():
    page, *groups = sys.argv[1:]
    read = lambda path: json.loads(Path(path).read_text())["figures"]
    groups = [[read(path) for path in group.split(",")] for group in groups]
    text = Path(page).read_text().split("\n")
    begin = next(place for place, line in enumerate(text) if line.startswith(HEAD))
    end = next(place for place in range(begin, len(text)) if not text[place].startswith("|"))
    rows = {tuple(part.strip() for part in line.strip("|").split("|")[:2]): line for line in text[begin + 2:end]}
    written = []
    for figure in groups[0][0]:
        now, verdict = cells(measured(groups, figure["name"]))
        known = rows.get((figure["row"], figure["what"]))
        source = "no source" if figure["published"] == "none" else f"{figure['published']} ({figure['source']})"
        kept = [part.strip() for part in known.strip("|").split("|")[:5]] if known else [
            figure["row"], figure["what"], source, figure["accepted"], "none"]
        written.append("| " + " | ".join([*kept, now, verdict]) + " |")
    text[begin + 2:end] = written
    Path(page).write_text("\n".join(text))


if __name__ == "__main__":
    main()
