//! A disk that is nearly full: what is new waits and says so, what is known is there, and all goes on when there is room.

use nix::sys::statvfs::statvfs;
use serde_json::Value;
use stoa_tests::{Home, Stoa, wait_until, wait_until_or, write};

/// The setting that is named to whoever has to wait.
const KEY: &str = "data.min_free_mib";

/// MiB that are free on the disk of a folder.
fn free(home: &Home) -> u64 {
    let disk = statvfs(&home.data()).expect("a disk");
    disk.blocks_available() * disk.fragment_size() / (1 << 20)
}

/// Starts it with so much room to stay free, in MiB.
fn up(home: &Home, kept: u64) -> Stoa<'_> {
    home.up(&["--set", &format!("{KEY}={kept}")])
        .expect("starts")
}

fn job(stoa: &Stoa<'_>, document: &str) -> Value {
    let jobs = stoa.good(&["jobs"]);
    let jobs = jobs["jobs"].as_array().expect("a list");
    let found = jobs.iter().find(|job| job["document"] == document);
    found
        .unwrap_or_else(|| panic!("{document}: {jobs:?}"))
        .clone()
}

fn answers(stoa: &Stoa<'_>) -> bool {
    let answer = stoa.good(&["ask", "How many days of vacation does everybody get?"]);
    answer["answer"]
        .as_str()
        .is_some_and(|text| text.contains("27 days"))
}

#[test]
fn without_room_new_documents_wait_and_what_was_known_answers() {
    // Waiting is no attempt: with one, the job would be given up.
    let home = Home::with(&["generation.model=extractive", "ingestion.max_attempts=1"]);
    let folder = tempfile::tempdir().expect("temporary folder");
    let lamps = write(
        folder.path(),
        "lamps.md",
        "# Lamps\n\nThe lamp at the pier is lit at six in the evening.\n",
    );
    let boats = write(
        folder.path(),
        "boats.md",
        "# Boats\n\nBoats are lent to members of the club.\n",
    );
    let stoa = up(&home, 0);
    stoa.teach("default");
    stoa.good(&["learn", &boats]);
    assert!(stoa.interrupt(), "{}", home.log());

    let stoa = up(&home, free(&home) * 3 / 2);
    stoa.good(&["learn", &lamps, "--no-wait"]);
    wait_until_or(
        || format!("the job says why it waits: {}", job(&stoa, "lamps.md")),
        || {
            let job = job(&stoa, "lamps.md");
            job["state"] == "queued" && job.to_string().contains(KEY)
        },
    );
    assert!(answers(&stoa));
    assert_eq!(stoa.good(&["forget", "boats.md"])["remaining"], 0);
    assert!(stoa.interrupt(), "{}", home.log());

    let stoa = up(&home, 0);
    wait_until("the job goes on", || {
        job(&stoa, "lamps.md")["state"] == "succeeded"
    });
    let found = stoa.good(&["search", "When is the lamp at the pier lit?"]);
    assert!(found.to_string().contains("six in the evening"), "{found}");
    assert!(answers(&stoa));
}

#[test]
fn where_not_even_an_upload_has_room_it_is_refused_with_what_to_do() {
    let home = Home::new();
    let stoa = up(&home, u64::MAX >> 24);
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(folder.path(), "lamps.md", "The lamp is lit at six.\n");
    let output = stoa.run(&["learn", &path]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr) + String::from_utf8_lossy(&output.stdout);
    assert!(said.contains(KEY), "{said}");
    assert!(!said.contains("h2"), "{said}");
    assert!(stoa.run(&["documents"]).status.success());
}
