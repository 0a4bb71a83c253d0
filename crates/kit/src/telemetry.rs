//! Logs, spans, and the trace context that crosses processes (W3C `traceparent`).

use std::io::IsTerminal;

use opentelemetry::{
    Context, global,
    propagation::{Extractor, Injector},
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use thiserror::Error;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::{Log, LogFormat};

/// Telemetry could not be set up.
#[derive(Debug, Error)]
pub enum TelemetryError {
    /// The level is not a filter.
    #[error(
        "`{level}` is not a log level: use error, warn, info, debug, trace, or a filter such as info,stoa_ingestion=debug"
    )]
    Level {
        /// What was given.
        level: String,
    },
    /// It was set up before.
    #[error("telemetry is set up already")]
    Twice,
}

/// Libraries whose remarks are of no use to an operator: they are heard when a filter names them, or at debug.
const QUIET: &str = "async_nats=warn,ort=error,qdrant_edge=error";

/// What a library writes at debug and nobody may read, whatever the filter says: addresses with their passwords.
const SILENT: &str = "async_nats::connector=info";

/// Sends logs to standard error in the configured format, and gives spans ids that cross processes.
pub fn init(log: &Log) -> Result<(), TelemetryError> {
    let plain_level = log.level.parse::<tracing::Level>();
    let filter = match plain_level {
        Ok(level) if level <= tracing::Level::INFO => format!("{level},{QUIET}"),
        _ => log.level.clone(),
    };
    let filter =
        EnvFilter::try_new(format!("{filter},{SILENT}")).map_err(|_| TelemetryError::Level {
            level: log.level.clone(),
        })?;
    let format = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let format = match log.format {
        LogFormat::Json => format.json().flatten_event(true).boxed(),
        LogFormat::Human => format
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .boxed(),
    };
    let provider = SdkTracerProvider::builder().build();
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("stoa"));
    global::set_text_map_propagator(TraceContextPropagator::new());
    tracing_subscriber::registry()
        .with(filter)
        .with(spans)
        .with(format)
        .try_init()
        .map_err(|_| TelemetryError::Twice)
}

/// Writes the current span's context into a carrier.
pub fn inject(carrier: &mut dyn Injector) {
    let context = Span::current().context();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, carrier));
}

/// Makes `span` a child of the context in a carrier, and shows its trace id as the field `trace`.
pub fn follow(span: &Span, carrier: &dyn Extractor) {
    let context = global::get_text_map_propagator(|propagator| propagator.extract(carrier));
    if has_trace(&context) {
        // Refused only when the span is disabled or has begun: then there is nothing to follow.
        let _ = span.set_parent(context);
    }
    let context = span.context();
    if has_trace(&context) {
        span.record(
            "trace",
            tracing::field::display(context.span().span_context().trace_id()),
        );
    }
}

fn has_trace(context: &Context) -> bool {
    context.span().span_context().is_valid()
}
