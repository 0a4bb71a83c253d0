//! Why a command was not carried out, and what the person is told: the one place where an error becomes a text.

use stoa_kit::room;
use stoa_reply::Reply;
use tonic::{Code, Status};

use super::{Task, audience::for_people, outgoing};
use crate::{Error, delivery::Aborted, locale::Locale, platform::Platform};

/// Why a command was not carried out.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is nothing to be said, or nowhere to say it.
    Aborted(Aborted),
    /// A service refused.
    Service(Status),
    /// Only admins may do it.
    AdminsOnly,
    /// Admins decided that the bot does not answer in this channel.
    NotHere,
    /// The settings of the space were written by a newer version, and are left alone.
    SettingsUnreadable,
    /// The budget is used up: the person's own, or everyone's.
    BudgetReached { everyone: bool },
}

impl From<Aborted> for Failure {
    fn from(aborted: Aborted) -> Self {
        Self::Aborted(aborted)
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        Self::Service(status)
    }
}

/// Settings could not be read or written, however often it was tried.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::UnreadableSettings { .. } => Self::SettingsUnreadable,
            error => Self::Service(Status::unavailable(error.to_string())),
        }
    }
}

impl Failure {
    /// A service refuses what was given.
    pub(super) fn is_refusal(&self) -> bool {
        matches!(self, Self::Service(status) if status.code() == Code::InvalidArgument)
    }

    /// A service does not have what was asked for.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Self::Service(status) if status.code() == Code::NotFound)
    }
}

/// The text for a person when a service refuses: faults of the request in the service's own words, as far as those are for
/// people. Anything else is nothing that a person could change.
pub(super) fn explanation(status: &Status, locale: Locale) -> String {
    if room::is_short(status) {
        return locale.text("trouble-room");
    }
    match status.code() {
        Code::InvalidArgument
        | Code::FailedPrecondition
        | Code::NotFound
        | Code::ResourceExhausted => for_people(status.message(), locale),
        // An internal error or a service that is away. The details are in the log, and would only unsettle people here.
        _ => locale.text("trouble"),
    }
}

impl<P: Platform> Task<'_, P> {
    /// Tells the person why their command was not carried out.
    pub(super) async fn explain(&self, failure: &Failure) -> Result<(), Aborted> {
        let locale = self.locale();
        let text = match failure {
            Failure::Aborted(aborted) => return Err(*aborted),
            Failure::Service(status) => {
                tracing::warn!(code = ?status.code(), "a service refused: {}", status.message());
                explanation(status, locale)
            }
            Failure::AdminsOnly => locale.text("admins-only"),
            Failure::NotHere => locale.text("answers-off"),
            Failure::SettingsUnreadable => locale.text("settings-unreadable"),
            Failure::BudgetReached { everyone: false } => locale.text("budget-person"),
            Failure::BudgetReached { everyone: true } => locale.text("budget-space"),
        };
        let mut delivery = self.open(None).await?;
        let reply = Reply::default().plain(text);
        delivery.finish(&outgoing::<P>(&reply, Vec::new())).await
    }
}
