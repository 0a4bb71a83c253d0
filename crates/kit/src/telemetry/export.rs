//! Where spans are sent: to the collector that the usual variables of OpenTelemetry name, if they do.

use std::{env, fs, time::Duration};

use opentelemetry_otlp::{SpanExporter, WithTonicConfig};
use opentelemetry_sdk::{Resource, error::OTelSdkResult, trace::SdkTracerProvider};
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint};

use super::TelemetryError;
use crate::address::shown;

/// Each setting by its variable for traces, and then by the one for everything.
const ENDPOINT: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
];
const PROTOCOL: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
];
const CERTIFICATE: [&str; 2] = [
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
];
/// How long connecting may take where somebody only wants to know whether it works.
const CONNECT: Duration = Duration::from_secs(5);
/// How long the last spans may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// A provider that sends spans in batches, or keeps them to itself where no collector is named.
pub(super) fn provider(service: &str) -> Result<SdkTracerProvider, TelemetryError> {
    let mut resource = Resource::builder();
    let named = setting(["OTEL_RESOURCE_ATTRIBUTES"])
        .is_some_and(|(_, attributes)| attributes.contains("service.name="));
    // The operator's name goes before the program's.
    if !named && setting(["OTEL_SERVICE_NAME"]).is_none() {
        resource = resource.with_service_name(service.to_owned());
    }
    let builder = SdkTracerProvider::builder().with_resource(resource.build());
    let Some((_, endpoint)) = setting(ENDPOINT).filter(|_| is_on()) else {
        return Ok(builder.build());
    };
    if let Some((variable, value)) = setting(PROTOCOL).filter(|(_, value)| value != "grpc") {
        return Err(TelemetryError::Protocol { variable, value });
    }
    let mut exporter = SpanExporter::builder().with_tonic();
    // Anything but plain http is TLS.
    if !endpoint.starts_with("http://") {
        exporter = exporter.with_tls_config(trusted()?);
    }
    Ok(builder.with_batch_exporter(exporter.build()?).build())
}

/// Where the collector is that the variables name, as it may be shown, once it was connected to; `None` where they name none.
pub async fn probe() -> Result<Option<String>, TelemetryError> {
    let Some((_, address)) = setting(ENDPOINT).filter(|_| is_on()) else {
        return Ok(None);
    };
    let place = shown(&address);
    let failed = |source| TelemetryError::Unreachable {
        endpoint: place.clone(),
        source,
    };
    let is_secured = !address.starts_with("http://");
    let mut endpoint = Endpoint::from_shared(address)
        .map_err(failed)?
        .connect_timeout(CONNECT);
    if is_secured {
        endpoint = endpoint.tls_config(trusted()?).map_err(failed)?;
    }
    endpoint.connect().await.map_err(failed)?;
    Ok(Some(place))
}

/// The authorities that are trusted: those of the named file, or the machine's.
fn trusted() -> Result<ClientTlsConfig, TelemetryError> {
    let Some((variable, path)) = setting(CERTIFICATE) else {
        return Ok(ClientTlsConfig::new().with_enabled_roots());
    };
    match fs::read(&path) {
        Ok(pem) => Ok(ClientTlsConfig::new().ca_certificate(Certificate::from_pem(pem))),
        Err(source) => Err(TelemetryError::Certificate {
            variable,
            path,
            source,
        }),
    }
}

fn is_on() -> bool {
    let is = |variable, off: &str| {
        setting([variable]).is_some_and(|(_, value)| value.eq_ignore_ascii_case(off))
    };
    !is("OTEL_SDK_DISABLED", "true") && !is("OTEL_TRACES_EXPORTER", "none")
}

/// The first of these variables that is set, and what it says.
fn setting<const N: usize>(variables: [&'static str; N]) -> Option<(&'static str, String)> {
    variables.into_iter().find_map(|variable| {
        let value = env::var(variable).ok()?;
        let value = value.trim();
        (!value.is_empty()).then(|| (variable, value.to_owned()))
    })
}

/// Sends what waits and ends.
pub(super) fn end(provider: &SdkTracerProvider) -> OTelSdkResult {
    provider.shutdown_with_timeout(FAREWELL)
}
