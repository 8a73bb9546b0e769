//! The facts that exports can and cannot tell.

use crate::figures::Figures;

/// Facts, each with the tables that can tell it. One of them is enough.
const FACTS: &[(&str, &[u32])] = &[
    ("reputation multiplier", &[4, 6]),
    ("actions of sender groups", &[7, 8]),
    ("scores of sender groups, reverse DNS and addresses", &[5]),
    ("volumes of clean mail, spam, viruses and invalid recipients", &[1, 4, 5, 6, 9, 10]),
    ("rejected and accepted connections", &[4, 6, 8, 24]),
    ("messages of a connection and recipients of a message", &[34]),
    ("sizes of incoming messages", &[36]),
    ("sizes of outgoing messages", &[40]),
    ("use of TLS by senders", &[24, 25]),
    ("domains of senders", &[4]),
    ("number of users", &[9, 10]),
    ("content filters of incoming mail", &[14, 15, 16]),
    ("content filters of outgoing mail", &[17, 18, 19]),
    ("virus types", &[21, 22, 23]),
    ("outbreaks", &[20]),
    ("volume of outgoing mail", &[2, 3, 9, 11, 28, 38]),
    ("destinations", &[29]),
    ("TLS settings of destinations", &[27, 29]),
    ("counting rule of outgoing TLS", &[27, 28, 29]),
    ("hard bounces", &[3]),
    ("processor time of each function", &[41, 42]),
    ("waiting in the work queue", &[30, 31, 32]),
];

/// Facts that no table tells.
const NEVER: &[&str] = &[
    "the true classes of senders",
    "durations of sessions",
    "retries and deferrals of deliveries",
    "limits of listeners, connections and queues",
    "names and further settings of mail flow policies",
    "the share of the messages of one sender that is spam",
    "the distributions of recipients and sizes, beyond their means",
    "whether a content filter drops, bounces or quarantines",
];

/// The facts that exports with these tables cannot tell.
pub(super) fn not_identifiable(figures: &Figures) -> Vec<String> {
    let missing = FACTS.iter().filter(|(_, tables)| tables.iter().all(|&table| figures.table(table).is_none()));
    let missing = missing.map(|(fact, tables)| {
        let (noun, numbers) = (if tables.len() == 1 { "table" } else { "tables" }, tables.iter().map(u32::to_string));
        let numbers: Vec<String> = numbers.collect();
        let needs = if tables.len() == 1 { "needs" } else { "needs one of" };
        format!("{fact}: {needs} {noun} {}", numbers.join(", "))
    });
    missing.chain(NEVER.iter().map(|&fact| fact.to_owned())).collect()
}

/// The facts about the site that a scenario and its report still disclose. `has_names` is true if the names of the exports are kept, and
/// `is_anonymous` if small counts are left out and numbers have three digits.
pub(super) fn disclosures(figures: &Figures, has_names: bool, is_anonymous: bool) -> Vec<&'static str> {
    let has = |tables: &[u32]| tables.iter().any(|&table| figures.table(table).is_some());
    [
        (!is_anonymous, "the dates, and the counts of each interval"),
        (is_anonymous, "the dates, and the counts of each interval to three digits"),
        (!is_anonymous, "the totals and means of all tables"),
        (is_anonymous, "the totals and means of all tables to three digits"),
        (has_names, "the names of domains, destinations, network owners, users, content filters and sender groups"),
        (
            !has_names && has(&[4, 5, 6, 9, 10, 11, 29]),
            "the counts of the largest domains, destinations, network owners and users, under pseudonyms",
        ),
        (is_anonymous && has(&[29]), "the counts of every destination under TLS Required, under pseudonyms"),
        (has(&[5]), "the scores and numbers of addresses of the largest domains"),
        (!has_names && has(&[7, 8]), "the number of sender groups, and the names of those that every appliance has"),
        (!has_names && has(&[14, 15, 16, 17, 18, 19]), "the number of content filters, and what they do"),
        (has(&[21, 22, 23]), "the names of virus types"),
        (has(&[20]), "the names and times of outbreaks"),
        (has(&[5]), "the shares of addresses by reputation score"),
    ]
    .into_iter()
    .filter_map(|(is_disclosed, fact)| is_disclosed.then_some(fact))
    .collect()
}

#[cfg(test)]
mod tests {
    use tollgate_catalogue::Catalogue;

    use super::*;

    #[test]
    fn without_tables_every_fact_is_out_of_reach() {
        let facts = not_identifiable(&Figures::default());
        assert_eq!(facts.len(), FACTS.len() + NEVER.len());
        assert_eq!(facts[6], "sizes of incoming messages: needs table 36");
        let tables = FACTS.iter().flat_map(|(_, tables)| tables.iter());
        assert!(tables.into_iter().all(|&table| Catalogue::builtin().table(table).is_some()));
    }
}
