//! What every Stoa service stands on: configuration, telemetry, gRPC, shutdown, NATS and Postgres.

pub mod address;
pub mod admin;
pub mod config;
pub mod grpc;
pub mod metrics;
pub mod nats;
pub mod outbound;
pub mod postgres;
pub mod retry;
pub mod room;
pub mod shutdown;
pub mod space;
pub mod telemetry;
pub mod wire;

pub use address::Address;
pub use config::Config;
pub use room::Room;
pub use shutdown::Shutdown;
pub use space::{InvalidSpace, Space};
