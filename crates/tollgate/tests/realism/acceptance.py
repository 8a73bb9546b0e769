"""The acceptance table: for each figure, what is published and where, the accepted range, and the tables that it needs."""

import math
from dataclasses import dataclass

SOURCES = {
    "TREC": "TREC 2007 Public Corpus, University of Waterloo: the hosts in the Received headers of 26,698 spam messages (18,708"
            " addresses, 2,187 domains) and of legitimate mail (1,283 hosts, 632 domains), April and May 2007, and the times at"
            " which the messages arrived. Computed.",
    "IronPort": "mailflow-days.csv of ironport-tools, github.com/2001db8/ironport-tools: the export of an IronPort appliance with"
                " scores, 26 and 27 October 2005, 261 rows. Computed.",
    "Enron": "The mail of 184 users of Enron, data set enron of the R package igraphdata. Computed.",
    "EU": "The mail of a European Union institution, SNAP email-Eu-core-temporal, 53,633 messages. Computed.",
    "AsyncOS": "The status lines of three IronPort appliances in documents on AsyncOS: the total use of the processor and that of"
               " each function, in whole per cents.",
    "Commtouch": "Commtouch on the spam of each day of the week, 2008.",
    "McColo": "Reports on the shutdown of McColo in November 2008: 190 and 112 billion spam messages a day worldwide; Postini.",
    "Thread": "An administrator of two C650s in the thread TLS Stats on the IronPort community forum.",
    "Names": "2,063 addresses of Enron in github.com/udacity/ud120-projects. Computed.",
    "Duan": "Z. Duan, K. Gopalan and X. Yuan on the behaviour of spammers at a university's mail servers.",
    "assumed": "No source was found, so the range is a design value. The ranges of rows 10 and 17, and those of row 20 but"
               " the rest of the processor's use, are design values too.",
}

# Numbers of the tables that the figures of a row need, unless a figure says otherwise.
TABLES = {"1": (4,), "2": (4,), "3": (5,), "4": (5,), "5": (5,), "6": (5,), "7": (5,), "8": (5,), "9": (5,), "10": (5,),
          "11": (4, 29), "12": (9,), "13": (1,), "14": (1,), "15": (1,), "16": (1,), "17": (6,), "18": (9,), "19": (2, 9),
          "20": (34, 41), "21": (4, 26), "22": (1,), "23": (1,), "24": (1,)}

# The reason that figures of a row have no value although the tables are there.
REASONS = {"13": "needs a week by the hour", "14": "needs a week by 5 minutes", "15": "needs 28 days by the hour",
           "16": "too few days or no holiday", "20": "needs intervals of 5 minutes", "21": "TLS is off",
           "22": "needs 28 days by the hour", "23": "needs a week by the hour", "24": "other days"}


@dataclass(frozen=True)
class Figure:
    """A figure, what is published and what is accepted. A range includes its ends, `below` excludes its limit. A figure without a
    range is only shown. Under reserved names, a figure that such names cannot have is only shown too, and so is a figure of fewer
    days than `days`."""

    row: str
    name: str
    what: str
    published: str
    source: str
    low: float = -math.inf
    high: float = math.inf
    below: float = math.inf
    needs_real_names: bool = False
    days: int = 0
    tables: tuple = ()

    def needed(self):
        """The numbers of the tables that the figure needs."""
        return self.tables or TABLES[self.row]

    def reason(self):
        """The reason that the figure has no value although its tables are there."""
        return REASONS.get(self.row, "too little data")

    def is_judged(self):
        return self.low > -math.inf or self.high < math.inf or self.below < math.inf

    def takes(self, found):
        return self.low <= found <= self.high and found < self.below

    def accepted(self):
        """The range in words."""
        if not self.is_judged():
            return "not judged"
        if self.below < math.inf:
            return f"below {self.below:g}"
        if self.high == math.inf:
            return f"at least {self.low:g}"
        if self.low == -math.inf:
            return f"at most {self.high:g}"
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"


FIGURES = (
    Figure("1", "numbered", "Sender domains that are letters and then digits", "0.011 to 0.017", "TREC", below=0.03),
    Figure("1", "top_levels", "Top-level domains of senders", "50 to 104", "TREC", low=40, needs_real_names=True),
    Figure("1", "long_suffix", "Sender domains below a suffix of two labels", "0.16 to 0.17", "TREC", 0.10, 0.22),
    Figure("1", "rank_in_name", "Rank in a name: correlation of number and place", "none", "assumed", below=0.3),
    Figure("2", "label_length", "Length of the first label of a sender domain", "6.6 to 8.1", "TREC", 6, 9),
    Figure("2", "label_hyphen", "First labels with a hyphen", "0.089", "TREC", 0.05, 0.12),
    Figure("2", "label_digit", "First labels with a digit", "0.024 to 0.037", "TREC", 0.01, 0.06),
    Figure("2", "domain_shapes_top", "Commonest shape of a sender domain", "0.73", "TREC", 0.6, 0.8),
    Figure("3", "octet_entropy", "Spam hosts: entropy of first octets, bits", "5.84", "TREC", 5.3, 6.3, needs_real_names=True),
    Figure("3", "octet_top", "Spam hosts in the top 8 first octets", "0.29", "TREC", 0.2, 0.4, needs_real_names=True),
    Figure("3", "octet_reserved", "Spam hosts at 224.0.0.0 or above", "0", "TREC", 0, 0, needs_real_names=True),
    Figure("4", "hosts_per_24", "Clean hosts per /24, in a sample of 1,300", "1.77", "TREC", 1.4, 2.5),
    Figure("4", "many_hosts_per_24", "Clean hosts per /24, of at most 25,000", "none", "assumed", below=6),
    Figure("5", "no_name", "Spam hosts without a name", "0.27", "TREC", 0.22, 0.36),
    Figure("5", "unverified", "Spam hosts with an unverified name", "0.145", "TREC", 0.10, 0.20),
    Figure("5", "clean_no_name", "Clean hosts without a verified name", "0.017", "TREC", below=0.04),
    Figure("6", "shapes", "Shapes of names of 1,000 spam hosts", "187", "TREC", 120, 260),
    Figure("6", "shapes_top", "Commonest shape of names of spam hosts", "0.095", "TREC", below=0.15),
    Figure("6", "clean_shapes", "Shapes of names of 1,000 clean hosts", "91", "TREC", 60, 130),
    Figure("6", "owner_shape", "Commonest shape in an owner's spam hosts, median", "0.94", "TREC", tables=(4, 5)),
    Figure("7", "four_numbers", "Named spam hosts: four numbers", "0.60", "TREC", 0.5, 0.7),
    Figure("7", "word_dsl", "Named spam hosts: dsl", "0.20", "TREC", 0.15, 0.28),
    Figure("7", "word_dynamic", "Named spam hosts: dyn, dhcp, dial, ppp, pool", "0.27", "TREC", 0.2, 0.35),
    Figure("7", "word_cable", "Named spam hosts: cable, cpe, hsd, catv, cm", "0.15", "TREC", 0.05, 0.2),
    Figure("7", "word_static", "Named spam hosts: static, fix, biz", "0.03", "TREC", 0.02, 0.12),
    Figure("7", "clean_role", "Named clean hosts: first label is a mail role", "0.33", "TREC", 0.25, 0.45),
    Figure("8", "score_floor", "Spam: score of -9.9 or below", "0.11", "IronPort", 0.08, 0.2),
    Figure("8", "score_middle", "Spam: score above -4 and at most -1", "0.21", "IronPort", 0.15, 0.3),
    Figure("8", "score_high", "Spam: score above -1", "0.19", "IronPort", 0.1, 0.25),
    Figure("8", "score_none", "Spam: no score", "0.045", "IronPort", 0.02, 0.08),
    Figure("9", "score_variation", "Spam: coefficient of variation of seven bins", "0.28", "IronPort", 0.15, 0.5),
    Figure("9", "score_atoms", "Five commonest scores", "0.25", "IronPort", 0.15, 0.35),
    Figure("10", "score_moved", "Addresses of two consecutive days: score moved", "1 of 4", "IronPort", 0.1, 0.5),
    Figure("10", "group_moved", "Addresses of two consecutive days: group moved", "1 of 4", "IronPort", 0.01, 0.15),
    Figure("10", "name_moved", "Addresses of two consecutive days: name moved", "none", "assumed", below=0.01),
    Figure("10", "score_ever_moved", "Addresses of several days: score ever moved", "none", "assumed"),
    Figure("10", "one_day", "Spam hosts that are seen on one day", "0.964 in 39 days", "TREC"),
    Figure("11", "writes_back", "Top 100 destinations that send clean mail", "about 0.5", "assumed", 0.4, 0.75),
    Figure("12", "clean_in_out", "Users: log correlation of clean in and out", "0.81; 0.78", "Enron, EU", 0.55, 0.85),
    Figure("12", "ham_spam", "Users: log correlation of clean in and spam in", "0.24", "TREC", 0, 0.6),
    Figure("13", "hour_sd_reputation", "Hours, log sd: stopped by reputation", "0.21", "TREC", 0.08, 0.35),
    Figure("13", "hour_sd_detected", "Hours, log sd: spam detected", "0.21", "TREC", 0.08, 0.35),
    Figure("13", "hour_sd_clean", "Hours, log sd: clean incoming", "0.32", "TREC", 0.08, 0.35),
    Figure("13", "hour_sd_sent", "Hours, log sd: sent by users", "none", "assumed", below=0.35, tables=(2,)),
    Figure("14", "minutes_sd_reputation", "5 minutes, log sd: stopped by reputation", "0.47", "TREC", 0.1, 0.6),
    Figure("14", "minutes_sd_detected", "5 minutes, log sd: spam detected", "0.47", "TREC", 0.1, 0.6),
    Figure("14", "minutes_sd_clean", "5 minutes, log sd: clean incoming", "0.59", "TREC", 0.1, 0.6),
    Figure("14", "minutes_sd_sent", "5 minutes, log sd: sent by users", "none", "assumed", below=0.6, tables=(2,)),
    Figure("14", "minutes_lasting_reputation", "5 minutes, lasting part of it: reputation", "0.2 to 0.3", "TREC"),
    Figure("14", "minutes_lasting_detected", "5 minutes, lasting part of it: spam detected", "0.2 to 0.3", "TREC"),
    Figure("14", "minutes_lasting_clean", "5 minutes, lasting part of it: clean", "0.2 to 0.3", "TREC"),
    Figure("14", "minutes_lasting_sent", "5 minutes, lasting part of it: sent", "none", "assumed", tables=(2,)),
    Figure("14", "minutes_lag_reputation", "5 minutes, correlation in 1 h: reputation", "0.15 to 0.3", "TREC", low=0.1),
    Figure("14", "minutes_lag_detected", "5 minutes, correlation in 1 h: spam detected", "0.15 to 0.3", "TREC", low=0.1),
    Figure("14", "minutes_lag_clean", "5 minutes, correlation in 1 h: clean", "0.15 to 0.3", "TREC", low=0.1),
    Figure("14", "minutes_lag_sent", "5 minutes, correlation in 1 h: sent", "none", "assumed", tables=(2,)),
    Figure("14", "dispersion", "Variance over mean at 2,000 per 5 minutes", "90", "TREC", 30, 200),
    Figure("15", "burst", "Spam: largest over median hour, of 28 days", "2.6 to 91", "TREC", low=2.2),
    Figure("15", "burst_week", "Spam: largest over median hour, of a week", "none", "assumed"),
    Figure("16", "day_lag", "Spam: correlation of consecutive days", "0.89", "TREC", 0.4, 0.95, days=28),
    Figure("16", "in_out_days", "Working days: correlation of clean in and out", "0.32 to 0.41", "EU", 0.2, 0.8, days=28,
           tables=(1, 2)),
    Figure("16", "christmas", "Sent on Christmas and New Year over usual", "0 to 0.23", "Enron, EU", below=0.3, tables=(2,)),
    Figure("16", "holiday", "Sent on all holidays over usual", "0 to 0.62", "Enron, EU", tables=(2,)),
    Figure("17", "mixed_threat", "Threat from owners with clean mail", "0.46 to 0.92", "TREC, Duan", 0.6, 0.95),
    Figure("17", "mixed_clean", "Clean mail from owners with threat", "0.25 to 0.47", "TREC", 0.4, 0.85),
    Figure("18", "local_digit", "Users with a digit in the local part", "0.001 to 0.08", "Names, TREC", below=0.08),
    Figure("18", "local_role", "Role accounts", "0.01 to 0.04", "Names, TREC", 0.005, 0.04),
    Figure("18", "local_convention", "Users with the commonest form of local part", "0.95", "Names", 0.75, 0.97),
    Figure("19", "silent_days", "Days without sent mail, of users at 2 a weekday", "0.20", "EU", 0.13, 0.28),
    Figure("20", "cpu_determined", "Determination of processor by messages", "none", "assumed", 0.7, 0.96),
    Figure("20", "cpu_rest", "Processor less its functions, median points", "0 to 17", "AsyncOS", 1, 17, tables=(41, 42)),
    Figure("20", "cpu_rest_least", "Processor less its functions, least points", "0", "AsyncOS", low=0, tables=(41, 42)),
    Figure("20", "cpu_rest_most", "Processor less its functions, most points", "17", "AsyncOS", high=20, tables=(41, 42)),
    Figure("20", "reporting_determined", "Determination of Reporting by messages", "none", "assumed", below=0.5, tables=(34, 42)),
    Figure("20", "queue_spike", "Work queue: largest over median mean depth", "none", "assumed", low=20, tables=(31,)),
    Figure("20", "queue_longest", "Work queue: most messages", "none", "assumed", tables=(32,)),
    Figure("20", "missing", "Intervals without rows", "none", "assumed"),
    Figure("20", "gaps", "Gaps without rows", "none", "assumed"),
    Figure("21", "tls_never", "Clean domains that never start TLS", "0.63", "TREC", 0.5, 0.8),
    Figure("21", "tls_always", "Clean domains that always start TLS", "0.30", "TREC", 0.15, 0.4),
    Figure("21", "tls_mixed", "Clean domains that start TLS at times", "0.07", "TREC", below=0.15),
    Figure("22", "hurst_spam", "Hurst parameter of hours: spam", "0.78 to 0.89", "TREC", 0.7, 0.95),
    Figure("22", "hurst_clean", "Hurst parameter of hours: clean incoming", "0.74 to 0.93", "TREC"),
    Figure("23", "busiest_hour", "Busiest hour of the mean week: sent", "0.019 to 0.026", "Enron, EU", 0.019, 0.028, days=28,
           tables=(2,)),
    Figure("23", "weekend_spam", "Weekend day over working day: spam", "0.87 to 0.90", "Commtouch", 0.85, 0.92, days=182),
    Figure("23", "weekend_clean", "Weekend day over working day: clean incoming", "0.32 to 0.375", "Enron, EU", 0.3, 0.4, days=28),
    Figure("23", "weekend_sent_clean", "Weekend day over working day: clean outgoing", "0.077 to 0.081", "Enron, EU", 0.05, 0.15,
           days=28, tables=(2,)),
    Figure("23", "sent_week", "Sent in a mean week", "261,502", "Thread", tables=(2,)),
    Figure("24", "mccolo", "Spam of the day after McColo over day before", "0.30; 0.59", "McColo"),
)

# Facts about mail that no export has, so that no figure can be measured from them.
HIDDEN = (
    ("1, 2", "Domains of senders in envelopes and headers. Incoming Domains has the domain of the host name."),
    ("5", "Hosts of spam that no filter finds. Their mail counts as clean."),
    ("7", "The network owner of an address. Tables 5 and 6 have no common key, so shapes are grouped by domain."),
    ("10", "Scores within an interval. A row has the last score only."),
    ("12", "Spam that reputation filtering stops, for each user. Internal Users has detected spam only."),
    ("13, 14", "Times of single messages, and the hosts behind a burst. Tests of the drawn traffic measure gaps within an hour."),
    ("18", "Names of people. Conventions without a separator, such as flast and last, look alike."),
    ("19", "Messages of a user. A row counts recipients, and says nothing of leave."),
    ("20", "The reason that rows are missing, such as a restart."),
    ("21", "Hosts with TLS. The tables have domains, and nothing if the listener does not offer TLS."),
)
