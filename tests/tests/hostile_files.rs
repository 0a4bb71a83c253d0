//! Files that are made to hurt: each is refused with a reason, and costs the service next to nothing.

use std::fs;

use stoa_tests::{Home, Stoa, files, write};

/// What a refused file may add to the most memory that the service has had at once. The bytes of the upload are part of
/// that, a few times over.
const MOST_MIB: u64 = 400;

#[test]
fn a_file_of_page_breaks_is_refused_without_the_memory_of_its_pages() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    stoa.teach("local");
    let before = most_memory(&stoa);
    let path = write(folder.path(), "breaks.txt", vec![b'\x0c'; 40 << 20]);
    let reason = refusal(&stoa, &path);
    assert!(reason.contains("41943041 pages"), "{reason}");
    let after = most_memory(&stoa);
    assert!(after - before < MOST_MIB, "{before} MiB, then {after} MiB");
}

#[test]
fn text_is_bounded_by_what_it_becomes_and_the_next_file_is_read() {
    let home = Home::with(&[
        "generation.model=extractive",
        "ingestion.max_text_bytes=2097152",
    ]);
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let long = "A line of words.\n".repeat(200_000);
    let long = write(folder.path(), "long.txt", long);
    assert!(refusal(&stoa, &long).contains("ingestion.max_text_bytes"));
    // As many bytes in the file as are allowed, and half as many again in UTF-8.
    let wide = "过".repeat(1 << 20);
    let wide: Vec<u8> = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wide = [b"\xff\xfe".as_slice(), &wide].concat();
    let wide = write(folder.path(), "wide.txt", wide);
    assert!(refusal(&stoa, &wide).contains("ingestion.max_text_bytes"));
    let bomb = write(folder.path(), "bomb.xlsx", files::bomb(50));
    assert!(refusal(&stoa, &bomb).contains("unpacks to more than"));
    stoa.teach("local");
    let warnings = home.log().matches("does not shut in completely").count();
    assert!(warnings <= 1, "what the kernel cannot do is said once");
}

#[test]
fn a_sheet_of_too_many_cells_is_refused_as_they_come() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    // Fewer bytes than a document may unpack to.
    let cells = "<c><v>1</v></c>".repeat(5_000_001);
    let sheet = files::xlsx_with(&format!("<row>{cells}</row>"), "", "");
    let path = write(folder.path(), "cells.xlsx", sheet);
    let reason = refusal(&stoa, &path);
    assert!(reason.contains("more than 5000000 cells"), "{reason}");
    stoa.teach("local");
}

#[test]
fn what_runs_beside_the_service_has_none_of_its_secrets() {
    const SECRET: &str = "a-key-for-the-service-alone";
    let home = Home::new().env("STOA_EMBEDDING_API_KEY", SECRET);
    let stoa = home.up(&[]).expect("starts");
    let others = home.processes().into_iter();
    let others = others.filter(|(pid, _)| *pid != stoa.pid());
    let environments: Vec<String> = others
        .filter_map(|(pid, _)| fs::read(format!("/proc/{pid}/environ")).ok())
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .collect();
    assert!(environments.len() >= 2, "PostgreSQL and NATS");
    for environment in environments {
        assert!(!environment.contains(SECRET) && !environment.contains("STOA_"));
    }
}

/// Why a file is not learned.
fn refusal(stoa: &Stoa<'_>, path: &str) -> String {
    let (good, learned) = stoa.json(&["learn", path]);
    assert!(!good, "{learned}");
    let reason = &learned["jobs"][0]["error"]["reason"];
    reason.as_str().unwrap_or_default().to_owned()
}

/// Most memory that the service has had at once, in MiB.
fn most_memory(stoa: &Stoa<'_>) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", stoa.pid())).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.expect("a process has memory").trim();
    kib.trim_end_matches(" kB")
        .parse::<u64>()
        .expect("a number")
        / 1_024
}
