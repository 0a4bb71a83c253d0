//! A frontend speaks for the spaces and the persons of its platform. Whom a call is about stands in its first message, which
//! is read here for every method alike, so that no service can forget to look. The same message may switch parts of an
//! answer off, its checks too, which is for evaluations alone: a frontend asks for people, who get all of it.

use bytes::{Bytes, BytesMut};
use futures::{StreamExt, stream};
use http_body_util::{BodyExt, BodyStream, StreamBody};
use prost::Message;
use tonic::{Status, body::Body};

use crate::grpc::{
    methods::{Names, OPTIONS},
    role::Role,
};

/// Longest first message of a frontend, with what is before it: what services read at most.
const LONGEST: usize = 4 << 20;

/// Bytes before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// Refuses a call about what the caller may not name. PERMISSION_DENIED: it is another's.
pub(super) async fn check(role: Role, names: Names, body: Body) -> Result<Body, Status> {
    if !role.is_limited() || names == Names::Nobody {
        return Ok(body);
    }
    let (message, body) = first_message(body).await?;
    let unreadable =
        |error| Status::invalid_argument(format!("the request cannot be read: {error}"));
    let named = match names {
        Names::Nobody => Named::default(),
        Names::Outright => Named::decode(message).map_err(unreadable)?,
        Names::Within => {
            let within = Within::decode(message).map_err(unreadable)?;
            within.named.unwrap_or_default()
        }
    };
    if named.options.is_some() {
        return Err(Status::permission_denied(format!(
            "`{role}` may not leave parts of a search or an answer out: that is for evaluations"
        )));
    }
    let name = named.name;
    if role.may_name(&name) {
        return Ok(body);
    }
    Err(Status::permission_denied(format!(
        "`{role}` works for spaces and persons whose names begin with `{role}:`, not for `{}`",
        // A name may have megabytes, and it would go into a header.
        name.chars().take(40).collect::<String>()
    )))
}

/// Any message whose field 1 is a name; its other fields, but for options, are passed over.
#[derive(Clone, PartialEq, Message)]
struct Named {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "15")]
    options: Option<Options>,
}

/// Whatever they say. They are sent where they are in the way, so empty ones count.
#[derive(Clone, PartialEq, Message)]
struct Options {}

// The number above is that of the contracts, which a test holds them to.
const _: () = assert!(OPTIONS == 15);

/// Any message whose field 1 is one with a name.
#[derive(Clone, PartialEq, Message)]
struct Within {
    #[prost(message, optional, tag = "1")]
    named: Option<Named>,
}

/// The first message of a call, and its body as it was.
async fn first_message(mut body: Body) -> Result<(Bytes, Body), Status> {
    let (mut read, mut frames) = (BytesMut::new(), Vec::new());
    let mut end = None;
    while end.is_none_or(|end| read.len() < end) {
        let Some(frame) = body.frame().await else {
            break;
        };
        let frame = frame?;
        if let Some(data) = frame.data_ref() {
            read.extend_from_slice(data);
        }
        // Kept as they are: the service reads the same frames after this.
        frames.push(Ok(frame));
        end = end_of_message(&read)?;
    }
    let end = end.filter(|end| *end <= read.len()).unwrap_or(PREFIX);
    let message = read.freeze();
    // A call that ends before its message does names nobody.
    let message = message.get(PREFIX..end).map(|part| message.slice_ref(part));
    let body = StreamBody::new(stream::iter(frames).chain(BodyStream::new(body)));
    Ok((message.unwrap_or_default(), Body::new(body)))
}

/// Where the first message ends; `None` where too little was read to know.
fn end_of_message(read: &[u8]) -> Result<Option<usize>, Status> {
    let Some(([compressed, length @ ..], _)) = read.split_first_chunk::<PREFIX>() else {
        return Ok(None);
    };
    // A frontend of ours does not compress, and a few bytes could unpack into gigabytes.
    if *compressed != 0 {
        return Err(Status::unimplemented("compressed requests are not read"));
    }
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(Status::resource_exhausted(format!(
            "the message has {length} bytes: at most {LONGEST} are read"
        )));
    }
    Ok(Some(PREFIX + length))
}

#[cfg(test)]
mod tests {
    use http_body::Frame;
    use stoa_proto::{
        generation::{AnswerOptions, AnswerRequest, ForgetPersonRequest},
        ingestion::{
            DeleteDocumentRequest, ListJobsRequest, SubmitHeader, SubmitRequest,
            submit_request::Part,
        },
        retrieval::{SearchOptions, SearchRequest},
        settings::{ListRequest, PutRequest, Settings},
    };
    use tonic::Code;

    use super::*;

    /// A message as it travels, in pieces of so many bytes.
    fn body(message: &impl Message, piece: usize) -> Body {
        let mut bytes = vec![0];
        let length = u32::try_from(message.encoded_len()).expect("short");
        bytes.extend(length.to_be_bytes());
        bytes.extend(message.encode_to_vec());
        let frames: Vec<_> = bytes
            .chunks(piece)
            .map(|piece| Ok::<_, Status>(Frame::data(Bytes::copy_from_slice(piece))))
            .collect();
        Body::new(StreamBody::new(stream::iter(frames)))
    }

    async fn checked(role: Role, names: Names, message: &impl Message) -> Result<(), Code> {
        for piece in [1, 3, 1_000] {
            let whole = body(message, piece)
                .collect()
                .await
                .expect("read")
                .to_bytes();
            match check(role, names, body(message, piece)).await {
                Ok(after) => {
                    let after = after.collect().await.expect("read").to_bytes();
                    assert_eq!(after, whole, "what was looked at is still there");
                }
                Err(status) => return Err(status.code()),
            }
        }
        Ok(())
    }

    fn delete(space: &str) -> DeleteDocumentRequest {
        DeleteDocumentRequest {
            space: space.to_owned(),
            document: "handbook.md".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_frontend_deletes_nothing_of_another_platform() {
        let denied = Err(Code::PermissionDenied);
        for (role, space, expected) in [
            (Role::Discord, "discord:7", Ok(())),
            (Role::Discord, "telegram:7", denied),
            (Role::Discord, "default", denied),
            (Role::Discord, "", denied),
            (Role::Telegram, "telegram:-7", Ok(())),
            (Role::Telegram, "discord:7", denied),
            (Role::Ingestion, "discord:7", Ok(())),
            (Role::Operator, "", Ok(())),
        ] {
            let found = checked(role, Names::Outright, &delete(space)).await;
            assert_eq!(found, expected, "{role} {space}");
        }
    }

    #[tokio::test]
    async fn whom_a_call_is_about_is_found_in_every_form() {
        let person = |user: &str| ForgetPersonRequest {
            user: user.to_owned(),
        };
        let submit = |space: &str| SubmitRequest {
            part: Some(Part::Header(SubmitHeader {
                space: space.to_owned(),
                name: "a.md".to_owned(),
                ..SubmitHeader::default()
            })),
        };
        let put = |space: &str| PutRequest {
            settings: Some(Settings {
                space: space.to_owned(),
                json: "{}".repeat(500),
                version: 3,
            }),
        };
        let list = |prefix: &str| ListRequest {
            prefix: prefix.to_owned(),
        };
        let every = ListJobsRequest {
            every_space: true,
            ..ListJobsRequest::default()
        };
        let denied = Err(Code::PermissionDenied);
        let (of, other) = ("discord:1", "telegram:1");
        let (outright, within) = (Names::Outright, Names::Within);
        let discord = Role::Discord;
        assert_eq!(checked(discord, outright, &person(of)).await, Ok(()));
        assert_eq!(checked(discord, outright, &person(other)).await, denied);
        assert_eq!(checked(discord, within, &submit(of)).await, Ok(()));
        assert_eq!(checked(discord, within, &submit(other)).await, denied);
        assert_eq!(checked(discord, within, &put(of)).await, Ok(()));
        assert_eq!(checked(discord, within, &put(other)).await, denied);
        assert_eq!(checked(discord, outright, &list("discord:")).await, Ok(()));
        assert_eq!(checked(discord, outright, &list("")).await, denied);
        assert_eq!(checked(discord, outright, &every).await, denied);
        assert_eq!(checked(Role::Operator, outright, &every).await, Ok(()));
    }

    #[tokio::test]
    async fn a_frontend_switches_nothing_off() {
        let space = || "discord:7".to_owned();
        let ask = |options| AnswerRequest {
            space: space(),
            question: "When is it open?".to_owned(),
            options,
            ..AnswerRequest::default()
        };
        let search = |options| SearchRequest {
            space: space(),
            options,
            ..SearchRequest::default()
        };
        let without = AnswerOptions {
            without: vec![7],
            ..AnswerOptions::default()
        };
        let outright = Names::Outright;
        let denied = Err(Code::PermissionDenied);
        for options in [AnswerOptions::default(), without] {
            let asked = ask(Some(options));
            assert_eq!(checked(Role::Discord, outright, &asked).await, denied);
            assert_eq!(checked(Role::Operator, outright, &asked).await, Ok(()));
        }
        let searched = search(Some(SearchOptions::default()));
        assert_eq!(checked(Role::Discord, outright, &searched).await, denied);
        assert_eq!(checked(Role::Generation, outright, &searched).await, Ok(()));
        assert_eq!(checked(Role::Discord, outright, &ask(None)).await, Ok(()));
        assert_eq!(
            checked(Role::Discord, outright, &search(None)).await,
            Ok(())
        );
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_refused() {
        let code = async |bytes: &'static [u8]| {
            let body = Body::new(http_body_util::Full::new(Bytes::from_static(bytes)));
            let checked = check(Role::Discord, Names::Outright, body).await;
            checked.expect_err("refused").code()
        };
        assert_eq!(code(b"").await, Code::PermissionDenied);
        assert_eq!(code(b"\0\0\0").await, Code::PermissionDenied);
        assert_eq!(code(b"\0\0\0\0\x09\x0a").await, Code::PermissionDenied);
        assert_eq!(code(b"\x01\0\0\0\x01x").await, Code::Unimplemented);
        assert_eq!(code(b"\0\xff\0\0\0x").await, Code::ResourceExhausted);
        assert_eq!(code(b"\0\0\0\0\x02\x0a\x09").await, Code::InvalidArgument);
    }
}
