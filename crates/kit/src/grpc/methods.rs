//! What there is to call, who may call it, and what is known of a call before it is made.

use super::role::Role::{self, Discord, Generation, Ingestion, Retrieval, Telegram};

/// A method of a service.
#[derive(Debug)]
pub(super) struct Method {
    /// As in the path of a call: `package.Service/Method`.
    pub(super) name: &'static str,
    pub(super) callers: &'static [Role],
    pub(super) names: Names,
    pub(super) form: Form,
    /// Made twice it changes no more than made once, and answers the same.
    pub(super) safe: bool,
}

/// Where a call says whose things it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// About nobody's.
    Nobody,
    /// In field 1 of its first message: a space, a person, or how the names of spaces begin.
    Outright,
    /// In field 1 of the message in field 1.
    Within,
}

/// How many messages go each way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One and one.
    Unary,
    /// Many and one.
    Upload,
    /// One and many.
    Stream,
}

/// Number of the field that switches parts of a call off for an evaluation, in every request that has one. It is the
/// operator's: whoever passes on what a person asked may not send it.
pub(super) const OPTIONS: u32 = 15;

use Form::{Stream, Unary, Upload};
use Names::{Nobody, Outright, Within};

const OPERATOR: &[Role] = &[];
const CHAT: &[Role] = &[Discord, Telegram];
const READERS: &[Role] = &[Generation, Discord, Telegram];
const EMBEDS: &[Role] = &[Ingestion, Retrieval, Generation];
const INDEXER: &[Role] = &[Ingestion];

const SAFE: bool = true;
const ONCE: bool = false;

const fn method(
    name: &'static str,
    callers: &'static [Role],
    names: Names,
    form: Form,
    safe: bool,
) -> Method {
    Method {
        name,
        callers,
        names,
        form,
        safe,
    }
}

/// Every method. An operator may call all of them, the others those that name them. What is not here is the operator's.
#[rustfmt::skip]
pub(super) const METHODS: &[Method] = &[
    method("stoa.doctor.v1.DoctorService/Examine", OPERATOR, Nobody, Unary, SAFE),

    method("stoa.embedding.v1.EmbeddingService/Embed", EMBEDS, Nobody, Unary, SAFE),
    method("stoa.embedding.v1.EmbeddingService/Rerank", EMBEDS, Nobody, Unary, SAFE),
    method("stoa.embedding.v1.EmbeddingService/GetModel", EMBEDS, Nobody, Unary, SAFE),
    method("stoa.embedding.v1.EmbeddingService/GetTokenizer", EMBEDS, Nobody, Stream, SAFE),

    method("stoa.retrieval.v1.RetrievalService/Upsert", INDEXER, Outright, Unary, SAFE),
    method("stoa.retrieval.v1.RetrievalService/Publish", INDEXER, Outright, Unary, ONCE),
    method("stoa.retrieval.v1.RetrievalService/Delete", INDEXER, Outright, Unary, SAFE),
    method("stoa.retrieval.v1.RetrievalService/Stats", INDEXER, Outright, Unary, SAFE),
    method("stoa.retrieval.v1.RetrievalService/Search", READERS, Outright, Unary, SAFE),
    method("stoa.retrieval.v1.RetrievalService/GetPassage", READERS, Outright, Unary, SAFE),
    method("stoa.retrieval.v1.RetrievalService/ListIndexes", OPERATOR, Nobody, Unary, SAFE),
    method("stoa.retrieval.v1.RetrievalService/Reindex", OPERATOR, Nobody, Unary, SAFE),
    method("stoa.retrieval.v1.RetrievalService/SwitchIndex", OPERATOR, Nobody, Unary, SAFE),
    method("stoa.retrieval.v1.RetrievalService/RemoveIndex", OPERATOR, Nobody, Unary, ONCE),

    // A turn has an id, and is answered once.
    method("stoa.generation.v1.GenerationService/Answer", CHAT, Outright, Stream, SAFE),
    method("stoa.generation.v1.GenerationService/ListParts", OPERATOR, Nobody, Unary, SAFE),
    method("stoa.generation.v1.GenerationService/Cancel", CHAT, Outright, Unary, ONCE),
    method("stoa.generation.v1.GenerationService/GetConversation", CHAT, Outright, Unary, SAFE),
    method("stoa.generation.v1.GenerationService/GetTurn", CHAT, Outright, Unary, SAFE),
    method("stoa.generation.v1.GenerationService/ResetConversation", CHAT, Outright, Unary, ONCE),
    method("stoa.generation.v1.GenerationService/Feedback", CHAT, Outright, Unary, SAFE),
    method("stoa.generation.v1.GenerationService/ListFeedback", OPERATOR, Outright, Unary, SAFE),
    method("stoa.generation.v1.GenerationService/ListUnanswered", CHAT, Outright, Unary, SAFE),
    method("stoa.generation.v1.GenerationService/ListTopics", CHAT, Outright, Unary, SAFE),
    method("stoa.generation.v1.GenerationService/AskAgain", CHAT, Outright, Stream, SAFE),
    method("stoa.generation.v1.GenerationService/GetUsage", CHAT, Outright, Unary, SAFE),
    method("stoa.generation.v1.GenerationService/SetPersona", CHAT, Outright, Unary, SAFE),
    method("stoa.generation.v1.GenerationService/GetPersona", CHAT, Outright, Unary, SAFE),
    method("stoa.generation.v1.GenerationService/ForgetDocument", INDEXER, Outright, Unary, SAFE),
    // A person asks their frontend to be forgotten, which names persons of its platform alone.
    method("stoa.generation.v1.GenerationService/ForgetPerson", CHAT, Outright, Unary, ONCE),
    method("stoa.generation.v1.GenerationService/ExportPerson", OPERATOR, Outright, Unary, SAFE),

    method("stoa.ingestion.v1.IngestionService/Submit", CHAT, Within, Upload, ONCE),
    method("stoa.ingestion.v1.IngestionService/SubmitUrl", CHAT, Outright, Unary, ONCE),
    method("stoa.ingestion.v1.IngestionService/GetJob", CHAT, Outright, Unary, SAFE),
    method("stoa.ingestion.v1.IngestionService/WatchJob", CHAT, Outright, Stream, SAFE),
    // Those of every space are listed without naming one, which a frontend may not.
    method("stoa.ingestion.v1.IngestionService/ListJobs", CHAT, Outright, Unary, SAFE),
    method("stoa.ingestion.v1.IngestionService/RetryJob", CHAT, Outright, Unary, ONCE),
    method("stoa.ingestion.v1.IngestionService/CancelJob", CHAT, Outright, Unary, ONCE),
    method("stoa.ingestion.v1.IngestionService/ListDocuments", CHAT, Outright, Unary, SAFE),
    method("stoa.ingestion.v1.IngestionService/GetDocument", CHAT, Outright, Unary, SAFE),
    method("stoa.ingestion.v1.IngestionService/DeleteDocument", CHAT, Outright, Unary, ONCE),

    method("stoa.settings.v1.SettingsService/Get", CHAT, Outright, Unary, SAFE),
    method("stoa.settings.v1.SettingsService/Put", CHAT, Within, Unary, ONCE),
    method("stoa.settings.v1.SettingsService/List", CHAT, Outright, Stream, SAFE),
];

/// The method of a path, `/package.Service/Method`.
pub(super) fn find(path: &str) -> Option<&'static Method> {
    let name = path.strip_prefix('/')?;
    METHODS.iter().find(|method| method.name == name)
}

/// Whether somebody may call what a path names.
pub(super) fn may_call(role: Role, method: Option<&Method>) -> bool {
    role == Role::Operator || method.is_some_and(|method| method.callers.contains(&role))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use prost::Message;
    use prost_types::{DescriptorProto, FileDescriptorSet, field_descriptor_proto::Type};

    use super::*;

    /// The methods of the contracts: the name, whether it streams each way, and the message.
    fn declared() -> Vec<(String, bool, bool, DescriptorProto)> {
        let files = FileDescriptorSet::decode(stoa_proto::DESCRIPTORS).expect("descriptors");
        let mut messages = HashMap::new();
        for file in &files.file {
            for message in &file.message_type {
                let name = format!(".{}.{}", file.package(), message.name());
                messages.insert(name, message.clone());
            }
        }
        let mut declared = Vec::new();
        for file in &files.file {
            for service in &file.service {
                for method in &service.method {
                    let name = format!("{}.{}/{}", file.package(), service.name(), method.name());
                    declared.push((
                        name,
                        method.client_streaming(),
                        method.server_streaming(),
                        messages[method.input_type()].clone(),
                    ));
                }
            }
        }
        declared
    }

    #[test]
    fn every_method_of_the_contracts_is_in_the_table_once() {
        let declared = declared();
        assert_eq!(declared.len(), METHODS.len());
        for (name, upload, stream, _) in &declared {
            let rows = METHODS.iter().filter(|method| method.name == name);
            let [row] = rows.collect::<Vec<_>>()[..] else {
                panic!("{name} is not in the table once");
            };
            assert_eq!(row.form == Upload, *upload, "{name}");
            assert_eq!(row.form == Stream, *stream, "{name}");
            assert!(find(&format!("/{name}")).is_some(), "{name}");
        }
        assert!(find("stoa.doctor.v1.DoctorService/Examine").is_none());
    }

    #[test]
    fn who_is_named_is_where_the_table_says() {
        for (name, _, _, message) in declared() {
            let first = message.field.iter().find(|field| field.number() == 1);
            let names = METHODS.iter().find(|method| method.name == name);
            match names.expect("in the table").names {
                Nobody => assert!(
                    message.field.iter().all(|field| field.name() != "space"),
                    "{name}"
                ),
                Outright => {
                    let first = first.expect("a field 1");
                    assert!(
                        matches!(first.name(), "space" | "user" | "prefix")
                            && first.r#type() == Type::String,
                        "{name}"
                    );
                }
                // Which are `SubmitHeader` and `Settings`; that their first field is the space is seen below.
                Within => assert_eq!(first.expect("a field 1").r#type(), Type::Message, "{name}"),
            }
        }
        let files = FileDescriptorSet::decode(stoa_proto::DESCRIPTORS).expect("descriptors");
        let messages = files.file.iter().flat_map(|file| &file.message_type);
        let mut within = messages
            .filter(|message| matches!(message.name(), "SubmitHeader" | "Settings"))
            .map(|message| message.field.iter().find(|field| field.number() == 1));
        assert!(within.all(|first| first.expect("a field 1").name() == "space"));
    }

    /// `tenancy` looks at the number alone, for every method.
    #[test]
    fn options_are_one_field_and_nothing_else_is() {
        let mut with: Vec<String> = declared()
            .into_iter()
            .filter(|(_, _, _, message)| {
                let mut fields = message.field.iter();
                fields.any(|field| {
                    let is_options = field.name() == "options" && field.r#type() == Type::Message;
                    assert_eq!(
                        is_options,
                        field.number() == OPTIONS as i32,
                        "{}",
                        field.name()
                    );
                    is_options
                })
            })
            .map(|(name, ..)| name)
            .collect();
        with.sort_unstable();
        assert_eq!(
            with,
            [
                "stoa.generation.v1.GenerationService/Answer",
                "stoa.retrieval.v1.RetrievalService/Search"
            ]
        );
        let files = FileDescriptorSet::decode(stoa_proto::DESCRIPTORS).expect("descriptors");
        let messages = files.file.iter().flat_map(|file| &file.message_type);
        for message in
            messages.filter(|message| matches!(message.name(), "SubmitHeader" | "Settings"))
        {
            let mut fields = message.field.iter();
            assert!(fields.all(|field| field.number() != OPTIONS as i32));
        }
    }

    /// Everybody's calls: by a row of the table each, with who else may make them.
    #[test]
    fn who_may_call_what() {
        use Role::{Embedding, Operator};
        let everybody = [
            Ingestion, Embedding, Retrieval, Generation, Discord, Telegram, Operator,
        ];
        let allowed = |name: &str| -> Vec<Role> {
            let method = METHODS.iter().find(|method| method.name.ends_with(name));
            let method = method.expect("in the table");
            let may = |role: &Role| may_call(*role, Some(method));
            everybody.into_iter().filter(may).collect()
        };
        for method in METHODS {
            let service = method.name.split('/').next().unwrap_or_default();
            let expected: &[Role] = match method.name.rsplit('/').next().unwrap_or_default() {
                "Examine" | "ExportPerson" | "ListFeedback" | "ListIndexes" | "ListParts"
                | "Reindex" | "SwitchIndex" | "RemoveIndex" => &[Operator],
                "Upsert" | "Publish" | "Delete" | "Stats" | "ForgetDocument" => {
                    &[Ingestion, Operator]
                }
                "Search" | "GetPassage" => &[Generation, Discord, Telegram, Operator],
                _ if service.ends_with("EmbeddingService") => {
                    &[Ingestion, Retrieval, Generation, Operator]
                }
                _ => &[Discord, Telegram, Operator],
            };
            assert_eq!(allowed(method.name), expected, "{}", method.name);
        }
        assert!(may_call(Operator, None));
        assert!(!may_call(Discord, None), "what is not known is refused");
    }

    #[test]
    fn what_is_not_safe_is_made_once() {
        let once = METHODS.iter().filter(|method| !method.safe);
        let once: Vec<_> = once
            .filter_map(|method| method.name.rsplit('/').next())
            .collect();
        assert_eq!(
            once,
            [
                "Publish",
                "RemoveIndex",
                "Cancel",
                "ResetConversation",
                "ForgetPerson",
                "Submit",
                "SubmitUrl",
                "RetryJob",
                "CancelJob",
                "DeleteDocument",
                "Put"
            ]
        );
    }
}
