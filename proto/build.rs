//! Compiles the contracts with protox, so that no protoc has to be installed.

use std::{env, fs, path::PathBuf};

use prost::Message;

const PROTOS: [&str; 6] = [
    "stoa/doctor/v1/doctor.proto",
    "stoa/embedding/v1/embedding.proto",
    "stoa/generation/v1/generation.proto",
    "stoa/ingestion/v1/ingestion.proto",
    "stoa/retrieval/v1/retrieval.proto",
    "stoa/settings/v1/settings.proto",
];

/// Messages that turns hold as JSON, under the names of their fields.
const STORED: [&str; 3] = [
    ".stoa.generation.v1.Citation",
    ".stoa.generation.v1.FoundPassage",
    ".stoa.generation.v1.Timings",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=stoa");
    let descriptors = protox::compile(PROTOS, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    let mut builder = tonic_prost_build::configure();
    for message in STORED {
        // Rows of earlier versions lack the fields that came later.
        let derived = "#[derive(serde::Serialize, serde::Deserialize)] #[serde(default)]";
        builder = builder.type_attribute(message, derived);
    }
    builder.compile_fds(descriptors)?;
    Ok(())
}
