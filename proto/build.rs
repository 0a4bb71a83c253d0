//! Compiles the contracts with protox, so that no protoc has to be installed.

use std::{env, fs, path::PathBuf};

use prost::Message;

const PROTOS: [&str; 5] = [
    "stoa/doctor/v1/doctor.proto",
    "stoa/embedding/v1/embedding.proto",
    "stoa/generation/v1/generation.proto",
    "stoa/ingestion/v1/ingestion.proto",
    "stoa/retrieval/v1/retrieval.proto",
    "stoa/settings/v1/settings.proto",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=stoa");
    let descriptors = protox::compile(PROTOS, ["."])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
