//! Where log lines go: standard error, one JSON object a line, or for people.

use annex_config::{LogFormat, TelemetryConfig};
use tracing_subscriber::{EnvFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// Why logging could not start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("the log level is not understood")]
    Level(#[source] tracing_subscriber::filter::ParseError),
    #[error("logging was started already")]
    Started(#[source] tracing_subscriber::util::TryInitError),
}

/// Starts logging for this process.
pub fn start(config: &TelemetryConfig) -> Result<(), LogError> {
    // Pingora speaks through `log`; its errors stand in our own wide event, once.
    let filter = EnvFilter::try_new(&config.level)
        .map_err(LogError::Level)?
        .add_directive(quiet("pingora_proxy=off")?)
        .add_directive(quiet("pingora_core=warn")?);
    let registry = tracing_subscriber::registry().with(filter);
    match config.format {
        LogFormat::Json => registry
            .with(fmt::layer().json().flatten_event(true).with_current_span(false).with_writer(std::io::stderr))
            .try_init(),
        LogFormat::Pretty => registry.with(fmt::layer().with_writer(std::io::stderr)).try_init(),
    }
    .map_err(LogError::Started)
}

fn quiet(directive: &str) -> Result<tracing_subscriber::filter::Directive, LogError> {
    directive.parse().map_err(LogError::Level)
}
