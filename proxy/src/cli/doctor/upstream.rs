//! Is the CRM there?

use std::time::Duration;

use annex_config::{Config, UpstreamConfig};

use super::{
    clock::Skew,
    finding::{Finding, causes},
};
use crate::clock;

/// How long an answer may take beyond connecting.
const PATIENCE: Duration = Duration::from_secs(10);

/// `http://host:port`, with an IPv6 address in brackets.
pub fn origin(upstream: &UpstreamConfig) -> String {
    let scheme = if upstream.tls { "https" } else { "http" };
    let host = if upstream.host.contains(':') && !upstream.host.starts_with('[') {
        format!("[{}]", upstream.host)
    } else {
        upstream.host.clone()
    };
    format!("{scheme}://{host}:{}", upstream.port)
}

/// A client that asks the CRM as Annex does: directly, following nothing.
pub fn client(config: &Config) -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_millis(config.upstream.connect_timeout_ms))
        .timeout(PATIENCE)
        .build()
}

/// Connects and asks for `/`.
pub async fn reachable(config: &Config, skews: &mut Vec<Skew>) -> Finding {
    let question = format!("Does the CRM answer at {}?", origin(&config.upstream));
    let asked = async { client(config)?.get(format!("{}/", origin(&config.upstream))).send().await };
    match asked.await {
        Ok(response) => {
            let date = response.headers().get(http::header::DATE).and_then(|date| date.to_str().ok());
            if let Some(theirs) = date.and_then(seconds_of) {
                skews.push(Skew { of: "the CRM", seconds: theirs - clock::unix_seconds() });
            }
            let status = response.status();
            if status.is_server_error() {
                let remedy = "look at the CRM's own log; Annex passes such answers on as they are";
                return Finding::bad(question, format!("It does, with {status} for GET /."), remedy);
            }
            Finding::ok(question, format!("Yes, {status} for GET /."))
        }
        Err(error) => unreachable_because(question, &error),
    }
}

fn unreachable_because(question: String, error: &reqwest::Error) -> Finding {
    let why = causes(error);
    let (answer, remedy) = if why.contains("refused") {
        (
            "No: the connection is refused, so nothing listens there.".to_owned(),
            "start the CRM, or set ANNEX_UPSTREAM to where it listens",
        )
    } else if error.is_timeout() || why.contains("timed out") {
        (
            "No: it does not answer in time.".to_owned(),
            "look whether a firewall stands between, and whether the CRM is overloaded",
        )
    } else if why.contains("dns") || why.contains("lookup") {
        (
            "No: its name has no address.".to_owned(),
            "look at the host in ANNEX_UPSTREAM, and at this machine's resolver",
        )
    } else {
        (format!("No: {why}."), "look at ANNEX_UPSTREAM: scheme, host and port")
    };
    Finding::bad(question, answer, remedy)
}

/// An HTTP date (RFC 9110, section 5.6.7) in seconds since 1970.
fn seconds_of(date: &str) -> Option<i64> {
    let parsed = jiff::fmt::rfc2822::parse(date).ok()?;
    Some(parsed.timestamp().as_second())
}

#[cfg(test)]
mod tests {
    use super::seconds_of;

    #[test]
    fn an_http_date_is_read() {
        assert_eq!(seconds_of("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(seconds_of("yesterday"), None);
    }
}
