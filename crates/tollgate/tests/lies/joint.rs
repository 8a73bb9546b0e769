//! Lies that change several rows or tables in the same way, so that no sum shows them.

use super::kinds::Sheet;

/// Changes the files of some tables. Returns false if they have nothing that could be changed in this way.
pub type JointLie = fn(&mut [Sheet]) -> bool;

/// The kinds of lies, each with the numbers of the tables that it changes.
pub const JOINT_LIES: [(&str, &[u32], JointLie); 11] = [
    ("unencrypted incoming messages are half more in all tables", &[25, 26], more_unencrypted),
    ("two sender groups are exchanged in all intervals", &[7], exchanged_groups),
    ("accepted addresses are of a blocked sender group", &[5], |sheets| {
        move_group(sheets, "UNKNOWNLIST", "BLACKLIST", 1)
    }),
    ("half of the blocked addresses are of another sender group", &[5], |sheets| {
        move_group(sheets, "BLACKLIST", "SUSPECTLIST", 2)
    }),
    ("deliveries are doubled in all tables", &[3, 28, 29], doubled_deliveries),
    ("the CPU usage is 0 in all intervals", &[41, 42], no_processor_time),
    ("the largest work queue is 99,999,999 in an interval", &[32], huge_queue),
    ("reputation scores have the other sign", &[5], negated_scores),
    ("messages are in the work queue a thousand times as long", &[30], long_stays),
    ("no connection is accepted in all intervals", &[4, 6], no_accepted),
    ("a sender group is merged with another in an interval", &[7], merged_group),
];

/// The first columns of a row: the times of its interval.
const TIMES: usize = 4;

fn more_unencrypted(sheets: &mut [Sheet]) -> bool {
    let [summary, details] = sheets else { return false };
    let mut added = 0;
    for place in 0..summary.rows.len() {
        let more = summary.count(place, TIMES + 1) / 2;
        let time = summary.rows[place][..TIMES].to_vec();
        let of_interval = (0..details.rows.len()).filter(|&row| details.rows[row][..TIMES] == time);
        let messages = TIMES + 7;
        let Some(row) = of_interval.max_by_key(|&row| details.count(row, messages)) else { continue };
        summary.set((place, TIMES + 1), summary.count(place, TIMES + 1) + more);
        details.set((row, messages), details.count(row, messages) + more);
        added += more;
    }
    added > 0
}

fn exchanged_groups(sheets: &mut [Sheet]) -> bool {
    let (mut changed, group) = (0, TIMES);
    for row in sheets.iter_mut().flat_map(|sheet| &mut sheet.rows) {
        let other = match row[group].as_str() {
            "BLACKLIST" => "UNKNOWNLIST",
            "UNKNOWNLIST" => "BLACKLIST",
            _ => continue,
        };
        row[group] = other.into();
        changed += 1;
    }
    changed > 0
}

/// Moves each row of a sender group whose number is a multiple of `every` to another group, and removes its score.
fn move_group(sheets: &mut [Sheet], from: &str, to: &str, every: usize) -> bool {
    let (score, group) = (TIMES + 3, TIMES + 4);
    let rows = sheets.iter_mut().flat_map(|sheet| &mut sheet.rows).filter(|row| row[group] == from).step_by(every);
    let moved = rows.map(|row| (row[score], row[group]) = ("None".into(), to.into()));
    moved.count() > 0
}

fn doubled_deliveries(sheets: &mut [Sheet]) -> bool {
    let columns: [&[usize]; 3] = [&[0, 1, 2], &[0, 1], &[7]];
    for (sheet, columns) in sheets.iter_mut().zip(columns) {
        for row in 0..sheet.rows.len() {
            for column in columns {
                sheet.set((row, TIMES + column), 2 * sheet.count(row, TIMES + column));
            }
        }
    }
    true
}

fn no_processor_time(sheets: &mut [Sheet]) -> bool {
    let rows = sheets.iter_mut().flat_map(|sheet| &mut sheet.rows);
    rows.flat_map(|row| &mut row[TIMES..]).map(|cell| *cell = "0".into()).count() > 0
}

fn huge_queue(sheets: &mut [Sheet]) -> bool {
    let last = sheets[0].rows.len() - 1;
    sheets[0].set((last / 2, TIMES), 99_999_999)
}

fn negated_scores(sheets: &mut [Sheet]) -> bool {
    let scores = sheets.iter_mut().flat_map(|sheet| &mut sheet.rows).map(|row| &mut row[TIMES + 3]);
    let scored = scores.filter_map(|cell| Some((cell.parse::<f64>().ok()?, cell)));
    scored.map(|(score, cell)| *cell = format!("{:.1}", -score)).count() > 0
}

fn long_stays(sheets: &mut [Sheet]) -> bool {
    let times = sheets.iter_mut().flat_map(|sheet| &mut sheet.rows).map(|row| &mut row[TIMES]);
    times.map(|cell| *cell = (1000.0 * cell.parse::<f64>().unwrap()).to_string()).count() > 0
}

fn no_accepted(sheets: &mut [Sheet]) -> bool {
    const ACCEPTED: usize = TIMES + 9;
    for sheet in sheets {
        (0..sheet.rows.len()).for_each(|row| _ = sheet.set((row, ACCEPTED), 0));
    }
    true
}

/// Merges SUSPECTLIST with UNKNOWNLIST in the interval in the middle.
fn merged_group(sheets: &mut [Sheet]) -> bool {
    let [sheet] = sheets else { return false };
    let time = sheet.rows[sheet.rows.len() / 2][..TIMES].to_vec();
    let row_of = |group: &str| sheet.rows.iter().position(|row| row[..TIMES] == time && row[TIMES] == group);
    let (Some(from), Some(to)) = (row_of("SUSPECTLIST"), row_of("UNKNOWNLIST")) else { return false };
    sheet.set((to, TIMES + 1), sheet.count(to, TIMES + 1) + sheet.count(from, TIMES + 1));
    sheet.rows.remove(from);
    true
}
