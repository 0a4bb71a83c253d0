//! What became of one file, folder or page.

use serde::Serialize;
use stoa_proto::ingestion::{Job, JobState};

use super::has_ended;
use crate::client::{jobs, output::page};

/// What became of an item.
pub(super) struct Outcome {
    pub(super) source: String,
    pub(super) result: Result<Job, String>,
}

/// The same, for scripts.
#[derive(Serialize)]
pub(super) struct JobJson {
    id: Option<String>,
    document: Option<String>,
    source: String,
    state: &'static str,
    passages: u32,
    pages: Option<u32>,
    /// Pages that gave no text, such as scans.
    pages_without_text: Vec<u32>,
    replaces: Option<jobs::EarlierJson>,
    error: Option<ErrorJson>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ErrorJson {
    Job(jobs::ErrorJson),
    Here {
        stage: &'static str,
        page: Option<u32>,
        reason: String,
    },
}

impl Outcome {
    pub(super) fn is_good(&self, waited: bool) -> bool {
        self.result
            .as_ref()
            // With --no-wait a job that still runs is as good as can be known.
            .is_ok_and(|job| job.state() == JobState::Succeeded || !waited && !has_ended(job))
    }

    /// The document, where there is something new to know of it.
    pub(super) fn learned(&self) -> Option<&str> {
        let job = self.result.as_ref().ok()?;
        // An unchanged document answers nothing that it did not answer before.
        let is_new = job.state() == JobState::Succeeded && !job.unchanged;
        is_new.then_some(job.document.as_str())
    }

    pub(super) fn json(&self) -> JobJson {
        match &self.result {
            Ok(job) => JobJson {
                id: Some(job.id.clone()),
                document: Some(job.document.clone()),
                source: self.source.clone(),
                state: jobs::state(job.state()),
                passages: job.passages,
                pages: page(job.pages),
                pages_without_text: job.pages_without_text.clone(),
                replaces: jobs::replaces(job),
                error: jobs::error(job).map(ErrorJson::Job),
            },
            // Nothing reached the server.
            Err(reason) => JobJson {
                id: None,
                document: None,
                source: self.source.clone(),
                state: "failed",
                passages: 0,
                pages: None,
                pages_without_text: Vec::new(),
                replaces: None,
                error: Some(ErrorJson::Here {
                    stage: "submit",
                    page: None,
                    reason: reason.clone(),
                }),
            },
        }
    }
}
