//! A mail server that takes mail and keeps it: aiosmtpd, by `tests/mail/mail.py`.
//!
//! Promise: what it says it took is in [`Server::mails`], as it came over the wire; how it behaves can change between two
//! talks; it can go away and come back at the same port. It ends with its value.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mail_parser::MessageParser;
use serde::Deserialize;
use tokio::net::TcpStream;

use crate::folder::Folder;
use crate::guard::{Guarded, Launch};
use crate::http::eventually_some;
use crate::ports::free_port;

/// How it treats what comes next.
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
    /// Takes the text, and hangs up instead of saying so.
    HangsUp,
    /// Takes the text, and says that it did not (451).
    Forgets,
}

impl Manner {
    fn word(self) -> &'static str {
        match self {
            Manner::Takes => "takes",
            Manner::Later => "later",
            Manner::Refuses => "refuses",
            Manner::Silent => "silent",
            Manner::HangsUp => "hangs_up",
            Manner::Forgets => "forgets",
        }
    }
}

/// How it is talked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// In clear, without a login.
    None,
    /// From STARTTLS on, with a login.
    StartTls,
    /// From the first byte, with a login.
    Implicit,
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

/// As the program writes it down.
#[derive(Deserialize)]
struct Kept {
    to: Vec<String>,
    login: Option<String>,
    encrypted: bool,
    raw: String,
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

/// A server that runs, or was stopped and may be started again.
#[derive(Debug)]
pub struct Server {
    /// The port on 127.0.0.1.
    pub port: u16,
    arguments: Vec<String>,
    program: Option<Guarded>,
    folder: Folder,
}

impl Server {
    /// Starts one that is talked to in clear.
    pub async fn start() -> Self {
        Self::start_with(Encryption::None, None).await
    }

    /// Starts one that wants TLS and a login (`crm`, `pass:word`).
    pub async fn start_encrypted(encryption: Encryption, made: &rcgen::CertifiedKey<rcgen::KeyPair>) -> Self {
        Self::start_with(encryption, Some(made)).await
    }

    async fn start_with(encryption: Encryption, made: Option<&rcgen::CertifiedKey<rcgen::KeyPair>>) -> Self {
        let (port, folder) = (free_port(), Folder::new("mail"));
        std::fs::create_dir(folder.join("mails")).expect("a folder for mails");
        let mut arguments = vec![room().join("mail.py").display().to_string(), port.to_string()];
        arguments.push(folder.path().display().to_string());
        if let Some(made) = made {
            let word = if encryption == Encryption::Implicit { "implicit" } else { "starttls" };
            arguments.push(word.to_owned());
            for (name, text) in [("certificate.pem", made.cert.pem()), ("key.pem", made.signing_key.serialize_pem())] {
                arguments.push(folder.write(name, text).display().to_string());
            }
        }
        let mut server = Self { port, arguments, program: None, folder };
        server.behave(Manner::Takes);
        server.restart().await;
        server
    }

    /// What Annex is told of it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}", self.port)
    }

    /// From the next command on.
    pub fn behave(&self, manner: Manner) {
        // Renamed into its place: the program never reads half a word.
        let new = self.folder.write("manner.new", manner.word());
        std::fs::rename(new, self.folder.join("manner")).expect("a manner");
    }

    /// Ends it at once; its port refuses.
    pub async fn stop(&mut self) {
        if let Some(program) = self.program.take() {
            program.kill().await;
        }
    }

    /// Starts it again at the same port, with what it kept; stops it first if it runs.
    pub async fn restart(&mut self) {
        self.stop().await;
        let python = room().join(".venv/bin/python");
        assert!(python.exists(), "{} is missing: scripts/setup test makes it", python.display());
        let program = Guarded::start(Launch {
            name: "the mail server",
            program: &python,
            arguments: &self.arguments,
            environment: &[],
            folder: self.folder.path(),
            log: self.folder.join("log"),
        });
        eventually_some(Duration::from_secs(30), "the mail server listens", || async {
            let lines = program.log().matches("listening").count();
            if lines > 0 && TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() { Ok(()) } else { Err(lines) }
        })
        .await;
        self.program = Some(program);
    }

    /// Everything that came so far, in order.
    pub fn mails(&self) -> Vec<Mail> {
        let entries = std::fs::read_dir(self.folder.join("mails")).expect("the folder of mails");
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        files.sort();
        files.iter().map(|file| read(file)).collect()
    }

    /// The mails to an address, once there are `count`.
    pub async fn mails_to(&self, address: &str, count: usize) -> Vec<Mail> {
        let what = format!("{count} mails to {address}");
        eventually_some(Duration::from_secs(30), &what, || async {
            let mut mails = self.mails();
            mails.retain(|mail| mail.to.iter().any(|to| to == address));
            if mails.len() >= count { Ok(mails) } else { Err(mails.len()) }
        })
        .await
    }
}

fn room() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mail")
}

fn read(file: &Path) -> Mail {
    let text = std::fs::read(file).expect("a mail");
    let Kept { to, login, encrypted, raw } = serde_json::from_slice(&text).expect("a mail as the program keeps it");
    Mail { to, login, encrypted, raw: STANDARD.decode(raw).expect("base64") }
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
