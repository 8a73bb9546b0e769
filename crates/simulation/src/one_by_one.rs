//! Simulates an hour connection by connection, in order of time. It is used if a limit of the appliance might be
//! reached.
//!
//! If no limit is reached, the result equals that of the faster simulation, which ignores limits. A test compares the two.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tollgate_gateway::{Caller, Chunk, HourlyLimits, Retries, Stay, Stop};
use tollgate_scenario::{Action, ApplianceLimits, Moment, Span};
use tollgate_traffic::Messages;

use crate::appliance::{Appliance, Counted, Task};
use crate::deliveries::Leaving;
use crate::depth::DepthMeter;
use crate::event::{Happening, NoRoom};
use crate::returning::Sender;
use crate::shard::{Carried, Entry, Shard, recipients};

/// The hour that is being simulated.
struct Hour<'a> {
    task: Task<'a>,
    limits: &'a ApplianceLimits,
    shard: Shard<'a>,
    hourly: HourlyLimits,
    /// Mail that will enter the work queue.
    entering: BinaryHeap<Reverse<Entering>>,
    /// Number of messages that have been put into `entering`.
    seen: usize,
    stays: Vec<Stay>,
    /// Bytes of the messages in the work queue.
    queued_bytes: u64,
    /// The stops of the work queue.
    stops: Vec<Stop>,
}

/// Mail that will enter the work queue. The order at one moment depends on draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entering {
    at: Moment,
    identity: u64,
    place: usize,
}

/// All connections of an hour, in order of time, and the messages of each population.
struct Drawn {
    callers: Vec<Caller>,
    messages: Vec<Messages>,
}

impl Appliance {
    /// Simulates the hour that begins at `begin`.
    pub(crate) fn pass_one_by_one(&mut self, task: Task<'_>, begin: Moment) -> Counted {
        let drawn = Drawn::new(task, self.number, begin);
        let mut hour = self.begin_hour(task, begin, drawn.callers.len() as f64);
        for caller in &drawn.callers {
            while self.returning.next().is_some_and(|at| at < caller.origin.opened) {
                self.call_again(&mut hour);
            }
            let messages = &drawn.messages[caller.origin.population.index()];
            if let Some(lack) = self.call(&mut hour, caller, messages) {
                self.turn_away(&mut hour, lack, caller, messages);
            }
        }
        while self.returning.is_due(hour.shard.end()) {
            self.call_again(&mut hour);
        }
        self.end_hour(hour)
    }

    fn begin_hour<'a>(&mut self, task: Task<'a>, begin: Moment, expected: f64) -> Hour<'a> {
        let mut shard = Shard::empty(task, self.number, begin, expected);
        std::mem::take(&mut self.carried).unload(&mut shard.judged);
        let stops = shard.counter.machine.stops(begin.micros(), &task.down[self.number]);
        let mut hour = Hour {
            stops,
            task,
            limits: &task.simulation.scenario.appliances[self.number].limits,
            shard,
            hourly: HourlyLimits::default(),
            entering: BinaryHeap::new(),
            seen: 0,
            stays: Vec::new(),
            queued_bytes: self.queued.iter().map(|queued| u64::from(queued.0.size_bytes)).sum(),
        };
        hour.look();
        hour
    }

    /// Lets the next sender that was turned away connect again.
    fn call_again(&mut self, hour: &mut Hour<'_>) {
        let Some(sender) = self.returning.pop() else { return };
        if let Some(lack) = self.call(hour, &sender.caller, &sender.messages) {
            self.note_turned_away(hour, lack, &sender.caller);
            self.come_back(hour, sender);
        }
    }

    /// Accepts a connection, or returns the limit that turns it away.
    fn call(&mut self, hour: &mut Hour<'_>, caller: &Caller, messages: &Messages) -> Option<NoRoom> {
        let simulation = hour.task.simulation;
        let origin = &caller.origin;
        let at = origin.opened;
        self.pass_time(hour, at);
        let listener = simulation.schedule.population(origin.population).listener;
        let settings = &simulation.scenario.listeners[listener];
        let open = &mut self.open[listener];
        while open.peek().is_some_and(|closed| closed.0 <= at) {
            open.pop();
        }
        let is_down = hour.task.down[self.number].iter().any(|down| down.contains(&at));
        if self.suspended || is_down {
            return Some(NoRoom::Suspended);
        }
        if hour.queued_bytes + self.deliveries.stored_bytes() >= hour.limits.queue_kib * 1024 {
            return Some(NoRoom::Disk);
        }
        if open.len() >= settings.max_connections() as usize {
            return Some(NoRoom::Connections);
        }
        let shard = &mut hour.shard;
        shard.connections += 1;
        shard.counter.connection(origin);
        let stays_open = match simulation.gateway.policy(origin.policy).action {
            Action::Reject => {
                let rejected_for = settings.rejected_for;
                shard.reject(listener, origin, rejected_for);
                rejected_for
            }
            Action::TcpRefuse => Span::default(),
            Action::Accept | Action::Relay => {
                shard.receive(simulation, listener, (caller, messages), &mut hour.hourly);
                caller.session
            }
        };
        if stays_open > Span::default() {
            open.push(Reverse(at.plus(stays_open)));
        }
        hour.look();
        None
    }

    /// Turns away a connection that is opened for the first time.
    fn turn_away(&mut self, hour: &mut Hour<'_>, lack: NoRoom, caller: &Caller, messages: &Messages) {
        self.note_turned_away(hour, lack, caller);
        let population = hour.task.simulation.schedule.population(caller.origin.population);
        let Some(profile) = population.retry else { return self.give_up(hour, caller) };
        let mut own = Messages::default();
        let most = hour.task.simulation.gateway.policy(caller.origin.policy).max_recipients_per_message;
        let places = own.append(messages, caller.messages, most);
        let first_opened = caller.origin.opened;
        let retries = Retries::new(profile, first_opened);
        self.come_back(
            hour,
            Sender { first_opened, retries, caller: Caller { messages: places, ..*caller }, messages: own },
        );
    }

    fn come_back(&mut self, hour: &Hour<'_>, mut sender: Sender) {
        match sender.retries.after(sender.caller.origin.opened) {
            Some(due) => self.returning.push(due, sender),
            None => self.give_up(hour, &sender.caller),
        }
    }

    fn give_up(&mut self, hour: &Hour<'_>, caller: &Caller) {
        let brings_mail = hour.task.simulation.gateway.policy(caller.origin.policy).action.takes_mail();
        self.recorder.events(caller.origin.opened).given_up += u64::from(brings_mail);
    }

    fn note_turned_away(&mut self, hour: &mut Hour<'_>, lack: NoRoom, caller: &Caller) {
        let simulation = hour.task.simulation;
        let origin = caller.origin;
        let listener = simulation.schedule.population(origin.population).listener;
        let is_public = simulation.scenario.listeners[listener].kind == tollgate_scenario::ListenerKind::Public;
        let away = &mut self.recorder.events(origin.opened).turned_away;
        match lack {
            NoRoom::Connections if is_public => away.public += 1,
            NoRoom::Connections => away.private += 1,
            NoRoom::Suspended => away.suspended += 1,
            NoRoom::Disk => away.disk += 1,
        }
        hour.shard.counter.tell(origin.opened, || Happening::TurnedAway(origin, lack));
    }

    /// Simulates the time up to `to`: mail enters and leaves the work queue and is delivered.
    fn pass_time(&mut self, hour: &mut Hour<'_>, to: Moment) {
        while let Some(&Reverse(Entering { at, place, .. })) =
            hour.entering.peek().filter(|entering| entering.0.at <= to)
        {
            hour.entering.pop();
            self.watch_queue(hour, at);
            self.enter(hour, at, place);
            if hour.limits.suspend_above.is_some_and(|limit| self.queue.depth() > u64::from(limit)) {
                self.suspended = true;
            }
        }
        self.watch_queue(hour, to);
        while self.queued.peek().is_some_and(|queued| queued.0.at <= to) {
            hour.queued_bytes -= self.queued.pop().map_or(0, |queued| u64::from(queued.0.size_bytes));
        }
        self.deliver_until(hour.task, to, &mut hour.shard.counter);
    }

    /// Advances the work queue to `to`, and resumes listeners if it has become short enough.
    fn watch_queue(&mut self, hour: &mut Hour<'_>, to: Moment) {
        let Appliance { queue, recorder, .. } = self;
        let warning = u64::from(hour.limits.queue_warning);
        let mut meter = DepthMeter::new(&mut hour.shard.counter.ledger);
        queue.advance(to, |span, depth| {
            meter.tell(&span, depth);
            if depth > warning {
                recorder.worry(span);
            }
        });
        let resume_at = hour.limits.resume_at.or(hour.limits.suspend_above);
        if resume_at.is_none_or(|resume_at| queue.depth() <= u64::from(resume_at)) {
            self.suspended = false;
        }
    }

    /// Adds a message to the work queue.
    fn enter(&mut self, hour: &mut Hour<'_>, at: Moment, place: usize) {
        let Hour { shard: Shard { begin, counter, judged, order, .. }, stops, .. } = hour;
        let mail = judged.mail[place];
        // `watch_queue` has already reported the depth up to this time.
        let stay = self.queue.enter(at, mail.service(), stops, |_, _| {});
        self.queued.push(Reverse(Leaving { at: stay.left, size_bytes: mail.message.size_bytes }));
        hour.queued_bytes += u64::from(mail.message.size_bytes);
        order.push(Entry::new(at.since(*begin), place));
        hour.stays.push(stay);
        counter.mail(&mail, recipients(judged, &mail), stay);
        for handed in counter.handed.drain(..) {
            self.deliveries.take(hour.task.simulation, &handed, &judged.groups);
        }
    }

    /// Simulates the rest of the hour and counts what is not counted yet.
    fn end_hour(&mut self, mut hour: Hour<'_>) -> Counted {
        let end = hour.shard.end();
        // Mail that enters at the very end belongs to the next hour.
        self.pass_time(&mut hour, Moment::from_micros(end.micros() - 1));
        self.watch_queue(&mut hour, end);
        self.deliver_until(hour.task, end, &mut hour.shard.counter);
        let Hour { task, mut shard, entering, stays, .. } = hour;
        let mut carried = Carried::default();
        let mut later = entering.into_vec();
        later.sort_unstable_by_key(|&Reverse(entering)| entering);
        for Reverse(entering) in later {
            carried.load(&shard.judged, entering.place);
        }
        self.carried = carried;
        // `call` has already recorded the open connections.
        shard.crossing.clear();
        self.leave_behind(&shard);
        self.counted(task, shard, stays)
    }
}

impl Hour<'_> {
    /// Puts the mail that has arrived since the last call into `entering`.
    fn look(&mut self) {
        let mail = &self.shard.judged.mail;
        for (place, mail) in mail.iter().enumerate().skip(self.seen) {
            self.entering.push(Reverse(Entering { at: mail.entered(), identity: mail.message.identity, place }));
        }
        self.seen = mail.len();
    }
}

impl Drawn {
    fn new(task: Task<'_>, appliance: usize, begin: Moment) -> Self {
        let simulation = task.simulation;
        let mut messages = vec![Messages::default(); simulation.schedule.populations().len()];
        let mut callers = Vec::new();
        let hour = simulation.schedule.hour(appliance, begin.micros());
        let (traffic, down) = (simulation.schedule.traffic(&hour), &task.down[appliance]);
        simulation.gateway.draw(traffic, down, &mut Chunk::default(), |chunk| {
            let messages = &mut messages[chunk.population.index()];
            for caller in chunk.everybody() {
                let most = simulation.gateway.policy(caller.origin.policy).max_recipients_per_message;
                let places = messages.append(&chunk.messages, caller.messages, most);
                callers.push(Caller { messages: places, ..caller });
            }
        });
        callers.sort_by_key(|caller| caller.origin.key());
        Drawn { callers, messages }
    }
}
