//! What the index costs, counted, and what it does without room.

use std::process::Command;

use super::*;
use crate::{
    index::{EVERYBODY, Payload},
    keywords::Sparse,
};

const DIMENSIONS: usize = 64;
/// Passages of a document, and documents whose vectors fill a segment.
pub(super) const PASSAGES: usize = 32;
const FILL: usize = 8;
/// In KiB of vectors.
const SMALL: Segments = Segments {
    full: FILL * PASSAGES * DIMENSIONS * size_of::<f32>() / 1_024,
    largest: 1 << 10,
    most: 12,
};
/// Documents until five segments are full and the sixth is begun.
const DOCUMENTS: usize = 5 * FILL + 1;

fn name() -> IndexName {
    IndexName::of("test", DIMENSIONS)
}

pub(super) fn open(folder: &Path) -> EdgeIndex {
    let room = Room::new(folder, 0);
    EdgeIndex::open_with(folder, name(), room, SMALL).expect("opens")
}

pub(super) fn space() -> Space {
    Space::parse("growing").expect("valid")
}

pub(super) fn document(number: usize) -> Uuid {
    Uuid::from_u128(number as u128 + 1)
}

pub(super) fn record(document_id: Uuid, number: usize, ordinal: usize) -> Record {
    let at = (number * PASSAGES + ordinal) as f32;
    Record {
        payload: Payload {
            space: space().as_str().to_owned(),
            document_id,
            version: 1,
            published: false,
            document: format!("{number}.md"),
            title: String::new(),
            collection: "default".to_owned(),
            access: vec![EVERYBODY.to_owned()],
            ordinal: u32::try_from(ordinal).expect("small"),
            page: 0,
            heading_path: Vec::new(),
            language: "eng".to_owned(),
            // Long, so that parts of the log fill up.
            text: "The lamp is lit at six. ".repeat(800),
            context: String::new(),
            dated: String::new(),
        },
        dense: (0..DIMENSIONS)
            .map(|n| (at + n as f32 * 0.7).sin())
            .collect(),
        sparse: Sparse::of_passage(&format!("lamps of house{number}")),
    }
}

pub(super) fn version(document_id: Uuid) -> VersionKey {
    VersionKey {
        space: space(),
        document_id,
        version: 1,
    }
}

async fn teach(index: &EdgeIndex, number: usize) -> Result<(), IndexError> {
    let id = document(number);
    let records = (0..PASSAGES).map(|ordinal| record(id, number, ordinal));
    index.upsert(records.collect()).await?;
    index.publish(version(id), PASSAGES).await
}

pub(super) async fn count(index: &EdgeIndex, document_id: Option<Uuid>) -> usize {
    let key = CountKey {
        space: space(),
        document_id,
        version: None,
        published: Some(true),
    };
    index.count(key).await.expect("counted")
}

/// How many passages are found by a word that one document has.
async fn found(index: &EdgeIndex, number: usize) -> usize {
    let scope = Scope {
        space: space(),
        collections: Vec::new(),
        access: Vec::new(),
    };
    let query = Query {
        dense: None,
        sparse: Some(Sparse::of_query(&format!("house{number}"))),
        candidates: 2 * PASSAGES,
    };
    let found = index.search(scope, query).await.expect("searched").keyword;
    let of = |hit: &&Hit| {
        hit.payload
            .as_ref()
            .is_some_and(|payload| payload.document_id == document(number))
    };
    found.iter().filter(of).count()
}

/// Files of the engine's log.
fn parts(folder: &Path) -> usize {
    let wal = folder.join(name().as_str()).join("wal");
    fs::read_dir(wal).expect("is there").count()
}

/// The files as a kill would leave them: copied while the index is open.
fn copied(folder: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().expect("temporary folder");
    let status = Command::new("cp")
        .arg("-a")
        .arg(folder.join("."))
        .arg(copy.path())
        .status();
    assert!(status.expect("cp runs").success());
    copy
}

#[tokio::test]
async fn what_is_written_to_stays_small_however_much_is_there() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let index = open(folder.path());
    for number in 0..DOCUMENTS {
        teach(&index, number).await.expect("taught");
    }
    // A segment is closed after those that wait were answered, and before the next change.
    let nothing = index.delete(space(), Uuid::nil(), None).await;
    assert_eq!(nothing.expect("removed"), 0);
    let shard = &index.reader.shard;
    assert_eq!(shard.info().segments_count, 6, "five full ones are closed");
    assert!(
        parts(folder.path()) <= 4,
        "the log does not grow: {} parts",
        parts(folder.path())
    );
    assert_eq!(count(&index, None).await, DOCUMENTS * PASSAGES);

    assert!(SMALL.merge_smallest(shard).expect("merged"));
    assert!(shard.info().segments_count <= 4, "{:?}", shard.info());
    assert!(!SMALL.merge_smallest(shard).expect("asked"), "few are left");
    assert_eq!(count(&index, None).await, DOCUMENTS * PASSAGES);
    for number in [0, FILL, DOCUMENTS - 1] {
        assert_eq!(found(&index, number).await, PASSAGES, "of {number}");
    }

    let copy = copied(folder.path());
    let again = open(copy.path());
    assert_eq!(count(&again, None).await, DOCUMENTS * PASSAGES);
    // The engine passes over changes that it counts as older than what it has: the count goes on without the log.
    let left = again.delete(space(), document(0), None).await;
    assert_eq!(left.expect("removed"), 0);
    assert_eq!(count(&again, Some(document(0))).await, 0);
    teach(&again, 0).await.expect("taught again");
    assert_eq!(found(&again, 0).await, PASSAGES);
}

#[tokio::test]
async fn without_room_nothing_is_written_and_what_is_known_is_found_and_removed() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let index = open(folder.path());
    teach(&index, 0).await.expect("taught");
    let copy = copied(folder.path());
    let room = Room::new(copy.path(), u64::MAX);
    let full = EdgeIndex::open_with(copy.path(), name(), room, SMALL).expect("opens");
    let refused = teach(&full, 1).await;
    assert!(matches!(refused, Err(IndexError::NoRoom(_))), "{refused:?}");
    let refused = full.publish(version(document(0)), PASSAGES).await;
    assert!(matches!(refused, Err(IndexError::NoRoom(_))), "{refused:?}");
    assert_eq!(found(&full, 0).await, PASSAGES);
    let left = full.delete(space(), document(0), None).await;
    assert_eq!(left.expect("removed"), 0);
    assert_eq!(found(&full, 0).await, 0);
}
