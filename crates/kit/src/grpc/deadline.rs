//! How long a call may take, and how that travels.

use std::time::Duration;

use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::time::{Instant, timeout_at};
use tonic::{Status, body::Body};

/// The header that says how long a caller waits.
pub(super) const HEADER: HeaderName = HeaderName::from_static("grpc-timeout");

tokio::task_local! {
    static ENDS: Instant;
}

/// Runs what answers a call: the calls that it makes in turn end when the caller stops waiting.
pub(super) async fn within<F: Future>(end: Instant, answering: F) -> F::Output {
    ENDS.scope(end, answering).await
}

/// When the call ends that this task answers; `None` where it answers none.
pub(super) fn inherited() -> Option<Instant> {
    ENDS.try_with(|end| *end).ok()
}

/// How long a caller says that it waits. What cannot be read says nothing.
pub(super) fn given(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(HEADER)?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    // gRPC allows at most eight digits.
    if digits.len() > 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(count * 3_600),
        "M" => Duration::from_secs(count * 60),
        "S" => Duration::from_secs(count),
        "m" => Duration::from_millis(count),
        "u" => Duration::from_micros(count),
        "n" => Duration::from_nanos(count),
        _ => return None,
    })
}

/// The time until `end` as the header has it: at most eight digits, and never zero.
pub(super) fn header(end: Instant) -> HeaderValue {
    let left = end.saturating_duration_since(Instant::now());
    let millis = left.as_millis().max(1);
    let text = if millis < 100_000_000 {
        format!("{millis}m")
    } else {
        format!("{}S", left.as_secs().min(99_999_999))
    };
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static("1m"))
}

/// What a call gets that took too long.
pub(super) fn exceeded() -> Status {
    Status::deadline_exceeded("the call took longer than its caller waits")
}

/// The same, at the end of an answer that had begun.
pub(super) fn trailers() -> Result<Frame<Bytes>, Status> {
    let mut headers = HeaderMap::new();
    exceeded().add_header(&mut headers)?;
    Ok(Frame::trailers(headers))
}

/// A body that is cut off with `late` at its end, and keeps `held` for as long as it is read.
pub(super) fn bounded<H: Send + 'static>(
    body: Body,
    end: Option<Instant>,
    held: H,
    late: fn() -> Result<Frame<Bytes>, Status>,
) -> Body {
    // A refusal has no body: wrapped, it would be sent as an answer with an empty stream.
    if http_body::Body::is_end_stream(&body) {
        return body;
    }
    let frames = stream::unfold(Some((body, held)), move |open| async move {
        let (mut body, held) = open?;
        let next = match end {
            Some(end) => timeout_at(end, body.frame()).await,
            None => Ok(body.frame().await),
        };
        match next {
            Ok(Some(Ok(frame))) => Some((Ok(frame), Some((body, held)))),
            Ok(Some(Err(status))) => Some((Err(status), None)),
            Ok(None) => None,
            Err(_) => Some((late(), None)),
        }
    });
    Body::new(StreamBody::new(frames))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, text.parse().expect("a header"));
        given(&headers)
    }

    #[test]
    fn a_deadline_is_read_as_it_is_written() {
        for (text, expected) in [
            ("1H", Some(Duration::from_secs(3_600))),
            ("2M", Some(Duration::from_secs(120))),
            ("15S", Some(Duration::from_secs(15))),
            ("1500m", Some(Duration::from_millis(1_500))),
            ("7u", Some(Duration::from_micros(7))),
            ("99999999n", Some(Duration::from_nanos(99_999_999))),
            ("", None),
            ("S", None),
            ("5", None),
            ("-5S", None),
            ("123456789S", None),
            ("5h", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
        assert_eq!(given(&HeaderMap::new()), None);
        for wait in [1, 5_000, 900_000, 400_000_000] {
            let wait = Duration::from_millis(wait);
            let said = header(Instant::now() + wait);
            let said = read(said.to_str().expect("ascii")).expect("readable");
            let lost = wait.saturating_sub(said);
            assert!(said <= wait && lost < Duration::from_secs(2), "{said:?}");
        }
        assert_eq!(header(Instant::now()), "1m");
    }

    #[tokio::test]
    async fn an_answer_that_goes_on_too_long_is_cut_off() {
        let endless = StreamBody::new(stream::pending::<Result<Frame<Bytes>, Status>>());
        let (held, dropped) = tokio::sync::oneshot::channel::<()>();
        let end = Instant::now() + Duration::from_millis(10);
        let mut body = bounded(Body::new(endless), Some(end), held, trailers);
        let frame = body.frame().await.expect("a frame").expect("no error");
        let trailers = frame.trailers_ref().expect("trailers");
        assert_eq!(trailers["grpc-status"], "4");
        assert!(body.frame().await.is_none());
        assert!(dropped.await.is_err(), "what was held is let go");
    }
}
