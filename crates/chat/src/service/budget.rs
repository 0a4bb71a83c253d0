//! What people and spaces may use in a day, and what they have used.

use stoa_kit::config;
use stoa_proto::generation::{GetUsageRequest, GetUsageResponse};
use stoa_reply::Reply;
use time::OffsetDateTime;

use super::{Failure, Task};
use crate::platform::Platform;

/// What may be used in a day; 0 means no limit.
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
    /// Requires that the person and the space have something left for a question.
    pub(super) async fn require_budget(&self) -> Result<(), Failure> {
        for (everyone, user, budget) in self.budgets() {
            if !budget.is_limited() || !budget.is_reached(&self.used(user).await?) {
                continue;
            }
            // A turn that generation already has was within the budget when it was asked: a restart came before its
            // delivery.
            return match self.turn(self.id).await {
                Err(failure) if failure.is_not_found() => Err(Failure::BudgetReached { everyone }),
                Err(failure @ Failure::Aborted(_)) => Err(failure),
                _ => Ok(()),
            };
        }
        Ok(())
    }

    /// The budgets of the person and of everyone here, with the user that usage is asked for.
    fn budgets(&self) -> [(bool, &str, Budget); 2] {
        let Budgets { person, space } = self.service.budgets;
        [
            (false, self.incoming.person.id.as_str(), person),
            // Everyone's is checked last, so that a person whose own budget is used up is told of that one.
            (true, "", space),
        ]
    }

    /// What a person used today; everyone in the space when `user` is empty.
    async fn used(&self, user: &str) -> Result<GetUsageResponse, Failure> {
        // In UTC for everyone: a space has members in several time zones, and one budget.
        let today = OffsetDateTime::now_utc().replace_time(time::Time::MIDNIGHT);
        let request = GetUsageRequest {
            space: self.space.clone(),
            user: user.to_owned(),
            since: Some(prost_types::Timestamp {
                seconds: today.unix_timestamp(),
                nanos: 0,
            }),
        };
        self.call(|| async { self.generation().get_usage(request.clone()).await })
            .await
    }

    /// Shows what was used today, and what may be.
    pub(super) async fn usage(&self) -> Result<(), Failure> {
        let of = |used: u64, limit: u64| match limit {
            0 => used.to_string(),
            limit => format!("{used} / {limit}"),
        };
        let mut lines = Vec::new();
        for (everyone, user, budget) in self.budgets() {
            let used = self.used(user).await?;
            let values = [
                ("questions", of(used.turns, budget.questions).into()),
                ("tokens", of(tokens(&used), budget.tokens).into()),
            ];
            let text = if everyone {
                "usage-space"
            } else {
                "usage-person"
            };
            lines.push(self.locale().format(text, values));
        }
        let reply = Reply::default().plain(lines.join("\n"));
        self.deliver(&reply, Vec::new()).await
    }
}
