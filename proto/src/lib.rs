//! The gRPC contracts between Stoa's services. The `.proto` files beside this crate document them field by field.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    reason = "generated code: documented in the .proto files"
)]

mod pages;
mod places;
mod relevance;

pub use pages::page_ranges;
pub use places::{CitedPlace, place, sources};
pub use relevance::Scale;

/// Most bytes of a question, in UTF-8. Generation refuses a longer one, so whoever adds text to a question, such as the
/// message that it is about, cuts it to this before asking.
pub const MAX_QUESTION_BYTES: usize = 8 << 10;

/// Files of the contracts, for gRPC reflection: an encoded `FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// What is wrong with what is configured.
pub mod doctor {
    tonic::include_proto!("stoa.doctor.v1");
}
/// Text to vectors.
pub mod embedding {
    tonic::include_proto!("stoa.embedding.v1");
}
/// Questions to answers.
pub mod generation {
    tonic::include_proto!("stoa.generation.v1");
}
/// Documents to passages.
pub mod ingestion {
    tonic::include_proto!("stoa.ingestion.v1");
}
/// The vector index.
pub mod retrieval {
    tonic::include_proto!("stoa.retrieval.v1");
}
/// What admins decided for their space.
pub mod settings {
    tonic::include_proto!("stoa.settings.v1");
}
