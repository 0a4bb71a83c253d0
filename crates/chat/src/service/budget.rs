//! What people and spaces may use in a day, and what they used.

use stoa_kit::config;
use stoa_proto::generation::{GetTurnRequest, GetUsageRequest, GetUsageResponse};
use time::OffsetDateTime;
use tonic::{Code, Status};

use super::Task;
use crate::{delivery::Ended, platform::Platform, reply::Reply};

/// What may be used in a day; 0 is without limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    questions: u64,
    tokens: u64,
}

/// The budgets of a person and of a space.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budgets {
    person: Budget,
    space: Budget,
}

impl Budgets {
    pub(super) fn new(config: &config::Chat) -> Self {
        Self {
            person: Budget {
                questions: config.person_questions,
                tokens: config.person_tokens,
            },
            space: Budget {
                questions: config.space_questions,
                tokens: config.space_tokens,
            },
        }
    }
}

impl Budget {
    fn is_limited(self) -> bool {
        self.questions > 0 || self.tokens > 0
    }

    fn is_reached(self, used: &GetUsageResponse) -> bool {
        let reached = |used: u64, limit: u64| limit > 0 && used >= limit;
        reached(used.turns, self.questions) || reached(tokens(used), self.tokens)
    }
}

fn tokens(used: &GetUsageResponse) -> u64 {
    used.prompt_tokens + used.completion_tokens
}

impl<P: Platform> Task<'_, P> {
    /// Whether there is something left for a question; if not, the person is told.
    pub(super) async fn within_budget(&self) -> Result<bool, Ended> {
        let Budgets { person, space } = self.desk.budgets;
        for (budget, user) in [(person, self.said.person.id.as_str()), (space, "")] {
            if !budget.is_limited() {
                continue;
            }
            match self.used(user).await? {
                Ok(used) if budget.is_reached(&used) => {}
                Ok(_) => continue,
                Err(status) => {
                    self.apologise(&status).await?;
                    return Ok(false);
                }
            }
            // What was answered before a restart, and not delivered yet, was within it.
            if self.was_asked().await? {
                return Ok(true);
            }
            let text = self.language().budget_reached(user.is_empty());
            self.say(text).await?;
            return Ok(false);
        }
        Ok(true)
    }

    async fn was_asked(&self) -> Result<bool, Ended> {
        let request = GetTurnRequest {
            space: self.space.clone(),
            turn_id: self.id.to_string(),
        };
        let turn = self
            .call(|| async { self.desk.generation.clone().get_turn(request.clone()).await })
            .await?;
        Ok(!matches!(turn, Err(status) if status.code() == Code::NotFound))
    }

    /// What a person used today, or everybody in the space.
    async fn used(&self, user: &str) -> Result<Result<GetUsageResponse, Status>, Ended> {
        let today = OffsetDateTime::now_utc().replace_time(time::Time::MIDNIGHT);
        let request = GetUsageRequest {
            space: self.space.clone(),
            user: user.to_owned(),
            since: Some(prost_types::Timestamp {
                seconds: today.unix_timestamp(),
                nanos: 0,
            }),
        };
        self.call(|| async {
            self.desk
                .generation
                .clone()
                .get_usage(request.clone())
                .await
        })
        .await
    }

    /// Shows what was used today, and what may be.
    pub(super) async fn usage(&self) -> Result<(), Ended> {
        let Budgets { person, space } = self.desk.budgets;
        let language = self.language();
        let mut lines = Vec::new();
        for (budget, user) in [(person, self.said.person.id.as_str()), (space, "")] {
            let used = match self.used(user).await? {
                Ok(used) => used,
                Err(status) => return self.apologise(&status).await,
            };
            let of = |used: u64, limit: u64| match limit {
                0 => used.to_string(),
                limit => format!("{used} / {limit}"),
            };
            let questions = of(used.turns, budget.questions);
            let tokens = of(tokens(&used), budget.tokens);
            lines.push(language.used(user.is_empty(), &questions, &tokens));
        }
        self.reply(&Reply::default().plain(lines.join("\n"))).await
    }
}
