//! Which client address does the CRM see once Annex stands in front of it?

use annex_config::{Config, ForwardedMode};

use super::finding::Finding;

/// Explained for Express, whose `req.ip` many an audit trail shows.
pub fn client(config: &Config) -> Finding {
    const QUESTION: &str = "Which client address does the CRM see (`req.ip`)?";
    let trusted = config.forwarded_trusted.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match config.forwarded {
        ForwardedMode::Preserve => Finding::ok(
            QUESTION,
            "`X-Forwarded-*` passes as it came (preserve). A CRM that trusts no proxy shows Annex's own address; \
             one that believes `X-Forwarded-For` shows what it showed before.",
        ),
        ForwardedMode::Append if trusted.is_empty() => Finding::ok(
            QUESTION,
            "`X-Forwarded-For` is written anew with the peer's address, because no earlier hop is trusted (append). A CRM \
             that trusts one proxy shows that address; one that trusts none shows Annex's own.",
        ),
        ForwardedMode::Append => Finding::ok(
            QUESTION,
            format!(
                "The peer's address is appended to `X-Forwarded-For` of hops in {trusted}; of others it is written anew \
                 (append). A CRM that trusts one proxy more than before shows the client's address."
            ),
        ),
        ForwardedMode::Set => Finding::ok(
            QUESTION,
            "`X-Forwarded-For` is written anew with the peer's address (set). A CRM that trusts one proxy shows that \
             address; one that trusts none shows Annex's own.",
        ),
    }
}
