use proptest::prelude::*;

use super::*;

/// A step in the life of a server. The first number chooses one of the open connections.
#[derive(Clone, Debug)]
enum Step {
    Add(u8),
    Change(usize, ConnectionStage),
    Hold(usize, usize),
    Block(usize),
    Unblock(usize),
    Close(usize),
    Pass(Duration),
}

/// An open connection as the test notes it.
#[derive(Clone, Debug)]
struct NotedConnection {
    number: u64,
    household: IpAddr,
    stage: ConnectionStage,
    since: u64,
    blocked_since: Option<Instant>,
    head_bytes: usize,
}

const YIELDS: Duration = Duration::from_secs(60);
const HOUSEHOLDS: u8 = 5;

fn address(household: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, household])
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let stage = prop_oneof![
        1 => Just(ConnectionStage::Idle),
        1 => Just(ConnectionStage::Asking),
        2 => Just(ConnectionStage::Admitted),
    ];
    let step = prop_oneof![
        // Most connections come from few addresses.
        4 => prop_oneof![0..2_u8, 0..HOUSEHOLDS].prop_map(Step::Add),
        4 => (any::<usize>(), stage).prop_map(|(place, stage)| Step::Change(place, stage)),
        2 => (any::<usize>(), 0..4_usize).prop_map(|(place, bytes)| Step::Hold(place, bytes)),
        2 => any::<usize>().prop_map(Step::Block),
        1 => any::<usize>().prop_map(Step::Unblock),
        2 => any::<usize>().prop_map(Step::Close),
        2 => (0..100_u64).prop_map(|seconds| Step::Pass(Duration::from_secs(seconds))),
    ];
    prop::collection::vec(step, 1..60)
}

/// The documented choice, by a search through all connections.
fn search(open: &[NotedConnection], most: usize, newcomer: IpAddr, now: Instant) -> Option<u64> {
    let share = (most / 4).max(1);
    let order = |connection: &NotedConnection| {
        let household = connection.household;
        let count = open.iter().filter(|other| other.household == household).count();
        let place = match count {
            _ if household == newcomer && count >= share => 0,
            _ if count > share => 1,
            _ => 2,
        };
        let is_admitted = connection.stage == ConnectionStage::Admitted;
        let has_stopped = connection.blocked_since.is_some_and(|since| now - since >= YIELDS);
        let rank = (is_admitted, place, connection.stage, connection.since, connection.number);
        (!is_admitted || has_stopped).then_some(rank)
    };
    open.iter().filter_map(order).min().map(|(.., number)| number)
}

/// Takes a step in the register and in the notes of the test.
fn take(step: Step, register: &mut Register, open: &mut Vec<NotedConnection>, now: &mut Instant) {
    let places = open.len().max(1);
    let chosen = |place: usize| place % places;
    match step {
        Step::Add(household) => {
            let household = address(household);
            let number = register.add(household, Arc::default());
            let stage = ConnectionStage::Idle;
            open.push(NotedConnection { number, household, stage, since: number, blocked_since: None, head_bytes: 0 });
        }
        Step::Pass(time) => *now += time,
        _ if open.is_empty() => {}
        Step::Change(place, stage) => {
            let connection = &mut open[chosen(place)];
            register.change(connection.number, stage);
            (connection.stage, connection.since) = (stage, register.changes);
        }
        Step::Hold(place, bytes) => {
            let connection = &mut open[chosen(place)];
            register.update(connection.number, |progress| progress.head_bytes = bytes);
            connection.head_bytes = bytes;
        }
        Step::Block(place) => {
            let connection = &mut open[chosen(place)];
            register.update(connection.number, |progress| progress.blocked_since = Some(*now));
            connection.blocked_since = Some(*now);
        }
        Step::Unblock(place) => {
            let connection = &mut open[chosen(place)];
            register.update(connection.number, |progress| progress.blocked_since = None);
            connection.blocked_since = None;
        }
        Step::Close(place) => register.close(open.remove(chosen(place)).number),
    }
}

proptest! {
    #[test]
    fn the_register_chooses_as_a_search_does(most in 1..20_usize, steps in steps()) {
        let mut register = Register::new(most, YIELDS);
        let (mut open, mut now) = (Vec::new(), Instant::now());
        for step in steps {
            take(step, &mut register, &mut open, &mut now);
            // At most as many are open as a server allows.
            while open.len() > most {
                register.close(open.remove(0).number);
            }
            for newcomer in (0..HOUSEHOLDS + 1).map(address) {
                prop_assert_eq!(register.first_to_go(newcomer, now), search(&open, most, newcomer, now));
            }
            // The only search goes through these.
            prop_assert!(register.crowded.len() < 2 * SHARE, "{:?}", register.crowded);
            let unadmitted = || open.iter().filter(|connection| connection.stage != ConnectionStage::Admitted);
            let heaviest = unadmitted().max_by_key(|connection| (connection.head_bytes, Reverse(connection.number)));
            prop_assert_eq!(register.heaviest(), heaviest.map(|connection| connection.number));
            prop_assert_eq!(register.unadmitted().is_some(), heaviest.is_some());
            let bytes: usize = open.iter().map(|connection| connection.head_bytes).sum();
            prop_assert_eq!((register.len(), register.head_bytes()), (open.len(), bytes));
        }
        for connection in open {
            register.close(connection.number);
        }
        let Register { households, all: Candidates { unadmitted, stalled }, blocked, by_bytes, .. } = register;
        let left = [households.len(), unadmitted.len(), stalled.len(), blocked.len(), by_bytes.len()];
        prop_assert_eq!(left, [0; 5], "closed connections leave nothing");
    }
}
