//! What every index promises, asked of each engine: the embedded one, a stand-in for a Qdrant server, and a real one when
//! STOA_TEST_QDRANT_URL names it. STOA_TEST_QDRANT_KEY is its key.

mod copying;
mod promises;
mod world;

use std::path::{Path, PathBuf};

use stoa_kit::{Room, Space, config};
use stoa_retrieval::index::{
    EdgeIndex, EdgeIndexes, IndexError, IndexName, Indexes, QdrantIndexes, VectorIndex, Which,
};
use stoa_test_qdrant::Qdrant;
use uuid::Uuid;

use copying::{
    a_passage_without_a_vector_is_found_by_its_words, copies_are_shown_when_they_are_of_something,
};
use promises::{
    a_new_version_takes_the_place_of_the_old, a_version_that_is_not_whole_is_not_shown,
    an_older_version_does_not_come_back, both_kinds_of_candidates_are_found,
    deleting_leaves_nothing, nothing_crosses_spaces_or_access, unpublished_passages_are_not_seen,
};
use world::{DIMENSIONS, World};

async fn promises(index: &dyn VectorIndex) {
    let space = Space::parse(&format!("space-{}", Uuid::new_v4())).expect("valid");
    let world = World { index, space };
    both_kinds_of_candidates_are_found(&world).await;
    unpublished_passages_are_not_seen(&world).await;
    a_new_version_takes_the_place_of_the_old(&world).await;
    a_version_that_is_not_whole_is_not_shown(&world).await;
    an_older_version_does_not_come_back(&world).await;
    nothing_crosses_spaces_or_access(&world).await;
    deleting_leaves_nothing(&world).await;
    a_passage_without_a_vector_is_found_by_its_words(&world).await;
    copies_are_shown_when_they_are_of_something(&world).await;
}

fn open(folder: &Path) -> EdgeIndex {
    EdgeIndex::open(folder, "test", DIMENSIONS, Room::new(folder, 0)).expect("opens")
}

#[tokio::test]
async fn the_embedded_index_keeps_its_promises() {
    let folder = tempfile::tempdir().expect("temporary folder");
    promises(&open(folder.path())).await;
}

#[tokio::test]
async fn what_was_acknowledged_is_there_when_the_embedded_index_opens_again() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let document = Uuid::new_v4();
    let space = Space::parse("kept").expect("valid");
    let copy = tempfile::tempdir().expect("temporary folder");
    {
        let index = open(folder.path());
        let world = World {
            index: &index,
            space: space.clone(),
        };
        world
            .teach(document, 1, &[("acknowledged", [1.0, 0.0, 0.0, 0.0])])
            .await;
        // The files as a kill would leave them: copied while the index is open, before it can tidy up.
        let status = std::process::Command::new("cp")
            .arg("-a")
            .arg(folder.path().join("."))
            .arg(copy.path())
            .status();
        assert!(status.expect("cp runs").success());
    }
    let index = open(copy.path());
    let world = World {
        index: &index,
        space,
    };
    assert_eq!(
        world
            .texts(world.scope(), "acknowledged", [1.0, 0.0, 0.0, 0.0])
            .await,
        ["acknowledged"]
    );
}

/// What is promised of all indexes together.
async fn indexes_promise(indexes: &dyn Indexes) {
    let names = [Uuid::new_v4(), Uuid::new_v4()];
    let [first, second] = names.map(|id| IndexName::of(&format!("model-{id}"), DIMENSIONS));
    let current = || indexes.current();
    let open = indexes.open(first.clone()).await.expect("opens");
    assert_eq!(open.name(), &first);
    indexes.choose(first.clone()).await.expect("chosen");
    let beside = indexes.open(second.clone()).await.expect("opens");
    assert_eq!(current().await.expect("read"), Some(first.clone()));
    let space = Space::parse("default").expect("valid");
    for (index, text) in [(&open, "of the first"), (&beside, "of the second")] {
        let world = World {
            index: &**index,
            space: space.clone(),
        };
        let document = Uuid::new_v4();
        world
            .teach(document, 1, &[(text, [1.0, 0.0, 0.0, 0.0])])
            .await;
        let found = world
            .texts(world.scope(), "first second", [1.0, 0.0, 0.0, 0.0])
            .await;
        assert_eq!(found, [text], "at the same length they do not mix");
    }
    for name in [&second, &first, &second] {
        indexes.choose(name.clone()).await.expect("chosen");
        assert_eq!(current().await.expect("read").as_ref(), Some(name));
    }
    drop(open);
    indexes.remove(first.clone()).await.expect("removed");
    let left = indexes.names().await.expect("read");
    assert!(left.contains(&second) && !left.contains(&first), "{left:?}");
    drop(beside);
    indexes.remove(second).await.expect("removed");
}

#[tokio::test]
async fn the_embedded_indexes_are_one_a_model() {
    let folder = tempfile::tempdir().expect("temporary folder");
    indexes_promise(&EdgeIndexes::new(
        folder.path(),
        Room::new(folder.path(), 0),
    ))
    .await;
}

fn at(url: &str, key: Option<String>) -> QdrantIndexes {
    trusting(None, url, key)
}

fn trusting(ca: Option<PathBuf>, url: &str, key: Option<String>) -> QdrantIndexes {
    let settings = config::Qdrant {
        url: Some(url.into()),
        api_key: key.map(Into::into),
        ca,
        ..config::Qdrant::default()
    };
    QdrantIndexes::new(&settings).expect("an address")
}

async fn a_server_keeps_the_promises(indexes: &QdrantIndexes) {
    let name = IndexName::of(&format!("test-{}", Uuid::new_v4()), DIMENSIONS);
    let index = indexes.open(name.clone()).await.expect("opens");
    promises(&*index).await;
    let again = indexes.open(name.clone()).await.expect("opens again");
    assert_eq!(again.total(Which::Shown).await.expect("count"), 0);
    indexes.remove(name).await.expect("removed");
    let gone = again.total(Which::Shown).await;
    assert!(matches!(gone, Err(IndexError::Gone { .. })), "{gone:?}");
    let forgotten = again.delete(Space::parse("default").expect("valid"), Uuid::nil(), None);
    assert_eq!(forgotten.await.expect("nothing is there"), 0);
    indexes_promise(indexes).await;
}

#[tokio::test]
async fn the_adapter_for_qdrant_keeps_the_same_promises() {
    let qdrant = Qdrant::with_key("a-key-of-qdrant");
    let indexes = at(&qdrant.url, Some("a-key-of-qdrant".to_owned()));
    a_server_keeps_the_promises(&indexes).await;
    assert_eq!(qdrant.unknown(), Vec::<String>::new());

    let stranger = at(&qdrant.url, None);
    let refused = stranger.names().await.expect_err("no key");
    assert!(
        refused.to_string().contains("STOA_QDRANT_API_KEY"),
        "{refused}"
    );
}

#[tokio::test]
async fn the_promises_are_kept_over_tls_to_a_server_that_is_trusted() {
    let qdrant = Qdrant::secured("a-key-of-qdrant");
    let key = || Some("a-key-of-qdrant".to_owned());
    let indexes = trusting(Some(qdrant.ca()), &qdrant.url, key());
    a_server_keeps_the_promises(&indexes).await;
    assert_eq!(qdrant.unknown(), Vec::<String>::new());

    let stranger = trusting(Some(qdrant.ca()), &qdrant.url, None);
    let refused = stranger.names().await.expect_err("no key").to_string();
    assert!(refused.contains("STOA_QDRANT_API_KEY"), "{refused}");
    let other = Qdrant::secured("a-key-of-qdrant");
    let deceived = trusting(Some(other.ca()), &qdrant.url, key());
    let refused = deceived.names().await.expect_err("another's").to_string();
    assert!(refused.contains("certificate"), "{refused}");
    let plain = qdrant.url.replace("https://", "http://");
    let refused = at(&plain, key()).names().await;
    refused.expect_err("it speaks TLS alone");
}

#[tokio::test]
async fn a_collection_is_made_for_many_spaces() {
    let qdrant = Qdrant::start();
    let indexes = at(&qdrant.url, None);
    let name = IndexName::of("model", DIMENSIONS);
    indexes.open(name.clone()).await.expect("opens");
    indexes.choose(name.clone()).await.expect("chosen");
    let made = qdrant.made(name.as_str()).expect("made");
    assert_eq!(made.shard_number, Some(1));
    assert_eq!(qdrant.alias("passages").as_deref(), Some(name.as_str()));
    let mut config = stoa_kit::Config::default();
    config.qdrant.url = Some(qdrant.url.as_str().into());
    config.qdrant.replicas = 2;
    let before = qdrant.collections();
    let seen = stoa_retrieval::index::Examined::of(&config)
        .await
        .expect("it answers");
    assert!(seen.faults.is_empty(), "{seen:?}");
    for said in [name.as_str(), "answers", "qdrant.replicas"] {
        assert!(seen.summary.contains(said), "{seen:?}");
    }
    assert!(!seen.summary.contains("no tenant index"), "{seen:?}");
    assert_eq!(qdrant.collections(), before, "it is only looked at");
    assert_eq!(qdrant.unknown(), Vec::<String>::new());
}

#[tokio::test]
async fn a_real_qdrant_server_keeps_the_same_promises() {
    let Ok(url) = std::env::var("STOA_TEST_QDRANT_URL") else {
        eprintln!(
            "SKIPPED: set STOA_TEST_QDRANT_URL to the gRPC address of a Qdrant server of its own to run this"
        );
        return;
    };
    a_server_keeps_the_promises(&at(&url, std::env::var("STOA_TEST_QDRANT_KEY").ok())).await;
}
