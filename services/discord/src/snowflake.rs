//! Discord's ids, which are times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// 2015-01-01, from which they count.
const EPOCH: Duration = Duration::from_millis(1_420_070_400_000);

/// The first id of a time, which is counted from 1970.
pub(crate) fn at(since_1970: Duration) -> u64 {
    let millis = since_1970.saturating_sub(EPOCH).as_millis();
    // The lower 22 bits are a worker and a count (docs.discord.com, Snowflakes).
    u64::try_from(millis).unwrap_or(u64::MAX >> 22) << 22
}

/// When an id was given, counted from 1970.
pub(crate) fn time(id: u64) -> Duration {
    EPOCH + Duration::from_millis(id >> 22)
}

/// How long ago an id was given, as far as the clocks agree.
pub(crate) fn age(id: u64) -> Duration {
    now().saturating_sub(time(id))
}

/// Now, counted from 1970.
pub(crate) fn now() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_times() {
        // The id and time that Discord's documentation gives as its example.
        let (id, at_that) = (
            175_928_847_299_117_063,
            Duration::from_millis(1_462_015_105_796),
        );
        assert_eq!(at(at_that) >> 22, id >> 22);
        assert_eq!(time(id), at_that);
        assert_eq!(at(Duration::ZERO), 0);
    }
}
