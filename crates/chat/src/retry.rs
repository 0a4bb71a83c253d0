use std::time::Duration;

/// Waits between attempts: each twice as long as the one before it, up to a limit.
pub(crate) fn waits(first: Duration, longest: Duration) -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(first), move |wait| Some((*wait * 2).min(longest)))
}
