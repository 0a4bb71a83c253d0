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

/// The trace that a carrier has of `span`.
fn trace(span: &Span) -> Option<String> {
    let propagator = TraceContextPropagator::new();
    let mut carrier: HashMap<String, String> = HashMap::new();
    propagator.inject_context(&span.context(), &mut carrier);
    let carried = carrier.remove(KEPT)?;
    Some(carried[3..35].to_owned())
}

#[test]
fn what_lasts_is_of_no_trace_and_whoever_begins_in_it_begins_one() {
    traced(|| {
        let lasting = info_span!(target: LASTING, "task");
        assert_eq!(trace(&lasting), None);
        let _in_it = lasting.enter();
        let (first, second) = (info_span!("event"), info_span!("event"));
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
            assert!(trace(&info_span!("event")).is_some());
        }
    });
}

#[test]
fn what_is_kept_of_a_trace_is_gone_on_with_later() {
    global::set_text_map_propagator(TraceContextPropagator::new());
    traced(|| {
        assert_eq!(kept(), None);
        let asked = info_span!("rpc");
        let kept = asked.in_scope(kept);
        let (later, alone) = (info_span!("job"), info_span!("job"));
        go_on(&later, kept.as_deref());
        go_on(&alone, None);
        assert!(trace(&asked).is_some());
        assert_eq!(trace(&later), trace(&asked));
        assert!(trace(&alone).is_some_and(|alone| trace(&asked) != Some(alone)));
    });
}
