//! Logs, spans, and the trace context that crosses processes (W3C `traceparent`).

mod export;

use std::{collections::HashMap, io::IsTerminal};

use opentelemetry::{
    Context, global,
    propagation::{Extractor, Injector},
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_sdk::{
    propagation::TraceContextPropagator,
    trace::{SdkTracer, SdkTracerProvider},
};
use thiserror::Error;
use tracing::{Metadata, Span, level_filters::LevelFilter, subscriber::Interest};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, filter::dynamic_filter_fn, layer::SubscriberExt,
    util::SubscriberInitExt,
};

pub use export::probe;

use crate::{
    config::{Log, LogFormat},
    shutdown::LASTING,
};

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
    /// The variables of OpenTelemetry ask for a protocol that is not spoken.
    #[error(
        "{variable} is `{value}`, and traces are sent by gRPC only: set it to grpc, and OTEL_EXPORTER_OTLP_ENDPOINT to the collector's gRPC port (4317)"
    )]
    Protocol {
        /// The variable.
        variable: &'static str,
        /// What it is.
        value: String,
    },
    /// A certificate of the collector's cannot be read.
    #[error("{variable} names {path}, which cannot be read: {source}")]
    Certificate {
        /// The variable.
        variable: &'static str,
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// The collector does not answer.
    #[error("the collector at {endpoint} cannot be connected to")]
    Unreachable {
        /// Where it should be.
        endpoint: String,
        /// Why not.
        source: tonic::transport::Error,
    },
    /// The collector's address, or another variable of OpenTelemetry, is not one that can be used.
    #[error("traces cannot be sent: {0}. Check the variables OTEL_EXPORTER_OTLP_*")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// Libraries whose remarks are of no use to an operator: they are heard when a filter names them, or at debug.
const QUIET: &str = "async_nats=warn,ort=error,qdrant_edge=error";

/// Logs of a library that are never written, whatever the filter says: they hold addresses with their passwords.
const SILENT: &str = "async_nats::connector=info";

/// What W3C calls the text that is kept of a trace.
const KEPT: &str = "traceparent";

/// The level of the spans that are traced.
const TRACED: LevelFilter = LevelFilter::INFO;

/// Spans that wait to be sent to a collector. [`Self::flush`] sends them, at the end of the process.
#[derive(Debug)]
#[must_use = "the last spans are lost when it is not flushed"]
pub struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends what waits, for at most two seconds.
    pub async fn flush(self) {
        // It waits on a thread, and the connection to the collector needs this runtime meanwhile.
        let sent = tokio::task::spawn_blocking(move || export::end(&self.0)).await;
        if let Ok(Err(error)) = sent {
            tracing::warn!("the last spans were not sent: {error}");
        }
    }
}

/// Sends logs to standard error in the configured format, gives spans ids that cross processes, and sends them to the
/// collector that the usual variables of OpenTelemetry name, as those of `service`. Called within a runtime.
pub fn init(log: &Log, service: &str) -> Result<Traces, TelemetryError> {
    let plain_level = log.level.parse::<tracing::Level>();
    let filter = match plain_level {
        // A plain level up to info is meant for Stoa; who writes a filter, or wants debug, wants the libraries, too.
        Ok(level) if level <= tracing::Level::INFO => format!("{level},{QUIET}"),
        _ => log.level.clone(),
    };
    let filter =
        EnvFilter::try_new(format!("{filter},{SILENT}")).map_err(|_| TelemetryError::Level {
            level: log.level.clone(),
        })?;
    let format = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let format = match log.format {
        LogFormat::Json => format
            .json()
            .flatten_event(true)
            .with_filter(filter)
            .boxed(),
        LogFormat::Human => format
            // No colours in a file, where they are noise.
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .with_filter(filter)
            .boxed(),
    };
    let provider = export::provider(service)?;
    global::set_text_map_propagator(TraceContextPropagator::new());
    tracing_subscriber::registry()
        .with(spans(provider.tracer("stoa")))
        .with(format)
        .try_init()
        .map_err(|_| TelemetryError::Twice)?;
    Ok(Traces(provider))
}

/// Gives spans to the tracer, whatever is logged: a trace must not break where somebody logs warnings only.
fn spans(tracer: SdkTracer) -> impl Layer<Registry> {
    // Each span is asked about anew. A library that asks whether it should log something, and then does not (sqlx, with each
    // query), leaves the refusal behind in its thread, and a span that needs no question would take it for its own: it, and
    // its place in the trace, would be lost.
    let asked = |metadata: &'static Metadata<'static>| {
        if is_traced(metadata) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    };
    let filter = dynamic_filter_fn(|metadata, _| is_traced(metadata))
        .with_callsite_filter(asked)
        // Without it, libraries would be asked for all that they say at trace, and be refused.
        .with_max_level_hint(TRACED);
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        .with_filter(filter)
}

/// Stoa's own spans, except those that have no end. Events within them are for the log only: they may name files and
/// people, and a collector is somebody else's. Spans of libraries would include those of the sending itself.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    metadata.is_span()
        && *metadata.level() <= TRACED
        && metadata.target().starts_with("stoa")
        && metadata.target() != LASTING
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
        // Into the log as well, where an operator finds what belongs to one question.
        span.record(
            "trace",
            tracing::field::display(context.span().span_context().trace_id()),
        );
    }
}

/// The current span's context as a text, for what goes on with it later and elsewhere; `None` outside of a trace.
pub fn kept() -> Option<String> {
    let mut carrier: HashMap<String, String> = HashMap::new();
    inject(&mut carrier);
    carrier.remove(KEPT)
}

/// Makes `span` a child of what was [`kept`], and shows its trace id as the field `trace`.
pub fn go_on(span: &Span, kept: Option<&str>) {
    let kept = kept.map(|kept| (KEPT.to_owned(), kept.to_owned()));
    let carrier: HashMap<String, String> = kept.into_iter().collect();
    follow(span, &carrier);
}

fn has_trace(context: &Context) -> bool {
    context.span().span_context().is_valid()
}

#[cfg(test)]
mod tests;
