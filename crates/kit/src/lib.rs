//! What every Stoa service stands on: configuration, telemetry, gRPC, shutdown, NATS and Postgres.

pub mod config;
pub mod grpc;
pub mod nats;
pub mod outbound;
pub mod postgres;
pub mod shutdown;
pub mod space;
pub mod telemetry;
pub mod wire;

pub use config::Config;
pub use shutdown::Shutdown;
pub use space::{InvalidSpace, Space};
