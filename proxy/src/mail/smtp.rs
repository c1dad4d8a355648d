//! Letters to a server (RFC 5321), one talk each.
//!
//! **Invariant:** `open` ends behind the server's answer to DATA: nothing of the text has left, and hanging up leaves nothing
//! there. In `deliver` the text goes out; from then on only the server's own word tells what became of it.
//! **Deliberately absent:** a pool. Invitations are few, and a talk of its own needs no trust in the one before.

use std::time::Duration;

use annex_config::{SmtpEncryption, SmtpServer};
use lettre::Address;
use lettre::transport::smtp::{
    Error,
    authentication::{Credentials, Mechanism},
    client::{AsyncSmtpConnection, Certificate, TlsParameters},
    commands::{Data, Mail, Rcpt, Rset},
    extension::ClientId,
};

use super::{Composed, Fault, MailError};

/// Who takes our letters.
pub struct Server {
    host: String,
    port: u16,
    encryption: SmtpEncryption,
    credentials: Option<Credentials>,
    tls: Option<TlsParameters>,
    patience: Duration,
}

/// A talk in which the server waits for the text.
pub struct Talk {
    connection: AsyncSmtpConnection,
    letter: Composed,
    patience: Duration,
}

const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];

impl Server {
    /// Connects to nothing yet.
    pub fn new(server: &SmtpServer, timeout_ms: u64) -> Result<Self, MailError> {
        let tls = match server.encryption {
            SmtpEncryption::None => None,
            SmtpEncryption::StartTls | SmtpEncryption::Implicit => Some(tls(server)?),
        };
        let credentials = server
            .credentials
            .as_ref()
            .map(|login| Credentials::new(login.user.clone(), login.password.expose_str().to_owned()));
        Ok(Server {
            host: server.host.clone(),
            port: server.port,
            encryption: server.encryption,
            credentials,
            tls,
            patience: Duration::from_millis(timeout_ms),
        })
    }

    /// Greets, encrypts, signs in, names sender and recipient, and asks for the text.
    pub async fn open(&self, letter: Composed) -> Result<Talk, Fault> {
        let opened = tokio::time::timeout(self.patience, self.talk(&letter)).await;
        match opened {
            Ok(Ok(connection)) => Ok(Talk { connection, letter, patience: self.patience }),
            Ok(Err(error)) => Err(refused(&error)),
            Err(_) => Err(Fault::Passing("timeout")),
        }
    }

    /// Greets, encrypts, signs in and names the sender, and takes it back: nobody is written to.
    pub async fn try_out(&self, sender: &Address) -> Result<(), Fault> {
        let tried = tokio::time::timeout(self.patience, async {
            let mut connection = self.greet().await?;
            connection.command(Mail::new(Some(sender.clone()), Vec::new())).await?;
            connection.command(Rset).await?;
            connection.quit().await
        });
        match tried.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refused(&error)),
            Err(_) => Err(Fault::Passing("timeout")),
        }
    }

    async fn talk(&self, letter: &Composed) -> Result<AsyncSmtpConnection, Error> {
        let mut connection = self.greet().await?;
        connection.command(Mail::new(letter.envelope.from().cloned(), Vec::new())).await?;
        for recipient in letter.envelope.to() {
            connection.command(Rcpt::new(recipient.clone(), Vec::new())).await?;
        }
        connection.command(Data).await?;
        Ok(connection)
    }

    async fn greet(&self) -> Result<AsyncSmtpConnection, Error> {
        let own_name = ClientId::default();
        let at_once = self.tls.clone().filter(|_| self.encryption == SmtpEncryption::Implicit);
        let server = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(self.patience), &own_name, at_once, None).await?;
        if self.encryption == SmtpEncryption::StartTls
            && let Some(tls) = self.tls.clone()
        {
            connection.starttls(tls, &own_name).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

impl Talk {
    pub async fn deliver(mut self) -> Result<(), Fault> {
        let sent = tokio::time::timeout(self.patience, self.connection.message(&self.letter.bytes)).await;
        match sent {
            Ok(Ok(_)) => {
                // It has said yes; how it says goodbye changes nothing.
                let _ = tokio::time::timeout(Duration::from_secs(1), self.connection.quit()).await;
                Ok(())
            }
            Ok(Err(error)) if error.is_transient() || error.is_permanent() => Err(refused(&error)),
            Ok(Err(_)) | Err(_) => Err(Fault::Unknown),
        }
    }
}

/// The server's words stay out of it: they may repeat the address, or worse.
fn refused(error: &Error) -> Fault {
    let code = error.status().map(u16::from);
    tracing::warn!(smtp.code = code, smtp.tls = concerns_tls(error), "a letter was not taken");
    if error.is_permanent() {
        return match code {
            Some(530 | 534 | 535 | 538) => Fault::Passing("login"),
            _ => Fault::Final("refused"),
        };
    }
    if concerns_tls(error) {
        Fault::Passing("tls")
    } else if error.is_transient() {
        Fault::Passing("later")
    } else if error.is_client() {
        Fault::Passing("protocol")
    } else {
        Fault::Passing("connection")
    }
}

/// A handshake that failed comes wrapped: as an error of the connection, around one of I/O, around one of TLS.
fn concerns_tls(error: &Error) -> bool {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(found) = next {
        let inner = found.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if inner.is_some_and(|inner| inner.is::<rustls::Error>())
            || found.is::<rustls::Error>()
            || found.downcast_ref::<Error>().is_some_and(Error::is_tls)
        {
            return true;
        }
        next = found.source();
    }
    false
}

fn tls(server: &SmtpServer) -> Result<TlsParameters, MailError> {
    let mut parameters = TlsParameters::builder(server.host.clone());
    if let Some(path) = &server.ca {
        let pem = std::fs::read(path).map_err(MailError::AuthorityFile)?;
        parameters = parameters.add_root_certificate(Certificate::from_pem(&pem).map_err(MailError::Tls)?);
    }
    parameters.build().map_err(MailError::Tls)
}
