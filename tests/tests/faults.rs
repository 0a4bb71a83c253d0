//! Nothing is lost and nothing is there twice, whatever dies when.

use std::time::Instant;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use stoa_proto::{
    ingestion::{
        Job, JobState, Stage, SubmitHeader, SubmitRequest, WatchJobRequest,
        ingestion_service_client::IngestionServiceClient, submit_request::Part,
    },
    retrieval::{StatsRequest, retrieval_service_client::RetrievalServiceClient},
};
use stoa_tests::{Home, PATIENCE, Stoa, files, wait_until, write};

const SECTIONS: usize = 90;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// The job, or gRPC's number of the refusal.
async fn try_submit(stoa: &Stoa<'_>, name: &str, bytes: Vec<u8>) -> Result<Job, i32> {
    let header = SubmitHeader {
        space: "default".to_owned(),
        name: name.to_owned(),
        ..SubmitHeader::default()
    };
    let parts =
        [Part::Header(header), Part::Chunk(bytes)].map(|part| SubmitRequest { part: Some(part) });
    let answer = IngestionServiceClient::new(stoa.channel())
        .submit(futures::stream::iter(parts))
        .await
        .map_err(|status| i32::from(status.code()))?;
    Ok(answer.into_inner().job.expect("a job"))
}

async fn submit(stoa: &Stoa<'_>, name: &str, bytes: Vec<u8>) -> Job {
    let answer = try_submit(stoa, name, bytes).await;
    answer.expect("submitted")
}

/// Watches a job until a condition holds, and returns the job as it was then.
async fn watch(stoa: &Stoa<'_>, id: &str, until: impl Fn(&Job) -> bool) -> Job {
    let request = WatchJobRequest {
        space: "default".to_owned(),
        id: id.to_owned(),
    };
    let watching = IngestionServiceClient::new(stoa.channel())
        .watch_job(request)
        .await;
    let mut changes = watching.expect("watched").into_inner();
    let next = async {
        while let Some(change) = changes.message().await.expect("the stream lives") {
            if let Some(job) = change.job.filter(|job| until(job)) {
                return job;
            }
        }
        panic!("the job ended before it got there");
    };
    tokio::time::timeout(PATIENCE, next)
        .await
        .expect("the job gets there")
}

async fn finished(stoa: &Stoa<'_>, id: &str) -> Job {
    watch(stoa, id, |job| {
        matches!(
            job.state(),
            JobState::Succeeded | JobState::Failed | JobState::Cancelled
        )
    })
    .await
}

/// Every section is found, and the index holds as many passages as the job made: none is missing and none is twice.
async fn assert_whole(stoa: &Stoa<'_>, job: &Job) {
    assert_eq!(job.state(), JobState::Succeeded, "{job:?}");
    let request = StatsRequest {
        space: "default".to_owned(),
        document_id: job.document_id.clone(),
        version: 0,
    };
    let stats = RetrievalServiceClient::new(stoa.channel())
        .stats(request)
        .await
        .expect("counted")
        .into_inner();
    assert_eq!(
        (stats.passages, stats.unpublished),
        (u64::from(job.passages), 0),
        "{job:?}"
    );
    for section in [1, SECTIONS / 2, SECTIONS] {
        let marker = format!("zebra{section}");
        let found = stoa.good(&["search", &marker, "--mode", "keyword", "--limit", "50"]);
        let holders = found["passages"].as_array().expect("a list").iter();
        let holders = holders.filter(|p| {
            p["text"]
                .as_str()
                .is_some_and(|text| text.contains(&format!("{marker} ")))
        });
        assert_eq!(holders.count(), 1, "{marker}: {found}");
    }
}

fn killed_in(stage: Stage) {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let runtime = runtime();
    let job = runtime.block_on(async {
        let job = submit(&stoa, "lamps.html", files::html(SECTIONS).into_bytes()).await;
        watch(&stoa, &job.id, |job| {
            job.state() == JobState::Running && job.stage() >= stage
        })
        .await
    });
    eprintln!("killed in {:?}, {} of {}", job.stage(), job.done, job.total);
    stoa.kill_dash_nine();
    let stoa = home.up(&[]).expect("starts again");
    runtime.block_on(async {
        let ended = finished(&stoa, &job.id).await;
        assert!(ended.attempt >= 2, "it was taken up again: {ended:?}");
        assert_whole(&stoa, &ended).await;
    });
}

#[test]
fn a_kill_in_fetch_loses_nothing() {
    killed_in(Stage::Fetch);
}

#[test]
fn a_kill_in_parse_loses_nothing() {
    killed_in(Stage::Parse);
}

#[test]
fn a_kill_in_chunk_loses_nothing() {
    killed_in(Stage::Chunk);
}

#[test]
fn a_kill_in_embed_loses_nothing() {
    killed_in(Stage::Embed);
}

#[test]
fn a_kill_in_index_loses_nothing() {
    killed_in(Stage::Index);
}

#[test]
fn a_restart_in_the_middle_of_a_job_goes_on_with_it() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let runtime = runtime();
    let job = runtime.block_on(async {
        let job = submit(&stoa, "lamps.html", files::html(SECTIONS).into_bytes()).await;
        watch(&stoa, &job.id, |job| job.stage() == Stage::Embed).await
    });
    let began = Instant::now();
    assert!(
        stoa.interrupt(),
        "it stops well in the middle of a job:\n{}",
        home.log()
    );
    assert!(
        began.elapsed() < PATIENCE / 6,
        "it does not wait for the job to end"
    );
    assert_eq!(home.processes(), [], "nothing is left running");
    let stoa = home.up(&[]).expect("starts again");
    runtime.block_on(async {
        let ended = finished(&stoa, &job.id).await;
        assert_eq!(
            ended.attempt, 1,
            "a restart is no failed attempt: {ended:?}"
        );
        assert_whole(&stoa, &ended).await;
    });
}

#[test]
fn the_bytes_of_a_refused_upload_are_not_kept() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let runtime = runtime();
    let kept = || {
        let folder = home.data().join("blobs");
        std::fs::read_dir(folder).expect("a folder").count()
    };
    let send = |name| runtime.block_on(try_submit(&stoa, name, b"Lamps are lit at six.".to_vec()));
    let refused = send("two\nlines.md").expect_err("no name");
    assert_eq!(
        (refused, kept()),
        (3, 0),
        "an invalid argument, and nothing"
    );
    send("lamps.md").expect("taken");
    assert_eq!(kept(), 1);
}

#[test]
fn a_child_that_dies_is_said_and_started_again_with_its_data() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(
        folder.path(),
        "a.md",
        "# A\n\nThe bell of the old tower rings at seven.\n",
    );
    stoa.good(&["learn", &path]);
    for program in ["postgres -D", "nats-server"] {
        let (pid, _) = home
            .processes()
            .into_iter()
            .find(|(_, line)| line.contains(program))
            .expect("it runs");
        kill(Pid::from_raw(pid), Signal::SIGKILL).expect("it runs");
        wait_until("the child runs again", || {
            home.processes()
                .iter()
                .any(|(other, line)| line.contains(program) && *other != pid)
        });
    }
    let said = home.log();
    for name in ["PostgreSQL ended", "nats-server ended"] {
        assert!(said.contains(name), "{name}: {said}");
    }
    wait_until("documents are listed again", || {
        let output = stoa.run(&["documents", "--json"]);
        output.status.success() && String::from_utf8_lossy(&output.stdout).contains("a.md")
    });
    let path = write(
        folder.path(),
        "b.md",
        "# B\n\nThe bell of the new tower rings at nine.\n",
    );
    stoa.good(&["learn", &path]);
    let answer = stoa.good(&["ask", "When does the bell of the new tower ring?"]);
    assert!(
        answer["answer"]
            .as_str()
            .is_some_and(|answer| answer.contains("nine")),
        "{answer}"
    );
}

#[test]
fn a_second_up_is_refused_with_the_pid_of_the_first() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let output = home.command(&["up", "--port", "0"]).output().expect("runs");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains(&format!("pid {}", stoa.pid())) && said.contains("--data-dir"),
        "{said}"
    );
    let port = stoa.address.rsplit(':').next().expect("a port");
    let other = Home::new();
    let output = other
        .command(&["up", "--port", port])
        .output()
        .expect("runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("--listen"),
        "a taken port names the option: {said}"
    );
}

#[test]
fn errors_end_with_the_next_step() {
    let home = Home::new();
    let said = |arguments: &[&str]| {
        let output = home.command(arguments).output().expect("runs");
        assert!(!output.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(said(&["ask", "anybody?"]).contains("stoa up"));
    assert!(
        said(&["up", "--set", "ingestion.worker=3"]).contains("did you mean `ingestion.workers`")
    );
    assert!(
        said(&["up", "--set", "generation.model=absent.gguf", "--port", "0"])
            .contains("make setup")
    );
    assert!(said(&["ingestion"]).contains("STOA_TOKEN"));
    let stoa = home.up(&[]).expect("starts");
    let (good, learned) = stoa.json(&["learn", "/no/such/file.md"]);
    assert!(
        !good
            && learned["jobs"][0]["error"]["reason"]
                .as_str()
                .is_some_and(|r| r.contains("/no/such/file.md")),
        "{learned}"
    );
    assert_eq!(learned["jobs"][0]["id"], Value::Null);
}
