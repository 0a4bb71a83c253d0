//! Whose documents are worked on first.

use futures::{StreamExt, stream};
use stoa_proto::ingestion::{
    Job, JobState, ListJobsRequest, SubmitHeader, SubmitRequest, WatchJobRequest,
    ingestion_service_client::IngestionServiceClient, submit_request::Part,
};
use stoa_tests::{
    Home, PATIENCE, Stoa,
    endpoint::{Endpoint, KEY, Writes},
};
use tonic::{Code, Status};

/// Documents that end after one was handed over, at most, before it ends too: fewer than ten.
const AHEAD: usize = 9;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

async fn submit(stoa: &Stoa<'_>, space: &str, name: String, bulk: bool) -> Job {
    let taken = hand_over(stoa, space, name, bulk).await;
    taken.expect("submitted")
}

async fn hand_over(stoa: &Stoa<'_>, space: &str, name: String, bulk: bool) -> Result<Job, Status> {
    let header = SubmitHeader {
        space: space.to_owned(),
        name: name.clone(),
        bulk,
        ..SubmitHeader::default()
    };
    let text = format!("# Notes\n\nThe lamp of {name} in {space} is lit at six.\n");
    let parts = [Part::Header(header), Part::Chunk(text.into_bytes())];
    let parts = parts.map(|part| SubmitRequest { part: Some(part) });
    let mut ingestion = IngestionServiceClient::new(stoa.channel());
    let answer = ingestion.submit(stream::iter(parts)).await?;
    Ok(answer.into_inner().job.expect("a job"))
}

async fn submit_many(stoa: &Stoa<'_>, space: &str, count: usize, bulk: bool) {
    let submitting =
        stream::iter(0..count).map(|number| submit(stoa, space, format!("{number}.md"), bulk));
    let submitted: Vec<Job> = submitting.buffer_unordered(16).collect().await;
    assert_eq!(submitted.len(), count);
}

/// Jobs of a space that have succeeded.
async fn ended(stoa: &Stoa<'_>, space: &str) -> usize {
    let mut request = ListJobsRequest {
        space: space.to_owned(),
        page_size: 1_000,
        ..ListJobsRequest::default()
    };
    request.set_state(JobState::Succeeded);
    let mut ingestion = IngestionServiceClient::new(stoa.channel());
    let listed = ingestion.list_jobs(request).await;
    listed.expect("listed").into_inner().jobs.len()
}

async fn until_ended(stoa: &Stoa<'_>, job: &Job) {
    let request = WatchJobRequest {
        space: job.space.clone(),
        id: job.id.clone(),
    };
    let mut ingestion = IngestionServiceClient::new(stoa.channel());
    let watching = ingestion.watch_job(request).await;
    let mut changes = watching.expect("watched").into_inner();
    let last = async {
        let mut last = None;
        while let Some(change) = changes.message().await.expect("the stream lives") {
            last = change.job;
        }
        last.expect("it has a state").state()
    };
    let state = tokio::time::timeout(PATIENCE, last).await;
    assert_eq!(state.expect("the job ends"), JobState::Succeeded);
}

/// How many of a space's documents end while one waits that is handed over now.
async fn ahead_of(stoa: &Stoa<'_>, many: &str, own: &str) -> usize {
    let before = ended(stoa, many).await;
    let job = submit(stoa, own, "page.md".to_owned(), false).await;
    until_ended(stoa, &job).await;
    let after = ended(stoa, many).await;
    if many == own {
        after - before - 1
    } else {
        after - before
    }
}

/// A home whose embedding model is behind an endpoint.
fn home(endpoint: &Endpoint, settings: &[&str]) -> Home {
    let url = format!("embedding.url={}", endpoint.url);
    let model = [
        "generation.model=extractive",
        "embedding.dimensions=64",
        "embedding.model=small",
        url.as_str(),
    ];
    Home::with(&[settings, &model].concat()).env("STOA_EMBEDDING_API_KEY", KEY)
}

#[test]
fn one_page_waits_neither_for_another_spaces_documents_nor_for_what_comes_in_bulk() {
    let endpoint = Endpoint::start(64, Writes::Refuses(500));
    let home = home(&endpoint, &["ingestion.workers=2"]);
    let stoa = home.up(&[]).expect("it starts");
    runtime().block_on(async {
        // They do not even say that they come in bulk.
        submit_many(&stoa, "busy", 300, false).await;
        let done = ended(&stoa, "busy").await;
        assert!(
            done < 250,
            "{done} of 300 are done already: the rest does not wait"
        );
        let ahead = ahead_of(&stoa, "busy", "quiet").await;
        assert!(
            ahead <= AHEAD,
            "{ahead} documents of another space went before"
        );

        submit_many(&stoa, "handbook", 100, true).await;
        let ahead = ahead_of(&stoa, "handbook", "handbook").await;
        assert!(ahead <= AHEAD, "{ahead} documents in bulk went before");
    });
    assert!(stoa.interrupt());
}

#[test]
fn a_space_whose_queue_is_full_takes_no_more_and_others_do() {
    let endpoint = Endpoint::start(64, Writes::Refuses(500));
    let home = home(
        &endpoint,
        &["ingestion.workers=1", "ingestion.max_queued=3"],
    );
    let stoa = home.up(&[]).expect("it starts");
    // Without the model no job ends; one is worked on at a time.
    drop(endpoint);
    runtime().block_on(async {
        let mut taken = 0;
        let refused = loop {
            match hand_over(&stoa, "busy", format!("{taken}.md"), false).await {
                Ok(_) => taken += 1,
                Err(status) => break status,
            }
            assert!(taken <= 4, "three wait, and one is worked on");
        };
        assert!(taken >= 3, "{taken}: {refused:?}");
        assert_eq!(refused.code(), Code::ResourceExhausted, "{refused:?}");
        assert!(
            refused.message().contains("ingestion.max_queued"),
            "{refused:?}"
        );
        submit(&stoa, "quiet", "page.md".to_owned(), false).await;
    });
    assert!(stoa.interrupt());
}
