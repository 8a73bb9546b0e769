#!/usr/bin/env python3
"""Reads the exports of runs with common programs, and prints the values that these programs change.

    read_back.py RUN_DIRECTORY...

`tollgate run` writes a run directory. The correct values are those that Python's csv module reads, with the types in
datapackage.json. The readers are pandas, DuckDB and LibreOffice (soffice). Each one that is installed reads every file twice:
with its defaults, and with these types. The exit code is 1 if a reader with types changes a value, or if frictionless finds an
error. Changes by defaults are only printed.
"""

import argparse
import csv
import json
import math
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from copy import copy
from datetime import datetime, timezone
from importlib import import_module
from pathlib import Path
from shutil import which
from xml.etree import ElementTree

MOST_EXAMPLES = 12


class Wrong(Exception):
    """A heading or a value that does not fit datapackage.json."""


class Formula(str):
    """The formula of a cell of a spreadsheet."""


class Table:
    """One export with its description and the texts of its cells."""

    def __init__(self, run, resource):
        self.path = run / resource["path"]
        self.fields = resource["schema"]["fields"]
        self.missing = resource["schema"]["missingValues"]
        self.names = [field["name"] for field in self.fields]
        dialect = resource["dialect"]
        with open(self.path, newline="", encoding=resource["encoding"]) as file:
            header, *self.rows = csv.reader(
                file, delimiter=dialect["delimiter"], quotechar=dialect["quoteChar"], strict=True)
        if header != self.names:
            raise Wrong(f"{self.path}: the heading is {header}, datapackage.json has {self.names}")
        self.values = [[self.value(*cell) for cell in zip(self.fields, row, strict=True)] for row in self.rows]

    def of_type(self, *kinds):
        """The names of the columns with one of some types."""
        return [field["name"] for field in self.fields if field["type"] in kinds]

    def missing_of(self, field):
        return field.get("missingValues", self.missing)

    def value(self, field, text):
        """The value of a text, or None if it is missing."""
        if text in self.missing_of(field):
            return None
        kind = field["type"]
        try:
            if kind == "string":
                return text
            if kind == "integer":
                return int(text)
            if kind == "number":
                return float(text)
            if kind == "boolean":
                return {**dict.fromkeys(field["trueValues"], True), **dict.fromkeys(field["falseValues"], False)}[text]
            if kind == "datetime":
                return datetime.strptime(text, field["format"]).replace(tzinfo=timezone.utc)
        except (ValueError, KeyError):
            pass
        raise Wrong(f"{self.path}: {field['name']}: {text!r} is not of type {kind}")


class Comparison:
    """Compares the cells that a reader returns with the correct values."""

    def __init__(self):
        self.cells = 0
        self.changed = defaultdict(Counter)
        self.as_text = Counter()

    def take(self, table, rows):
        rows = list(rows)
        if len(rows) != len(table.rows):
            self.changed["rows"][f"{table.path.name}: {len(rows)} rows instead of {len(table.rows)}"] += 1
            return
        for row, texts, values in zip(rows, table.rows, table.values):
            for field, found, text, value in zip(table.fields, row, texts, values, strict=True):
                self.cells += 1
                if is_same(found, value):
                    continue
                if field["type"] != "string" and type(found) is str and found == text:
                    self.as_text[f"{field['name']} ({text})" if value is None else field["name"]] += 1
                else:
                    kind = "texts" if field["type"] == "string" else f"values of {field['name']}"
                    self.changed[kind][f"{shorten(text)} -> {shown(found)}"] += 1

    def lines(self):
        if not self.changed and not self.as_text:
            yield f"{self.cells:,} cells, all as the csv module reads them"
        for kind, changes in self.changed.items():
            examples = [change for change, _ in changes.most_common(MOST_EXAMPLES)]
            more = len(changes) - len(examples)
            yield f"{kind} changed ({sum(changes.values()):,}): " + ", ".join(examples) + (f", and {more} more" if more else "")
        if self.as_text:
            yield "leaves as text: " + ", ".join(self.as_text)


def is_same(found, value):
    if value is None or is_missing(found):
        return value is None and is_missing(found)
    if isinstance(value, bool) or isinstance(value, str):
        return type(found) is type(value) and found == value
    if isinstance(value, datetime):
        if isinstance(found, datetime) and found.tzinfo is None:
            found = found.replace(tzinfo=timezone.utc)
        return found == value
    return isinstance(found, (int, float)) and not isinstance(found, bool) and found == value


def is_missing(found):
    return found is None or (isinstance(found, float) and math.isnan(found)) or type(found).__name__ in ("NAType", "NaTType")


def shorten(text):
    return repr(text if len(text) <= 40 else f"{text[:20]}...{text[-5:]}")


def shown(found):
    if is_missing(found):
        return "missing"
    if isinstance(found, Formula):
        return f"formula {shorten(found)}"
    return shorten(found) if isinstance(found, str) else str(found)


class Pandas:
    """pandas.read_csv."""

    left_as_text = set()

    def __init__(self):
        self.pandas = import_module("pandas")
        self.name = f"pandas {self.pandas.__version__}"

    def by_default(self, tables, _):
        for table in tables:
            yield table, self.rows(self.pandas.read_csv(table.path))

    def told(self, tables, _):
        types = {"string": "str", "integer": "int64", "number": "float64", "boolean": "bool", "datetime": "str"}
        for table in tables:
            frame = self.pandas.read_csv(
                table.path,
                dtype={field["name"]: types[field["type"]] for field in table.fields},
                keep_default_na=False,
                na_values={field["name"]: missing for field in table.fields if (missing := table.missing_of(field))},
                true_values=["Yes"],
                false_values=["No"],
            )
            for field in table.fields:
                if field["type"] == "datetime":
                    column = field["name"]
                    frame[column] = self.pandas.to_datetime(frame[column], format=field["format"], utc=True)
            yield table, self.rows(frame)

    @staticmethod
    def rows(frame):
        columns = [[plain(value) for value in frame[name]] for name in frame.columns]
        return zip(*columns)


def plain(value):
    """Converts a value of NumPy or pandas to a value of Python."""
    if is_missing(value):
        return None
    return value.to_pydatetime() if hasattr(value, "to_pydatetime") else value.item() if hasattr(value, "item") else value


class DuckDb:
    """DuckDB's read_csv."""

    left_as_text = set()

    def __init__(self):
        self.duckdb = import_module("duckdb")
        self.name = f"DuckDB {self.duckdb.__version__}"

    def query(self, path, options="", replacement=""):
        query = f"SET TimeZone = 'UTC'; SELECT *{replacement} FROM read_csv({quoted(path)}{options})"
        return self.duckdb.sql(query).fetchall()

    def by_default(self, tables, _):
        for table in tables:
            yield table, self.query(table.path)

    def told(self, tables, _):
        types = {"string": "VARCHAR", "integer": "UBIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "datetime": "TIMESTAMP"}
        for table in tables:
            gaps = [name for name, values in zip(table.names, zip(*table.values)) if None in values]
            kinds = ["string" if field["name"] in gaps else field["type"] for field in table.fields]
            columns = ", ".join(f"{quoted(name)}: '{types[kind]}'" for name, kind in zip(table.names, kinds))
            options = f""", auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', columns = {{{columns}}}"""
            if formats := {field["format"] for field in table.fields if field["type"] == "datetime"}:
                options += f", timestampformat = {quoted(formats.pop())}"
            # The option nullstr applies to all columns, so a key with the name None would be missing.
            casts = [f'CAST(NULLIF("{name}", {quoted(table.missing[0])}) AS DOUBLE) AS "{name}"' for name in gaps]
            yield table, self.query(table.path, options, f" REPLACE ({', '.join(casts)})" if gaps else "")


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


class LibreOffice:
    """LibreOffice Calc: each file becomes a spreadsheet in flat XML."""

    NAMES = {
        prefix: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
        for prefix, name in [("office", "office"), ("table", "table"), ("text", "text")]
    }
    # The numbers of column types in the options of the CSV filter.
    STANDARD, TEXT = 1, 2
    # Calc has no type for the form of these columns.
    left_as_text = {"Begin Date", "End Date", "DNS Verified", "SBRS (None)"}

    def __init__(self):
        self.program = which("soffice")
        if not self.program:
            raise ImportError("soffice")
        version = subprocess.run([self.program, "--version"], capture_output=True, text=True).stdout.split()
        self.name = " ".join(version[:2])

    def by_default(self, tables, work):
        yield from self.convert(tables, work / "default", [])

    def told(self, tables, work):
        by_formats = defaultdict(list)
        for table in tables:
            kinds = [self.STANDARD if field["type"] in ("integer", "number") else self.TEXT for field in table.fields]
            by_formats["/".join(f"{place}/{kind}" for place, kind in enumerate(kinds, 1))].append(table)
        for number, (formats, alike) in enumerate(by_formats.items()):
            # Comma, double quote, UTF-8, from line 1, the columns, US English.
            filter_options = f"Text - txt - csv (StarCalc):44,34,76,1,{formats},1033"
            yield from self.convert(alike, work / str(number), [f"--infilter={filter_options}"])

    def convert(self, tables, out, options):
        for directory in {table.path.parent for table in tables}:
            here = [table for table in tables if table.path.parent == directory]
            target = out / directory.name
            profile = f"-env:UserInstallation=file://{out.parent / 'profile'}"
            command = [self.program, profile, "--headless", *options, "--convert-to", "fods", "--outdir", target]
            subprocess.run([*command, *(table.path for table in here)], check=True, capture_output=True)
            for table in here:
                yield table, list(self.rows(target / f"{table.path.stem}.fods", table))

    def rows(self, path, table):
        sheet = ElementTree.parse(path).getroot().find(".//table:table", self.NAMES)
        for row in list(sheet.iter(self.tag("table:table-row")))[1:]:
            cells = []
            for cell in row:
                repeated = int(cell.get(self.tag("table:number-columns-repeated"), 1))
                cells += [self.cell(cell)] * min(repeated, len(table.fields) - len(cells))
            if any(cell is not None for cell in cells):
                yield cells

    def tag(self, name):
        prefix, name = name.split(":")
        return f"{{{self.NAMES[prefix]}}}{name}"

    def cell(self, cell):
        formula = cell.get(self.tag("table:formula"))
        kind = cell.get(self.tag("office:value-type"))
        if formula is not None:
            return Formula(formula)
        if kind in ("float", "percentage", "currency"):
            return float(cell.get(self.tag("office:value")))
        if kind == "date":
            return datetime.fromisoformat(cell.get(self.tag("office:date-value")))
        if kind == "boolean":
            return cell.get(self.tag("office:boolean-value")) == "true"
        return None if kind is None else "\n".join(self.text(line) for line in cell.findall("text:p", self.NAMES))

    def text(self, element):
        """The text of an element. In a row of spaces, those after the first are an element."""
        if element.tag == self.tag("text:s"):
            inner = " " * int(element.get(self.tag("text:c"), 1))
        else:
            inner = (element.text or "") + "".join(self.text(child) + (child.tail or "") for child in element)
        return inner


def one_by_one(reader, tables, work):
    """Reads one row of each key from a file of its own. A collector that requests one key gets such a file."""
    comparison = Comparison()
    seen = set()
    for table in tables:
        keys = [table.names.index(name) for name in table.of_type("string")]
        if len(keys) != 1:
            continue
        for number, row in enumerate(table.rows):
            key = row[keys[0]]
            if key in seen:
                continue
            seen.add(key)
            alone = copy(table)
            alone.path, alone.rows, alone.values = work / "alone.csv", [table.rows[number]], [table.values[number]]
            with open(alone.path, "w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows([alone.names, *alone.rows])
            for _, rows in reader.by_default([alone], work):
                comparison.take(alone, rows)
    return comparison


def print_all(label, lines):
    for line in lines:
        print(f"  {label:22} {line}")
        label = ""


def read_back(runs, work):
    """Reads the runs with each reader. Returns true if every reader with types reads all values correctly."""
    described = {}
    print(f"csv module of Python {sys.version.split()[0]}")
    for run in runs:
        package = json.loads((run / "datapackage.json").read_text(encoding="utf-8"))
        described[run] = [Table(run, resource) for resource in package["resources"]]
        cells = sum(len(row) for table in described[run] for row in table.rows)
        print_all(run.name, [f"{len(package['resources'])} files, {cells:,} cells, all with the types in datapackage.json"])
    good = True
    for kind, alone in [(Pandas, True), (DuckDb, True), (LibreOffice, False)]:
        try:
            reader = kind()
        except ImportError:
            print(f"{kind.__name__}: not installed")
            continue
        for label, read in [("by default", reader.by_default), ("with types", reader.told)]:
            print(f"{reader.name}, {label}")
            for run, tables in described.items():
                comparison = Comparison()
                with tempfile.TemporaryDirectory(dir=work) as place:
                    for table, rows in read(tables, Path(place)):
                        comparison.take(table, rows)
                print_all(run.name, comparison.lines())
                if label != "by default":
                    good &= not comparison.changed and set(comparison.as_text) <= reader.left_as_text
        if alone:
            print(f"{reader.name}, by default, each key in a file of its own")
            for run, tables in described.items():
                print_all(run.name, one_by_one(reader, tables, work).lines())
    return good


def validate(runs):
    """Validates the runs with frictionless. Returns true if all are valid or if frictionless is not installed."""
    try:
        version = import_module("frictionless").__version__
    except ImportError:
        print("frictionless: not installed")
        return True
    print(f"frictionless {version}")
    good = True
    for run in runs:
        command = [sys.executable, "-m", "frictionless", "validate", "datapackage.json", "--json"]
        output = subprocess.run(command, cwd=run, capture_output=True, text=True)
        try:
            report = json.loads(output.stdout)
        except json.JSONDecodeError:
            print_all(run.name, (output.stdout + output.stderr).splitlines())
            good = False
            continue
        tasks = report["tasks"]
        rows = sum(task["stats"].get("rows", 0) for task in tasks)
        verdict = "valid" if report["valid"] else "NOT VALID"
        print_all(run.name, [f"{verdict}: {len(tasks)} resources, {rows:,} rows, {report['stats']['errors']} errors"])
        print_all("", [error["message"] for task in [report, *tasks] for error in task["errors"]])
        good &= report["valid"] and output.returncode == 0
    return good


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN_DIRECTORY")
    runs = [run.resolve() for run in parser.parse_args().runs]
    with tempfile.TemporaryDirectory() as work:
        good = read_back(runs, Path(work))
    sys.exit(not (validate(runs) and good))


if __name__ == "__main__":
    main()
