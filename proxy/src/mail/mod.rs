//! Letters to people: what they say ([`letter`], [`words`]), and how they leave ([`Post`]).
//!
//! One letter: [`Letter`] → [`compose`] → [`Post::open`] → [`Opened::deliver`]. Between the last two nothing of the text
//! has left this machine: there the caller notes that it will.
//!
//! **Invariant:** whatever a person or the CRM wrote is escaped where it is markup, is one line where it is a name, and never
//! stands in a header.
//! **Deliberately absent:** who is written to and why, retries, and any log of a letter's words: a token is among them.

mod date;
mod file;
mod letter;
mod markup;
mod smtp;
mod words;

use annex_config::{MailConfig, MailTransport};

pub use letter::{Composed, Letter, Letterhead, Sender, Signature, compose};

/// Why a letter cannot be written or sent at all.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("`mail.from` is no sender")]
    Sender(#[source] lettre::address::AddressError),
    #[error("an address is not one")]
    Recipient(#[source] lettre::address::AddressError),
    #[error("the letter cannot be put together")]
    Letter(#[from] lettre::error::Error),
    #[error("the certificate of the mail server's authority cannot be read")]
    AuthorityFile(#[source] std::io::Error),
    #[error("TLS to the mail server cannot be set up")]
    Tls(#[source] lettre::transport::smtp::Error),
}

/// Why a letter did not leave, in one word for the table.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// Nothing of it is there: worth another try.
    #[error("not now: {0}")]
    Passing(&'static str),
    /// It will never be taken.
    #[error("never: {0}")]
    Final(&'static str),
    /// The text went out and no answer came back: it may have arrived.
    #[error("nobody knows")]
    Unknown,
}

/// The way of letters.
pub enum Post {
    File(file::Folder),
    Smtp(Box<smtp::Server>),
}

/// A letter at the door: the next step sends its text.
pub enum Opened {
    File(file::Sheet),
    Smtp(Box<smtp::Talk>),
}

impl Post {
    /// `None`: mail is off.
    pub fn new(config: &MailConfig) -> Result<Option<Self>, MailError> {
        Ok(match &config.transport {
            MailTransport::Off => None,
            MailTransport::File(folder) => Some(Post::File(file::Folder::new(folder.clone()))),
            MailTransport::Smtp(server) => Some(Post::Smtp(Box::new(smtp::Server::new(server, config.timeout_ms)?))),
        })
    }

    /// Whether a letter would be taken, as far as that can be told without sending one.
    pub async fn try_out(&self, sender: &Sender) -> Result<(), Fault> {
        match self {
            Post::File(folder) => folder.try_out().await,
            Post::Smtp(server) => server.try_out(sender.address()).await,
        }
    }

    /// Everything that comes before the text.
    pub async fn open(&self, letter: Composed) -> Result<Opened, Fault> {
        match self {
            Post::File(folder) => Ok(Opened::File(folder.open(letter))),
            Post::Smtp(server) => Ok(Opened::Smtp(Box::new(server.open(letter).await?))),
        }
    }
}

impl Opened {
    /// The text.
    pub async fn deliver(self) -> Result<(), Fault> {
        match self {
            Opened::File(sheet) => sheet.deliver().await,
            Opened::Smtp(talk) => talk.deliver().await,
        }
    }
}
