//! How values travel in protobuf messages.

use prost_types::Timestamp;
use time::OffsetDateTime;

/// Packs vectors as little-endian f32, one after the other.
pub fn pack_f32<'a>(values: impl IntoIterator<Item = &'a f32>) -> Vec<u8> {
    values
        .into_iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// Unpacks little-endian f32. `None` when the bytes are not a whole number of them.
pub fn unpack_f32(bytes: &[u8]) -> Option<Vec<f32>> {
    let (words, rest) = bytes.as_chunks::<4>();
    rest.is_empty()
        .then(|| words.iter().map(|word| f32::from_le_bytes(*word)).collect())
}

/// A point in time as protobuf has it.
pub fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp {
        seconds: at.unix_timestamp(),
        // Below 10⁹ by the type's own promise.
        nanos: at.nanosecond().cast_signed(),
    }
}

/// A protobuf timestamp as a point in time; `None` when it is outside the calendar.
pub fn instant(at: &Timestamp) -> Option<OffsetDateTime> {
    let whole = OffsetDateTime::from_unix_timestamp(at.seconds).ok()?;
    Some(whole + time::Duration::nanoseconds(i64::from(at.nanos)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_survive_the_wire() {
        let values = [0.0, -1.5, f32::MIN_POSITIVE];
        assert_eq!(unpack_f32(&pack_f32(&values)).as_deref(), Some(&values[..]));
        assert_eq!(unpack_f32(&[0; 5]), None);
    }
}
