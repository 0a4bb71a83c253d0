//! Every metric of Stoa, with what it means: declared here and nowhere else, and listed in `docs/metrics.md`.
//!
//! Labels have few values, all known to the program: never a space, a person or a document.

mod declare;
mod process;
mod waits;

use std::sync::{LazyLock, PoisonError, RwLock, RwLockWriteGuard};

use prometheus_client::{encoding::text::encode, registry::Registry};

use declare::{ANY, declare, seconds, sizes};
pub use declare::{Counters, Declared, Gauges, Histograms, Totals};
pub use waits::{Queue, Waits};

/// The media type of [`text`], for an HTTP answer.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

const PLATFORMS: &[&str] = &["discord", "telegram"];
const QUEUES: &[&str] = &["jobs", "inbox"];
const CACHES: &[&str] = &["vectors"];
const SCHEMAS: &[&str] = &["generation", "ingestion"];

declare! {
    grpc_requests: Counters<2>, ["method" in ANY, "code" in ANY], "grpc_requests",
        "Calls of the gRPC server that have ended, by method and status code; one that the caller gave up or that took too long is `Cancelled`";
    grpc_request_duration_seconds: Histograms<1>(seconds), ["method" in ANY], "grpc_request_duration_seconds",
        "How long calls of the gRPC server took, streams to their last message";
    grpc_requests_in_progress: Gauges<0>, [], "grpc_requests_in_progress",
        "Calls of the gRPC server that are in hand";
    grpc_service_calls: Gauges<2>, ["service" in ANY, "state" in &["working", "waiting"]], "grpc_service_calls",
        "Calls that a service works on, and calls that wait for that";
    grpc_service_calls_most: Gauges<2>, ["service" in ANY, "state" in &["working", "waiting"]], "grpc_service_calls_most",
        "Most calls that a service works on at once (`server.at_once`), and most that may wait for that (`server.queue`); more are turned away";
    ready: Gauges<0>, [], "ready",
        "Whether the process is ready: 1, or 0 with what is missing named by /readyz";
    needs_missing: Gauges<0>, [], "needs_missing",
        "Things that this process needs and lacks; it is not ready while there are any, and /readyz names them";

    database_connections: Gauges<2>, ["schema" in SCHEMAS, "state" in &["busy", "idle"]], "database_connections",
        "Connections to PostgreSQL";
    database_connections_most: Gauges<1>, ["schema" in SCHEMAS], "database_connections_most",
        "Connections to PostgreSQL that the process may hold";

    queue_messages: Gauges<1>, ["queue" in QUEUES], "queue_messages",
        "Messages in a work queue, waiting or in hand, in the whole deployment";
    queue_waiting: Gauges<1>, ["queue" in QUEUES], "queue_waiting",
        "Messages of a work queue that nobody has taken yet";
    queue_in_hand: Gauges<1>, ["queue" in QUEUES], "queue_in_hand",
        "Messages of a work queue that were taken and not acknowledged yet";
    queue_oldest_seconds: Gauges<1>, ["queue" in QUEUES], "queue_oldest_seconds",
        "Age of the oldest message in a work queue; 0 when it is empty";

    waiting: Gauges<1>, ["queue" in waits::QUEUES], "waiting",
        "Things that wait in a queue of this process: events of Discord's gateway for the inbox, changes for the embedded index, prompts for a language model in process";
    waiting_most: Gauges<1>, ["queue" in waits::QUEUES], "waiting_most",
        "Most things that such a queue takes; of what comes then, prompts are turned away, and the rest waits where it comes from";
    upload_bytes: Gauges<0>, [], "upload_bytes",
        "Bytes of uploads that are held in memory";
    upload_bytes_most: Gauges<0>, [], "upload_bytes_most",
        "Most bytes of uploads that may be held in memory; more are turned away";

    jobs: Gauges<1>, ["state" in &["queued", "running"]], "jobs",
        "Ingestion jobs that have not ended, by state, in the whole deployment";
    jobs_finished: Counters<1>, ["outcome" in &["succeeded", "failed", "again", "lost"]], "jobs_finished",
        "Attempts at ingestion jobs that have ended here: `again` is tried once more, `lost` went on elsewhere";
    jobs_in_hand: Gauges<0>, [], "jobs_in_hand",
        "Ingestion jobs that this process holds the lease of";
    job_stage_seconds: Histograms<1>(seconds), ["stage" in &["fetch", "parse", "chunk", "embed", "index"]], "job_stage_seconds",
        "How long stages of ingestion jobs took that went well";

    lease_held: Gauges<1>, ["platform" in PLATFORMS], "lease_held",
        "Whether this process holds the lease on a platform and speaks for it";
    shards_held: Gauges<1>, ["platform" in PLATFORMS], "shards_held",
        "Shards of a platform's events that this process holds the leases on and reads";
    inbox_in_hand: Gauges<1>, ["platform" in PLATFORMS], "inbox_in_hand",
        "Events that are being handled";
    inbox_queued: Gauges<1>, ["platform" in PLATFORMS], "inbox_queued",
        "Events that this process has taken and that wait for their turn";
    inbox_refused: Counters<1>, ["platform" in PLATFORMS], "inbox_refused",
        "Events for which the inbox had no room";

    deliveries: Counters<2>, ["platform" in PLATFORMS, "outcome" in &["sent", "edited", "deleted", "unsure", "failed"]], "deliveries",
        "Messages that were sent, edited or deleted on a platform; of `unsure` ones the answer was lost, and `failed` ones will never be taken";
    rate_limit_waits: Counters<1>, ["platform" in PLATFORMS], "rate_limit_waits",
        "Times that a platform refused a message for now";
    rate_limit_wait_seconds: Totals<1>, ["platform" in PLATFORMS], "rate_limit_wait_seconds",
        "Seconds that a platform asked to wait";

    answers: Counters<1>, ["verdict" in &["supported", "trimmed", "abstained", "cancelled", "conversed", "failed"]], "answers",
        "Turns that have ended: `trimmed` ones had statements left out, `abstained` ones say that the documents do not say it";
    turns_in_hand: Gauges<0>, [], "turns_in_hand",
        "Turns that are being answered";
    answer_duration_seconds: Histograms<0>(seconds), [], "answer_duration_seconds",
        "How long answers took, from the question to the last word";
    first_token_seconds: Histograms<0>(seconds), [], "first_token_seconds",
        "How long it took from a question to the model's first token";
    model_calls: Counters<1>, ["outcome" in &["ok", "error"]], "model_calls",
        "Answers that the generation model was asked to write; of an `error` it fell silent, broke off or refused";
    model_tokens: Counters<1>, ["kind" in &["prompt", "completion"]], "model_tokens",
        "Tokens that the generation model read and wrote";
    checks: Counters<3>, ["layer" in &["known", "entailment model", "checking model", "words"], "finding" in &["carried", "refused"], "reason" in ANY], "checks",
        "Statements that were checked, by the layer that decided and the reason of a refusal; `none` where it is carried";
    checks_failed: Counters<1>, ["layer" in &["entailment model", "checking model", "words"]], "checks_failed",
        "Times that a layer could not check, or vouched for what is certainly false, and the others decided";

    embedding_texts: Counters<0>, [], "embedding_texts",
        "Texts that the embedding model computed";
    embedding_batch_texts: Histograms<0>(sizes), [], "embedding_batch_texts",
        "Texts of a batch";
    embedding_batch_seconds: Histograms<0>(seconds), [], "embedding_batch_seconds",
        "How long the embedding model took for a batch";
    embedding_waiting: Gauges<0>, [], "embedding_waiting",
        "Texts that wait for the embedding model or are in it";
    embedding_room: Gauges<0>, [], "embedding_room",
        "Most texts that may wait for the embedding model; more are refused";
    embedding_refused: Counters<0>, [], "embedding_refused",
        "Requests that were refused because too many texts waited";
    cache_hits: Counters<1>, ["cache" in CACHES], "cache_hits",
        "Things that were looked up and found: `vectors` are those of short texts that were embedded before";
    cache_misses: Counters<1>, ["cache" in CACHES], "cache_misses",
        "Things that were looked up and not found";

    retrieval_stage_seconds: Histograms<1>(seconds), ["stage" in &["embed", "search", "rank", "complete"]], "retrieval_stage_seconds",
        "How long the stages of searches took: the question's vector, the index, the order, and what completes the passages";
    retrieval_found: Histograms<0>(sizes), [], "retrieval_found",
        "Passages that a search found";

    disk_free_bytes: Gauges<0>, [], "disk_free_bytes",
        "Room on the disk of the data folder";

    process_cpu_seconds: Totals<0>, [], "process_cpu_seconds",
        "Processor time of the process";
    process_resident_memory_bytes: Gauges<0>, [], "process_resident_memory_bytes",
        "Memory of the process that is in RAM";
    process_threads: Gauges<0>, [], "process_threads",
        "Threads of the process";
    process_open_fds: Gauges<0>, [], "process_open_fds",
        "Files and connections that the process has open";
    process_max_fds: Gauges<0>, [], "process_max_fds",
        "Most files and connections that the process may have open";
    process_start_time_seconds: Gauges<0>, [], "process_start_time_seconds",
        "When the process was started, in seconds since 1970";
}

/// Metrics that are as they are when somebody asks.
type Reading = Box<dyn Fn(&Metrics) + Send + Sync>;

static READINGS: LazyLock<RwLock<Vec<Reading>>> = LazyLock::new(RwLock::default);

static ALL: LazyLock<(Metrics, Registry)> = LazyLock::new(|| {
    let mut registry = Registry::with_prefix("stoa");
    let metrics = Metrics::register(&mut registry);
    (metrics, registry)
});

/// The metrics of this process.
pub fn metrics() -> &'static Metrics {
    &ALL.0
}

/// Has metrics set whenever somebody reads them. It must be quick.
pub fn on_read(reading: impl Fn(&Metrics) + Send + Sync + 'static) {
    readings().push(Box::new(reading));
}

fn readings() -> RwLockWriteGuard<'static, Vec<Reading>> {
    READINGS.write().unwrap_or_else(PoisonError::into_inner)
}

/// All metrics as Prometheus reads them.
pub fn text() -> Result<String, std::fmt::Error> {
    let (metrics, registry) = &*ALL;
    process::read(metrics);
    let readings = READINGS.read().unwrap_or_else(PoisonError::into_inner);
    for reading in readings.iter() {
        reading(metrics);
    }
    let mut text = String::new();
    encode(&mut text, registry)?;
    Ok(text)
}

#[cfg(test)]
mod tests;
