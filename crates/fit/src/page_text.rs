//! Writes the scenario of a page as text.

use tollgate_audit::Standing;
use tollgate_catalogue::{LossCondition, Rule};

use crate::draft::{ScenarioDraft, quoted};
use crate::page_counts::{PageCounts, PageSettings};
use crate::page_mail::{
    DestinationKind, Destinations, EXCLUDED, MOST_PER_CONNECTION, PageMail, REFUSING, REQUIRED, ScriptedMail,
};
use crate::values::{moment, span};

/// The beginning of the page: 2008-11-17 00:00 GMT (assumed).
const BEGIN: i64 = 1_226_880_000;
/// Workers for a connection in a second. A message of a script takes a fifth of a second on average.
const WORKERS: f64 = 0.4;

/// The facts that a page does not show.
const ASSUMED: [&str; 4] = [
    "The numbers of connections and messages of each kind of destination are exact. A page does not show the date, the",
    "names of destinations, the division among them and the spread over time: they are assumed. The number of connections in",
    "clear that the page does not show follows from the messages, as if each connection carried 1.289. There is no incoming",
    "mail.",
];

/// Writes the scenario.
pub(crate) fn write_page(
    settings: &PageSettings<'_>,
    (rule, verdict): (&Rule, Standing),
    counts: &PageCounts,
    mail: &PageMail,
) -> String {
    let mut document = ScenarioDraft::default();
    document.comment("A scenario whose TLS Connections page shows these outgoing figures:");
    document.text += "#\n";
    for ((name, count), figure) in PageCounts::NAMES.into_iter().zip(counts.figures()).zip(settings.figures) {
        let count = tollgate_wording::count(count);
        let origin = match figure {
            Some(figure) if figure.low == figure.high => String::new(),
            Some(figure) => format!(" (the page has {figure})"),
            None => " (assumed)".to_owned(),
        };
        document.comment(&format!("{name:23} {count:>13}{origin}"));
    }
    document.text += "#\n";
    for line in ASSUMED {
        document.comment(line);
    }
    document.text.push('\n');
    document.line("format", 1);
    document.line("seed", settings.seed);
    write_site(&mut document, settings, (rule, verdict), mail);
    for (group, of_group) in mail.groups() {
        write_group(&mut document, settings.span_seconds, group, of_group);
    }
    document.text
}

fn write_site(
    document: &mut ScenarioDraft,
    settings: &PageSettings<'_>,
    (rule, verdict): (&Rule, Standing),
    mail: &PageMail,
) {
    let seconds = settings.span_seconds;
    document.section("[time]", "time");
    document.line("begin", moment(BEGIN));
    document.line("span", span(seconds));
    let interval = if seconds % 3600 == 0 { 3600 } else { 300 };
    document.line("export_interval", span(interval));
    document.section("[[appliances]]", "appliance");
    document.line("name", quoted("c650"));
    document.line("machine", "{ none = true }");
    let workers = (mail.connections() as f64 / seconds as f64 * WORKERS).ceil().clamp(6.0, 800.0) as u32;
    document.line("workers", workers);
    document.line("cores", workers + workers.div_ceil(4));
    document.comment(&format!("tollgate diagnose calls this rule {}.{}", verdict.word(), explained(rule)));
    document.line("counting", counting(rule));
    // By default, a listener accepts 1,000 recipients of a message. A destination may have a few more than the mean.
    if mail.groups().iter().any(|(_, mail)| mail.messages > mail.connections * 500) {
        document.section("[[listeners]]", "listener");
        document.line("name", quoted("private"));
        document.line("kind", quoted("private"));
        document.line(
            "policies",
            format!(
                "[{{ name = \"RELAYED\", action = \"relay\", max_recipients_per_message = {MOST_PER_CONNECTION} }}]"
            ),
        );
        document.line("sender_groups", "[{ name = \"ALL\", policy = \"RELAYED\" }]");
    }
    document.section("[variation]", "variation");
    document.line("none", true);
    document.section("[users]", "users");
    document.line("count", 1000);
    document.line("domain", quoted("example.com"));
    // Messages that fail under Required bounce at once, so that each is one connection.
    document.section("[bounce_profile]", "retries");
    document.line("max_retries", 0);
    document.section("[destination_controls]", "destination controls");
    let default = if mail.is_preferred() { "preferred" } else { "no" };
    document.line("default", quoted(default));
    let of = |destinations: Destinations, mail: ScriptedMail, tls: &'static str| {
        let used = if mail.connections > 0 { destinations } else { &[] };
        used.iter().map(move |(name, _)| format!("    {{ domain = \"{name}.example\", tls = \"{tls}\" }},\n"))
    };
    let required = of(REQUIRED, mail.required, "required").chain(of(REFUSING, mail.refusing, "required"));
    let excluded = of(EXCLUDED, mail.excluded, "no").filter(|_| mail.is_preferred());
    let domains: String = required.chain(excluded).collect();
    if !domains.is_empty() {
        document.line("domains", format!("[\n{domains}]"));
    }
}

/// The meaning of the limit of a rule that loses connections.
fn explained(rule: &Rule) -> &'static str {
    match rule.lost().map(|loss| loss.when) {
        Some(LossCondition::Busy) => " With a limit of 0, the appliance is always busy (assumed).",
        Some(LossCondition::Known) => " A destination stays known (assumed).",
        None => "",
    }
}

/// The setting of the counting rule. Its limits are such that the condition of a loss is always met.
fn counting(rule: &Rule) -> String {
    let more = match rule.lost().map(|loss| loss.when) {
        Some(LossCondition::Busy) => ", busy_above = 0",
        // A period that begins in 1970 and includes the span.
        Some(LossCondition::Known) => ", known_for = \"36525d\"",
        None => "",
    };
    format!("{{ rule = {}{more} }}", quoted(&rule.name))
}

fn write_group(document: &mut ScenarioDraft, seconds: i64, group: DestinationKind, mail: ScriptedMail) {
    if mail.connections == 0 {
        return;
    }
    let [connections, messages] = [mail.connections, mail.messages].map(tollgate_wording::count);
    document.text.push('\n');
    document.comment(&format!("{}: {connections} connections with {messages} messages.", group.heading));
    // The last messages leave the work queue within the span.
    let until_last = seconds - (seconds / 60).clamp(30, 600);
    for (place, (name, ScriptedMail { connections, messages })) in group.divide(mail).into_iter().enumerate() {
        let separator = if place == 0 { "" } else { "\n" };
        document.text += &format!("{separator}[[scripted_outgoing]]\n");
        document.line("name", quoted(name));
        document.line("servers", "{ domain = \"example.com\", addresses = \"192.0.2.16/29\" }");
        document.line("begin", moment(BEGIN));
        document.line("span", span(until_last));
        document.line("destination", quoted(&format!("{name}.example")));
        if let Some(starttls) = group.starttls {
            document.line("starttls", quoted(starttls));
        }
        document.line("connections", connections);
        document.line("messages", messages);
    }
}
