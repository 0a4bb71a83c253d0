//! What every index promises, asked of each engine: the embedded one, a stand-in for a Qdrant server, and a real one when
//! STOA_TEST_QDRANT_URL names it. STOA_TEST_QDRANT_KEY is its key.

use std::path::Path;

use stoa_kit::{Room, Space, config};
use stoa_retrieval::{
    index::{
        Adoption, CountKey, EVERYBODY, EdgeIndex, EdgeIndexes, Found, Hit, IndexError, IndexName,
        Indexes, Payload, QdrantIndexes, Query, Record, Scope, VectorIndex, VersionKey, Which,
    },
    keywords::Sparse,
};
use stoa_test_qdrant::Qdrant;
use uuid::Uuid;

const DIMENSIONS: usize = 4;

struct World<'a> {
    index: &'a dyn VectorIndex,
    space: Space,
}

impl World<'_> {
    fn record(
        &self,
        document_id: Uuid,
        version: u32,
        ordinal: u32,
        text: &str,
        dense: [f32; DIMENSIONS],
    ) -> Record {
        Record {
            payload: Payload {
                space: self.space.as_str().to_owned(),
                document_id,
                version,
                published: false,
                document: "handbook.md".to_owned(),
                title: "Handbook".to_owned(),
                collection: "default".to_owned(),
                access: vec![EVERYBODY.to_owned()],
                ordinal,
                page: 1,
                heading_path: vec!["Top".to_owned()],
                language: "eng".to_owned(),
                text: text.to_owned(),
                context: String::new(),
            },
            dense: dense.to_vec(),
            sparse: Sparse::of_passage(text),
        }
    }

    fn scope(&self) -> Scope {
        Scope {
            space: self.space.clone(),
            collections: Vec::new(),
            access: Vec::new(),
        }
    }

    fn query(&self, text: &str, dense: [f32; DIMENSIONS]) -> Query {
        Query {
            dense: Some(dense.to_vec()),
            sparse: Some(Sparse::of_query(text)),
            candidates: 20,
        }
    }

    async fn found(&self, scope: Scope, query: Query) -> Found {
        self.index.search(scope, query).await.expect("search")
    }

    /// What is found by meaning or by words.
    async fn texts(&self, scope: Scope, text: &str, dense: [f32; DIMENSIONS]) -> Vec<String> {
        let found = self.found(scope, self.query(text, dense)).await;
        let mut both = texts(found.dense);
        for text in texts(found.keyword) {
            if !both.contains(&text) {
                both.push(text);
            }
        }
        both
    }

    async fn teach(&self, document_id: Uuid, version: u32, passages: &[(&str, [f32; DIMENSIONS])]) {
        let records = passages
            .iter()
            .zip(0..)
            .map(|((text, dense), at)| self.record(document_id, version, at, text, *dense));
        self.index.upsert(records.collect()).await.expect("upsert");
        let key = VersionKey {
            space: self.space.clone(),
            document_id,
            version,
        };
        self.index
            .publish(key, passages.len())
            .await
            .expect("publish");
    }

    fn version(&self, document_id: Uuid, version: u32) -> VersionKey {
        VersionKey {
            space: self.space.clone(),
            document_id,
            version,
        }
    }

    async fn forget(&self, document_id: Uuid) {
        let left = self
            .index
            .delete(self.space.clone(), document_id, None)
            .await;
        assert_eq!(left.expect("delete"), 0);
    }

    /// All passages of this space, read in the smallest parts.
    async fn all(&self, shown: bool) -> Vec<Hit> {
        let (mut all, mut from) = (Vec::new(), None);
        loop {
            let page = self.index.page(shown, from, 1).await.expect("read");
            all.extend(page.passages);
            from = page.next;
            if from.is_none() {
                break;
            }
        }
        let mut ids: Vec<Uuid> = all.iter().map(|hit| hit.id).collect();
        assert!(ids.is_sorted(), "{ids:?}");
        ids.dedup();
        assert_eq!(ids.len(), all.len(), "each once");
        let own = |hit: &Hit| {
            let payload = hit.payload.as_ref();
            payload.is_some_and(|payload| payload.space == self.space.as_str())
        };
        all.into_iter().filter(own).collect()
    }

    fn count_key(&self, document_id: Uuid) -> CountKey {
        CountKey {
            space: self.space.clone(),
            document_id: Some(document_id),
            version: None,
            published: None,
        }
    }
}

fn texts(hits: Vec<Hit>) -> Vec<String> {
    hits.into_iter()
        .map(|hit| hit.payload.expect("payload").text)
        .collect()
}

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

async fn both_kinds_of_candidates_are_found(world: &World<'_>) {
    let document = Uuid::new_v4();
    world
        .teach(
            document,
            1,
            &[
                ("the wing stalls", [1.0, 0.0, 0.0, 0.0]),
                ("模型发生过拟合", [0.0, 1.0, 0.0, 0.0]),
            ],
        )
        .await;
    let found = world
        .found(world.scope(), world.query("过拟合", [1.0, 0.0, 0.0, 0.0]))
        .await;
    let by_meaning = texts(found.dense);
    assert_eq!(
        by_meaning.first().map(String::as_str),
        Some("the wing stalls")
    );
    assert_eq!(texts(found.keyword), ["模型发生过拟合"]);
    for (query, legs) in [
        (
            Query {
                sparse: None,
                ..world.query("过拟合", [1.0, 0.0, 0.0, 0.0])
            },
            (2, 0),
        ),
        (
            Query {
                dense: None,
                ..world.query("过拟合", [1.0, 0.0, 0.0, 0.0])
            },
            (0, 1),
        ),
    ] {
        let found = world.found(world.scope(), query).await;
        assert_eq!((found.dense.len(), found.keyword.len()), legs);
    }
    world
        .index
        .delete(world.space.clone(), document, None)
        .await
        .expect("delete");
}

async fn unpublished_passages_are_not_seen(world: &World<'_>) {
    let document = Uuid::new_v4();
    let record = world.record(document, 1, 0, "secret draft", [1.0, 0.0, 0.0, 0.0]);
    world
        .index
        .upsert(vec![record.clone()])
        .await
        .expect("upsert");
    world
        .index
        .upsert(vec![record])
        .await
        .expect("the same again");
    assert!(
        world
            .texts(world.scope(), "secret", [1.0, 0.0, 0.0, 0.0])
            .await
            .is_empty()
    );
    assert_eq!(
        world
            .index
            .count(world.count_key(document))
            .await
            .expect("count"),
        1,
        "written twice, there once"
    );
    world
        .index
        .delete(world.space.clone(), document, None)
        .await
        .expect("delete");
}

async fn a_new_version_takes_the_place_of_the_old(world: &World<'_>) {
    let document = Uuid::new_v4();
    world
        .teach(
            document,
            1,
            &[
                ("old rule", [1.0, 0.0, 0.0, 0.0]),
                ("old appendix", [0.0, 1.0, 0.0, 0.0]),
            ],
        )
        .await;
    world
        .teach(document, 2, &[("new rule", [1.0, 0.0, 0.0, 0.0])])
        .await;
    assert_eq!(
        world
            .texts(world.scope(), "rule", [1.0, 0.0, 0.0, 0.0])
            .await,
        ["new rule"]
    );
    assert_eq!(
        world
            .index
            .count(world.count_key(document))
            .await
            .expect("count"),
        1
    );
    world
        .index
        .delete(world.space.clone(), document, None)
        .await
        .expect("delete");
}

async fn a_version_that_is_not_whole_is_not_shown(world: &World<'_>) {
    let document = Uuid::new_v4();
    world
        .teach(document, 1, &[("kept", [1.0, 0.0, 0.0, 0.0])])
        .await;
    let half = world.record(document, 2, 0, "half", [1.0, 0.0, 0.0, 0.0]);
    world.index.upsert(vec![half]).await.expect("upsert");
    let key = VersionKey {
        space: world.space.clone(),
        document_id: document,
        version: 2,
    };
    let error = world.index.publish(key, 2).await.expect_err("one of two");
    assert!(
        matches!(
            error,
            IndexError::Incomplete {
                found: 1,
                expected: 2,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(
        world
            .texts(world.scope(), "kept", [1.0, 0.0, 0.0, 0.0])
            .await,
        ["kept"]
    );
    world
        .index
        .delete(world.space.clone(), document, None)
        .await
        .expect("delete");
}

async fn an_older_version_does_not_come_back(world: &World<'_>) {
    let document = Uuid::new_v4();
    world
        .teach(document, 2, &[("the second edition", [1.0, 0.0, 0.0, 0.0])])
        .await;
    let late = world.record(document, 1, 0, "the first edition", [1.0, 0.0, 0.0, 0.0]);
    world.index.upsert(vec![late]).await.expect("upsert");
    let key = VersionKey {
        space: world.space.clone(),
        document_id: document,
        version: 1,
    };
    let refused = world.index.publish(key, 1).await;
    assert!(
        matches!(refused, Err(IndexError::Superseded { .. })),
        "{refused:?}"
    );
    let found = world
        .texts(world.scope(), "edition", [1.0, 0.0, 0.0, 0.0])
        .await;
    assert_eq!(found, ["the second edition"]);
    world
        .index
        .delete(world.space.clone(), document, None)
        .await
        .expect("delete");
}

async fn nothing_crosses_spaces_or_access(world: &World<'_>) {
    let document = Uuid::new_v4();
    let mut staff = world.record(document, 1, 0, "salaries of staff", [1.0, 0.0, 0.0, 0.0]);
    staff.payload.access = vec!["role:staff".to_owned()];
    world.index.upsert(vec![staff]).await.expect("upsert");
    let key = VersionKey {
        space: world.space.clone(),
        document_id: document,
        version: 1,
    };
    world.index.publish(key, 1).await.expect("publish");
    assert!(
        world
            .texts(world.scope(), "salaries", [1.0, 0.0, 0.0, 0.0])
            .await
            .is_empty()
    );
    let bearer = Scope {
        access: vec!["role:staff".to_owned()],
        ..world.scope()
    };
    let found = world
        .found(
            bearer.clone(),
            world.query("salaries", [1.0, 0.0, 0.0, 0.0]),
        )
        .await;
    let id = found.dense.first().expect("found").id;
    assert_eq!(
        world
            .index
            .get(bearer.clone(), vec![id])
            .await
            .expect("get")
            .len(),
        1
    );
    assert!(
        world
            .index
            .get(world.scope(), vec![id])
            .await
            .expect("get")
            .is_empty()
    );
    let other = Scope {
        space: Space::parse("another").expect("valid"),
        ..bearer
    };
    assert!(
        world
            .texts(other.clone(), "salaries", [1.0, 0.0, 0.0, 0.0])
            .await
            .is_empty()
    );
    assert!(
        world
            .index
            .get(other, vec![id])
            .await
            .expect("get")
            .is_empty()
    );
    world
        .index
        .delete(world.space.clone(), document, None)
        .await
        .expect("delete");
}

async fn deleting_leaves_nothing(world: &World<'_>) {
    let (document, neighbour) = (Uuid::new_v4(), Uuid::new_v4());
    world
        .teach(document, 1, &[("to be forgotten", [1.0, 0.0, 0.0, 0.0])])
        .await;
    world
        .teach(neighbour, 1, &[("to be kept", [1.0, 0.0, 0.0, 0.0])])
        .await;
    assert_eq!(
        world
            .index
            .delete(world.space.clone(), document, None)
            .await
            .expect("delete"),
        0
    );
    assert_eq!(
        world
            .texts(world.scope(), "to be", [1.0, 0.0, 0.0, 0.0])
            .await,
        ["to be kept"]
    );
    world
        .index
        .delete(world.space.clone(), neighbour, None)
        .await
        .expect("delete");
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

async fn a_passage_without_a_vector_is_found_by_its_words(world: &World<'_>) {
    let document = Uuid::new_v4();
    let mut record = world.record(document, 1, 0, "the lamp of the quay", [0.0; DIMENSIONS]);
    record.dense = Vec::new();
    world.index.upsert(vec![record]).await.expect("upsert");
    let key = world.version(document, 1);
    world.index.publish(key, 1).await.expect("publish");
    let query = world.query("lamp", [1.0, 0.0, 0.0, 0.0]);
    let found = world.found(world.scope(), query).await;
    assert!(found.dense.is_empty(), "{:?}", found.dense);
    let hit = found.keyword.first().expect("found");
    assert!(hit.dense.is_empty() && !hit.sparse.indices.is_empty());
    for (which, there) in [(Which::All, 1), (Which::Shown, 1), (Which::Whole, 0)] {
        let present = world.index.present(vec![hit.id], which).await;
        assert_eq!(present.expect("read").len(), there, "{which:?}");
    }
    world.forget(document).await;
}

async fn copies_are_shown_when_they_are_of_something(world: &World<'_>) {
    let (document, gone) = (Uuid::new_v4(), Uuid::new_v4());
    world
        .teach(document, 1, &[("an older lamp", [1.0, 0.0, 0.0, 0.0])])
        .await;
    let copies = [
        world.record(document, 2, 0, "a lamp", [1.0, 0.0, 0.0, 0.0]),
        world.record(document, 2, 1, "another lamp", [0.0, 1.0, 0.0, 0.0]),
        world.record(gone, 1, 0, "a forgotten lamp", [1.0, 0.0, 0.0, 0.0]),
    ];
    world.index.upsert(copies.to_vec()).await.expect("upsert");
    let unseen = world.all(false).await;
    let (show, discard): (Vec<Hit>, Vec<Hit>) = unseen.into_iter().partition(|hit| {
        let payload = hit.payload.as_ref().expect("payload");
        payload.document_id == document
    });
    let ids = |hits: Vec<Hit>| hits.into_iter().map(|hit| hit.id).collect::<Vec<Uuid>>();
    let (show, discard) = (ids(show), ids(discard));
    assert_eq!((show.len(), discard.len()), (2, 1));
    let asked = [show.clone(), discard.clone(), vec![Uuid::new_v4()]].concat();
    let there = |which| world.index.present(asked.clone(), which);
    assert_eq!(there(Which::All).await.expect("read").len(), 3);
    assert_eq!(there(Which::Shown).await.expect("read").len(), 0);
    // A copy that is not there is passed over.
    let adoption = Adoption {
        show: [show.clone(), vec![Uuid::new_v4()]].concat(),
        discard,
        versions: vec![world.version(document, 2)],
    };
    world.index.adopt(adoption).await.expect("adopt");
    assert_eq!(there(Which::All).await.expect("read").len(), 2);
    assert_eq!(
        there(Which::Shown).await.expect("read"),
        show.into_iter().collect(),
        "what was copied is shown"
    );
    let found = world
        .texts(world.scope(), "lamp", [1.0, 0.0, 0.0, 0.0])
        .await;
    assert!(
        found.len() == 2 && !found.iter().any(|text| text.contains("older")),
        "{found:?}"
    );
    assert_eq!(world.all(true).await.len(), 2);
    assert!(world.index.total(Which::Shown).await.expect("count") >= 2);
    world.forget(document).await;
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
    let settings = config::Qdrant {
        url: Some(url.into()),
        api_key: key.map(Into::into),
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
