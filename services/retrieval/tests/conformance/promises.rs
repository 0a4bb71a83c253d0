//! What an index promises of versions, spaces and access.

use stoa_kit::Space;
use stoa_retrieval::index::{IndexError, Query, Scope, VersionKey};
use uuid::Uuid;

use super::world::{World, texts};

pub(super) async fn both_kinds_of_candidates_are_found(world: &World<'_>) {
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
    world.remove(document).await;
}

pub(super) async fn unpublished_passages_are_not_seen(world: &World<'_>) {
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
    world.remove(document).await;
}

pub(super) async fn a_new_version_takes_the_place_of_the_old(world: &World<'_>) {
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
    world.remove(document).await;
}

pub(super) async fn a_version_that_is_not_whole_is_not_shown(world: &World<'_>) {
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
    world.remove(document).await;
}

pub(super) async fn an_older_version_does_not_come_back(world: &World<'_>) {
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
    world.remove(document).await;
}

pub(super) async fn nothing_crosses_spaces_or_access(world: &World<'_>) {
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
    world.remove(document).await;
}

pub(super) async fn deleting_leaves_nothing(world: &World<'_>) {
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
