//! Is Redis there, and does it tell of changes?

use std::time::Duration;

use annex_config::Config;
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo, ProtocolVersion, aio::MultiplexedConnection};

use super::finding::{Finding, causes};

const PATIENCE: Duration = Duration::from_secs(3);

/// Connects, pings, and asks for the tracking that `annex serve` needs.
pub async fn usable(config: &Config) -> Vec<Finding> {
    const QUESTION: &str = "Does Redis answer?";
    let Some(redis) = &config.redis else {
        return vec![Finding::ok(
            QUESTION,
            "There is none: each node remembers by itself, and PostgreSQL tells of changes.",
        )];
    };
    let mut connection = match connect(redis.url.expose_str()).await {
        Ok(connection) => connection,
        Err(error) => {
            let remedy = "start Redis or mend ANNEX_REDIS_URL; until then PostgreSQL alone is asked, and overrides stay as last known";
            return vec![Finding::bad(QUESTION, format!("No: {}.", causes(&error)), remedy)];
        }
    };
    let answers = Finding::ok(QUESTION, "Yes, with RESP3.");
    vec![answers, tracking(&mut connection).await]
}

async fn connect(url: &str) -> redis::RedisResult<MultiplexedConnection> {
    let info = url.into_connection_info()?;
    let settings = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let client = Client::open(info.set_redis_settings(settings))?;
    let limits =
        AsyncConnectionConfig::new().set_connection_timeout(Some(PATIENCE)).set_response_timeout(Some(PATIENCE));
    let mut connection = client.get_multiplexed_async_connection_with_config(&limits).await?;
    redis::cmd("PING").query_async::<String>(&mut connection).await?;
    Ok(connection)
}

async fn tracking(connection: &mut MultiplexedConnection) -> Finding {
    const QUESTION: &str = "Does Redis push changes of flags?";
    let command = ["TRACKING", "ON", "BCAST", "PREFIX", "annex:flags:"];
    let asked: redis::RedisResult<()> = redis::cmd("CLIENT").arg(&command).query_async(connection).await;
    match asked {
        Ok(()) => Finding::ok(QUESTION, "Yes (CLIENT TRACKING)."),
        Err(error) => Finding::bad(
            QUESTION,
            format!("No: {}.", causes(&error)),
            "use Redis 6 or newer and let this user run CLIENT TRACKING (ACL `+client|tracking`)",
        ),
    }
}
