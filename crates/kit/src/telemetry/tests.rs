use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use tracing::{info_span, subscriber::with_default};

use super::*;

/// What a carrier holds of the trace of `span`.
fn carried(span: &Span) -> Option<String> {
    let propagator = TraceContextPropagator::new();
    let mut carrier: HashMap<String, String> = HashMap::new();
    propagator.inject_context(&span.context(), &mut carrier);
    carrier.remove("traceparent")
}

#[test]
fn what_lasts_is_of_no_trace_and_whoever_begins_in_it_begins_one() {
    let provider = SdkTracerProvider::builder().build();
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("test"))
        .with_filter(filter_fn(is_traced));
    let subscriber = tracing_subscriber::registry()
        .with(spans)
        .with(tracing_subscriber::fmt::layer().with_writer(std::io::sink));
    with_default(subscriber, || {
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
