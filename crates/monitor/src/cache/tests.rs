#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use tokio::runtime::Runtime;

use super::entry::{ENTRY_BYTES, MEMORY_BYTES, broken};
use super::shelf::FILES;
use super::*;

const BOUNDS: Bounds = Bounds { kept_bytes: 10 << 20, most_bytes: 40 << 20, makers: 2 };

/// Pseudo-random bytes, so that no two blocks are equal.
fn bytes(length: usize) -> Vec<u8> {
    (0..length as u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

async fn read_all(reader: &mut Reader) -> io::Result<Vec<u8>> {
    let mut read = Vec::new();
    while let Some(block) = reader.next().await? {
        assert!(!block.is_empty() && block.len() <= BLOCK_BYTES);
        read.extend_from_slice(&block);
    }
    Ok(read)
}

/// Makes an entry of `length` bytes, announced in pieces.
fn in_pieces(length: usize, piece: usize) -> impl FnOnce(&mut EntryMaker<u32>) -> Result<(), HttpRefusal> + Send {
    move |maker| {
        for piece in bytes(length).chunks(piece) {
            maker.rows.extend_from_slice(piece);
            maker.announce()?;
        }
        Ok(())
    }
}

/// A host that writes no log.
fn quiet() -> Host {
    Host::new(|_, _| {})
}

fn never(_: &mut EntryMaker<u32>) -> Result<(), HttpRefusal> {
    panic!("the entry exists and must not be made again")
}

fn bytes_of<Key>(cache: &Cache<Key>) -> u64 {
    cache.shelf.usage.bytes.load(Ordering::Relaxed)
}

#[test]
fn readers_get_what_was_made_whatever_its_length_and_pieces() {
    let lengths = [0, 1, 1000, MEMORY_BYTES - 1, MEMORY_BYTES, MEMORY_BYTES + 1, 3 * BLOCK_BYTES + 17];
    Runtime::new().unwrap().block_on(async {
        for length in lengths {
            for piece in [1000, BLOCK_BYTES - 1, 2 * MEMORY_BYTES] {
                let cache = Cache::new(BOUNDS, quiet());
                let mut first = cache.open(1, in_pieces(length, piece));
                assert!(read_all(&mut first).await.unwrap() == bytes(length), "{length} in pieces of {piece}");
                let mut second = cache.open(1, never);
                assert_eq!(second.begin().await, Ok(Some(length as u64)));
                assert_eq!(second.whole().map(|whole| whole.len()), Some(length).filter(|&all| all <= MEMORY_BYTES));
                assert!(read_all(&mut second).await.unwrap() == bytes(length), "{length} again");
                assert_eq!(bytes_of(&cache), length as u64 + ENTRY_BYTES);
            }
        }
    });
}

#[test]
fn readers_have_the_beginning_before_the_end_is_made() {
    Runtime::new().unwrap().block_on(async {
        for length in [10, MEMORY_BYTES + 10] {
            let cache = Cache::new(BOUNDS, quiet());
            let (open_gate, gate) = mpsc::channel();
            let mut first = cache.open(1, move |maker| {
                maker.rows.extend_from_slice(&bytes(length));
                maker.announce()?;
                gate.recv().unwrap();
                maker.rows.extend_from_slice(b"end");
                Ok(())
            });
            // The second reader comes later. Neither of them waits for the gate.
            assert_eq!(first.begin().await, Ok(None));
            let mut second = cache.open(1, never);
            for reader in [&mut first, &mut second] {
                let mut begun = Vec::new();
                while begun.len() < length {
                    begun.extend_from_slice(&reader.next().await.unwrap().unwrap());
                }
                assert!(begun == bytes(length));
            }
            open_gate.send(()).unwrap();
            for reader in [&mut first, &mut second] {
                assert_eq!(read_all(reader).await.unwrap(), b"end");
            }
        }
    });
}

#[test]
fn an_entry_that_nobody_reads_any_more_is_not_made_to_its_end() {
    Runtime::new().unwrap().block_on(async {
        let cache = Cache::new(BOUNDS, quiet());
        let (tell, told) = mpsc::channel();
        let mut reader = cache.open(1, move |maker| {
            // Only an error ends this loop.
            let stopped = loop {
                maker.rows.extend_from_slice(&bytes(1000));
                if let Err(refusal) = maker.announce() {
                    break refusal;
                }
            };
            tell.send(stopped.clone()).unwrap();
            Err(stopped)
        });
        assert_eq!(reader.begin().await, Ok(None));
        drop(reader);
        assert_eq!(told.recv().unwrap(), broken());
        // The next request gets a complete entry.
        let mut next = cache.open(1, in_pieces(5000, 1000));
        assert!(read_all(&mut next).await.unwrap() == bytes(5000));
    });
}

#[test]
fn readers_get_the_error_of_a_failed_entry_and_the_next_reader_tries_again() {
    Runtime::new().unwrap().block_on(async {
        let cache = Cache::new(BOUNDS, quiet());
        let refusal = HttpRefusal::failed("the rest cannot be made");
        let refused = refusal.clone();
        let mut at_once = cache.open(1, move |_| Err(refused));
        assert_eq!(at_once.begin().await, Err(refusal.clone()));
        let mut panics = cache.open(1, |_| panic!("a panic of this test"));
        assert_eq!(panics.begin().await, Err(broken()));

        let (open_gate, gate) = mpsc::channel::<()>();
        let refused = refusal.clone();
        let mut midway = cache.open(1, move |maker| {
            maker.rows.extend_from_slice(b"begun");
            maker.announce()?;
            gate.recv().unwrap();
            Err(refused)
        });
        assert_eq!(midway.next().await.unwrap().unwrap(), "begun");
        open_gate.send(()).unwrap();
        assert_eq!(midway.next().await.unwrap_err().to_string(), refusal.line);
        let mut again = cache.open(1, in_pieces(10, 10));
        assert!(read_all(&mut again).await.unwrap() == bytes(10));
    });
}

#[test]
fn the_least_recently_used_goes_first_and_what_is_read_stays() {
    let length = 1 << 20;
    Runtime::new().unwrap().block_on(async {
        let cache = Cache::new(BOUNDS, quiet());
        let made = Arc::new(AtomicUsize::new(0));
        let open = |key: u32| {
            let made = Arc::clone(&made);
            cache.open(key, move |maker| {
                made.fetch_add(1, Ordering::Relaxed);
                in_pieces(length, 100_000)(maker)
            })
        };
        let mut held = open(0);
        assert_eq!(held.begin().await.map(|_| ()), Ok(()));
        for key in 1..=30 {
            assert!(read_all(&mut open(key)).await.unwrap() == bytes(length));
            // Entry 1 is used after every other one.
            assert!(read_all(&mut open(1)).await.unwrap() == bytes(length));
            assert!(bytes_of(&cache) <= BOUNDS.kept_bytes + 2 * length as u64, "after {key}");
        }
        assert_eq!(made.load(Ordering::Relaxed), 31);
        assert!(read_all(&mut held).await.unwrap() == bytes(length));
        assert!(read_all(&mut open(2)).await.unwrap() == bytes(length));
        assert_eq!(made.load(Ordering::Relaxed), 32, "entry 2 was dropped");
        assert!(read_all(&mut open(0)).await.unwrap() == bytes(length));
        assert_eq!(made.load(Ordering::Relaxed), 32, "entry 0 was kept");
    });
}

#[test]
fn when_readers_hold_too_much_new_entries_are_refused() {
    Runtime::new().unwrap().block_on(async {
        let cache = Cache::new(Bounds { kept_bytes: 1 << 20, most_bytes: 4 << 20, makers: 2 }, quiet());
        let mut held = Vec::new();
        for key in 0..4 {
            let mut reader = cache.open(key, in_pieces(1 << 20, 1 << 18));
            while reader.next().await.unwrap().is_some() {}
            held.push(reader);
        }
        let mut refused = cache.open(9, never);
        assert_eq!(refused.begin().await.unwrap_err().status, axum::http::StatusCode::SERVICE_UNAVAILABLE);
        // Existing entries can still be read.
        assert_eq!(cache.open(3, never).begin().await, Ok(Some(1 << 20)));
        drop((held, refused));
        let mut taken = cache.open(9, in_pieces(10, 10));
        assert!(read_all(&mut taken).await.unwrap() == bytes(10));
        let keys: Vec<u32> = cache.shelf.keys();
        assert_eq!(keys, [9], "all entries without readers were dropped");
    });
}

#[test]
fn a_great_number_of_files_is_not_kept_open() {
    Runtime::new().unwrap().block_on(async {
        let cache = Cache::new(Bounds { kept_bytes: 1 << 40, ..BOUNDS }, quiet());
        for key in 0..2 * FILES as u32 {
            while cache.open(key, in_pieces(MEMORY_BYTES + 1, 1 << 20)).next().await.unwrap().is_none() {}
        }
        assert!(cache.shelf.usage.files.load(Ordering::Relaxed) <= FILES + BOUNDS.makers as u64);
    });
}

#[test]
fn an_export_that_cannot_be_stored_is_refused_until_there_is_room() {
    let is_full = Arc::new(AtomicBool::new(true));
    let lines = Arc::new(Mutex::new(Vec::new()));
    let (full, log) = (Arc::clone(&is_full), Arc::clone(&lines));
    // A full disk gives a file that is only open for reading.
    let files = move || if full.load(Ordering::Relaxed) { File::open("/dev/null") } else { tempfile::tempfile() };
    let host = Host::new(move |severity, line| log.lock().unwrap().push(format!("{severity:?}: {line}")))
        .with_files(files, Duration::ZERO);
    let (small, large) = (MEMORY_BYTES, MEMORY_BYTES + 1);
    Runtime::new().unwrap().block_on(async {
        let cache = Cache::new(BOUNDS, host);
        assert!(!cache.is_failing());
        // After its beginning has been announced, an export is cut.
        let mut cut = cache.open(3, in_pieces(large, 1000));
        assert!(read_all(&mut cut).await.is_err());
        drop(cut);
        // From then on, none is announced before it is complete.
        for _ in 0..2 {
            for piece in [large, 1000] {
                let refusal = cache.open(1, in_pieces(large, piece)).begin().await.unwrap_err();
                assert_eq!(refusal.status, axum::http::StatusCode::SERVICE_UNAVAILABLE);
                assert!(refusal.line.starts_with("cannot store the export: "), "{}", refusal.line);
            }
            assert!(cache.is_failing());
            // Small exports need no disk.
            let mut stored = cache.open(2, in_pieces(small, 1000));
            assert_eq!(stored.begin().await, Ok(Some(small as u64)));
            assert!(read_all(&mut stored).await.unwrap() == bytes(small));
        }
        // Refused exports take no space when their makers have ended.
        while bytes_of(&cache) >= 2 * small as u64 {
            tokio::task::yield_now().await;
        }
        is_full.store(false, Ordering::Relaxed);
        for key in [1, 3] {
            assert!(read_all(&mut cache.open(key, in_pieces(large, 1000))).await.unwrap() == bytes(large));
        }
        assert!(!cache.is_failing());
    });
    let [broken, mended] = &lines.lock().unwrap()[..] else { panic!("{:?}", lines.lock().unwrap()) };
    assert!(broken.starts_with("Error: cannot store an export in "), "{broken}");
    assert!(broken.ends_with("large exports are refused until it succeeds"), "{broken}");
    assert!(mended.starts_with("Note: exports can be stored in ") && mended.ends_with(" again"), "{mended}");
}

#[test]
fn old_exports_give_their_space_to_new_ones_on_a_full_disk() {
    let files = AtomicUsize::new(0);
    // The second attempt to create a file fails.
    let files = move || match files.fetch_add(1, Ordering::Relaxed) {
        1 => Err(io::ErrorKind::StorageFull.into()),
        _ => tempfile::tempfile(),
    };
    let large = MEMORY_BYTES + 1;
    Runtime::new().unwrap().block_on(async {
        let cache = Cache::new(BOUNDS, quiet().with_files(files, Duration::ZERO));
        for (key, length) in [(1, large), (2, 10), (3, large)] {
            assert!(read_all(&mut cache.open(key, in_pieces(length, 1000))).await.unwrap() == bytes(length));
        }
        let mut keys: Vec<u32> = cache.shelf.keys();
        keys.sort_unstable();
        assert_eq!(keys, [2, 3], "entry 1 was on the disk, and entry 2 in memory");
    });
}
