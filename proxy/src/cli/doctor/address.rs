//! Which client address does the CRM see once Annex stands in front of it?

use annex_config::{Config, ForwardedMode};

use super::finding::Finding;

/// Explained for Express, whose `req.ip` many an audit trail shows.
pub fn client(config: &Config) -> Finding {
    const QUESTION: &str = "Which client address does the CRM see?";
    let trusted = config.forwarded_trusted.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match config.forwarded {
        ForwardedMode::Preserve => Finding::ok(
            QUESTION,
            "`X-Forwarded-*` passes as it came (preserve). The connection is Annex's: a CRM that shows `req.ip` without trusting a proxy shows Annex's address.",
        ),
        ForwardedMode::Append => Finding::ok(
            QUESTION,
            "Annex appends the peer's address to `X-Forwarded-For` (append). A CRM that trusts one proxy more than before shows the client's address; one that trusts none shows Annex's.",
        ),
        ForwardedMode::Set if trusted.is_empty() => Finding::ok(
            QUESTION,
            "Annex writes `X-Forwarded-For` anew with the peer's address (set). A CRM that trusts one proxy shows that address; nobody's own `X-Forwarded-For` is believed.",
        ),
        ForwardedMode::Set => Finding::ok(
            QUESTION,
            format!(
                "Annex writes `X-Forwarded-For` anew (set); peers in {trusted} are believed about the client's address."
            ),
        ),
    }
}
