//! A mail server that takes mail and keeps it: its talk is `mailin`'s state machine, its wires are ours.
//!
//! Promise: what it says it took is in [`Server::mails`], as it came over the wire; how it behaves can change between two
//! talks. It ends with its value.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};

use mail_parser::MessageParser;
use mailin::response::{AUTH_OK, INTERNAL_ERROR, INVALID_CREDENTIALS, NO_MAILBOX, OK};
use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::http::eventually_some;

/// How it treats who comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Manner {
    /// Takes everything.
    #[default]
    Takes,
    /// Says "later" to every recipient (451).
    Later,
    /// Says "never" to every recipient (550).
    Refuses,
    /// Takes the text, and never says so.
    Silent,
    /// Takes the text, and says that it did not (451).
    Forgets,
}

/// One mail that came.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Of the envelope.
    pub to: Vec<String>,
    /// Who signed in, if somebody did.
    pub login: Option<String>,
    /// Whether TLS stood around it.
    pub encrypted: bool,
    /// Headers and body.
    pub raw: Vec<u8>,
}

/// What a reader sees of a mail.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Decoded.
    pub subject: String,
    /// Without angle brackets.
    pub message_id: String,
    /// The part for people without HTML.
    pub text: String,
    /// The other one.
    pub html: String,
}

#[derive(Debug, Default)]
struct Kept {
    manner: Manner,
    mails: Vec<Mail>,
    talks: usize,
}

type Shared = Arc<Mutex<Kept>>;

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    /// The port on 127.0.0.1.
    pub port: u16,
    kept: Shared,
    listening: JoinHandle<()>,
}

impl Server {
    /// Starts one without TLS.
    pub async fn start() -> Self {
        Self::start_with(None).await
    }

    /// Starts one that wants STARTTLS and a login (`crm`, `pass:word`), with a certificate of its own for `localhost`.
    pub async fn start_encrypted(certificate: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Self {
        crate::http::json::install_crypto();
        let chain = vec![certificate.cert.der().clone()];
        let key = rustls::pki_types::PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).expect("a key");
        let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key);
        Self::start_with(Some(TlsAcceptor::from(Arc::new(config.expect("a certificate"))))).await
    }

    async fn start_with(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, crate::ports::free_port())).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let kept = Shared::default();
        let listening = tokio::spawn({
            let kept = Arc::clone(&kept);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let (kept, tls) = (Arc::clone(&kept), tls.clone());
                    // A client that hangs up in the middle is a client's right.
                    tokio::spawn(async move { drop(serve(stream, kept, tls).await) });
                }
            }
        });
        Self { port, kept, listening }
    }

    /// What Annex is told of it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// From the next command on.
    pub fn behave(&self, manner: Manner) {
        lock(&self.kept).manner = manner;
    }

    /// Everything that came so far.
    pub fn mails(&self) -> Vec<Mail> {
        lock(&self.kept).mails.clone()
    }

    /// How many talks began.
    pub fn talks(&self) -> usize {
        lock(&self.kept).talks
    }

    /// The mails to an address, once there are `count`.
    pub async fn mails_to(&self, address: &str, count: usize) -> Vec<Mail> {
        let what = format!("{count} mails to {address}");
        eventually_some(std::time::Duration::from_secs(20), &what, || async {
            let mut mails = self.mails();
            mails.retain(|mail| mail.to.iter().any(|to| to == address));
            if mails.len() >= count { Ok(mails) } else { Err(mails.len()) }
        })
        .await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Mail {
    /// As a mail client reads it.
    pub fn letter(&self) -> Letter {
        let message = MessageParser::default().parse(&self.raw).expect("a message");
        let part = |part: Option<std::borrow::Cow<'_, str>>| part.expect("both parts").into_owned();
        Letter {
            subject: message.subject().expect("a subject").to_owned(),
            message_id: message.message_id().expect("a message id").to_owned(),
            text: part(message.body_text(0)),
            html: part(message.body_html(0)),
        }
    }

    /// The headers as they came.
    pub fn head(&self) -> String {
        let text = String::from_utf8(self.raw.clone()).expect("ASCII");
        text.split_once("\r\n\r\n").map(|(head, _)| head.to_owned()).expect("a head and a body")
    }
}

impl Letter {
    /// The secret of the link, which must be the same in both parts.
    pub fn token(&self) -> String {
        let of = |text: &str| {
            let (_, rest) = text.split_once("/_annex/invite#").unwrap_or_else(|| panic!("no link in {text}"));
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect::<String>()
        };
        assert_eq!(of(&self.text), of(&self.html), "the two parts lead to two places");
        of(&self.text)
    }
}

fn lock(kept: &Shared) -> std::sync::MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One talk's mail, as it comes.
struct Taking {
    kept: Shared,
    to: Vec<String>,
    raw: Vec<u8>,
    login: Option<String>,
    encrypted: bool,
}

impl Handler for Taking {
    fn rcpt(&mut self, _: &str) -> Response {
        match lock(&self.kept).manner {
            Manner::Later => INTERNAL_ERROR,
            Manner::Refuses => NO_MAILBOX,
            Manner::Takes | Manner::Silent | Manner::Forgets => OK,
        }
    }

    fn data_start(&mut self, _: &str, _: &str, _: bool, to: &[String]) -> Response {
        to.clone_into(&mut self.to);
        self.raw.clear();
        OK
    }

    fn data(&mut self, piece: &[u8]) -> io::Result<()> {
        self.raw.extend_from_slice(piece);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let mut kept = lock(&self.kept);
        if kept.manner == Manner::Forgets {
            return INTERNAL_ERROR;
        }
        kept.mails.push(Mail {
            to: self.to.clone(),
            login: self.login.clone(),
            encrypted: self.encrypted,
            raw: self.raw.clone(),
        });
        OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        if (user, password) != ("crm", "pass:word") {
            return INVALID_CREDENTIALS;
        }
        self.login = Some(user.to_owned());
        AUTH_OK
    }
}

async fn serve(stream: TcpStream, kept: Shared, tls: Option<TlsAcceptor>) -> io::Result<()> {
    lock(&kept).talks += 1;
    let mut builder = SessionBuilder::new("mail.test");
    if tls.is_some() {
        builder.enable_start_tls().enable_auth(AuthMechanism::Plain);
    }
    let taking = Taking { kept: Arc::clone(&kept), to: Vec::new(), raw: Vec::new(), login: None, encrypted: false };
    let mut session = builder.build(IpAddr::V4(Ipv4Addr::LOCALHOST), taking);
    let mut plain = BufReader::new(stream);
    plain.write_all(&session.greeting().buffer()?).await?;
    if let End::Upgrade = talk(&mut plain, &mut session, &kept).await?
        && let Some(tls) = tls
    {
        let encrypted = tls.accept(plain.into_inner()).await?;
        // The state machine wants a new session behind TLS: what was said before counts no more (RFC 3207, section 4.2).
        let taking = Taking { kept: Arc::clone(&kept), to: Vec::new(), raw: Vec::new(), login: None, encrypted: true };
        let mut session = builder.build(IpAddr::V4(Ipv4Addr::LOCALHOST), taking);
        session.tls_active();
        talk(&mut BufReader::new(encrypted), &mut session, &kept).await?;
    }
    Ok(())
}

enum End {
    Closed,
    Upgrade,
}

async fn talk<S>(stream: &mut BufReader<S>, session: &mut Session<Taking>, kept: &Shared) -> io::Result<End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut line = Vec::new();
    loop {
        line.clear();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(End::Closed);
        }
        let before = lock(kept).mails.len();
        let response = session.process(&line);
        let took = lock(kept).mails.len() > before;
        if took && lock(kept).manner == Manner::Silent {
            std::future::pending::<()>().await;
        }
        match response.action {
            Action::NoReply => continue,
            Action::Reply | Action::Close | Action::UpgradeTls => stream.write_all(&response.buffer()?).await?,
        }
        match response.action {
            Action::Close => return Ok(End::Closed),
            Action::UpgradeTls => return Ok(End::Upgrade),
            Action::Reply | Action::NoReply => {}
        }
    }
}
