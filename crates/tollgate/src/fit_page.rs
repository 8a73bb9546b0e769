//! `tollgate fit --page`: makes a scenario from the figures of one TLS Connections page.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use tollgate_audit::Standing;
use tollgate_catalogue::{Catalogue, Rule};
use tollgate_fit::{Figures, FittedPage, PageCounts, PageSettings, fit_page};
use tollgate_scenario::{MINUTE, SECOND, Scenario, Span};
use tollgate_simulation::Workers;
use tollgate_wording::{count, counted, list, quoted, short};

use crate::init::write_new;
use crate::page_figures::PageFigures;
use crate::terminal;

/// The summaries of the page: outgoing connections and messages.
const SUMMARIES: [u32; 2] = [27, 28];
/// The most connections of a scenario that is run to check its figures. This takes about a second.
const MOST_CHECKED: u64 = 2_000_000;
/// The time that a page covers by default.
const DAY_SECONDS: i64 = 86_400;
/// The longest time that a page covers.
const LONGEST: u64 = 366 * 24 * 60 * MINUTE;

/// The arguments of `tollgate fit` for a page.
#[derive(Debug, Args)]
pub(crate) struct PageArguments {
    /// Take the outgoing figures of one TLS Connections page instead of exports
    #[arg(long, conflicts_with_all = ["path", "named", "keys", "key_file", "keep_names", "typical", "as_it_was", "check_seeds", "report", "anonymise", "template"])]
    pub(crate) page: bool,

    /// With --page: time that the page covers, such as 1h or 7d [default: 1d]
    #[arg(long, value_name = "TIME", value_parser = parse_span)]
    span: Option<Span>,

    /// With --page: counting rule of the appliance; default: the one that explains the figures best, and the documented one among equals
    #[arg(long, value_name = "RULE", value_parser = parse_rule)]
    rule: Option<&'static Rule>,

    #[command(flatten)]
    figures: PageFigures,
}

/// The fit to a page as JSON.
#[derive(Debug, Serialize)]
struct PageDocument<'a> {
    rule: &'a str,
    verdict: Standing,
    figures: PageCounts,
    /// Connections in clear that the page does not show.
    hidden_connections: u64,
    /// True if a run of the scenario has shown the figures.
    checked: bool,
}

impl PageArguments {
    /// Refuses options that have a meaning only with `--page`.
    ///
    /// # Errors
    /// If one was given without it.
    pub(crate) fn refuse_without_page(&self) -> Result<()> {
        let given = [("--span", self.span.is_some()), ("--rule", self.rule.is_some())];
        match given.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) if !self.page => bail!("`{option}` needs `--page`"),
            _ => Ok(()),
        }
    }

    /// Runs the verb.
    ///
    /// # Errors
    /// If figures are missing, if no scenario shows them, or if the file cannot be written.
    pub(crate) fn execute(&self, out: &Path, seed: u64, quiet: bool, json: bool) -> Result<ExitCode> {
        let figures = self.figures.given("A page")?;
        let span_seconds = self.span.map_or(DAY_SECONDS, |span| (span.micros() / SECOND) as i64);
        let fitted = fit_page(PageSettings { figures, span_seconds, rule: self.rule, seed })?;
        let scenario = Scenario::parse(&fitted.text, "the fitted scenario", &[])
            .context("the page has figures that no scenario can have")?;
        let is_checked = fitted.connections <= MOST_CHECKED;
        if is_checked {
            check(&scenario, &fitted)?;
        }
        let is_printed = out == Path::new("-");
        if is_printed {
            terminal::print(&fitted.text)?;
        } else {
            write_new(out, &fitted.text)?;
        }
        if !quiet {
            self.note(&fitted, is_checked);
            if !is_printed {
                let file = quoted(&out.display().to_string());
                terminal::note(&format!("wrote {file}; next: tollgate run {file} && tollgate serve {file}"));
            }
        }
        if json {
            terminal::print_json(&PageDocument {
                rule: &fitted.rule,
                verdict: fitted.verdict,
                figures: fitted.counts,
                hidden_connections: fitted.hidden_connections,
                checked: is_checked,
            })?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn note(&self, fitted: &FittedPage, is_checked: bool) {
        let FittedPage { rule, verdict, counts, hidden_connections, .. } = fitted;
        let origin = if self.rule.is_some() { "as given; the diagnosis" } else { "by the diagnosis, which" };
        terminal::note_fitted(&format!("counting rule: {rule} ({origin} calls it {})", verdict.word()));
        let checked = if is_checked { "a run of the scenario shows" } else { "the page will show" };
        terminal::note_fitted(&format!("{checked}: {}", shown(counts)));
        if *hidden_connections > 0 {
            let hidden = counted(*hidden_connections, "connection");
            terminal::note_fitted(&format!("not on the page: about {hidden} in clear (assumed from the messages)"));
        }
        if !is_checked {
            let most = count(MOST_CHECKED);
            terminal::note_fitted(&format!("no run has checked this, because there are more than {most} connections"));
        }
    }
}

/// The figures of a page in words, as the page abbreviates them.
fn shown(counts: &PageCounts) -> String {
    let named = PageCounts::NAMES.into_iter().zip(counts.figures());
    list(named.map(|(name, figure)| format!("{name} {}", short(figure as f64))))
}

/// Runs a scenario, and compares the figures of its page with those that it was made for.
fn check(scenario: &Scenario, fitted: &FittedPage) -> Result<()> {
    let figures = Figures::simulate(scenario, |table| SUMMARIES.contains(&table), |_| false, &Workers::new(None)?);
    let sum = |name| SUMMARIES.iter().filter_map(|&table| figures.table(table)).map(|table| table.sum_of(name)).sum();
    let found: [f64; 7] = PageCounts::NAMES.map(sum);
    if found == fitted.counts.figures().map(|figure| figure as f64) {
        return Ok(());
    }
    let found =
        PageCounts::NAMES.into_iter().zip(found).map(|(name, figure)| format!("{name} {}", count(figure as u64)));
    bail!(
        "the appliance cannot process so many connections within the span: a run shows {}. Choose a longer --span.",
        list(found)
    );
}

/// The span of a page. It is a whole number of base intervals.
fn parse_span(text: &str) -> Result<Span, String> {
    let span = Span::try_from(text.to_owned())?;
    let allowed = "allowed is a multiple of 5m up to 366d";
    match span.micros() {
        micros if micros > 0 && micros <= LONGEST && micros.is_multiple_of(5 * MINUTE) => Ok(span),
        _ => Err(format!("found {text}, {allowed}")),
    }
}

fn parse_rule(text: &str) -> Result<&'static Rule, String> {
    let rules = || Catalogue::builtin().rules().iter().map(|rule| rule.name.as_str());
    Catalogue::builtin().rule(text).ok_or_else(|| format!("found {text}, allowed is {}", list(rules())))
}
