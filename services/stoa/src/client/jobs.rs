use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use stoa_kit::Space;
use stoa_proto::{
    ingestion::{EarlierVersion, Job, JobState, ListJobsRequest, Stage},
    page_ranges,
};

use super::{
    Connection,
    output::{BAD, FAINT, GOOD, counts, date, given, page, print_json, say, time},
};
use crate::args::Output;

#[derive(Serialize)]
struct JobsJson {
    jobs: Vec<JobJson>,
}

#[derive(Serialize)]
struct JobJson {
    id: String,
    document: String,
    version: u32,
    state: &'static str,
    stage: &'static str,
    attempt: u32,
    done: u32,
    total: u32,
    pages: Option<u32>,
    passages: u32,
    /// Pages that gave no text, such as scans.
    pages_without_text: Vec<u32>,
    unchanged: bool,
    replaces: Option<EarlierJson>,
    error: Option<ErrorJson>,
    created_at: String,
    updated_at: String,
}

/// The document whose place a job's took, as `jobs` and `learn` print it.
#[derive(Debug, Serialize)]
pub(super) struct EarlierJson {
    taught_at: String,
    taught_by: Option<String>,
}

/// Why a job failed, as `jobs` and `learn` print it.
#[derive(Debug, Serialize)]
pub(super) struct ErrorJson {
    stage: &'static str,
    page: Option<u32>,
    reason: String,
}

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    limit: u32,
    output: &Output,
) -> Result<ExitCode> {
    let request = ListJobsRequest {
        space: space.to_string(),
        page_size: limit,
        ..ListJobsRequest::default()
    };
    let answer = connection.ingestion().list_jobs(request).await;
    let jobs = answer
        .map_err(|status| connection.explain(&status))?
        .into_inner()
        .jobs;
    if output.json {
        print_json(&JobsJson {
            jobs: jobs.into_iter().map(json).collect(),
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    if jobs.is_empty() {
        say!("Space {space} has no jobs: teach it with `stoa learn PATH --space {space}`");
    }
    for job in &jobs {
        let style = match job.state() {
            JobState::Succeeded => GOOD,
            JobState::Failed => BAD,
            _ => FAINT,
        };
        let state = state(job.state());
        say!(
            "{style}{state:<9}{style:#} {}  {}",
            job.document,
            summary(job)
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// What a job did, or why not, in a line.
pub(super) fn summary(job: &Job) -> String {
    match (job.state(), &job.error) {
        (JobState::Succeeded, _) if job.unchanged => {
            let silent = without_text(&job.pages_without_text);
            let counts = counts(job.pages, job.passages);
            format!("known already, {counts}{silent}")
        }
        (JobState::Succeeded, _) => {
            let silent = without_text(&job.pages_without_text);
            let counts = counts(job.pages, job.passages);
            match &job.replaces {
                Some(earlier) => {
                    let replaced = replacing(&job.document, earlier);
                    format!("{counts}; {replaced}{silent}")
                }
                None => format!("{counts}{silent}"),
            }
        }
        (_, Some(error)) => {
            let page = page(error.page).map_or_else(String::new, |page| format!(", page {page}"));
            format!("{}{page}: {}", doing(error.stage()), error.reason)
        }
        _ => doing(job.stage()).to_owned(),
    }
}

/// What is said of pages that gave no text, behind the counts; nothing where all did.
pub(super) fn without_text(pages: &[u32]) -> String {
    let noun = match pages.len() {
        0 => return String::new(),
        1 => "page",
        _ => "pages",
    };
    format!(
        "; no text on {noun} {}: if it is a scan, run text recognition (OCR) on it first",
        page_ranges(pages)
    )
}

/// What a document takes the place of, in words.
fn replacing(document: &str, earlier: &EarlierVersion) -> String {
    let day = date(earlier.taught_at.as_ref());
    let by = match earlier.taught_by.as_str() {
        "" => String::new(),
        person => format!(", taught by {person}"),
    };
    format!("this replaces the earlier {document} of {day}{by}")
}

pub(super) fn replaces(job: &Job) -> Option<EarlierJson> {
    let earlier = job.replaces.as_ref()?;
    Some(EarlierJson {
        taught_at: time(earlier.taught_at.as_ref()),
        taught_by: given(earlier.taught_by.clone()),
    })
}

/// The error of a job that has one and is not done.
pub(super) fn error(job: &Job) -> Option<ErrorJson> {
    let error = job
        .error
        .as_ref()
        .filter(|_| job.state() != JobState::Succeeded)?;
    Some(ErrorJson {
        stage: stage(error.stage()),
        page: page(error.page),
        reason: error.reason.clone(),
    })
}

pub(super) fn state(state: JobState) -> &'static str {
    match state {
        JobState::Unspecified => "unknown",
        JobState::Queued => "queued",
        JobState::Running => "running",
        JobState::Succeeded => "succeeded",
        JobState::Failed => "failed",
        JobState::Cancelled => "cancelled",
    }
}

/// What is done in a stage, for a person.
pub(super) fn doing(stage: Stage) -> &'static str {
    match stage {
        Stage::Unspecified => "waiting for its turn",
        Stage::Fetch => "getting it",
        Stage::Parse => "reading",
        Stage::Chunk => "cutting into passages",
        Stage::Embed => "embedding",
        Stage::Index => "indexing",
    }
}

pub(super) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Unspecified => "waiting",
        Stage::Fetch => "fetch",
        Stage::Parse => "parse",
        Stage::Chunk => "chunk",
        Stage::Embed => "embed",
        Stage::Index => "index",
    }
}

fn json(job: Job) -> JobJson {
    JobJson {
        state: state(job.state()),
        stage: stage(job.stage()),
        replaces: replaces(&job),
        error: error(&job),
        created_at: time(job.created_at.as_ref()),
        updated_at: time(job.updated_at.as_ref()),
        id: job.id,
        document: job.document,
        version: job.version,
        attempt: job.attempt,
        done: job.done,
        total: job.total,
        pages: page(job.pages),
        passages: job.passages,
        pages_without_text: job.pages_without_text,
        unchanged: job.unchanged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_without_text_are_named() {
        let mut job = Job {
            pages: 9,
            passages: 4,
            pages_without_text: vec![2, 7, 8, 9],
            ..Job::default()
        };
        job.set_state(JobState::Succeeded);
        let summary = summary(&job);
        assert!(
            summary.starts_with("9 pages, 4 passages; no text on pages 2, 7-9: "),
            "{summary}"
        );
    }

    #[test]
    fn what_is_replaced_is_said() {
        let mut job = Job {
            document: "manual.txt".to_owned(),
            pages: 1,
            passages: 2,
            ..Job::default()
        };
        job.set_state(JobState::Succeeded);
        assert_eq!(summary(&job), "1 page, 2 passages");
        job.replaces = Some(EarlierVersion {
            // The third of May 2026.
            taught_at: Some(prost_types::Timestamp {
                seconds: 1_777_800_000,
                nanos: 0,
            }),
            taught_by: "Ada".to_owned(),
        });
        assert_eq!(
            summary(&job),
            "1 page, 2 passages; this replaces the earlier manual.txt of 3 May 2026, taught by Ada"
        );
    }
}
