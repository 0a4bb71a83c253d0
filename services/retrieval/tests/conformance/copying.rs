//! What an index promises to who copies from it and to it.

use stoa_retrieval::index::{Adoption, Hit, Which};
use uuid::Uuid;

use super::world::{DIMENSIONS, World};

pub(super) async fn a_passage_without_a_vector_is_found_by_its_words(world: &World<'_>) {
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

pub(super) async fn copies_are_shown_when_they_are_of_something(world: &World<'_>) {
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
