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

/// The packages as their names nest them: the code of one finds the types of another by that.
mod stoa {
    pub mod doctor {
        pub mod v1 {
            tonic::include_proto!("stoa.doctor.v1");
        }
    }
    pub mod embedding {
        pub mod v1 {
            tonic::include_proto!("stoa.embedding.v1");
        }
    }
    pub mod generation {
        pub mod v1 {
            tonic::include_proto!("stoa.generation.v1");
        }
    }
    pub mod ingestion {
        pub mod v1 {
            tonic::include_proto!("stoa.ingestion.v1");
        }
    }
    pub mod retrieval {
        pub mod v1 {
            tonic::include_proto!("stoa.retrieval.v1");
        }
    }
    pub mod settings {
        pub mod v1 {
            tonic::include_proto!("stoa.settings.v1");
        }
    }
}

/// What is wrong with what is configured.
pub use stoa::doctor::v1 as doctor;
/// Text to vectors.
pub use stoa::embedding::v1 as embedding;
/// Questions to answers.
pub use stoa::generation::v1 as generation;
/// Documents to passages.
pub use stoa::ingestion::v1 as ingestion;
/// The vector index.
pub use stoa::retrieval::v1 as retrieval;
/// What admins decided for their space.
pub use stoa::settings::v1 as settings;
