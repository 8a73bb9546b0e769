//! Files that never end, a closed standard output, and limits of the operating system.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::support::{names, run, run_well, stderr, tollgate};

/// Runs a command of a shell with the program as `$0`.
fn run_shell(command: &str) -> std::process::Output {
    let program = tollgate().get_program().to_owned();
    Command::new("sh").args(["-c", command]).arg(program).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn fifos_and_devices_are_refused_and_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    assert!(Command::new("mkfifo").arg(path("fifo")).status().unwrap().success());
    symlink(path("fifo"), path("link")).unwrap();
    symlink("/dev/zero", path("zero")).unwrap();
    for name in ["fifo", "link", "zero"] {
        let expected = format!(
            "error: {}: found a FIFO, a socket or a device, allowed is a regular file, or `-` for standard input\n",
            path(name)
        );
        assert_eq!(stderr(&run(&["check", &path(name)])), expected);
        assert_eq!(stderr(&run(&["plan", "fixture", "--compare", &path(name)])), expected);
    }
    for name in ["fifo", "zero"] {
        let refused = stderr(&run(&[
            "serve",
            "fixture",
            "--listen",
            "0",
            "--quiet",
            "--tls-self-signed",
            "--tls-cert-out",
            &path(name),
        ]));
        assert!(refused.contains("found a FIFO, a socket or a device, allowed is a regular file"), "{refused}");
    }
    // A run and a plan read the manifest of the directory that they replace.
    let out = path("out");
    run_well(&["run", "fixture", "--out", &out, "--quiet", "--only", "24"]);
    let manifest = format!("{out}/fixture/manifest.json");
    fs::remove_file(&manifest).unwrap();
    symlink("/dev/zero", &manifest).unwrap();
    let refused = stderr(&run(&["run", "fixture", "--out", &out, "--quiet", "--only", "24"]));
    assert!(refused.contains("manifest.json: found a FIFO, a socket or a device"), "{refused}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_closed_standard_output_is_an_error() {
    for arguments in ["run fixture --only 24 --out - --quiet", "reports", "check fixture --json"] {
        let output = run_shell(&format!("exec \"$0\" {arguments} >&-"));
        let shown = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{arguments}: {shown}");
        assert!(shown.contains("cannot write to standard output: it is closed"), "{shown}");
    }
    for arguments in ["--help", "--version", "reports"] {
        assert_eq!(run_shell(&format!("exec \"$0\" {arguments} >&-")).status.code(), Some(2), "{arguments}");
        assert_eq!(run_shell(&format!("exec \"$0\" {arguments} >/dev/full")).status.code(), Some(2), "{arguments}");
    }
    let output = run_shell("exec \"$0\" serve fixture --listen 0 >/dev/full");
    let shown = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{shown}");
    assert!(shown.contains("cannot write to standard output") && !shown.contains("password"), "{shown}");
    assert!(run_shell("exec \"$0\" reports >/dev/null").status.success());
    assert!(run_shell("exec \"$0\" reports <>/dev/null >&0").status.success(), "open for reading and writing");
}

#[test]
fn a_limit_of_the_file_size_is_an_error() {
    for verb in ["run quiet-hour", "plan fixture --load 1 --seeds 1"] {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().to_str().unwrap();
        let output = run_shell(&format!("ulimit -f 8; exec \"$0\" {verb} --quiet --out {out}/new"));
        let shown = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{verb}: {shown}");
        assert!(shown.contains("cannot write") && shown.contains("File too large"), "{shown}");
        assert!(!names(directory.path()).iter().any(|name| name.contains("partial")), "{verb} leaves a directory");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_of_open_files_that_is_too_small_is_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().to_str().unwrap();
    let run =
        |files: u64| run_shell(&format!("ulimit -n {files}; exec \"$0\" run fixture --truth --quiet --out {out}"));
    let output = run(20);
    let shown = stderr(&output);
    let least = shown.strip_prefix("error: open files: found a limit of 20, allowed is at least ");
    let least = least.and_then(|rest| rest.split_once("; raise it with ulimit -n")).expect(&shown).0;
    assert_eq!((output.status.code(), names(directory.path()).len()), (Some(2), 0), "{shown}");
    let output = run(least.parse().unwrap());
    assert!(output.status.success(), "{}", stderr(&output));
}

#[test]
fn a_locked_parent_directory_is_named_while_it_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let lock = fs::File::open(directory.path()).unwrap();
    lock.lock().unwrap();
    let mut waiting = tollgate()
        .args(["run", "fixture", "--only", "24", "--quiet", "--out"])
        .arg(directory.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut noted = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(waiting.stderr.take().unwrap()), &mut noted).unwrap();
    assert_eq!(noted, format!("waiting for another process that locks {}\n", directory.path().display()));
    drop(lock);
    assert!(waiting.wait().unwrap().success());
}
