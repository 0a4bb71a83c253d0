use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use tracing::{dispatcher, info_span, subscriber::with_default};

use super::*;

/// Traces and logs what `scene` does, as [`init`] has it for a process.
fn traced(scene: impl FnOnce()) {
    let provider = SdkTracerProvider::builder().build();
    let log = tracing_subscriber::fmt::layer()
        .with_writer(std::io::sink)
        .with_filter(EnvFilter::new("info"));
    let subscriber = tracing_subscriber::registry()
        .with(spans(provider.tracer("test")))
        .with(log);
    with_default(subscriber, scene);
}

/// What a carrier holds of the trace of `span`.
fn carried(span: &Span) -> Option<String> {
    let propagator = TraceContextPropagator::new();
    let mut carrier: HashMap<String, String> = HashMap::new();
    propagator.inject_context(&span.context(), &mut carrier);
    carrier.remove("traceparent")
}

#[test]
fn what_lasts_is_of_no_trace_and_whoever_begins_in_it_begins_one() {
    traced(|| {
        let lasting = info_span!(target: LASTING, "task");
        assert_eq!(carried(&lasting), None);
        let _in_it = lasting.enter();
        let (first, second) = (info_span!("event"), info_span!("event"));
        let trace = |span: &Span| carried(span).map(|carried| carried[3..35].to_owned());
        assert!(trace(&first).is_some());
        assert_ne!(trace(&first), trace(&second));
        let _inside = first.enter();
        let inner = info_span!("task");
        assert_eq!(trace(&inner), trace(&first));
    });
}

#[test]
fn no_span_is_lost_when_a_library_has_only_asked_whether_to_log() {
    traced(|| {
        let untraced = info_span!(target: LASTING, "task");
        let asked = untraced.metadata().expect("it is logged");
        for _ in 0..2 {
            dispatcher::get_default(|dispatch| dispatch.enabled(asked));
            assert!(carried(&info_span!("event")).is_some());
        }
    });
}
