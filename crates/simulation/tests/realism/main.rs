//! explore
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by panicking")]
use std::collections::HashMap;
use std::convert::Infallible;
use std::path::Path;
use std::time::Instant;

use tollgate_ledger::{Counts, Group, Sender, System, User};
use tollgate_scenario::{Override, Scenario};
use tollgate_simulation::{Closed, Observer, Simulation};

struct Watch<F>(F);
impl<F: FnMut(Closed)> Observer for Watch<F> {
    type Error = Infallible;
    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        (self.0)(closed);
        Ok(())
    }
}
fn scenario(name: &str, overrides: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name).with_extension("toml");
    let overrides: Vec<Override> = overrides.iter().map(|each| each.parse().unwrap()).collect();
    Scenario::read(&path, &overrides).unwrap_or_else(|error| panic!("{error}"))
}

fn slope(mut values: Vec<u64>, top: usize) -> (f64, f64) {
    values.sort_unstable_by(|a, b| b.cmp(a));
    let total: u64 = values.iter().sum();
    let top10 = values.iter().take(10).sum::<u64>() as f64 / total as f64;
    let points: Vec<(f64, f64)> = values.iter().take(top).enumerate().map(|(i, &v)| (((i + 1) as f64).ln(), (v as f64).ln())).collect();
    let n = points.len() as f64;
    let mx = points.iter().map(|p| p.0).sum::<f64>() / n;
    let my = points.iter().map(|p| p.1).sum::<f64>() / n;
    let sxy: f64 = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let sxx: f64 = points.iter().map(|p| (p.0 - mx).powi(2)).sum();
    (sxy / sxx, top10)
}

#[test]
fn week() {
    let volume = std::env::var("V").unwrap_or("0.2".into());
    let begin = Instant::now();
    let scenario = scenario("c650-week", &[&format!("volume={volume}"), "time.export_interval=1h"]);
    let simulation = Simulation::new(&scenario);
    println!("ready {:?}", begin.elapsed());
    let mut all = Counts::default();
    let mut days = vec![[0u64; 12]; 7];
    let first = scenario.time.begin.micros();
    let tallies = simulation
        .run(Some(1), &mut Watch(|closed: Closed| {
            let day = ((closed.begin_micros - first) / 86_400_000_000) as usize;
            let total = closed.counts.domains.total();
            for (a, b) in days[day].iter_mut().zip(total) {
                *a += b;
            }
            let users = closed.counts.users.total();
            days[day][9] += users[User::OutgoingClean as usize] + users[User::OutgoingVirus as usize] + users[User::OutgoingFiltered as usize];
            all.absorb(closed.counts);
        }))
        .unwrap_or_else(|never| match never {});
    println!("run {:?}", begin.elapsed());
    println!("{tallies:?}");
    println!("{:?}", Sender::NAMES);
    let total = all.domains.total();
    println!("{total:?}");
    let stopped = 3 * (total[1] + total[2]) + total[3];
    let attempted = stopped + total[4..].iter().sum::<u64>();
    println!("attempted {attempted} reputation {:.3} invalid {:.4} spam {:.4} virus {:.6} clean {:.4} throttled {}", stopped as f64 / attempted as f64,
        total[4] as f64 / attempted as f64, total[5] as f64 / attempted as f64, total[6] as f64 / attempted as f64, total[8] as f64 / attempted as f64, total[3]);
    println!("invalid of those at RCPT: {:.3}", total[4] as f64 / total[4..].iter().sum::<u64>() as f64);
    for row in all.groups.rows() {
        println!("{} {:?}", simulation.directory().groups[row.key as usize], row.cells);
    }
    let wd = |f: &dyn Fn(&[u64; 12]) -> u64| {
        let v: Vec<f64> = days.iter().map(|d| f(d) as f64).collect();
        (v[5] + v[6]) / 2.0 / (v[..5].iter().sum::<f64>() / 5.0)
    };
    println!("weekend: clean {:.3} spam-det {:.3} reputation {:.3} threat {:.3} out {:.3}", wd(&|d| d[8]+d[7]), wd(&|d| d[5]), wd(&|d| 3*d[1]+d[3]), wd(&|d| 3*d[1]+d[3]+d[5]), wd(&|d| d[9]));
    let dir = simulation.directory();
    let nodom = dir.domains.binary_search(&"No Domain Information".to_string()).unwrap() as u32;
    for (what, f) in [("clean", (|c: &[u64; 9]| c[8]) as fn(&[u64; 9]) -> u64), ("spam+3rej", |c| c[5] + 3 * c[1]), ("spam detected", |c| c[5]), ("attempted", |c| 3*c[1]+c[3]+c[4]+c[5]+c[6]+c[7]+c[8])] {
        let v: Vec<u64> = all.domains.rows().iter().filter(|r| r.key != nodom).map(|r| f(&r.cells)).filter(|&v| v > 0).collect();
        println!("domains {what}: {} {:?}", v.len(), slope(v, 100));
        let v: Vec<u64> = all.domains.rows().iter().map(|r| f(&r.cells)).filter(|&v| v > 0).collect();
        println!("  with no-domain {what}: {} {:?}", v.len(), slope(v, 100));
        let v: Vec<u64> = all.owners.rows().iter().map(|r| f(&r.cells)).filter(|&v| v > 0).collect();
        println!("owners {what}: {} {:?}", v.len(), slope(v, 100));
    }
    let mut by_pop: HashMap<u16, (u64, u64, u64, u64, u64)> = HashMap::new();
    for row in all.addresses.rows() {
        let e = by_pop.entry(row.note.population).or_default();
        e.0 += 1;
        e.1 += row.cells[0] + row.cells[1] + row.cells[2];
        e.2 += row.cells[3];
        e.3 += row.cells[1];
        e.4 += if dir.host(row.note.population, row.key).verified { 0 } else { row.cells[1] };
    }
    let mut sum = (0, 0);
    for (p, e) in &by_pop {
        println!("{} addresses {} connections {} per {:.2} throttled {} rejected {} unverified {:.3}", simulation.schedule().populations()[*p as usize].name, e.0, e.1, e.1 as f64 / e.0 as f64, e.2, e.3, e.4 as f64 / e.3 as f64);
        sum.0 += e.3;
        sum.1 += e.4;
    }
    println!("unverified of rejected {:.4}", sum.1 as f64 / sum.0 as f64);
    println!("addresses {} connections per {:.3}", all.addresses.rows().len(), (total[0]+total[1]) as f64 / all.addresses.rows().len() as f64);
    let s = &all.system;
    println!("queue {} {} ratio {}", s.get(System::QueueDepthTime), s.get(System::QueueTime), s.get(System::QueueDepthTime) as f64 / s.get(System::QueueTime) as f64);
    let _ = Group::Accept;
}
