//! Speed of writing rows as CSV into memory, compared with a plain copy of the same bytes.
#![allow(missing_docs, reason = "criterion's macros make functions without documentation")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tollgate_catalogue::{Catalogue, Table};
use tollgate_ledger::{Counts, Last, Sender, User};
use tollgate_report::{CountingRule, CsvWriter, Setting};
use tollgate_traffic::Directory;

const HOUR: u64 = 3_600_000_000;
/// 2008-11-18 00:00 GMT.
const BEGIN: u64 = 1_226_966_400_000_000;
/// About the number of addresses in a busy hour.
const ADDRESSES: u32 = 20_000;
const USERS: u32 = 5_000;

fn directory() -> Directory {
    let mut directory = Directory::default();
    directory.groups.extend(["BLACKLIST", "SUSPECTLIST", "UNKNOWNLIST", "WHITELIST"].map(String::from));
    directory.users.extend((0..USERS).map(|number| format!("firstname.lastname{number:04}@site.example")));
    directory
}

/// A few large keys and many small ones, in an order that scatters neighbouring keys.
fn counts() -> Counts {
    let mut counts = Counts::default();
    for number in 0..ADDRESSES {
        let scattered = number.wrapping_mul(0x9E37_79B1);
        let address = 0x0A00_0000 | scattered >> 8;
        let small = u64::from(scattered >> 29);
        let cells = [
            (Sender::Rejected, small),
            (Sender::Spam, small * small * small),
            (Sender::Clean, small / 2),
            (Sender::Invalid, 1),
        ];
        *counts.addresses.add_all(address, cells) =
            Last { opened: (BEGIN, number), sbrs: -(small as i16) * 9, group: (small % 4) as u16, population: 0 };
    }
    for number in 0..USERS {
        let user = number.wrapping_mul(1_933) % USERS;
        let small = u64::from(number % 97);
        counts.users.add(user, User::IncomingSpam, small);
        counts.users.add(user, User::IncomingClean, small / 3 + 1);
        counts.users.add(user, User::OutgoingClean, small / 7);
    }
    counts
}

fn write(criterion: &mut Criterion, name: &str, table: &Table) {
    let (directory, counts) = (directory(), counts());
    let rule = Catalogue::builtin().rule("every-plain").expect("the documented rule");
    let counting = CountingRule { rule, base_interval_micros: HOUR / 12, busy_above: 30.0, known_for_micros: HOUR };
    let setting = Setting { directory: &directory, reputation_multiplier: 3, interval_micros: HOUR, counting };
    let mut writer = CsvWriter::new(setting);
    let mut out = Vec::new();
    writer.write_interval(table, BEGIN, &[&counts], &mut out);
    let bytes = out.clone();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes.len() as u64));
    group.bench_function("rows", |bencher| {
        bencher.iter(|| {
            out.clear();
            black_box(writer.write_interval(table, BEGIN, black_box(&[&counts]), &mut out))
        });
    });
    group.bench_function("copy", |bencher| {
        bencher.iter(|| {
            out.clear();
            out.extend_from_slice(black_box(&bytes));
            black_box(out.len())
        });
    });
    group.finish();
}

fn tables(criterion: &mut Criterion) {
    let catalogue = Catalogue::builtin();
    for (name, file) in [
        ("incoming_ip_addresses", "incoming_mail_incoming_ip_addresses.csv"),
        ("internal_users", "internal_users_internal_user_mail_flow_overview.csv"),
    ] {
        catalogue.select(file).for_each(|table| write(criterion, name, table));
    }
}

criterion_group!(benches, tables);
criterion_main!(benches);
