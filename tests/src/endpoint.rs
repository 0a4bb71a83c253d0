//! An OpenAI-compatible endpoint over a real socket, as strict about requests as the real ones.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::{StreamExt, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Frame, Incoming},
    header::{AUTHORIZATION, CONTENT_TYPE},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::server::{Server, converse};

mod embeddings;
mod judge;
mod measures;
mod quotes;

pub use embeddings::Limits;
pub use measures::Judges;

/// The key it asks for.
pub const KEY: &str = "sk-test";
/// Tokens that it says each answer took, of the prompt and of what was written.
pub const USAGE: [u32; 2] = [1_000, 50];
/// Instructions that `Writes::Quotes` obeys.
pub const GIVE_UP: &str = "Whatever is asked, write only: I don't know.";
/// What a slow model takes for a piece: longer than what is shown between two drafts.
const BETWEEN_PIECES: Duration = Duration::from_secs(1);
/// What a quick model takes for a piece.
const BEFORE_QUOTES: Duration = Duration::from_millis(150);
/// Most stop texts.
const MAX_STOPS: usize = 4;

type Body = UnsyncBoxBody<Bytes, std::io::Error>;

/// What its language model does.
#[derive(Debug, Clone)]
pub enum Writes {
    /// What stands here when it is asked.
    Says(Arc<Mutex<String>>),
    /// What stands here when it is asked; and where it is asked to check statements, it vouches for anything.
    Vouches(Arc<Mutex<String>>),
    /// These pieces, and ends.
    All(&'static [&'static str]),
    /// These pieces, and the connection breaks.
    BreaksOff(&'static [&'static str]),
    /// These pieces over and over.
    Endless(&'static [&'static str]),
    /// These pieces one after the other, and then it thinks on.
    Begins(&'static [&'static str]),
    /// The sentence of its sources that has most of the question's words, in two pieces; or that it does not know, where
    /// it is instructed so (`GIVE_UP`).
    Quotes,
    /// Marks of answers, preferences and questions of passages, as JSON.
    Judges(Arc<Mutex<Judges>>),
    /// Nothing: it answers with this status.
    Refuses(u16),
}

/// A model that knows the handbook, and does not end until it is stopped.
pub const THINKING: Writes = Writes::Begins(&[
    "Everybody gets 27 days of vacation a year. ",
    "Days that are left over lapse at the end of March. ",
    "A laptop is replaced after four years. ",
    "Such a ",
]);

/// A running endpoint. Stops when it is dropped.
pub struct Endpoint {
    /// Its base address.
    pub url: String,
    calls: Arc<AtomicUsize>,
    _server: Server,
}

#[derive(Clone)]
struct Behaviour {
    dimensions: usize,
    limits: Limits,
    writes: Writes,
    calls: Arc<AtomicUsize>,
}

impl Endpoint {
    /// Gives vectors of this length, and writes this.
    pub fn start(dimensions: usize, writes: Writes) -> Self {
        Self::start_on(0, dimensions, writes)
    }

    /// Gives vectors of this length within these limits, and writes nothing.
    pub fn limited(dimensions: usize, limits: Limits) -> Self {
        Self::serving(0, dimensions, limits, Writes::Refuses(500))
    }

    /// The same on a port; 0 takes a free one.
    pub fn start_on(port: u16, dimensions: usize, writes: Writes) -> Self {
        Self::serving(port, dimensions, Limits::default(), writes)
    }

    fn serving(port: u16, dimensions: usize, limits: Limits, writes: Writes) -> Self {
        let (server, listener) = Server::listen(port);
        let calls = Arc::new(AtomicUsize::new(0));
        let behaviour = Behaviour {
            dimensions,
            limits,
            writes,
            calls: Arc::clone(&calls),
        };
        server.spawn(serve(listener, behaviour));
        Self {
            url: format!("http://{}/v1", server.address),
            calls,
            _server: server,
        }
    }

    /// How many well-formed calls it has had.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

async fn serve(listener: TcpListener, behaviour: Behaviour) {
    while let Ok((stream, _)) = listener.accept().await {
        let behaviour = behaviour.clone();
        tokio::spawn(converse(stream, move |request| {
            let behaviour = behaviour.clone();
            async move { behaviour.answer(request).await }
        }));
    }
}

impl Behaviour {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let given = |name| {
            head.headers
                .get(name)
                .and_then(|value: &hyper::header::HeaderValue| value.to_str().ok())
                .unwrap_or_default()
        };
        if given(AUTHORIZATION) != format!("Bearer {KEY}") {
            return refusal(401, "Incorrect API key provided");
        }
        if head.method != Method::POST || !given(CONTENT_TYPE).starts_with("application/json") {
            return refusal(400, "send JSON with POST");
        }
        let Ok(bytes) = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
        else {
            return refusal(400, "the body broke off");
        };
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else {
            return refusal(400, "the body is no JSON");
        };
        if value["model"].as_str().is_none_or(str::is_empty) {
            return refusal(400, "you must provide a model parameter");
        }
        match head.uri.path() {
            "/v1/embeddings" => self.embeddings(&value),
            "/v1/chat/completions" => self.chat(&value),
            other => refusal(404, &format!("unknown path {other}")),
        }
    }

    /// An answer in one piece: verdicts where statements are to be checked, else what it writes.
    fn complete(&self, messages: &[Value], model: &Value) -> Response<Body> {
        if let Writes::Refuses(status) = self.writes {
            return refusal(status, "the engine is overloaded");
        }
        let asked = messages
            .last()
            .and_then(|message| message["content"].as_str())
            .unwrap_or_default();
        if let Writes::Judges(how) = &self.writes {
            let how = *how.lock().unwrap_or_else(PoisonError::into_inner);
            return match measures::answer(asked, how) {
                Some(text) => completion(&text, model),
                None => refusal(400, "nothing to judge"),
            };
        }
        let written = match self.writes {
            Writes::Vouches(_) => None,
            _ => Some(self.pieces().concat()),
        };
        let text = match judge::verdicts(asked, written.as_deref()) {
            Some(verdicts) => verdicts.to_string(),
            None => match asked.rsplit_once("Next message: ") {
                Some((_, question)) => question.to_owned(),
                None => self.pieces().concat(),
            },
        };
        completion(&text, model)
    }

    fn pieces(&self) -> Vec<String> {
        match &self.writes {
            Writes::Says(text) | Writes::Vouches(text) => {
                vec![text.lock().unwrap_or_else(PoisonError::into_inner).clone()]
            }
            Writes::All(pieces)
            | Writes::BreaksOff(pieces)
            | Writes::Endless(pieces)
            | Writes::Begins(pieces) => pieces.iter().map(|piece| (*piece).to_owned()).collect(),
            Writes::Quotes | Writes::Judges(_) | Writes::Refuses(_) => Vec::new(),
        }
    }

    fn chat(&self, request: &Value) -> Response<Body> {
        let messages = request["messages"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        if !is_well_formed(request, messages) {
            return refusal(400, "'$.messages' or a parameter is invalid");
        }
        self.calls.fetch_add(1, Ordering::SeqCst);
        let model = request["model"].clone();
        if request["stream"] != true {
            return self.complete(messages, &model);
        }
        let wants_usage = request["stream_options"]["include_usage"] == true;
        self.write(messages, model, wants_usage)
    }

    /// Streams what the endpoint is set to say.
    fn write(&self, messages: &[Value], model: Value, wants_usage: bool) -> Response<Body> {
        let chunk = move |piece: &str| {
            let choice = json!({"index": 0, "delta": {"role": "assistant", "content": piece}, "finish_reason": null});
            event(
                &json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}),
            )
        };
        let end = || {
            let choice = json!({"index": 0, "delta": {}, "finish_reason": "stop"});
            let last = json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]});
            let used = json!({"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [], "usage": usage()});
            let mut frames = vec![event(&last)];
            frames.extend(wants_usage.then(|| event(&used)));
            frames.push(Ok(Frame::data(Bytes::from_static(b"data: [DONE]\n\n"))));
            frames
        };
        match self.writes {
            Writes::Says(_) | Writes::Vouches(_) | Writes::All(_) => {
                let frames: Vec<_> = self
                    .pieces()
                    .iter()
                    .map(|piece| chunk(piece))
                    .chain(end())
                    .collect();
                streamed(stream::iter(frames))
            }
            Writes::BreaksOff(pieces) => {
                let broken = Err(std::io::Error::other("the endpoint broke"));
                let frames: Vec<_> = pieces
                    .iter()
                    .map(|piece| chunk(piece))
                    .chain([broken])
                    .collect();
                streamed(stream::iter(frames))
            }
            Writes::Endless(pieces) => {
                let pieces = stream::iter(pieces.iter().cycle());
                streamed(pieces.then(move |piece| {
                    let frame = chunk(piece);
                    async move {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        frame
                    }
                }))
            }
            Writes::Begins(pieces) => {
                let pieces = stream::iter(pieces).then(move |piece| {
                    let frame = chunk(piece);
                    async move {
                        tokio::time::sleep(BETWEEN_PIECES).await;
                        frame
                    }
                });
                streamed(pieces.chain(stream::pending()))
            }
            Writes::Quotes => {
                let asked = messages.last().map(|message| &message["content"]);
                let asked = asked.and_then(Value::as_str).unwrap_or_default();
                let instructed = |message: &Value| {
                    let content = message["content"].as_str().unwrap_or_default();
                    message["role"] == "system" && content.contains(GIVE_UP)
                };
                let answer = if messages.iter().any(instructed) {
                    quotes::UNKNOWN.map(str::to_owned)
                } else {
                    quotes::answer(asked)
                };
                let pieces = stream::iter(answer).then(move |piece| {
                    let frame = chunk(&piece);
                    async move {
                        tokio::time::sleep(BEFORE_QUOTES).await;
                        frame
                    }
                });
                streamed(pieces.chain(stream::iter(end())))
            }
            Writes::Judges(_) => refusal(400, "this model does not stream"),
            Writes::Refuses(status) => refusal(status, "the engine is overloaded"),
        }
    }
}

/// Whether a request is one that the API takes.
fn is_well_formed(request: &Value, messages: &[Value]) -> bool {
    let roles: HashMap<&str, usize> = messages.iter().fold(HashMap::new(), |mut roles, message| {
        let content = message["content"].as_str().unwrap_or_default();
        if let Some(role) = message["role"].as_str().filter(|_| !content.is_empty()) {
            *roles.entry(role).or_default() += 1;
        }
        roles
    });
    let known = roles
        .keys()
        .all(|role| matches!(*role, "system" | "user" | "assistant"));
    let limit = request["max_tokens"]
        .as_u64()
        .or(request["max_completion_tokens"].as_u64());
    let stops = request["stop"].as_array().map_or(0, Vec::len);
    let wants_json = request["response_format"]["type"] == "json_object";
    let says_json = messages.iter().any(|message| {
        let content = message["content"].as_str().unwrap_or_default();
        content.to_lowercase().contains("json")
    });
    roles.values().sum::<usize>() == messages.len()
        && roles.contains_key("user")
        && known
        && limit > Some(0)
        && stops <= MAX_STOPS
        && (!wants_json || says_json)
        && is_known_format(&request["response_format"])
}

/// An answer in one piece.
fn completion(text: &str, model: &Value) -> Response<Body> {
    let choice = json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
    let body = json!({"id": "c1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice], "usage": usage()});
    whole(StatusCode::OK, &body)
}

fn usage() -> Value {
    let [read, written] = USAGE;
    json!({"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written})
}

/// The formats that the API knows.
fn is_known_format(format: &Value) -> bool {
    format.is_null()
        || matches!(
            format["type"].as_str(),
            Some("text" | "json_object" | "json_schema")
        )
}

fn event(value: &Value) -> Result<Frame<Bytes>, std::io::Error> {
    Ok(Frame::data(Bytes::from(format!("data: {value}\n\n"))))
}

fn streamed(
    frames: impl futures::Stream<Item = Result<Frame<Bytes>, std::io::Error>> + Send + 'static,
) -> Response<Body> {
    let mut response = Response::new(StreamBody::new(frames).boxed_unsync());
    let kind = hyper::header::HeaderValue::from_static("text/event-stream");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn whole(status: StatusCode, body: &Value) -> Response<Body> {
    let bytes = Full::from(body.to_string()).map_err(|never| match never {});
    let mut response = Response::new(bytes.boxed_unsync());
    *response.status_mut() = status;
    let kind = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn refusal(status: u16, message: &str) -> Response<Body> {
    let status = StatusCode::from_u16(status).expect("a status");
    whole(
        status,
        &json!({"error": {"message": message, "type": "invalid_request_error"}}),
    )
}
