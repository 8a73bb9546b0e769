#!/usr/bin/env python3
"""Compares the statistics of small tables with values that were calculated by hand."""

import csv
import math
import random
import re
import sys
import tempfile
import unittest
from datetime import timezone
from pathlib import Path
from unittest.mock import patch

import domains
import measure
import senders
from acceptance import FIGURES, Figure
from domains import Domains, measure_domains, measure_owner_shapes, measure_owners, measure_partners, measure_tls
from measure import judge
from numeric import correlation, entropy_bits, rank_correlation, variation
from senders import Senders, measure_days, measure_names, measure_networks, measure_scores
from series import STREAMS
from shapes import FOUR_NUMBERS, MAIL_ROLE, role, shape
from tables import (ADDRESSES, DOMAINS, OUTGOING, OWNERS, TIMES, TLS_INCOMING, TLS_OUTGOING, USED, USERS, BadInput,
                    Run)
from users import Users, measure_local_parts, measure_silence, measure_volumes, working_days

from exported_tables import COLUMNS, FILES

HOUR, DAY = 3600, 86400
MONDAY = 1226880000


def day_of(seconds):
    """The ordinal of a day in UTC."""
    return seconds // DAY + 719163


def values_of(figures):
    return {name: value for name, value, _ in figures}


class Tables(unittest.TestCase):
    """Writes small tables into a temporary directory."""

    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)
        self.root = Path(self.directory.name)

    def run_of(self, tables, appliance="one", hours=1):
        """Writes the tables of an appliance, and returns the run. `tables` has, for each table, rows of a begin and the cells by
        their columns. Other cells are 0. The tables without rows have a heading only."""
        directory = self.root / appliance
        directory.mkdir()
        for number in USED:
            with open(directory / FILES[number], "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\r\n")
                writer.writerow([*TIMES, "Begin Date", "End Date", *COLUMNS[number]])
                for begin, cells in tables.get(number, ()):
                    times = [f"{begin}.0", f"{begin + round(hours * HOUR) - 1}.0", "", ""]
                    writer.writerow(times + [cells.get(column, 0) for column in COLUMNS[number]])
        return Run(self.root)

    def senders_of(self, rows, **options):
        """The senders of rows of a begin, an address and further cells."""
        run = self.run_of({ADDRESSES: [(begin, address(key, **cells)) for begin, key, cells in rows]}, **options)
        found = Senders()
        found.read(run, day_of)
        return found


def address(key, name="unknown", verified="Yes", score="None", group="UNKNOWNLIST", stopped=0, spam=0, threat=None, clean=0):
    threat = stopped + spam if threat is None else threat
    return {"IP Address": key, "Hostname": name, "DNS Verified": verified, "SBRS": score, "Last Sender Group": group,
            "Stopped by Reputation Filtering": stopped, "Spam Detected": spam, "Total Threat": threat, "Clean": clean}


class Numbers(unittest.TestCase):
    def test_entropy_is_in_bits(self):
        self.assertAlmostEqual(entropy_bits([2, 1, 1]), 1.5)

    def test_variation_leaves_out_the_noise_of_sampling(self):
        # Mean 5, variance 9, of which 5 are noise.
        self.assertAlmostEqual(variation([2, 8]), 2 / 5)
        self.assertEqual(variation([4, 6]), 0)
        # Seven bins of the published export: 0.366 with the noise.
        self.assertAlmostEqual(variation([30, 8, 17, 12, 17, 18, 21]), 0.278, places=3)

    def test_correlations(self):
        self.assertAlmostEqual(correlation([(1, 2), (2, 4), (3, 5)]), 3 / math.sqrt(2 * (14 / 3)))
        self.assertAlmostEqual(rank_correlation([(1, 10), (2, 100), (3, 1000), (4, 1000)]), math.sqrt(0.9))
        self.assertIsNone(correlation([(1, 1), (1, 2), (1, 3)]))


class Shapes(unittest.TestCase):
    def test_a_shape_has_a_mark_for_each_run(self):
        self.assertEqual(shape("cpe-24-60.dsl.Abc2.net"), "a-0-0.a.a0.a")
        self.assertEqual(shape("o'hara_b"), "a'a_a")

    def test_forms_of_host_names(self):
        for name in ("24-60-1-7.dyn.abc.net", "pool24.60.1.7.abc.net", "host_24_60.1-7.abc.net"):
            self.assertTrue(FOUR_NUMBERS.search(name), name)
        for name in ("24--60-1-7.abc.net", "2460-1-7-1.abc.net", "24-60-1.abc.net", "24-60-1-7123.abc.net"):
            self.assertFalse(FOUR_NUMBERS.search(name), name)
        for name in ("mail.abc.net", "web52.abc.net", "mx-1.abc.net", "abc-out-7.abc.net"):
            self.assertTrue(MAIL_ROLE.match(name), name)
        for name in ("mailer.abc.net", "a.mail.abc.net", "email.abc.net", "abc-out.abc.net"):
            self.assertFalse(MAIL_ROLE.match(name), name)

    def test_role_accounts(self):
        self.assertTrue(all(map(role, ("Info", "no-reply", "sales2", "Customer.Service"))))
        self.assertFalse(any(map(role, ("info.desk", "salesman", "anna.it"))))


class AddressStatistics(Tables):
    def test_networks(self):
        spam = [(MONDAY, key, {"spam": 1}) for key in ("12.0.0.1", "12.9.9.9", "80.1.1.1", "230.0.0.1")]
        clean = [(MONDAY, key, {"clean": 1}) for key in ("64.1.1.1", "64.1.1.2", "64.1.1.3", "64.1.2.1")]
        found = self.senders_of(spam + clean)
        with patch.object(senders, "FEWEST_CLEAN", 4):
            values = values_of(measure_networks(found))
        self.assertAlmostEqual(values["octet_entropy"], 1.5)
        self.assertEqual((values["octet_top"], values["octet_reserved"], values["hosts_per_24"]), (1, 0.25, 2))
        self.assertNotIn("hosts_per_24", values_of(measure_networks(found)))

    def test_a_host_is_spam_or_clean_by_its_larger_sum(self):
        found = self.senders_of([
            (MONDAY, "12.0.0.1", {"spam": 2, "clean": 1}), (MONDAY, "12.0.0.2", {"stopped": 3, "clean": 4}),
            (MONDAY, "12.0.0.3", {"threat": 5}), (MONDAY + HOUR, "12.0.0.2", {"spam": 1})])
        kinds = {key: (host.is_spam(), host.is_clean()) for key, host in found.addresses.items()}
        self.assertEqual(kinds, {"12.0.0.1": (True, False), "12.0.0.2": (True, False), "12.0.0.3": (False, False)})

    def test_names(self):
        rows = [("1.1.1.1", {"spam": 1}), ("1.1.1.2", {"spam": 1, "name": "1-1-1-2.DSL.abc.net", "verified": "No"}),
                ("1.1.1.3", {"spam": 1, "name": "dhcp3.abc.net"}), ("1.1.1.4", {"spam": 1, "name": "fixed-pool-4.abc.net"}),
                ("2.1.1.1", {"clean": 1, "name": "smtp1.xyz.com"}), ("2.1.1.2", {"clean": 1, "name": "a.xyz.com", "verified": "No"})]
        found = self.senders_of([(MONDAY, key, cells) for key, cells in rows])
        with patch.object(senders, "SPAM_SAMPLE", 2):
            values = values_of(measure_names(found))
        expected = {"no_name": 1 / 4, "unverified": 1 / 4, "clean_no_name": 1 / 2, "four_numbers": 1 / 3, "word_dsl": 1 / 3,
                    "word_dynamic": 2 / 3, "word_cable": 0, "word_static": 1 / 3, "clean_role": 1 / 2,
                    "shapes": 2, "shapes_top": 1 / 2, "clean_shapes": 2}
        self.assertEqual(values, expected)
        self.assertNotIn("shapes", values_of(measure_names(found)))

    def test_the_clean_sample_is_drawn_by_clean_recipients(self):
        rows = [(f"10.0.{at // 250}.{at % 250}", {"clean": 1}) for at in range(1000)] + [("9.9.9.9", {"clean": 10**6})]
        found = self.senders_of([(MONDAY, key, cells) for key, cells in rows])
        self.assertEqual([key for key, _ in found.clean_sample(1)], ["9.9.9.9"])

    def test_an_address_day_has_the_sums_and_the_last_score_of_its_rows(self):
        found = self.senders_of([
            (MONDAY, "1.1.1.1", {"spam": 1, "score": "-9.9"}), (MONDAY + HOUR, "1.1.1.1", {"clean": 1, "score": "-4.0"}),
            (MONDAY + DAY, "1.1.1.1", {"clean": 1, "score": "3.0"})])
        self.assertEqual(found.spam_scores, {"-4.0": 1})
        self.assertEqual(found.scores, {"-4.0": 1, "3.0": 1})

    def test_scores(self):
        scores = ["-10.0", "-9.9", "-9.0", "-8.9", "-4.0", "-3.0", "-3.0", "-2.9", "-1.0", "-0.9"] + 9 * ["None"]
        found = self.senders_of([(MONDAY, f"1.1.1.{at}", {"spam": 1, "score": score}) for at, score in enumerate(scores)])
        with patch.object(senders, "variation", list):
            values = values_of(measure_scores(found))
        self.assertEqual(values.pop("score_variation"), [3, 1, 0, 0, 0, 1, 2])
        self.assertEqual(values, {"score_floor": 2 / 19, "score_middle": 4 / 19, "score_high": 1 / 19,
                                  "score_none": 9 / 19, "score_atoms": 6 / 10})

    def test_addresses_of_two_consecutive_days(self):
        rows = [(0, "1.1.1.1", "-1.0", "A"), (1, "1.1.1.1", "-1.0", "A"),  # Unmoved.
                (0, "1.1.1.2", "None", "A"), (1, "1.1.1.2", "-5.5", "B"),  # Score and group.
                (0, "1.1.1.3", "1.0", "A"), (1, "1.1.1.3", "1.1", "A"), (2, "1.1.1.3", "1.1", "A"),
                (0, "1.1.1.4", "1.0", "A"), (2, "1.1.1.4", "2.0", "A"),  # Not on consecutive days.
                (3, "1.1.1.5", "1.0", "A")]
        rows = sorted((MONDAY + day * DAY, key, {"spam": 1, "score": score, "group": group, "name": f"day{day}"})
                      for day, key, score, group in rows)
        values = values_of(measure_days(self.senders_of(rows)))
        self.assertEqual(values, {"score_moved": 2 / 4, "group_moved": 1 / 4, "name_moved": 1,
                                  "score_ever_moved": 3 / 4, "one_day": 1 / 5})

    def test_an_address_of_two_appliances_is_one(self):
        row = address("1.1.1.1", spam=1, score="-1.0")
        self.run_of({ADDRESSES: [(MONDAY, row), (MONDAY + DAY, row)]}, "one")
        self.run_of({ADDRESSES: [(MONDAY + HOUR, row)]}, "two")
        run = self.run_of({ADDRESSES: [(MONDAY, row)]}, "two-truth")
        found = Senders()
        found.read(run, day_of)
        self.assertEqual((found.addresses["1.1.1.1"].days, found.addresses["1.1.1.1"].stopped, found.moves.pairs), (2, 3, 1))

    def test_memory_is_bounded_by_a_sample_that_does_not_depend_on_the_order(self):
        keys = [f"10.0.{at // 250}.{at % 250}" for at in range(1000)]
        samples = []
        for appliance in ("one", "two"):
            rows = [(MONDAY + at // 50 * DAY, address(key, spam=1)) for at, key in enumerate(keys)]
            run = self.run_of({ADDRESSES: rows}, appliance)
            run.appliances = run.appliances[-1:]
            found = Senders(most=100)
            found.read(run, day_of)
            samples.append(set(found.addresses))
            random.Random(1).shuffle(keys)
        self.assertEqual(samples[0], samples[1])
        self.assertTrue(30 < len(samples[0]) <= 100, len(samples[0]))


class DomainStatistics(Tables):
    def domains_of(self, rows, more=None):
        """The domains of rows of a name, Total Threat and Clean, with other tables."""
        tables = {DOMAINS: [(MONDAY, {"Domain": name, "Total Attempted": threat + clean, "Total Threat": threat, "Clean": clean})
                            for name, threat, clean in rows], **(more or {})}
        run = self.run_of(tables)
        return run, Domains(run)

    def test_domains(self):
        names = ["abc12.com", "a-b.co.uk", "x1y.com", "plain.org", "No Domain Information"]
        _, found = self.domains_of([(name, 1, 0) for name in names])
        self.assertEqual(values_of(measure_domains(found)), {
            "numbered": 1 / 4, "top_levels": 3, "long_suffix": 1 / 4, "label_length": 4, "label_hyphen": 1 / 4,
            "label_digit": 1 / 2, "domain_shapes_top": 1 / 4})
        self.assertFalse(found.are_reserved(["abc.example"]))
        found.sums.clear()
        self.assertEqual([found.are_reserved(names) for names in ([], ["abc.com"], ["mx.abc.Example", "abc.com"])],
                         [False, False, True])

    def test_rank_in_a_name(self):
        _, found = self.domains_of([(f"abc{at}.example", 100 - at, 0) for at in range(40)] + [("plain.example", 50, 0)])
        self.assertAlmostEqual(values_of(measure_domains(found))["rank_in_name"], 1)
        self.assertTrue(found.are_reserved())

    def test_main_shape_of_an_owner(self):
        _, found = self.domains_of([("abc.net", 1, 0), ("xyz.net", 1, 0)])
        hosts = ["a.xyz.net"] * 19 + ["p1.abc.net"] * 15 + ["www.p.abc.net"] * 5 + ["a.other.net"] * 30
        self.assertEqual(list(measure_owner_shapes(found, hosts)), [("owner_shape", 3 / 4, 1)])

    def test_destinations_that_write_back(self):
        largest = [f"d{at:02}.com" for at in range(98)] + ["mx.abc.co.uk", "spam.com"]
        rows = [(MONDAY, {"Domain": name, "Total Messages": 2}) for name in largest]
        rows += [(MONDAY, {"Domain": "small.com", "Total Messages": 1})]
        run, found = self.domains_of([("d00.com", 0, 1), ("abc.co.uk", 3, 1), ("spam.com", 5, 0), ("small.com", 0, 9)],
                                     {TLS_OUTGOING: rows})
        self.assertEqual(values_of(measure_partners(run, found)), {"writes_back": 2 / 100})

    def test_owners(self):
        rows = [("A", 90, 1), ("B", 10, 0), ("C", 0, 3), (domains.NO_OWNER, 50, 50)]
        run = self.run_of({OWNERS: [(MONDAY, {"Network Owner": name, "Total Threat": threat, "Clean": clean})
                                    for name, threat, clean in rows]})
        self.assertEqual(values_of(measure_owners(run)), {"mixed_threat": 0.9, "mixed_clean": 0.25})

    def test_tls(self):
        starts = {"never.com": (0, 0, 9), "always.com": (6, 1, 7), "mixed.com": (1, 0, 5), "few.com": (1, 0, 4),
                  "spam.com": (5, 0, 5)}
        rows = [(MONDAY, {"Domain": name, "Successful - Preferred": good, "Failed - Preferred": failed, "Total Connections": whole})
                for name, (good, failed, whole) in starts.items()]
        run, found = self.domains_of([(name, 5, 9 if name != "spam.com" else 1) for name in starts], {TLS_INCOMING: rows})
        self.assertEqual(values_of(measure_tls(run, found)), {"tls_never": 1 / 3, "tls_always": 1 / 3, "tls_mixed": 1 / 3})

    def test_no_figure_if_tls_is_off(self):
        rows = [(MONDAY, {"Domain": "never.com", "Total Connections": 9})]
        run, found = self.domains_of([("never.com", 0, 9)], {TLS_INCOMING: rows})
        self.assertEqual(list(measure_tls(run, found)), [])


class UserStatistics(Tables):
    def users_of(self, rows):
        columns = ("Internal User", "Incoming Spam Detected", "Incoming Clean", "Outgoing Clean")
        return Users(self.run_of({USERS: [(begin, dict(zip(columns, row))) for begin, *row in rows]}), day_of)

    def test_volumes(self):
        rows = [("a@x.org", 7, 1, 2), ("b@x.org", 7, 10, 20), ("c@x.org", 70, 100, 200), ("d@x.org", 0, 5, 0), ("<>", 0, 1, 999)]
        found = values_of(measure_volumes(self.users_of([(MONDAY, *row) for row in rows])))
        self.assertAlmostEqual(found["clean_in_out"], 1)
        self.assertAlmostEqual(found["ham_spam"], math.sqrt(3) / 2)

    def test_local_parts(self):
        names = ["ann.lee", "Bob.o'hara", "cy.fox", "dee.fox2", "info", "news", "sales", "fay", "<>"]
        found = values_of(measure_local_parts(self.users_of([(MONDAY, f"{name}@x.org" if name != "<>" else name, 1, 1, 1)
                                                             for name in names])))
        self.assertEqual(found, {"local_digit": 1 / 8, "local_role": 3 / 8, "local_convention": 2 / 8})

    def test_silent_days(self):
        # The first Monday is a holiday, and exports lack half of the second Wednesday.
        sent = {"busy@x.org": {1: 10, 3: 10}, "two@x.org": {2: 8}, "light@x.org": {1: 1, 2: 1, 3: 1, 4: 1, 5: 90},
                "away@x.org": {7: 9, 8: 9, 9: 9, 10: 9, 11: 9}}
        rows = sorted((MONDAY + day * DAY, user, 0, 0, count) for user, days in sent.items() for day, count in days.items())
        users = self.users_of(rows)
        halves = [(MONDAY + half * DAY // 2, {"Clean Messages": 20 if half < 2 else 50}) for half in range(28) if half != 19]
        self.run_of({OUTGOING: halves}, "overview", hours=12)
        weeks = working_days(Run(self.root / "overview"), day_of)
        first = day_of(MONDAY)
        self.assertEqual({week - first: [day - first for day in days] for week, days in weeks.items()},
                         {0: [1, 2, 3, 4], 7: [7, 8, 10, 11]})
        self.assertEqual(list(measure_silence(users, weeks)), [("silent_days", 5 / 12, 12)])


class Verdicts(Tables):
    def test_ranges(self):
        between, below, equal, most = (Figure("1", "a", "", "", "", **limits) for limits in (
            {"low": 1, "high": 2}, {"below": 2}, {"low": 0, "high": 0}, {"high": 2}))
        self.assertEqual([between.takes(value) for value in (0.9, 1, 2, 2.1)], [False, True, True, False])
        self.assertEqual([below.takes(value) for value in (1.9, 2)], [True, False])
        self.assertEqual([equal.takes(value) for value in (0, 0.1)], [True, False])
        self.assertEqual([most.takes(value) for value in (2, 2.1)], [True, False])
        self.assertEqual([figure.accepted() for figure in (between, below, equal, most)], ["1 to 2", "below 2", "0", "at most 2"])

    def test_reserved_names_are_judged_only_if_that_is_asked(self):
        measured = [("are_reserved", True, 1), ("top_levels", 2, 9), ("numbered", 0.5, 9), ("clean_in_out", 0.7, 9)]
        for style, expected in (("auto", "not judged"), ("reserved", "not judged"), ("lifelike", "outside")):
            verdicts = {line["name"]: line["verdict"] for line in judge(iter(measured), style)}
            self.assertEqual([verdicts[name] for name in ("top_levels", "numbered", "clean_in_out", "shapes")],
                             [expected, "outside", "inside", "not judged"])

    def test_a_verdict_names_missing_tables(self):
        run = self.run_of({TLS_OUTGOING: [(MONDAY, {"Domain": f"d{at:02}.com", "Total Messages": 2}) for at in range(100)]})
        for number in set(USED) - {OUTGOING, TLS_OUTGOING}:
            (run.appliances[0] / FILES[number]).unlink()
        self.run_of({}, "two")
        run = Run(self.root)
        notes = {line["name"]: line["note"] for line in judge(measure.measure(run, timezone.utc), "auto", run.missing())}
        self.assertEqual([notes[name] for name in ("numbered", "owner_shape", "writes_back", "cpu_determined", "hour_sd_sent")],
                         ["without table 4", "without tables 4 and 5", "without table 4", "without tables 34 and 41",
                          "needs a week by the hour"])

    def test_a_figure_of_too_few_days_is_only_shown(self):
        for size, expected in ((27, "not judged"), (28, "outside")):
            lines = {line["name"]: line for line in judge([("are_reserved", False, 1), ("day_lag", 0.1, size)], "auto")}
            self.assertEqual((lines["day_lag"]["verdict"], lines["day_lag"]["found"]), (expected, 0.1))

    def test_every_figure_of_the_acceptance_table_is_measured(self):
        modules = ("senders.py", "domains.py", "users.py", "rates.py", "days.py", "machine.py")
        text = "".join((Path(__file__).parent / name).read_text() for name in modules)
        named = set(re.findall(r'"([a-z0-9_]+)"', text)) | {f"word_{word}" for word in senders.WORDS}
        named |= {f"{prefix}_{stream}" for prefix in re.findall(r'"([a-z_]+)_\{stream\}"', text) for stream in STREAMS}
        self.assertEqual([figure.name for figure in FIGURES if figure.name not in named], [])

    def test_exit_codes(self):
        reserved, inside, outside = ("are_reserved", True, 1), ("clean_in_out", 0.7, 9), ("numbered", 0.5, 9)
        for measured, expected in (([reserved, inside], 0), ([reserved, inside, outside], 1), ([reserved], 2)):
            with patch.object(measure, "measure", return_value=measured), patch.object(measure, "Run"), \
                    patch.object(sys, "argv", ["measure.py", "--json", "out"]), patch("sys.stdout"), patch("sys.stderr"):
                with self.assertRaises(SystemExit) as found:
                    measure.main()
            self.assertEqual(found.exception.code, expected)

    def test_bad_input(self):
        run = self.run_of({ADDRESSES: [(MONDAY + HOUR, address("1.1.1.1")), (MONDAY, address("1.1.1.1"))]})
        with self.assertRaisesRegex(BadInput, "line 3: found 2008-11-17 00:00 GMT after 2008-11-17 01:00 GMT"):
            list(run.rows(ADDRESSES))
        path = run.appliances[0] / FILES[OUTGOING]
        heading = path.read_text()
        for text, error in (("", "no column"), ("Begin Timestamp\r\n", "no column"), (heading + "x,1.0\r\n", "line 2"),
                            (heading + "0.0,86400.0,,,0,0,0\r\n", "at most a day"), (heading + "1e400,1e400\r\n", "line 2")):
            path.write_text(text)
            with self.assertRaisesRegex(BadInput, error):
                list(run.rows(OUTGOING, ("Clean Messages",)))
        for number in USED:
            (run.appliances[0] / FILES[number]).unlink()
        with self.assertRaisesRegex(BadInput, "found no exports"):
            Run(self.root)
        with self.assertRaisesRegex(BadInput, "found no directory"):
            Run(self.root / "absent")
        with self.assertRaisesRegex(BadInput, "found the address 'fe80::1'"):
            senders.first_octet("fe80::1")
        with self.assertRaisesRegex(BadInput, "--zone: found Nowhere"):
            measure.zone_of("Nowhere")
        with self.assertRaisesRegex(BadInput, "found the SBRS 'high'"):
            senders.tenths_of("high")


if __name__ == "__main__":
    unittest.main()
