//! One running Annex: builds the rooms, connects them, and runs Pingora's server.
//!
//! **Invariant:** no I/O before the server runs: connections live on the runtime that made them.

mod accepts;
mod admin;
mod door;
mod keys;
mod post;
mod shadow;
mod stop;
mod sweep;
mod tasks;
mod warm;

use std::{
    net::{SocketAddr, ToSocketAddrs},
    sync::Arc,
    time::Duration,
};

use annex_config::{Config, MailTransport};
use pingora::{
    apps::HttpServerOptions,
    proxy::http_proxy,
    server::{
        RunArgs, Server,
        configuration::{Opt, ServerConf},
    },
    services::{background::background_service, listening::Service},
};

use tokio::{net::TcpSocket, sync::Notify};

use crate::{
    api::{self, connect::InProcess},
    brand::Workshop,
    courier::{Courier, PostError},
    crm::{Directory, OpenMemberships, People, Relations, Seats, Signboard, Statements, StatementsError},
    gateway::Gateway,
    identity::{KeysError, ResignError, Signer, Verifier},
    keyring::Keyring,
    mail::{MailError, Post, Sender},
    manage::{
        Activity, Branding, Desk, InvitationLimits, Invitations, Lifecycle, Mail, Members, Offers, Onboarding, Orphans,
        Postman, Roles, Settings, Summaries, Transfers, Webhooks,
    },
    ports::Refused,
    snapshot::{Snapshot, SnapshotHub},
    stage::{
        Rooms,
        answer::Answers,
        denials::Denials,
        evidence::Receipts,
        exchange::InFlight,
        forward::Peers,
        leaving::Leaving,
        shadow::{Observation, Observer},
    },
    store::{
        Announcer, Listener, Loader, PgBindings, PgFlags, PgShadow, PoolError, Postgres, Redis, RedisError,
        TieredMemberships,
    },
    telemetry::Metrics,
    ui::Ui,
};

/// Why Annex could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {address}: is another process on that port?")]
    Listen {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    #[error("the upstream {host}:{port} has no address")]
    UpstreamName {
        host: String,
        port: u16,
        #[source]
        source: Option<std::io::Error>,
    },
    #[error("the CRM's keys cannot be used")]
    Keys(#[from] KeysError),
    #[error("no token can be signed for workspace contexts")]
    Signer(#[from] ResignError),
    #[error("the database cannot be used")]
    Database(#[from] PoolError),
    #[error("Redis cannot be used")]
    Redis(#[from] RedisError),
    #[error("the profile's names make no SQL")]
    Statements(#[from] StatementsError),
    #[error("a metric is defined twice")]
    Metrics(#[from] prometheus::Error),
    #[error("mail cannot leave")]
    Mail(#[from] MailError),
    #[error("webhooks cannot be sent")]
    Webhooks(#[from] PostError),
    #[error("TLS cannot be offered with these files")]
    Tls(#[source] Box<pingora::Error>),
}

/// Whether the listening sockets come from a process that is leaving (SIGQUIT).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    Fresh,
    TakeOver,
}

/// Everything that was built, before it runs.
pub struct App {
    pub config: Arc<Config>,
    pub rooms: Arc<Rooms>,
    pub postgres: Postgres,
    pub redis: Option<Arc<Redis>>,
    pub crm: Arc<Statements>,
    pub directory: Arc<Directory>,
    pub loader: Arc<Loader>,
    pub keyring: Arc<Keyring>,
    /// Said when a mail was written down.
    pub mail_due: Arc<Notify>,
    /// Refused requests of members, until they are in the audit log.
    pub refused: Option<tokio::sync::mpsc::Receiver<Refused>>,
    pub changes: (tokio::sync::mpsc::Sender<String>, Option<tokio::sync::mpsc::Receiver<String>>),
    /// What the gateway observes for tenants in shadow.
    pub observations: Option<tokio::sync::mpsc::Receiver<Observation>>,
}

/// How many changes may wait to be loaded.
const WAITING_CHANGES: usize = 1024;

impl App {
    /// Builds the rooms; connects to nothing.
    pub fn build(config: Config) -> Result<Self, ServeError> {
        let config = Arc::new(config);
        let metrics = Arc::new(Metrics::new()?);
        let flags = &config.flags;
        let unknown = Snapshot::unknown(flags.environment, flags.redis_on);
        let hub = Arc::new(SnapshotHub::new(unknown, flags.membership_lease_ms));
        let loader = Arc::new(Loader::new(Arc::clone(&hub), flags.environment, flags.redis_on));
        let keyring = Arc::new(Keyring::new(&config.secret));
        let postgres = Postgres::new(&config.database)?;
        let redis = match &config.redis {
            Some(redis) => Some(Arc::new(Redis::new(redis, Arc::clone(&metrics), node_name())?)),
            None => None,
        };
        let crm = Arc::new(Statements::new(&config.profile)?);
        let directory = Arc::new(Directory::new(postgres.clone(), Arc::clone(&crm)));
        let rows = TieredMemberships::new(
            Arc::clone(&hub),
            postgres.clone(),
            redis.clone(),
            Arc::clone(&keyring),
            config.limits.membership_cache_entries,
        );
        let (denials, refused) = match config.audit.denials_per_minute {
            Some(_) => {
                let (denials, refused) = Denials::channel();
                (denials, Some(refused))
            }
            None => (Denials::nowhere(), None),
        };
        let (observer, observations) = Observer::new(Arc::clone(&metrics));
        let rooms = Arc::new(Rooms {
            observer,
            verifier: Arc::new(Verifier::new(
                config.profile.credential.clone(),
                keys::initial(&config)?,
                config.limits.credential_cache_entries,
            )),
            relations: Arc::new(Relations::new(&config.profile, postgres.clone())),
            people: Arc::new(People::new(&config.profile, postgres.clone())),
            answers: Answers::of(&config.profile),
            keyring: Arc::clone(&keyring),
            receipts: Receipts::default(),
            signer: Arc::new(Signer::new(&config.credential, Arc::clone(&config.profile))?),
            memberships: Arc::new(OpenMemberships::new(rows, Arc::clone(&directory))),
            in_flight: Arc::new(InFlight::default()),
            leaving: Arc::new(Leaving::default()),
            denials,
            node: node_name().into(),
            ui: Arc::new(Ui::new(&config)),
            config: Arc::clone(&config),
            hub,
            metrics,
        });
        let (sender, receiver) = tokio::sync::mpsc::channel(WAITING_CHANGES);
        let mail_due = Arc::new(Notify::new());
        let (changes, observations) = ((sender, Some(receiver)), Some(observations));
        Ok(App {
            config,
            rooms,
            postgres,
            redis,
            crm,
            directory,
            loader,
            keyring,
            mail_due,
            refused,
            changes,
            observations,
        })
    }

    /// Runs until a signal ends it.
    pub fn run(mut self, start: Start) -> Result<(), ServeError> {
        let config = Arc::clone(&self.config);
        if start == Start::Fresh {
            check_free(config.listen.address)?;
            check_free(config.admin.address)?;
        }
        let mut server = Server::new_with_opt_and_conf(options(start), server_conf(&config));
        server.bootstrap();

        let listener = Listener::new(self.postgres.clone(), Arc::clone(&self.loader), Arc::clone(&self.rooms.metrics));
        let warm = warm::Warm::new(&mut self, listener);
        let warm = server.add_service(background_service("sources", warm));

        server.add_service(background_service("tasks", tasks::Tasks::new(&mut self)?));

        let (crm, announcer) = (Arc::clone(&self.crm), self.announcer());
        let signboard = Signboard::new(Arc::clone(&crm), Arc::clone(&self.keyring), config.public_url.clone());
        let orphans = Orphans(self.desk(&crm, &announcer));
        let sweep = sweep::Sweep::new(
            orphans,
            Arc::clone(&self.rooms.hub),
            Arc::clone(&self.rooms.metrics),
            Duration::from_millis(config.audit.orphans_ms),
        );
        server.add_service(background_service("orphans", sweep)).add_dependency(&warm);

        let directory = Arc::clone(&self.directory);
        let shadow = self.shadow(Arc::clone(&directory));
        let farewell = Arc::clone(&shadow.farewell);
        server.add_service(background_service("shadow", shadow));

        let mail = self.post_rounds(&crm, &signboard)?;
        let router = api::router(self.api_state(crm, directory, announcer, signboard));
        let gateway = Gateway {
            peers: Peers::new(&config, upstream_address(&config)?, Arc::new(InProcess::new(router.clone()))),
            rooms: Arc::clone(&self.rooms),
        };
        let public = server.add_service(self.public(&server.configuration, gateway)?);
        public.add_dependency(&warm);

        if let Some(rounds) = mail {
            server.add_service(background_service("mail", rounds));
        }

        let admin = admin::Admin::new(Arc::clone(&self.rooms), router);
        let mut admin = Service::new("admin".to_owned(), admin.into_server());
        admin.add_tcp(&config.admin.address.to_string());
        server.add_service(admin);

        let leaving = Arc::clone(&self.rooms.leaving);
        let stop = stop::WhenIdle::new(Arc::clone(&self.rooms.in_flight), leaving, config.shutdown, farewell);
        server.run(RunArgs { shutdown_signal: Box::new(stop) });
        Ok(())
    }

    fn public(
        &self,
        conf: &Arc<ServerConf>,
        gateway: Gateway,
    ) -> Result<impl pingora::services::ServiceWithDependents + 'static, ServeError> {
        let listen = &self.config.listen;
        let mut options = HttpServerOptions::default();
        options.h2c = listen.h2c;
        let mut proxy = http_proxy(conf, gateway);
        proxy.server_options = Some(options);
        let head_timeout = Duration::from_millis(self.config.limits.head_timeout_ms);
        let mut service =
            Service::new("gateway".to_owned(), door::Door::new(proxy, Arc::clone(&self.rooms), head_timeout));
        let address = listen.address.to_string();
        match &listen.tls {
            None => service.add_tcp(&address),
            Some(files) => {
                let (certificate, key) = (files.certificate.to_string_lossy(), files.key.to_string_lossy());
                let mut tls =
                    pingora::listeners::tls::TlsSettings::intermediate(&certificate, &key).map_err(ServeError::Tls)?;
                if listen.h2 {
                    tls.enable_h2();
                }
                service.add_tls_with_settings(&address, None, tls);
            }
        }
        Ok(service)
    }

    fn desk(&self, crm: &Arc<Statements>, announcer: &Arc<Announcer>) -> Desk {
        Desk {
            postgres: self.postgres.clone(),
            crm: Arc::clone(crm),
            announcer: Arc::clone(announcer),
            turns: Arc::default(),
        }
    }

    fn announcer(&self) -> Arc<Announcer> {
        Arc::new(Announcer::new(self.postgres.clone(), Arc::clone(&self.loader), self.redis.clone()))
    }

    fn shadow(&mut self, directory: Arc<Directory>) -> shadow::Shadow {
        shadow::Shadow {
            config: Arc::clone(&self.config),
            directory,
            ledger: Arc::new(PgShadow::new(self.postgres.clone())),
            metrics: Arc::clone(&self.rooms.metrics),
            farewell: Arc::default(),
            observations: tokio::sync::Mutex::new(self.observations.take()),
        }
    }

    fn api_state(
        &self,
        crm: Arc<Statements>,
        directory: Arc<Directory>,
        announcer: Arc<Announcer>,
        signboard: Signboard,
    ) -> api::ApiState {
        let desk = self.desk(&crm, &announcer);
        let (invitations, offers) = self.invitations(&desk);
        let limits = &self.config.limits;
        let seats = Seats::new(
            self.postgres.clone(),
            Arc::clone(&crm),
            Arc::clone(&directory),
            Arc::clone(&announcer),
            signboard.clone(),
            limits.workspaces_per_person,
        );
        api::ApiState {
            rooms: Arc::clone(&self.rooms),
            branding: Arc::new(Branding::new(desk.clone(), signboard)),
            onboarding: Arc::new(Onboarding::new(desk.clone())),
            workshop: Workshop::default(),
            directory,
            workspaces: Arc::new(seats),
            settings: Arc::new(Settings::new(desk.clone())),
            lifecycle: Arc::new(Lifecycle::new(desk.clone(), limits.restore_days)),
            summaries: Arc::new(Summaries::new(self.postgres.clone(), crm)),
            transfers: Arc::new(Transfers::new(desk.clone())),
            members: Arc::new(Members(desk.clone())),
            roles: Arc::new(Roles(desk.clone())),
            orphans: Arc::new(Orphans(desk.clone())),
            invitations,
            offers,
            flags: Arc::new(PgFlags::new(self.postgres.clone(), announcer)),
            bindings: Arc::new(PgBindings::new(
                self.postgres.clone(),
                Arc::clone(&self.loader),
                Arc::clone(&self.keyring),
            )),
            activity: Arc::new(Activity::new(desk.clone())),
            webhooks: Arc::new(Webhooks::new(desk, Arc::clone(&self.keyring))),
            streams: Arc::new(api::Streams::new(limits.event_streams, limits.event_streams_per_person)),
            exports: Arc::default(),
            keyring: Arc::clone(&self.keyring),
        }
    }
}

impl App {
    fn invitations(&self, desk: &Desk) -> (Arc<Invitations>, Arc<Offers>) {
        let limits = &self.config.limits;
        let is_off = matches!(self.config.mail.transport, MailTransport::Off);
        let limits = InvitationLimits {
            members_per_workspace: limits.members_per_workspace,
            per_address_day: limits.invitations_per_address_day,
            per_person_hour: limits.invitations_per_person_hour,
            per_workspace_day: limits.invitations_per_workspace_day,
            lifetime_days: i32::try_from(limits.invitation_days).unwrap_or(7),
            mail: if is_off { Mail::Off } else { Mail::On },
        };
        let keyring = || Arc::clone(&self.keyring);
        let offers = Offers::new(desk.clone(), keyring(), limits.members_per_workspace);
        (Arc::new(Invitations::new(desk.clone(), keyring(), limits, Arc::clone(&self.mail_due))), Arc::new(offers))
    }

    /// `None`: mail is off.
    fn post_rounds(
        &self,
        crm: &Arc<Statements>,
        signboard: &Signboard,
    ) -> Result<Option<post::PostRounds>, ServeError> {
        let Some(post) = Post::new(&self.config.mail)? else { return Ok(None) };
        let public_url = self.config.public_url.as_deref().unwrap_or_default();
        let postman = Postman {
            postgres: self.postgres.clone(),
            signboard: signboard.clone(),
            crm: Arc::clone(crm),
            keyring: Arc::clone(&self.keyring),
            hub: Arc::clone(&self.rooms.hub),
            metrics: Arc::clone(&self.rooms.metrics),
            post,
            sender: Sender::new(&self.config.mail.from, public_url)?,
            lease: Duration::from_millis(self.config.mail.timeout_ms.saturating_mul(3)),
        };
        Ok(Some(post::PostRounds {
            postman,
            due: Arc::clone(&self.mail_due),
            in_flight: Arc::clone(&self.rooms.in_flight),
            leaving: Arc::clone(&self.rooms.leaving),
        }))
    }
}

fn options(start: Start) -> Opt {
    Opt { upgrade: start == Start::TakeOver, ..Opt::default() }
}

fn server_conf(config: &Config) -> ServerConf {
    ServerConf {
        threads: std::thread::available_parallelism().map_or(2, usize::from),
        work_stealing: true,
        upgrade_sock: config.listen.upgrade_socket.to_string_lossy().into_owned(),
        upstream_keepalive_pool_size: config.upstream.pool_size,
        // Only a take-over waits here; SIGTERM has waited already when it gets this far.
        grace_period_seconds: Some(config.shutdown.timeout_ms.div_ceil(1000)),
        graceful_shutdown_timeout_seconds: Some(1),
        ..ServerConf::default()
    }
}

fn check_free(address: SocketAddr) -> Result<(), ServeError> {
    // Bound and not listened on: nobody connects to a listener that is about to go.
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let bound = socket.and_then(|socket| {
        socket.set_reuseaddr(true)?;
        socket.bind(address)
    });
    bound.map_err(|source| ServeError::Listen { address, source })
}

fn upstream_address(config: &Config) -> Result<SocketAddr, ServeError> {
    let upstream = &config.upstream;
    let unknown = |source| ServeError::UpstreamName { host: upstream.host.clone(), port: upstream.port, source };
    let mut addresses =
        (upstream.host.as_str(), upstream.port).to_socket_addrs().map_err(|error| unknown(Some(error)))?;
    addresses.next().ok_or_else(|| unknown(None))
}

/// A name for this process in records of what nodes did.
fn node_name() -> String {
    format!("annex-{}", std::process::id())
}
