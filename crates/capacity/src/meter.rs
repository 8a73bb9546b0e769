//! Measures the appliances of a site during a run.

mod appliance;
mod backlogs;
mod exhaustion;
mod hours;
mod site;
mod waits;

use std::convert::Infallible;

use tollgate_gateway::Stay;
use tollgate_ledger::{Part, Selection};
use tollgate_scenario::{HOUR, Moment, Scenario, Span};
use tollgate_simulation::{Closed, Observer, Simulation, ThreadError, Workers};

use self::appliance::ApplianceMeter;
use self::site::SiteWaits;
use crate::measurement::SiteMeasurement;

/// Simulates a scenario on one thread and measures it. The run equals that of `tollgate run`. If messages wait when the span
/// ends, the simulation continues until no message waits or they have waited for a day.
///
/// # Errors
/// If the thread cannot be started.
pub fn measure(scenario: &Scenario) -> Result<SiteMeasurement, ThreadError> {
    let mut scenario = scenario.clone();
    let is_whole_hours = |micros: u64| micros.is_multiple_of(HOUR);
    if is_whole_hours(scenario.time.begin.micros()) && is_whole_hours(scenario.time.span.micros()) {
        scenario.time.export_interval = Span::from_micros(HOUR);
    }
    let simulation = Simulation::new(&scenario);
    let mut meter = Meter::new(&scenario);
    let span = scenario.time.begin..scenario.time.end();
    let workers = Workers::new(Some(1))?;
    let mut progression = simulation.progression(span.clone(), scenario.time.warm_up, &workers);
    let Ok(()) = progression.advance(span.end, &mut meter);
    while meter.has_open_backlog(progression.reached()) {
        let Ok(()) = progression.go_on(&mut meter);
    }
    Ok(meter.finish(progression.reached()))
}

/// Measures the appliances of a site by observing a run. [`Observer::stays`] passes it the messages of each work queue in
/// order of arrival, [`Observer::interval`] the counts of each interval of the span.
pub struct Meter<'a> {
    scenario: &'a Scenario,
    appliances: Vec<ApplianceMeter>,
}

impl<'a> Meter<'a> {
    /// A new meter. It measures the span of the scenario, divided into its export intervals.
    pub fn new(scenario: &'a Scenario) -> Self {
        let time = &scenario.time;
        let meter = || ApplianceMeter::new(time.begin.micros()..time.end().micros(), time.export_interval.micros());
        Meter { scenario, appliances: scenario.appliances.iter().map(|_| meter()).collect() }
    }

    /// True if a backlog that began within the span is open at this moment and younger than a day.
    pub fn has_open_backlog(&self, reached: Moment) -> bool {
        self.appliances.iter().any(|appliance| appliance.has_open_backlog(reached.micros()))
    }

    /// The measurements of a run that has reached this moment.
    pub fn finish(self, reached: Moment) -> SiteMeasurement {
        let mut all = SiteWaits::new();
        let mut appliances = Vec::with_capacity(self.appliances.len());
        for (meter, appliance) in self.appliances.into_iter().zip(&self.scenario.appliances) {
            all.absorb(&meter.wait, &meter.delay);
            appliances.push(meter.finish(appliance, reached.micros()));
        }
        SiteMeasurement { site: all.finish(&appliances), appliances }
    }
}

impl Observer for Meter<'_> {
    type Error = Infallible;

    fn selection(&self) -> Selection {
        Selection::SUMS.only([Part::Groups])
    }

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        let Scenario { listeners, appliances, .. } = self.scenario;
        self.appliances[closed.appliance].add_interval(&closed, listeners, &appliances[closed.appliance]);
        Ok(())
    }

    fn stays(&mut self, appliance: usize, stays: &[Stay]) {
        let meter = &mut self.appliances[appliance];
        stays.iter().for_each(|stay| meter.add_stay(stay));
    }
}
