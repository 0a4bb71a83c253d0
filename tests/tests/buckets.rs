//! The bytes of documents in a bucket of a real S3 server.

use serde_json::Value;
use stoa_tests::{
    Home,
    s3::{KEY, S3, SECRET},
};

const BUCKET: &str = "s3://stoa-test/documents";

/// A home that keeps its documents in a bucket, configured as every client of S3 is.
fn home(s3: &S3, secret: &str) -> Home {
    Home::new()
        .env("STOA_INGESTION_BLOBS", BUCKET)
        .env("AWS_ENDPOINT_URL", &s3.url)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", KEY)
        .env("AWS_SECRET_ACCESS_KEY", secret)
}

fn bytes(report: &Value) -> &Value {
    let mut checks = report["checks"].as_array().expect("a list").iter();
    let found = checks.find(|check| check["name"] == "documents' bytes");
    found.expect("they are looked at")
}

#[test]
fn documents_are_kept_in_a_bucket_and_nowhere_else() {
    let s3 = S3::start();
    let home = home(&s3, SECRET);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach("default");
    let answer = stoa.good(&["ask", "How many days of vacation do I get?"]);
    assert!(answer.to_string().contains("27 days"), "{answer}");
    assert!(!home.data().join("blobs").exists());
    let (_, report) = stoa.json(&["doctor"]);
    let found = bytes(&report);
    assert!(found["ok"] == true && found["detail"] == BUCKET, "{found}");
    // What is there is not stored again, in another space either.
    stoa.teach("another");
    stoa.good(&["forget", "handbook.md"]);
    stoa.good(&["forget", "handbook.md", "--space", "another"]);
    assert!(stoa.interrupt());
}

#[test]
fn a_bucket_that_refuses_the_key_is_told_with_the_next_step() {
    let s3 = S3::start();
    let home = home(&s3, "another-secret");
    let output = home.command(&["doctor", "--json"]).output().expect("runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = bytes(&report);
    let says = |key: &str, words: &str| {
        let text = found[key].as_str();
        text.is_some_and(|text| text.contains(words))
    };
    assert!(found["ok"] == false && says("detail", "403"), "{found}");
    assert!(says("fix", "AWS_ACCESS_KEY_ID"), "{found}");
    assert!(!found.to_string().contains("another-secret"), "{found}");
}
