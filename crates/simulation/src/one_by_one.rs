//! Simulates an hour connection by connection, in order of time. It is used if a limit of the appliance might be
//! reached.
//!
//! If no limit is reached, the result equals that of the faster simulation, which ignores limits. A test compares the two.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tollgate_gateway::{Caller, Drawn, OneByOne, Retries, Stay, connection_number};
use tollgate_scenario::{Action, ApplianceLimits, HOUR};

use crate::appliance::{Appliance, Counted, Task};
use crate::count::Counter;
use crate::returning::Sender;
use crate::shard::{Carried, Entry, Recipients, Shard, book_depth};

/// The hour that is being simulated.
struct Hour<'a> {
    task: Task<'a>,
    begin: u64,
    limits: &'a ApplianceLimits,
    desk: OneByOne<'a>,
    counter: Counter<'a>,
    /// Mail that will enter the work queue: time, identity and place.
    entering: BinaryHeap<Reverse<(u64, u64, usize)>>,
    /// Number of messages that have been put into `entering`.
    seen: usize,
    order: Vec<Entry>,
    stays: Vec<Stay>,
    /// Bytes of the messages in the work queue.
    queued_bytes: u64,
}

/// A connection drawn for the hour: its time of opening, its population's batch, its place in the batch, its messages
/// and the length of its session.
struct Fresh {
    opened: u64,
    batch: usize,
    at: usize,
    span: (usize, usize),
    session_micros: u64,
}

/// The limit that turns a connection away.
enum Lack {
    Connections,
    Suspended,
    Disk,
}

impl Appliance {
    /// Simulates the hour that begins at `begin`.
    pub(crate) fn pass_one_by_one(&mut self, task: Task<'_>, begin: u64) -> Counted {
        let simulation = task.simulation;
        let hour = simulation.schedule.hour(self.number, begin);
        let drawn = simulation.gateway.draw(&simulation.schedule, &hour);
        let mut hour = self.begin_hour(task, begin);
        for fresh in fresh(simulation, &drawn) {
            while self.returning.next().is_some_and(|at| at < fresh.opened) {
                self.call_again(&mut hour);
            }
            let batch = &drawn.batches[fresh.batch];
            let caller = Caller {
                population: batch.population,
                connection: batch.connections.get(fresh.at),
                admission: (batch.admissions.group[fresh.at], batch.admissions.policy[fresh.at]),
                session_micros: fresh.session_micros,
                messages: &drawn.messages[fresh.batch],
                span: fresh.span,
            };
            if let Some(lack) = self.call(&mut hour, &caller) {
                let number = connection_number(batch.population, fresh.at);
                self.turn_away(&mut hour, &lack, &caller, (fresh.opened, number));
            }
        }
        while self.returning.is_due(begin + HOUR) {
            self.call_again(&mut hour);
        }
        self.end_hour(hour)
    }

    fn begin_hour<'a>(&mut self, task: Task<'a>, begin: u64) -> Hour<'a> {
        let mut judged = Default::default();
        std::mem::take(&mut self.carried).unload(&mut judged);
        let mut hour = Hour {
            task,
            begin,
            limits: &task.simulation.scenario.appliances[self.number].limits,
            desk: OneByOne::new(&task.simulation.gateway, judged),
            counter: task.simulation.counter(self.number, task.span, task.ledger()),
            entering: BinaryHeap::new(),
            seen: 0,
            order: Vec::new(),
            stays: Vec::new(),
            queued_bytes: self.queued.iter().map(|queued| u64::from(queued.0.1)).sum(),
        };
        hour.look();
        hour
    }

    /// Lets the next sender that was turned away connect again.
    fn call_again(&mut self, hour: &mut Hour<'_>) {
        let Some(sender) = self.returning.pop() else { return };
        if let Some(lack) = self.call(hour, &sender.caller()) {
            let policy = sender.admission.1;
            self.note_turned_away(hour, &lack, &sender.caller());
            self.come_back(hour, policy, sender);
        }
    }

    /// Accepts a connection, or returns the limit that turns it away.
    fn call(&mut self, hour: &mut Hour<'_>, caller: &Caller<'_>) -> Option<Lack> {
        let simulation = hour.task.simulation;
        let at = caller.connection.opened;
        self.pass_time(hour, at);
        let listener = simulation.schedule.populations()[usize::from(caller.population)].listener;
        let settings = &simulation.scenario.listeners[listener];
        let open = &mut self.open[listener];
        while open.peek().is_some_and(|closed| closed.0 <= at) {
            open.pop();
        }
        if self.suspended {
            return Some(Lack::Suspended);
        }
        if hour.queued_bytes + self.deliveries.stored_bytes() >= hour.limits.queue_kib * 1024 {
            return Some(Lack::Disk);
        }
        let action = simulation.gateway.policy(caller.admission.1).action;
        let stays_open = match action {
            Action::Reject => settings.rejected_for.micros(),
            Action::TcpRefuse => 0,
            Action::Accept | Action::Relay => caller.session_micros,
        };
        if open.len() >= settings.max_connections() as usize {
            return Some(Lack::Connections);
        }
        if action != Action::TcpRefuse && stays_open > 0 {
            open.push(Reverse(at + stays_open));
        }
        hour.desk.take_up(caller);
        hour.look();
        None
    }

    /// Turns away a connection that is opened for the first time.
    fn turn_away(&mut self, hour: &mut Hour<'_>, lack: &Lack, caller: &Caller<'_>, first: (u64, u32)) {
        self.note_turned_away(hour, lack, caller);
        let population = &hour.task.simulation.schedule.populations()[usize::from(caller.population)];
        let Some(profile) = population.retry else { return self.give_up(hour, caller.admission.1, first.0) };
        let sender = Sender {
            first,
            retries: Retries::new(profile, first.0),
            population: caller.population,
            connection: caller.connection,
            admission: caller.admission,
            session_micros: caller.session_micros,
            messages: caller.messages.excerpt(caller.span.0..caller.span.1),
        };
        self.come_back(hour, caller.admission.1, sender);
    }

    fn come_back(&mut self, hour: &Hour<'_>, policy: u16, mut sender: Sender) {
        let at = sender.connection.opened;
        match sender.retries.after(at) {
            Some(due) => self.returning.push(due, sender),
            None => self.give_up(hour, policy, at),
        }
    }

    fn give_up(&mut self, hour: &Hour<'_>, policy: u16, at: u64) {
        let brings_mail = hour.task.simulation.gateway.policy(policy).action.takes_mail();
        self.recorder.events(at).given_up += u64::from(brings_mail);
    }

    fn note_turned_away(&mut self, hour: &Hour<'_>, lack: &Lack, caller: &Caller<'_>) {
        let simulation = hour.task.simulation;
        let listener = simulation.schedule.populations()[usize::from(caller.population)].listener;
        let is_public = simulation.scenario.listeners[listener].kind == tollgate_scenario::ListenerKind::Public;
        let away = &mut self.recorder.events(caller.connection.opened).turned_away;
        match lack {
            Lack::Connections if is_public => away.public += 1,
            Lack::Connections => away.private += 1,
            Lack::Suspended => away.suspended += 1,
            Lack::Disk => away.disk += 1,
        }
    }

    /// Simulates the time up to `to`: mail enters and leaves the work queue and is delivered.
    fn pass_time(&mut self, hour: &mut Hour<'_>, to: u64) {
        while let Some(&Reverse((at, _, place))) = hour.entering.peek().filter(|entering| entering.0.0 <= to) {
            hour.entering.pop();
            self.watch_queue(hour, at);
            self.enter(hour, at, place);
            if hour.limits.suspend_above.is_some_and(|limit| self.queue.depth() > u64::from(limit)) {
                self.suspended = true;
            }
        }
        self.watch_queue(hour, to);
        while self.queued.peek().is_some_and(|queued| queued.0.0 <= to) {
            hour.queued_bytes -= self.queued.pop().map_or(0, |queued| u64::from(queued.0.1));
        }
        self.deliver_until(hour.task, to, &mut hour.counter.ledger);
    }

    /// Advances the work queue to `to`, and resumes listeners if it has become short enough.
    fn watch_queue(&mut self, hour: &mut Hour<'_>, to: u64) {
        let Appliance { queue, recorder, .. } = self;
        let warning = u64::from(hour.limits.queue_warning);
        let ledger = &mut hour.counter.ledger;
        queue.advance(to, |from, to, depth| {
            book_depth(ledger, from, to, depth);
            if depth > warning {
                recorder.worry(from, to);
            }
        });
        let resume_at = hour.limits.resume_at.or(hour.limits.suspend_above);
        if resume_at.is_none_or(|resume_at| queue.depth() <= u64::from(resume_at)) {
            self.suspended = false;
        }
    }

    /// Adds a message to the work queue.
    fn enter(&mut self, hour: &mut Hour<'_>, at: u64, place: usize) {
        let judged = hour.desk.judged();
        let mail = judged.mail[place];
        // `watch_queue` has already reported the depth up to this time.
        let stay = self.queue.enter(at, mail.service_micros(), |_, _, _| {});
        self.queued.push(Reverse((stay.left, mail.message.size_bytes)));
        hour.queued_bytes += u64::from(mail.message.size_bytes);
        hour.order.push(Entry::new(at - hour.begin, place));
        hour.stays.push(stay);
        let (first, count) = mail.message.recipients;
        let span = first as usize..(first + count) as usize;
        let recipients = if mail.outgoing {
            Recipients::Groups(&judged.groups[span])
        } else {
            Recipients::Users(&judged.users[span])
        };
        hour.counter.mail(&mail, recipients, stay);
        for handed in hour.counter.handed.drain(..) {
            self.deliveries.take(hour.task.simulation, &handed, &judged.groups);
        }
    }

    /// Simulates the rest of the hour and counts what is not counted yet.
    fn end_hour(&mut self, mut hour: Hour<'_>) -> Counted {
        let end = hour.begin + HOUR;
        // Mail that enters at the very end belongs to the next hour.
        self.pass_time(&mut hour, end - 1);
        self.watch_queue(&mut hour, end);
        self.deliver_until(hour.task, end, &mut hour.counter.ledger);
        let Hour { task, begin, desk, mut counter, entering, order, stays, .. } = hour;
        let judged = desk.finish();
        let mut carried = Carried::default();
        let mut later = entering.into_vec();
        later.sort_unstable_by_key(|&Reverse(entering)| entering);
        for Reverse((_, _, place)) in later {
            carried.load(&judged, place);
        }
        self.carried = carried;
        let mut shard = Shard::unsorted(task.simulation, begin, judged);
        shard.order = order;
        counter.all_connections(&shard);
        // `call` has already recorded the open connections.
        shard.crossing.clear();
        self.leave_behind(&shard);
        self.counted(&shard, stays, counter)
    }
}

impl Hour<'_> {
    /// Puts the mail that has arrived since the last call into `entering`.
    fn look(&mut self) {
        let mail = &self.desk.judged().mail;
        for (place, mail) in mail.iter().enumerate().skip(self.seen) {
            self.entering.push(Reverse((mail.entered, mail.message.identity, place)));
        }
        self.seen = mail.len();
    }
}

/// The connections of all populations, in order of time.
fn fresh(simulation: &crate::Simulation, drawn: &Drawn) -> Vec<Fresh> {
    let mut list = Vec::new();
    for (number, (batch, messages)) in drawn.batches.iter().zip(&drawn.messages).enumerate() {
        let mut sessions = messages.sessions.iter();
        let mut first = 0;
        for (at, &opened) in batch.connections.opened.iter().enumerate() {
            let takes_mail = simulation.gateway.policy(batch.admissions.policy[at]).action.takes_mail();
            let mut fresh = Fresh { opened, batch: number, at, span: (first, first), session_micros: 0 };
            if takes_mail {
                let mine = messages.messages[first..].iter().take_while(|message| message.connection as usize == at);
                first += mine.count();
                fresh.span.1 = first;
                fresh.session_micros = sessions.next().copied().unwrap_or_default();
            }
            list.push(fresh);
        }
    }
    list.sort_by_key(|fresh| (fresh.opened, fresh.batch, fresh.at));
    list
}
