"""Writes numbers.tsv again, with the results of C's printf for each number, calculated by Python.

    python3 crates/report/tests/make_numbers.py

The first column has the 64 bits of each number, the second its `%.12g`, the third its `%.1f`.
"""

import struct
from pathlib import Path

PATH = Path(__file__).with_name("numbers.tsv")


def main() -> None:
    bits = [line.split("\t")[0] for line in PATH.read_text().splitlines()]
    numbers = [struct.unpack(">d", bytes.fromhex(each))[0] for each in bits]
    lines = [f"{each}\t{number:.12g}\t{number:.1f}\n" for each, number in zip(bits, numbers, strict=True)]
    PATH.write_text("".join(lines))


if __name__ == "__main__":
    main()
