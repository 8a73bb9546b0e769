//! Names of hosts that send the mail of a domain.
//!
//! The shares are those of 1,283 hosts of legitimate mail in the TREC 2007 public corpus: a third of the first labels name a role.

use super::{Draws, SERVERS, below, hash, mix, places_of, push_number, push_octets, push_padded};

/// The first label.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// The domain itself, without a label.
    Bare,
    /// A role: `mail3`.
    Role,
    /// A role and a hyphen: `smtp-3`.
    RoleHyphen,
    /// An outgoing pool: `abc-out-3`.
    Out,
    /// Another word: `mta3`.
    Other,
    /// Another word and a hyphen: `mta-3`.
    OtherHyphen,
    /// Letters without meaning: `nf3`.
    Letters,
    /// A place: `lon3`.
    Place,
    /// A place and another word: `lon-mta3`.
    PlaceOther,
    /// A server's own name: `zeus`.
    Server,
    /// A role and a place: `smtp3-lon`.
    RolePlace,
    /// Letters, place and number: `abc-lon-3`.
    LettersPlace,
    /// Rack and place in it: `n3-12`.
    Rack,
    /// The address: `host-192-0-2-1`.
    Address,
}

/// Roles, and other words for hosts that send mail. A word stands in the list as often as it is common.
const ROLES: [&str; 16] = [
    "web", "web", "web", "web", "smtp", "smtp", "smtp", "mail", "mail", "mail", "mail", "mail", "mail", "mx", "mx",
    "relay",
];
const OTHERS: [&str; 20] = [
    "mta", "mta", "mta", "out", "out", "mailout", "mo", "mxout", "gw", "srv", "vm", "mailer", "outbound", "smtpout",
    "mailgw", "send", "node", "exch", "ms", "ns",
];
/// Labels between the first label and the domain.
const BETWEEN: [&str; 8] = ["mail", "out", "prod", "srv", "smtp", "corp", "dc", "net"];

/// Number of hosts that a large domain names in the same way. A domain with hundreds of hosts has groups with different tasks.
const GROUP_HOSTS: u32 = 16;

/// Writes the name of a permanent host of a domain. `number` counts the domain's hosts from 0. The form depends on the domain and the
/// group of the host, and for a few hosts on the address.
pub(crate) fn write_mail(domain: &str, address: u32, number: u32, hosts: u32, out: &mut String) {
    let owner = hash(domain);
    let is_second = hosts > 1 && below(mix(owner ^ u64::from(address)), 1_000) < 30;
    let group = u64::from(number / GROUP_HOSTS);
    let draws = &mut Draws::new(owner, 2 * group + u64::from(is_second));
    let form = if hosts > 1 { many(draws) } else { single(draws) };
    let places = places_of(domain, owner);
    let place = places[(owner >> 40) as usize % places.len()];
    let mut has_place = matches!(form, Form::Place | Form::PlaceOther | Form::RolePlace | Form::LettersPlace);
    write_first(form, (owner, place), (address, number, hosts), draws, out);
    let between = match (form, draws.below(100)) {
        (Form::Bare, _) | (_, 0..58) => 0,
        (_, 58..90) => 1,
        _ => 2,
    };
    for _ in 0..between {
        // A host is in one place.
        let kind = if has_place { 0 } else { draws.below(10) };
        if kind < 4 {
            out.push_str(draws.pick(&BETWEEN));
        } else {
            has_place = true;
            out.push_str(place);
            match kind {
                4..7 => {}
                7 | 8 => push_number(out, 1 + draws.below(9) as u32),
                _ => {
                    out.push('-');
                    out.push_str(draws.pick(&BETWEEN));
                }
            }
        }
        out.push('.');
    }
    out.push_str(domain);
}

/// The form of a domain with one host.
fn single(draws: &mut Draws) -> Form {
    match draws.below(1_000) {
        0..60 => Form::Bare,
        60..360 => Form::Role,
        360..390 => Form::RoleHyphen,
        390..600 => Form::Other,
        600..640 => Form::Letters,
        640..680 => Form::PlaceOther,
        680..930 => Form::Server,
        930..960 => Form::RolePlace,
        _ => Form::Address,
    }
}

/// The form of a domain with several hosts.
fn many(draws: &mut Draws) -> Form {
    match draws.below(1_000) {
        0..240 => Form::Role,
        240..270 => Form::RoleHyphen,
        270..350 => Form::Out,
        350..420 => Form::Other,
        420..480 => Form::OtherHyphen,
        480..540 => Form::Letters,
        540..570 => Form::Place,
        570..620 => Form::PlaceOther,
        620..850 => Form::Server,
        850..890 => Form::RolePlace,
        890..930 => Form::LettersPlace,
        930..970 => Form::Rack,
        _ => Form::Address,
    }
}

/// Writes the first label and its dot.
fn write_first(
    form: Form,
    (owner, place): (u64, &str),
    (address, number, hosts): (u32, u32, u32),
    draws: &mut Draws,
    out: &mut String,
) {
    match form {
        Form::Bare => return,
        Form::Role | Form::RolePlace | Form::RoleHyphen => out.push_str(draws.pick(&ROLES)),
        Form::Other | Form::OtherHyphen => out.push_str(draws.pick(&OTHERS)),
        Form::Out => {
            push_letters(draws, out);
            out.push_str("-out");
        }
        Form::Letters | Form::Rack => push_letters(draws, out),
        Form::Place => out.push_str(place),
        Form::PlaceOther => {
            out.push_str(place);
            out.push('-');
            out.push_str(draws.pick(&OTHERS));
        }
        Form::LettersPlace => {
            push_letters(draws, out);
            out.push('-');
            out.push_str(place);
        }
        Form::Server => {
            // The list has 64 names, so a walk in steps of an odd length finds each of them once.
            let (begin, step) = ((owner >> 8) as u32 % 64, (owner >> 16) as u32 % 64 / 2 * 2 + 1);
            out.push_str(SERVERS[(begin + number * step) as usize % SERVERS.len()]);
            if number >= SERVERS.len() as u32 {
                push_number(out, 1 + number / SERVERS.len() as u32);
            }
            out.push('.');
            return;
        }
        Form::Address => {
            out.push_str(draws.pick(&["host", "ip", "mail", "static", "h"]));
            out.push('-');
            push_octets(out, address.to_be_bytes(), '-', false);
            out.push('.');
            return;
        }
    }
    match form {
        Form::Out | Form::RoleHyphen | Form::OtherHyphen | Form::LettersPlace => out.push('-'),
        Form::Rack => {
            push_number(out, 1 + number / 16);
            out.push('-');
        }
        _ => {}
    }
    push_count(owner, if matches!(form, Form::Rack) { number % 16 } else { number }, hosts, out);
    if matches!(form, Form::RolePlace) {
        out.push('-');
        out.push_str(place);
    }
    out.push('.');
}

/// Writes the number of a host in the way of its domain. Half of the domains with one host do not number it.
fn push_count(owner: u64, number: u32, hosts: u32, out: &mut String) {
    if hosts == 1 && owner & 1 == 0 {
        // A hyphen without a number is no valid end of a label.
        if out.ends_with('-') {
            out.pop();
        }
        return;
    }
    match owner >> 8 & 15 {
        0..7 => push_number(out, number + 1),
        7 => push_number(out, number),
        8..13 if number < 99 => push_padded(out, number + 1, 2),
        13 if number < 999 => push_padded(out, number + 1, 3),
        14 => push_number(out, number + 11),
        15 => push_number(out, number + 101),
        _ => push_number(out, number + 1),
    }
}

fn push_letters(draws: &mut Draws, out: &mut String) {
    for _ in 0..1 + draws.below(3) {
        out.push(char::from(draws.pick(b"abcdefghklmnoprstvwxyz")));
    }
}
