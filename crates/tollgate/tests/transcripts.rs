//! Runs the commands in the `console` blocks of the pages, and compares their output. All commands of a page run in one shell, in
//! a directory that is empty at first.
//!
//! A line that begins with `$ ` is a command, and a line that begins with `> ` continues it. The lines below are its output,
//! including standard error. `...` on a line of its own matches any lines, and `[..]` any text within a line.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use crate::support::{root, tollgate};

/// The port that the pages name. The test uses a free one instead.
const PORT: &str = "8080";
/// The line that marks the end of a command's output.
const MARK: &str = "=== end of the output ===";

/// A command of a transcript.
struct Step {
    page: &'static str,
    /// The line of the command, counted from 1.
    line: usize,
    command: String,
    expected: Vec<String>,
}

fn steps(page: &'static str, text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut in_transcript = false;
    for (place, line) in text.lines().enumerate() {
        match line.trim_start() {
            "```console" => in_transcript = true,
            fence if fence.starts_with("```") => in_transcript = false,
            _ if !in_transcript => {}
            _ => match (line.strip_prefix("$ "), line.strip_prefix("> "), steps.last_mut()) {
                (Some(command), ..) => {
                    steps.push(Step { page, line: place + 1, command: command.into(), expected: Vec::new() });
                }
                (None, Some(more), Some(step)) if step.expected.is_empty() => step.command += &format!("\n{more}"),
                (.., Some(step)) => step.expected.push(line.into()),
                (.., None) => panic!("{page}:{}: output without a command", place + 1),
            },
        }
    }
    steps
}

/// True if lines match a pattern with `...` and `[..]`.
fn matches(pattern: &[String], lines: &[&str]) -> bool {
    match pattern.split_first() {
        None => lines.is_empty(),
        Some((first, rest)) if first == "..." => (0..=lines.len()).any(|skipped| matches(rest, &lines[skipped..])),
        Some((first, rest)) => {
            lines.split_first().is_some_and(|(line, lines)| line_matches(first, line) && matches(rest, lines))
        }
    }
}

fn line_matches(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let Some(mut rest) = parts.next().and_then(|first| line.trim_end().strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let is_last = parts.peek().is_none();
        let found = if is_last { rest.ends_with(part).then(|| rest.len() - part.len()) } else { rest.find(part) };
        let Some(at) = found else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.is_empty()
}

/// The outputs of commands that run one after another in one shell.
fn outputs(steps: &[Step], directory: &Path, port: &str) -> Vec<String> {
    let commands = steps.iter().map(|step| format!("{}\necho '{MARK}'\n", step.command));
    let script = directory.join("script.sh");
    fs::write(&script, commands.collect::<String>().replace(PORT, port)).unwrap();
    let program = Path::new(tollgate().get_program()).parent().unwrap().to_owned();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let (reader, writer) = std::io::pipe().unwrap();
    let mut command = Command::new("bash");
    command.arg(&script).current_dir(directory).env("PATH", path).env_remove("NO_COLOR");
    command.stdout(writer.try_clone().unwrap()).stderr(writer);
    let mut child = command.spawn().unwrap();
    // The command holds write ends of the pipe. Reading would never end if they stayed open.
    drop(command);
    let text = std::io::read_to_string(reader).unwrap().replace(port, PORT);
    assert!(child.wait().unwrap().success(), "{text}");
    text.split(&format!("{MARK}\n")).map(str::to_owned).collect()
}

#[test]
fn every_transcript_is_true() {
    let mut failures = String::new();
    for (page, least) in [("README.md", 8), ("scenarios/README.md", 0)] {
        let steps = steps(page, &fs::read_to_string(root().join(page)).unwrap());
        assert!(steps.len() >= least, "{page} has {} transcripts", steps.len());
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        for (Step { page, line, command, expected }, output) in
            steps.iter().zip(outputs(&steps, directory.path(), &port))
        {
            let lines: Vec<&str> = output.lines().collect();
            if !matches(expected, &lines) {
                failures += &format!(
                    "{page}:{line}: $ {command}\n--- the page\n{}\n--- the program\n{output}\n",
                    expected.join("\n")
                );
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn dots_stand_for_text() {
    let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    for (pattern, text, expected) in [
        ("a\nb", "a\nb", true),
        ("a\nb", "a\nb\nc", false),
        ("a\n...\nc", "a\nb\nb\nc", true),
        ("...", "", true),
        ("took [..] s", "took 1.5 s", true),
        ("took [..] s of [..]", "took 1.5 s of 2 h", true),
        ("took [..] s", "took 1.5 min", false),
        ("a[..]a", "a", false),
    ] {
        assert_eq!(matches(&lines(pattern), &text.lines().collect::<Vec<_>>()), expected, "{pattern} {text}");
    }
}
