//! One POST to an address that somebody of a workspace chose.
//!
//! **Invariant:** whatever a name leads to, nothing goes to an address that is not public (`ports::is_public`): the
//! addresses that were checked are those that are connected to, so that a name cannot change in between.
//! **Invariant:** no redirect is followed, no proxy of the environment is used, and nothing of the answer but its status is
//! kept or shown: an endpoint is no window into the network that Annex stands in.

use std::{io, net::SocketAddr, pin::Pin, sync::Arc, time::Duration};

use annex_config::WebhookConfig;
use http::HeaderMap;
use reqwest::{
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};

use crate::ports::{endpoint, is_public};

/// Why nothing can be sent at all.
#[derive(Debug, thiserror::Error)]
#[error("no client for webhooks can be made")]
pub struct PostError(#[from] reqwest::Error);

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// With a status of success.
    Arrived(i32),
    /// With another status.
    Refused(i32),
    /// Without an answer.
    Failed(&'static str),
    /// Not even begun.
    Blocked(&'static str),
}

impl Sent {
    /// The metric label.
    pub fn label(self) -> &'static str {
        match self {
            Sent::Arrived(_) => "delivered",
            Sent::Refused(_) => "refused",
            Sent::Failed(_) => "failed",
            Sent::Blocked(_) => "blocked",
        }
    }
}

/// Sends.
pub struct Post {
    client: reqwest::Client,
    allow_private: bool,
}

impl Post {
    pub fn new(config: &WebhookConfig) -> Result<Self, PostError> {
        let timeout = Duration::from_millis(config.timeout_ms);
        let builder = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(timeout)
            .connect_timeout(timeout)
            .pool_max_idle_per_host(0)
            .user_agent(concat!("annex/", env!("CARGO_PKG_VERSION")));
        let resolver = Public { allow_private: config.allow_private, look_up };
        let client = builder.dns_resolver(Arc::new(resolver)).build()?;
        Ok(Post { client, allow_private: config.allow_private })
    }

    /// Sends `body`, which is JSON.
    pub async fn send(&self, url: &str, headers: HeaderMap, body: String) -> Sent {
        let url = match endpoint(url, self.allow_private) {
            Ok(url) => url,
            Err(why) => return Sent::Blocked(why),
        };
        let request = self.client.post(url).headers(headers).header("content-type", "application/json").body(body);
        match request.send().await {
            // The rest of the answer is left on the wire, and the connection with it.
            Ok(response) if response.status().is_success() => Sent::Arrived(response.status().as_u16().into()),
            Ok(response) => Sent::Refused(response.status().as_u16().into()),
            Err(error) if is_not_public(&error) => Sent::Blocked("address_not_public"),
            Err(error) if error.is_timeout() => Sent::Failed("timeout"),
            Err(error) if error.is_connect() => Sent::Failed("no_connection"),
            Err(_) => Sent::Failed("no_answer"),
        }
    }
}

/// Resolves names to public addresses alone. One address that is not makes the whole name unusable: it would be somebody
/// who tries. What it returns is what it checked, and the client connects to that: a name is looked up once.
struct Public {
    allow_private: bool,
    look_up: fn(Name) -> LookedUp,
}

type LookedUp = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;

fn look_up(name: Name) -> LookedUp {
    Box::pin(async move { Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.collect()) })
}

#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
struct NotPublic;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow_private, looking) = (self.allow_private, (self.look_up)(name));
        Box::pin(async move {
            let found = looking.await?;
            if !allow_private && !found.iter().all(|address| is_public(address.ip())) {
                return Err(NotPublic.into());
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

fn is_not_public(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn post(allow_private: bool) -> Post {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = WebhookConfig { allow_private, timeout_ms: 2000, first_retry_ms: 1, disable_after_days: 1 };
        Post::new(&config).unwrap()
    }

    #[tokio::test]
    async fn nothing_goes_to_an_address_that_is_not_public_however_it_is_written() {
        let closed = post(false);
        for (url, why) in [
            ("http://example.com/", "not_https"),
            ("http://127.0.0.1:1/", "not_https"),
            ("ftp://example.com/", "not_https"),
            ("https://127.0.0.1:1/", "address_not_public"),
            ("https://2130706433:1/", "address_not_public"),
            ("https://0x7f.1:1/", "address_not_public"),
            ("https://[::1]:1/", "address_not_public"),
            ("https://[::ffff:169.254.169.254]/", "address_not_public"),
            ("https://169.254.169.254/latest/meta-data", "address_not_public"),
            // By name: what /etc/hosts says of this machine.
            ("https://localhost:1/", "address_not_public"),
            ("nonsense", "not_an_address"),
        ] {
            assert_eq!(closed.send(url, HeaderMap::new(), String::new()).await, Sent::Blocked(why), "{url}");
        }
        // The control: with leave, the same name is tried.
        let open = post(true);
        assert_eq!(
            open.send("https://localhost:1/", HeaderMap::new(), String::new()).await,
            Sent::Failed("no_connection")
        );
        assert_eq!(open.send("http://10.0.0.1/", HeaderMap::new(), String::new()).await, Sent::Blocked("not_https"));
    }
    /// A name that somebody changes between two questions: public when it is checked, this machine when it is used.
    #[tokio::test]
    async fn what_was_checked_is_what_is_connected_to() {
        static ASKED: AtomicUsize = AtomicUsize::new(0);
        fn rebinds(_: Name) -> LookedUp {
            let place = ASKED.fetch_add(1, Ordering::Relaxed);
            let answers: [&[&str]; 3] = [&["1.1.1.1:0", "1.0.0.1:0"], &["127.0.0.1:0"], &["1.1.1.1:0", "10.0.0.1:0"]];
            let answer = answers.get(place).copied().unwrap_or_default();
            Box::pin(async move { Ok(answer.iter().map(|address| address.parse().unwrap()).collect()) })
        }
        let resolver = Public { allow_private: false, look_up: rebinds };
        let ask = || resolver.resolve("somewhere.example".parse().unwrap());
        let first: Vec<String> = ask().await.unwrap().map(|address| address.ip().to_string()).collect();
        assert_eq!((first, ASKED.load(Ordering::Relaxed)), (vec!["1.1.1.1".to_owned(), "1.0.0.1".to_owned()], 1));
        assert!(ask().await.is_err_and(|error| error.is::<NotPublic>()));
        assert!(ask().await.is_err_and(|error| error.is::<NotPublic>()), "one that is not spoils the others");
    }

    /// And nobody else is asked: a name that this machine does not know is connected to where the resolver said.
    #[tokio::test]
    async fn the_client_asks_no_other_resolver() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let somebody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = somebody.local_addr().unwrap().port();
        let look_up = |_| -> LookedUp { Box::pin(async { Ok(vec!["127.0.0.1:0".parse().unwrap()]) }) };
        let resolver = Arc::new(Public { allow_private: true, look_up });
        let client = reqwest::Client::builder().no_proxy().dns_resolver(resolver).build().unwrap();
        let post = Post { client, allow_private: true };
        let url = format!("https://nobody-knows-this-name.invalid:{port}/");
        let sending = tokio::spawn(async move { post.send(&url, HeaderMap::new(), String::new()).await });
        // What comes is the beginning of TLS, and the connection of nobody else.
        drop(somebody.accept().await.unwrap());
        assert!(matches!(sending.await.unwrap(), Sent::Failed(_)));
    }
}
