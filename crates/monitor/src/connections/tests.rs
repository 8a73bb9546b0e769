use futures_util::FutureExt;

use super::*;
use crate::limits::HEAD_BYTES;

fn connections(most: usize, head_bytes: usize) -> Arc<Connections> {
    Connections::new(&ServerLimits { connections: most, head_bytes, ..ServerLimits::default() })
}

fn peer(number: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, number])
}

/// Opens a connection for which there is room.
fn open(connections: &Arc<Connections>, number: u8) -> Arc<ConnectionHandle> {
    connections.open(peer(number)).now_or_never().expect("room")
}

fn open_number(connections: &Connections) -> usize {
    lock(&connections.open).register.len()
}

/// True if a connection was told to give way.
fn is_closed(handle: &ConnectionHandle) -> bool {
    handle.closed().now_or_never().is_some()
}

/// The numbers of the handles that were told to give way.
fn closed(handles: &[Arc<ConnectionHandle>]) -> Vec<usize> {
    (0..handles.len()).filter(|&place| is_closed(&handles[place])).collect()
}

#[test]
fn the_oldest_idle_connection_goes_first() {
    let connections = connections(4, 1 << 20);
    let handles: Vec<_> = (1..=4).map(|number| open(&connections, number)).collect();
    // The first has just had an answer, and the second has a request that waits for its password to be checked.
    drop(handles[0].ask());
    handles[0].note_flushed();
    let waiting = handles[1].ask();
    let newer: Vec<_> = (5..=7).map(|number| open(&connections, number)).collect();
    assert_eq!((closed(&handles), closed(&newer)), (vec![0, 2, 3], vec![]));
    // The request that has no access goes only when no connection is idle.
    let guards: Vec<_> = newer.iter().map(|handle| handle.ask()).collect();
    let last = open(&connections, 8);
    assert_eq!((is_closed(&handles[1]), closed(&newer)), (true, vec![]));
    drop((waiting, guards, last));
}

#[tokio::test(start_paused = true)]
async fn an_answer_in_progress_is_not_closed_until_it_has_been_sent() {
    let connections = connections(2, 1 << 20);
    let handles = [open(&connections, 1), open(&connections, 1)];
    let guards = handles.clone().map(|handle| handle.ask());
    handles.iter().for_each(|handle| handle.admit());
    let mut third = Box::pin(connections.open(peer(2)));
    assert!(third.as_mut().now_or_never().is_none());
    drop(guards);
    assert!(third.as_mut().now_or_never().is_none(), "made, but not sent");
    assert_eq!(closed(&handles), [] as [usize; 0]);
    handles[1].note_flushed();
    assert!(third.as_mut().now_or_never().is_some());
    assert_eq!(closed(&handles), [1]);
    // A connection that ends makes room too.
    let mut fourth = Box::pin(connections.open(peer(1)));
    let fourth = fourth.as_mut().now_or_never();
    assert_eq!((fourth.is_some(), open_number(&connections)), (true, 2));
}

#[test]
fn an_address_has_all_connections_until_another_needs_room() {
    let connections = connections(8, 1 << 20);
    let proxy: Vec<_> = (0..8).map(|_| open(&connections, 1)).collect();
    assert_eq!(closed(&proxy), [] as [usize; 0]);
    let others: Vec<_> = (2..=6).map(|number| open(&connections, number)).collect();
    assert_eq!(closed(&proxy), [0, 1, 2, 3, 4]);
    // From now on, new connections of the proxy replace its own, and the others keep theirs.
    let again: Vec<_> = (0..20).map(|_| open(&connections, 1)).collect();
    assert_eq!((closed(&proxy), closed(&others)), (vec![5, 6, 7], vec![]));
    assert_eq!(closed(&again), (0..17).collect::<Vec<_>>());
    // Others get room from the proxy down to its share of two.
    let further: Vec<_> = (7..=8).map(|number| open(&connections, number)).collect();
    assert_eq!((closed(&again), closed(&others), closed(&further)), (vec![17], vec![0], vec![]));
}

#[test]
fn unfinished_heads_hold_few_bytes_together() {
    let connections = connections(100, 3 * HEAD_BYTES);
    let handles: Vec<_> = (1..=5).map(|number| open(&connections, number)).collect();
    handles[0].note_read(1000);
    let admitted = handles[1].ask();
    handles[1].admit();
    handles[1].note_read(2 * HEAD_BYTES);
    handles[2].note_read(HEAD_BYTES - 1);
    handles[3].note_read(HEAD_BYTES - 1000);
    assert_eq!(closed(&handles), [] as [usize; 0]);
    handles[4].note_read(1000);
    assert_eq!(closed(&handles), [2], "the one that holds most");
    handles[2].note_read(HEAD_BYTES);
    assert_eq!(closed(&handles), [] as [usize; 0], "a closed connection holds nothing");
    drop((handles, admitted));
    assert_eq!(lock(&connections.open).register.head_bytes(), 0);
}

#[test]
fn a_connection_holds_its_longest_request() {
    let connections = connections(2, 1 << 20);
    let handle = open(&connections, 1);
    let held = || lock(&connections.open).register.head_bytes();
    for (bytes, expected) in [(500, 500), (200, 500), (900, 900)] {
        handle.note_read(bytes);
        drop(handle.ask());
        handle.note_flushed();
        assert_eq!(held(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_who_has_stopped_reading_gives_way_after_all_others() {
    let connections = connections(2, 1 << 20);
    let yields = ServerLimits::default().yields;
    let handles = [open(&connections, 1), open(&connections, 1)];
    let guards = handles.clone().map(|handle| handle.ask());
    handles.iter().for_each(|handle| handle.admit());
    handles[0].note_blocked();
    let begun = Instant::now();
    handles[1].note_blocked();
    // The second reads again in the last moment.
    tokio::time::sleep(yields - Duration::from_millis(1)).await;
    handles[1].note_written();
    handles[1].note_blocked();
    let third = connections.open(peer(2)).await;
    assert_eq!((closed(&handles), begun.elapsed() < yields + 2 * PAUSE), (vec![0], true));
    tokio::time::sleep(yields).await;
    // An idle connection goes first.
    let fourth = connections.open(peer(2)).await;
    assert_eq!((is_closed(&third), closed(&handles)), (true, vec![]));
    drop((guards, fourth));
}
