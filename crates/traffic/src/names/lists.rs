//! Lists of words.

use std::sync::LazyLock;

use super::draws::Draws;

/// Common words.
pub(super) static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| words(include_str!("data/words.txt")).collect());

/// Registered labels of large providers, companies and institutions of the time, in alphabetical order.
static KNOWN: LazyLock<Vec<&str>> = LazyLock::new(|| words(include_str!("data/known.txt")).collect());

/// Words at the end of a label, for a line of business or a legal form.
pub(super) static AFFIXES: LazyLock<Vec<&str>> = LazyLock::new(|| words(include_str!("data/affixes.txt")).collect());

/// Role accounts.
pub(super) static ROLES: LazyLock<Vec<&str>> = LazyLock::new(|| words(include_str!("data/roles.txt")).collect());

/// Words between the address and the owner's domain in names of hosts.
pub(super) static HOST_WORDS: LazyLock<Vec<&str>> =
    LazyLock::new(|| words(include_str!("data/host-words.txt")).collect());

/// Suffixes of domains with their weights.
pub(super) static SUFFIXES: LazyLock<Frequencies> =
    LazyLock::new(|| Frequencies::new(include_str!("data/suffixes.txt")));

/// The commonest surnames. A frequency is in thousandths of a per cent.
pub(super) static SURNAMES: LazyLock<Frequencies> =
    LazyLock::new(|| Frequencies::new(include_str!("data/surnames.txt")));

/// The commonest first names. A frequency is in thousandths of a per cent.
pub(super) static GIVEN: LazyLock<Frequencies> = LazyLock::new(|| Frequencies::new(include_str!("data/given.txt")));

/// Names that administrators give to servers.
pub(super) const SERVERS: [&str; 64] = [
    "ajax", "alpha", "apollo", "ares", "atlas", "aurora", "bart", "boreas", "castor", "cerberus", "charon", "corp",
    "cronos", "dc", "delta", "draco", "edge", "eos", "exchange", "falcon", "firewall", "frodo", "gandalf", "gate",
    "gateway", "gw", "hal", "helios", "hera", "hermes", "homer", "host", "hydra", "icarus", "iris", "juno", "jupiter",
    "leo", "linux", "luna", "mars", "mercury", "merlin", "neptune", "ns", "odin", "omega", "orion", "pluto", "pollux",
    "post", "prime", "proxy", "rhea", "saturn", "server", "sirius", "srv", "thor", "titan", "uranus", "venus", "www",
    "zeus",
];

/// Names with their frequencies.
pub(super) struct Frequencies {
    names: Vec<&'static str>,
    /// The sum of the frequencies up to and including each name.
    ends: Vec<usize>,
}

impl Frequencies {
    /// Reads a table. A number in it is the frequency of each name up to the next number.
    fn new(text: &'static str) -> Self {
        let mut table = Frequencies { names: Vec::new(), ends: Vec::new() };
        let (mut frequency, mut end) = (0, 0);
        for word in words(text) {
            if let Ok(number) = word.parse::<usize>() {
                frequency = number;
                continue;
            }
            end += frequency;
            table.names.push(word);
            table.ends.push(end);
        }
        table
    }

    /// A name of the table. All are equally likely.
    pub(super) fn any(&self, draws: &mut Draws) -> &'static str {
        draws.pick(&self.names)
    }

    /// A name of the rarer three quarters of the table. All are equally likely.
    pub(super) fn rare(&self, draws: &mut Draws) -> &'static str {
        draws.pick(&self.names[self.names.len() / 4..])
    }

    /// The name at a place. The table begins again after its end.
    pub(super) fn cyclic(&self, place: usize) -> &'static str {
        self.names[place % self.names.len()]
    }

    /// A name of the table, drawn with its frequency.
    pub(super) fn draw(&self, draws: &mut Draws) -> &'static str {
        let total = self.ends.last().copied().unwrap_or(0);
        self.at(draws.below(total)).unwrap_or_default()
    }

    /// The name at a place below the sum of all frequencies. None beyond it.
    pub(super) fn at(&self, place: usize) -> Option<&'static str> {
        self.names.get(self.ends.partition_point(|&end| end <= place)).copied()
    }
}

/// Returns true if a registered label belongs to a large provider, company or institution.
pub(super) fn is_known(label: &str) -> bool {
    KNOWN.binary_search(&label).is_ok()
}

/// The words of a text without its comments.
pub(super) fn words(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#')).flat_map(str::split_ascii_whitespace)
}
