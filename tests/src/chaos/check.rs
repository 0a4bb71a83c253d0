//! What the platforms received and what the stores hold, held against what was said and taught.

use std::{fmt, time::Duration};

use stoa_proto::{
    ingestion::JobState,
    retrieval::{
        SearchMode, SearchRequest, StatsRequest, retrieval_service_client::RetrievalServiceClient,
    },
};

use super::load::Load;
use crate::cluster::Cluster;

/// What came of a run.
#[derive(Debug, Default)]
pub struct Figures {
    /// Messages that were said.
    pub messages: usize,
    /// Documents that were taken.
    pub documents: usize,
    /// Messages without a complete reply, and documents that neither are searchable in full nor say why.
    pub lost: Vec<String>,
    /// Messages with more than one reply, and passages that are there twice.
    pub doubled: Vec<String>,
    /// Replies that came before one to an earlier message.
    pub disordered: Vec<String>,
    /// What one space has of another.
    pub crossed: Vec<String>,
    /// Replies that are not the answer.
    pub failed: Vec<String>,
    /// What the platforms would never have taken.
    pub offences: Vec<String>,
    /// How long it took to answer again after a process was killed.
    pub answering: Vec<Duration>,
    /// How long a job took to end after a process of its service was killed.
    pub jobs: Vec<Duration>,
}

impl Figures {
    /// Whether all is as it should be.
    pub fn is_sound(&self) -> bool {
        [
            &self.lost,
            &self.doubled,
            &self.disordered,
            &self.crossed,
            &self.failed,
            &self.offences,
        ]
        .iter()
        .all(|bad| bad.is_empty())
    }

    pub(super) fn check(&mut self, load: &Load<'_>, cluster: &Cluster) {
        for conversation in 0..load.conversations.len() {
            self.check_conversation(load, conversation);
        }
        self.documents = load.taught.len();
        load.block_on(self.check_documents(load, cluster));
        let late = |offence: &String| offence.contains("was not acknowledged in time");
        let offences = load.discord.offences().into_iter();
        // Whoever is killed acknowledges nothing.
        self.offences = offences.filter(|offence| !late(offence)).collect();
        self.offences.extend(load.telegram.offences());
    }

    fn check_conversation(&mut self, load: &Load<'_>, conversation: usize) {
        let replies = load.replies(conversation);
        let own = load.conversations[conversation].space;
        let asked = &load.conversations[conversation].asked;
        self.messages += asked.len();
        for (id, answer) in asked {
            let to_it: Vec<_> = replies
                .iter()
                .filter(|reply| reply.to == Some(*id))
                .collect();
            let said = format!("message {id} of conversation {conversation}, {answer}");
            match to_it.as_slice() {
                [] => self.lost.push(said),
                [reply] if !reply.is_complete => self.lost.push(said),
                [reply] if !reply.text.contains(answer) => {
                    self.failed.push(format!("{said}: {}", reply.text));
                }
                [_] => {}
                more => self.doubled.push(format!("{said}: {} replies", more.len())),
            }
        }
        let order: Vec<u64> = replies.iter().filter_map(|reply| reply.to).collect();
        if !order.is_sorted() {
            let said = format!("conversation {conversation}: {order:?}");
            self.disordered.push(said);
        }
        for other in (0..load.spaces.len()).filter(|space| *space != own) {
            for name in load.names(other) {
                if replies.iter().any(|reply| reply.text.contains(&name)) {
                    let said = format!("conversation {conversation} has {name} of {other}");
                    self.crossed.push(said);
                }
            }
        }
    }

    async fn check_documents(&mut self, load: &Load<'_>, cluster: &Cluster) {
        let channel = cluster.channels("retrieval").remove(0);
        let mut retrieval = RetrievalServiceClient::new(channel);
        for taught in &load.taught {
            let job = &taught.job;
            let said = format!("{} of {}", job.document, job.space);
            match job.state() {
                JobState::Succeeded => {}
                JobState::Failed if job.error.is_some() => continue,
                state => {
                    self.lost.push(format!("{said}: {state:?}"));
                    continue;
                }
            }
            let request = StatsRequest {
                space: job.space.clone(),
                document_id: job.document_id.clone(),
                version: 0,
            };
            let stats = retrieval
                .stats(request)
                .await
                .expect("counted")
                .into_inner();
            let held = stats.passages + stats.unpublished;
            if stats.passages < u64::from(job.passages) {
                self.lost
                    .push(format!("{said}: {held} of {} passages", job.passages));
            } else if held > u64::from(job.passages) {
                self.doubled
                    .push(format!("{said}: {held} of {} passages", job.passages));
            }
            for (number, space) in load.spaces.iter().enumerate() {
                let mut request = SearchRequest {
                    space: space.clone(),
                    query: taught.marker.clone(),
                    limit: 10,
                    ..SearchRequest::default()
                };
                request.set_mode(SearchMode::Keyword);
                let found = retrieval
                    .search(request)
                    .await
                    .expect("searched")
                    .into_inner();
                let mut found = found.passages.iter();
                let has = found.any(|passage| passage.text.contains(&taught.marker));
                if has && number != taught.space {
                    self.crossed.push(format!("{space} has {said}"));
                } else if !has && number == taught.space {
                    self.lost.push(format!("{said} is not found"));
                }
            }
        }
    }
}

/// Median and worst, in seconds.
fn summary(times: &[Duration]) -> String {
    let mut times = times.to_vec();
    times.sort();
    match (times.get(times.len() / 2), times.last()) {
        (Some(median), Some(worst)) => format!(
            "median {:.1} s, worst {:.1} s of {}",
            median.as_secs_f64(),
            worst.as_secs_f64(),
            times.len()
        ),
        _ => "not measured".to_owned(),
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} messages, {} documents",
            self.messages, self.documents
        )?;
        for (what, bad) in [
            ("lost", &self.lost),
            ("doubled", &self.doubled),
            ("out of order", &self.disordered),
            ("across spaces", &self.crossed),
            ("not the answer", &self.failed),
            ("refused by a platform", &self.offences),
        ] {
            writeln!(f, "{what}: {}", bad.len())?;
            for said in bad {
                writeln!(f, "  {said}")?;
            }
        }
        writeln!(
            f,
            "answering again after a kill: {}",
            summary(&self.answering)
        )?;
        write!(
            f,
            "a job after its worker was killed: {}",
            summary(&self.jobs)
        )
    }
}
