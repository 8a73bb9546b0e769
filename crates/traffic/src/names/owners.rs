//! Network owners and their domains.

use hashbrown::HashSet;
use tollgate_scenario::NameStyle;

use super::draws::Draws;
use super::host::{fits_technology, main_shape};
use super::label::{write_brand, write_initials};
use super::lists::{SURNAMES, WORDS};
use super::{Naming, first_free, hash, suffixes};

/// The words of a university. It has no legal form, and under the lifelike style it has a suffix for universities. Most generated owners
/// have broadband customers, so universities are rare.
const UNIVERSITY: &str = " University";

/// Number of owners that have so many hosts that the forms of their names are balanced.
const LARGEST: u64 = 16;

/// Share of hosts with their whole address in the name, in thousandths.
const WITH_ADDRESS: u64 = 600;

/// Lines of business of network owners: the words in the name, and the endings of the domain.
const LINES: [(u32, (&str, &[&str])); 22] = [
    (90, (" Telecom", &["tel", "telecom", "net", ""])),
    (80, (" Communications", &["comm", "net", "", ""])),
    (45, (" Cable", &["cable", "net", "tv", ""])),
    (70, (" Internet", &["net", "online", "inet", ""])),
    (60, (" Networks", &["net", "networks", ""])),
    (60, (" Broadband", &["bb", "broadband", "net"])),
    (60, (" Online", &["online", "on", ""])),
    (50, (" Hosting", &["host", "hosting", "web", ""])),
    (50, ("", &["", "net", "group"])),
    (40, (" Telephone", &["tel", "phone", "net"])),
    (40, ("net", &["net"])),
    (40, (" Data", &["data", "dc", "net"])),
    (25, (" Cable Communications", &["cable", "net", ""])),
    (12, (" DSL", &["dsl", "net"])),
    (35, (" Wireless", &["wireless", "air", "net"])),
    (30, (" Technologies", &["tech", "tec", ""])),
    (30, (" Datacenter", &["dc", "colo", "servers"])),
    (30, (" Systems", &["sys", "systems", ""])),
    (30, (" Interactive", &["net", "i", ""])),
    (12, (UNIVERSITY, &["u", "univ", ""])),
    (25, (" Media", &["media", ""])),
    (15, (" Hosting Services", &["host", "servers"])),
];

/// Legal forms by the last label of the domain. The entry without labels stands for all other domains.
const LEGAL: [(&[&str], &[&str]); 14] = [
    (&["de", "at"], &[" GmbH", " AG", " GmbH & Co. KG"]),
    (&["br", "pt"], &[" S.A.", " Ltda", " LTDA", " S/A"]),
    (&["es", "ar", "mx", "cl", "co", "pe", "ve"], &[" S.A.", " S.L.", " S.A. de C.V.", " SA"]),
    (&["it"], &[" S.p.A.", " S.r.l.", " spa"]),
    (&["fr", "be", "lu", "ch"], &[" SA", " S.A.", " SARL", " SAS"]),
    (&["nl"], &[" B.V.", " BV", " N.V."]),
    (&["se"], &[" AB"]),
    (&["dk", "no"], &[" A/S", " AS"]),
    (&["fi"], &[" Oy", " Oyj"]),
    (&["pl"], &[" S.A.", " Sp. z o.o.", " sp. z o.o."]),
    (&["jp", "kr", "tw", "cn", "hk", "sg", "my", "th"], &[" Co., Ltd.", " Corporation", " Inc.", " Co.,Ltd"]),
    (&["ru", "ua", "by", "kz"], &[" OJSC", " Ltd.", " JSC", " LLC"]),
    (&["uk", "au", "nz", "za", "in", "il", "ie"], &[" Ltd", " Limited", " Plc", " Pty Ltd", " Ltd."]),
    (&[], &[", Inc.", " Inc.", " LLC", " Corp.", ", LLC", " Corporation", ", Ltd.", " Ltd", " Co."]),
];

/// The forms of the names that hosts of the largest owners have. A few owners have most of the hosts. If their forms were left to
/// chance, one shape would often be too common.
#[derive(Default)]
struct Largest {
    shapes: HashSet<String>,
    /// The weight of the owners before, and of those whose hosts have the address in the name.
    all: u64,
    with_address: u64,
}

impl Largest {
    /// Takes an owner if its hosts have names of a shape that no larger owner's hosts have, and if the share of hosts with the address in
    /// the name stays typical.
    fn takes(&mut self, rank: u64, shape: String) -> bool {
        let has_address = ["0-0-0-0", "0.0.0.0", "0_0_0_0"].iter().any(|numbers| shape.contains(numbers));
        let are_few = self.with_address * 1_000 < self.all * WITH_ADDRESS;
        if self.all > 0 && has_address != are_few || !self.shapes.insert(shape) {
            return false;
        }
        // The number of hosts falls about as the rank grows.
        let weight = 1_000 / (rank + 1);
        self.all += weight;
        self.with_address += if has_address { weight } else { 0 };
        true
    }
}

impl Naming {
    /// The network owners of one family, the largest first. All names differ, and all domains differ. The owner of a rank depends only on
    /// the ranks before it.
    pub(crate) fn owners(&self, of: u64, count: usize) -> Vec<(String, String)> {
        let mut seen = HashSet::with_capacity(2 * count);
        let mut largest = Largest::default();
        let mut free = |rank: u64, mut draws: Draws| {
            let (name, domain) = self.draw_owner(&mut draws)?;
            let hashes = [hash(&name), hash(&domain)];
            let is_free = hashes.iter().all(|each| !seen.contains(each)) && !self.listed_owners.contains(&hashes[0]);
            let is_large = rank < LARGEST;
            let is_university = name.to_ascii_lowercase().contains(" university") || suffixes::is_public(&domain);
            if !is_free || is_large && (is_university || !largest.takes(rank, main_shape(&domain))) {
                return None;
            }
            seen.extend(hashes);
            Some((name, domain))
        };
        (0..count as u64).map(|rank| first_free(of, rank, |draws| free(rank, draws))).collect()
    }

    fn draw_owner(&self, draws: &mut Draws) -> Option<(String, String)> {
        let mut name = String::with_capacity(40);
        let is_short = write_stem(draws, &mut name);
        let (line, ends) = draws.weighted(&LINES);
        let mut host = String::from("x.");
        host.extend(name.chars().filter(|mark| *mark != ' ').map(|mark| mark.to_ascii_lowercase()));
        let end = draws.pick(ends);
        if draws.permille(120) && !end.is_empty() {
            host.push('-');
        }
        host.push_str(end);
        let is_university = line == UNIVERSITY;
        let suffix = match self.style {
            NameStyle::Lifelike if is_university => draws.pick(&suffixes::ACADEMIC),
            _ => self.suffix(draws),
        };
        if suffixes::is_public(suffix) && !is_university {
            return None;
        }
        let domain = self.finish_domain(&mut host, suffix)?.to_owned();
        name.push_str(line);
        if !fits_technology(&name, &domain) {
            return None;
        }
        if !is_university && draws.permille(550) {
            let top = domain.rsplit('.').next().unwrap_or_default();
            let forms = LEGAL.iter().find(|(tops, _)| tops.is_empty() || tops.contains(&top)).map(|(_, forms)| forms);
            name.push_str(forms.map_or("", |forms| draws.pick(forms)));
        }
        match draws.below(100) {
            0..9 => name.make_ascii_uppercase(),
            9..12 => name = name.split(' ').next().unwrap_or_default().to_ascii_uppercase() + "-NET",
            12..14 if !is_short => name.make_ascii_lowercase(),
            _ => {}
        }
        Some((name, domain))
    }
}

/// Writes the first words of an owner's name. Returns true if they are initials.
fn write_stem(draws: &mut Draws, name: &mut String) -> bool {
    match draws.below(100) {
        0..40 => {
            let syllables = 2 + draws.below(2);
            write_brand(draws, syllables, name);
        }
        40..58 => {
            name.push_str(draws.pick(&WORDS));
            let begin = name.len();
            name.push(' ');
            name.push_str(draws.pick(&WORDS));
            name[begin + 1..=begin + 1].make_ascii_uppercase();
        }
        58..76 => {
            name.push_str(draws.pick(&WORDS));
            name.push_str(draws.pick(&WORDS));
        }
        76..88 => {
            name.push_str(SURNAMES.any(draws));
            if draws.permille(500) {
                name.push_str(draws.pick(&["tel", "com", "link", "net", "data", "line"]));
            }
        }
        _ => {
            write_initials(draws, name);
            name.push(char::from(draws.pick(b"bcdfgklmnprstvwxz")));
            name.make_ascii_uppercase();
            return true;
        }
    }
    name[..1].make_ascii_uppercase();
    false
}
