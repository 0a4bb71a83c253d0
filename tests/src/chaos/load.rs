//! What people say and teach, from a seed.

use std::time::{Duration, Instant};

use futures::stream;
use rand::{Rng, rngs::StdRng};
use stoa_proto::ingestion::{
    GetJobRequest, Job, JobState, SubmitHeader, SubmitRequest,
    ingestion_service_client::IngestionServiceClient, submit_request::Part,
};
use tokio::runtime::Runtime;

use crate::{
    PATIENCE,
    cluster::Cluster,
    discord::{BOT, Discord, ELSEWHERE, GUILD, OTHER_GUILD},
    telegram::{Chat, Telegram, USERNAME},
};

/// Who everybody asks about. Each has another name in each space.
const ROLES: [&str; 3] = [
    "harbour pilot",
    "captain of the ferry",
    "keeper of the bell",
];
/// The person who asks in every conversation.
const PERSON: u64 = 42;
/// Channels of Discord that conversations are in.
const FIRST_CHANNEL: u64 = 3_000;

/// Where a conversation is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Where {
    Discord(u64),
    Telegram(Chat),
}

/// A person's questions in one place.
pub(super) struct Conversation {
    pub(super) place: Where,
    pub(super) space: usize,
    /// Ids of the messages that were sent, in order, with what each is to be answered by.
    pub(super) asked: Vec<(u64, String)>,
}

/// A reply of the bot as people see it.
pub(super) struct Reply {
    pub(super) to: Option<u64>,
    pub(super) text: String,
    pub(super) is_complete: bool,
}

/// A document that was taken.
pub(super) struct Taught {
    pub(super) job: Job,
    /// A word that no other document has.
    pub(super) marker: String,
    pub(super) space: usize,
}

/// All that was said and taught.
pub(super) struct Load<'a> {
    pub(super) discord: &'a Discord,
    pub(super) telegram: &'a Telegram,
    pub(super) spaces: Vec<String>,
    pub(super) conversations: Vec<Conversation>,
    pub(super) taught: Vec<Taught>,
    runtime: Runtime,
}

/// A name that no other number has, and none is a part of another.
pub(super) fn name(number: usize) -> String {
    const PARTS: [[&str; 5]; 3] = [
        ["Ka", "Lo", "Mi", "Ru", "Te"],
        ["bran", "dor", "fin", "gust", "hal"],
        ["ak", "el", "im", "os", "ut"],
    ];
    PARTS
        .iter()
        .zip([1, 5, 25])
        .map(|(parts, every)| parts[number / every % 5])
        .collect()
}

impl<'a> Load<'a> {
    /// So many conversations, half of them in each platform: in two servers of Discord, and in groups of Telegram.
    pub(super) fn new(discord: &'a Discord, telegram: &'a Telegram, count: usize) -> Self {
        let mut spaces = vec![format!("discord:{GUILD}"), format!("discord:{OTHER_GUILD}")];
        let mut conversations = Vec::new();
        for number in 0..count {
            let (place, space) = if number == 0 {
                (Where::Discord(ELSEWHERE), 1)
            } else if number % 2 == 0 {
                let channel = discord.channel(FIRST_CHANNEL + number as u64);
                (Where::Discord(channel), 0)
            } else {
                let chat = Chat::group(number as i64);
                spaces.push(format!("telegram:{}", chat.id));
                (Where::Telegram(chat), spaces.len() - 1)
            };
            conversations.push(Conversation {
                place,
                space,
                asked: Vec::new(),
            });
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        Self {
            discord,
            telegram,
            spaces,
            conversations,
            taught: Vec::new(),
            runtime: runtime.expect("a runtime"),
        }
    }

    /// Names that only one space's documents have.
    pub(super) fn names(&self, space: usize) -> impl Iterator<Item = String> + use<> {
        (0..ROLES.len()).map(move |role| name(space * ROLES.len() + role))
    }

    /// Teaches every space what is asked there.
    pub(super) fn teach_all(&mut self, cluster: &Cluster) {
        for space in 0..self.spaces.len() {
            let facts: Vec<String> = ROLES
                .iter()
                .zip(self.names(space))
                .map(|(role, name)| format!("The {role} is called {name}."))
                .collect();
            let text = format!("# Harbour\n\n{}\n", facts.join("\n\n"));
            let marker = name(space * ROLES.len());
            self.submit(cluster, space, "harbour.md", text, marker);
        }
        for at in 0..self.taught.len() {
            self.wait_for_job(cluster, at);
        }
    }

    /// Teaches some space another document.
    pub(super) fn teach(&mut self, cluster: &Cluster, random: &mut StdRng) {
        let space = random.random_range(0..self.spaces.len());
        let number = self.taught.len();
        let marker = format!("zebra{number}x");
        let lines = random.random_range(1..60);
        let lines: Vec<String> = (0..lines)
            .map(|line| format!("Lamp {line} of pier {number} is trimmed at midnight."))
            .collect();
        let text = format!(
            "# Lamps\n\nThe mark is {marker}.\n\n{}\n",
            lines.join("\n\n")
        );
        self.submit(cluster, space, &format!("{number}.md"), text, marker);
    }

    /// Hands a document over to whichever process takes it.
    fn submit(
        &mut self,
        cluster: &Cluster,
        space: usize,
        name: &str,
        text: String,
        marker: String,
    ) {
        let header = SubmitHeader {
            space: self.spaces[space].clone(),
            name: name.to_owned(),
            ..SubmitHeader::default()
        };
        let parts = [Part::Header(header), Part::Chunk(text.into_bytes())];
        let parts = parts.map(|part| SubmitRequest { part: Some(part) });
        let began = Instant::now();
        let job = self.runtime.block_on(async {
            loop {
                for channel in cluster.channels("ingestion") {
                    let parts = stream::iter(parts.clone());
                    let mut request = tonic::Request::new(parts);
                    // One that is stopped is not waited for.
                    request.set_timeout(Duration::from_secs(5));
                    let answer = IngestionServiceClient::new(channel).submit(request).await;
                    if let Ok(Some(job)) = answer.map(|answer| answer.into_inner().job) {
                        return job;
                    }
                }
                assert!(began.elapsed() < PATIENCE, "nobody takes {name}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        self.taught.push(Taught { job, marker, space });
    }

    /// Waits until a job has ended, and keeps how.
    pub(super) fn wait_for_job(&mut self, cluster: &Cluster, at: usize) {
        let began = Instant::now();
        let request = GetJobRequest {
            space: self.spaces[self.taught[at].space].clone(),
            id: self.taught[at].job.id.clone(),
        };
        let ended = self.runtime.block_on(async {
            while began.elapsed() < PATIENCE {
                for channel in cluster.channels("ingestion") {
                    let mut request = tonic::Request::new(request.clone());
                    request.set_timeout(Duration::from_secs(5));
                    let answer = IngestionServiceClient::new(channel).get_job(request).await;
                    let job = answer.ok().and_then(|answer| answer.into_inner().job);
                    let ended = |job: &Job| {
                        matches!(
                            job.state(),
                            JobState::Succeeded | JobState::Failed | JobState::Cancelled
                        )
                    };
                    if let Some(job) = job.filter(ended) {
                        return Some(job);
                    }
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            None
        });
        if let Some(job) = ended {
            self.taught[at].job = job;
        }
    }

    /// Somebody asks something in some conversation but the first two, which are kept for probes.
    pub(super) fn ask(&mut self, random: &mut StdRng) {
        let conversation = random.random_range(2..self.conversations.len());
        self.ask_in(conversation, random);
    }

    /// Somebody asks something in a conversation.
    pub(super) fn ask_in(&mut self, conversation: usize, random: &mut StdRng) {
        let space = self.conversations[conversation].space;
        let role = random.random_range(0..ROLES.len());
        let question = format!("What is the {} called?", ROLES[role]);
        let id = match self.conversations[conversation].place {
            Where::Discord(channel) => {
                let said = format!("<@{BOT}> {question}");
                self.discord.say(channel, PERSON, &said)
            }
            Where::Telegram(chat) => {
                let said = format!("/ask@{USERNAME} {question}");
                let id = self.telegram.say(chat, PERSON.cast_signed(), &said);
                id.cast_unsigned()
            }
        };
        let answer = name(space * ROLES.len() + role);
        self.conversations[conversation].asked.push((id, answer));
    }

    /// What the bot shows in a conversation, in order.
    pub(super) fn replies(&self, conversation: usize) -> Vec<Reply> {
        match self.conversations[conversation].place {
            Where::Discord(channel) => self
                .discord
                .shown(channel)
                .into_iter()
                .map(|shown| Reply {
                    to: shown.reply_to,
                    is_complete: shown.is_complete(""),
                    text: shown.content,
                })
                .collect(),
            Where::Telegram(chat) => self
                .telegram
                .shown(chat)
                .into_iter()
                .map(|shown| Reply {
                    to: shown.reply_to.map(i64::cast_unsigned),
                    is_complete: shown.is_complete(""),
                    text: shown.text,
                })
                .collect(),
        }
    }

    /// Whether everything that was asked in a conversation has a complete reply.
    pub(super) fn is_answered(&self, conversation: usize) -> bool {
        let replies = self.replies(conversation);
        let asked = &self.conversations[conversation].asked;
        asked.iter().all(|(id, _)| {
            let mut own = replies.iter().filter(|reply| reply.to == Some(*id));
            own.any(|reply| reply.is_complete)
        })
    }

    /// Runs something to its end.
    pub(super) fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }
}
