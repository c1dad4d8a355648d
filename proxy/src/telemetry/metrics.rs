//! The metrics, one field each.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use annex_policy::Module;
use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
    core::Collector, proto::Metric,
};

use crate::ports::Tier;

/// Allowed or denied, and why.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub effect: &'static str,
    pub reason: &'static str,
}

/// What one exchange adds to the metrics.
pub struct ExchangeFacts {
    pub outcome: Outcome,
    pub mode: &'static str,
    pub passage: &'static str,
    pub status: u16,
    pub decided_after: Option<Duration>,
    pub upstream_after: Option<Duration>,
    pub total: Duration,
}

/// What was decided since the process began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Let into a workspace, or home, with the flag on.
    pub allowed: u64,
    /// By reason.
    pub denied: BTreeMap<String, u64>,
    pub since_s: u64,
}

/// A source of truth that may be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Postgres,
    Redis,
}

impl Source {
    fn label(self) -> &'static str {
        match self {
            Source::Postgres => "postgres",
            Source::Redis => "redis",
        }
    }
}

/// Why shadow did not record an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// More came than could be judged.
    QueueFull,
    /// More different routes and roles than one node counts between two writings.
    TallyFull,
    /// PostgreSQL did not say which role the person has.
    RoleUnavailable,
    /// The CRM's users row makes them no native.
    NotNative,
    /// The process was asked to stop and judges no more.
    Leaving,
    /// PostgreSQL refused what was to be written.
    Refused,
}

impl Lost {
    fn label(self) -> &'static str {
        match self {
            Lost::QueueFull => "queue_full",
            Lost::TallyFull => "tally_full",
            Lost::RoleUnavailable => "role_unavailable",
            Lost::NotNative => "not_native",
            Lost::Leaving => "leaving",
            Lost::Refused => "refused",
        }
    }
}

/// What became of one attempt to send a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mailed {
    Sent,
    /// The server took nothing of it: it is tried again.
    Postponed,
    /// The server said that it never takes it.
    Refused,
    /// Given up, or it could not be written at all.
    Failed,
    /// Its text went out and no answer came back.
    Interrupted,
    /// Nobody wants it any more.
    Dropped,
}

impl Mailed {
    const ALL: [Self; 6] = [Self::Sent, Self::Postponed, Self::Refused, Self::Failed, Self::Interrupted, Self::Dropped];

    /// The word in the metric and in the log.
    pub fn label(self) -> &'static str {
        match self {
            Mailed::Sent => "sent",
            Mailed::Postponed => "postponed",
            Mailed::Refused => "refused",
            Mailed::Failed => "failed",
            Mailed::Interrupted => "interrupted",
            Mailed::Dropped => "dropped",
        }
    }
}

/// What became of a page of the CRM that somebody with the feature asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paged {
    /// The loader stands in it.
    Injected,
    /// It shows no element where one is looked for.
    NoPlace,
    /// Its own Content-Security-Policy does not admit us.
    Policy,
    /// It came in a coding that is not read here.
    Coding,
}

impl Paged {
    fn label(self) -> &'static str {
        match self {
            Paged::Injected => "injected",
            Paged::NoPlace => "no_place",
            Paged::Policy => "policy",
            Paged::Coding => "coding",
        }
    }
}

/// All metrics of the process, in a registry of their own.
pub struct Metrics {
    registry: Registry,
    since: Instant,
    exchanges: IntCounterVec,
    decision: Histogram,
    upstream: Histogram,
    exchange: Histogram,
    memberships: IntCounterVec,
    identify_failures: IntCounterVec,
    mails: IntCounterVec,
    mail_waiting: IntGauge,
    mail_oldest: IntGauge,
    flag_age: IntGauge,
    revision: IntGauge,
    in_flight: IntGauge,
    source_up: IntGaugeVec,
    orphaned: IntGauge,
    event_streams: IntGauge,
    denials: IntCounterVec,
    webhooks: IntCounterVec,
    shadow_decisions: IntCounterVec,
    shadow_lost: IntCounterVec,
    canary: IntCounterVec,
    pages: IntCounterVec,
}

/// From 2 µs (a decision without I/O) to 10 s (a slow CRM).
const SECONDS: [f64; 15] = [2e-6, 5e-6, 1e-5, 5e-5, 1e-4, 5e-4, 1e-3, 5e-3, 1e-2, 5e-2, 0.1, 0.5, 1.0, 5.0, 10.0];

impl Metrics {
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let counter = |name, help, labels: &[&str]| {
            let counter = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(counter.clone()))?;
            Ok::<_, prometheus::Error>(counter)
        };
        let gauge = |name, help| {
            let gauge = IntGauge::new(name, help)?;
            registry.register(Box::new(gauge.clone()))?;
            Ok::<_, prometheus::Error>(gauge)
        };
        let histogram = |name, help| {
            let histogram = Histogram::with_opts(HistogramOpts::new(name, help).buckets(SECONDS.to_vec()))?;
            registry.register(Box::new(histogram.clone()))?;
            Ok::<_, prometheus::Error>(histogram)
        };
        let source_up = IntGaugeVec::new(Opts::new("annex_source_up", "1 while the source answers"), &["source"])?;
        registry.register(Box::new(source_up.clone()))?;
        let canary = counter(
            "annex_canary_answers_total",
            "Answers in workspaces that were read for what is another tenant's",
            &["outcome", "reason", "module"],
        )?;
        // From 0 on, so that the first finding is a rise and not only a series that begins.
        for (reason, module) in
            ["tenant_field", "known_id"].into_iter().flat_map(|reason| Module::ALL.map(|module| (reason, module)))
        {
            canary.with_label_values(&["finding", reason, module.as_str()]);
        }
        let mails = counter("annex_mails_total", "Attempts to send a mail by what became of them", &["outcome"])?;
        for outcome in Mailed::ALL {
            mails.with_label_values(&[outcome.label()]);
        }
        Ok(Metrics {
            canary,
            mails,
            mail_waiting: gauge("annex_mails_waiting", "Mails that wait to leave, in the outbox of all nodes")?,
            mail_oldest: gauge("annex_mail_oldest_seconds", "How long the oldest of them has waited; 0: none does")?,
            exchanges: counter(
                "annex_exchanges_total",
                "Exchanges by effect, reason, flag mode, passage and status class",
                &["effect", "reason", "mode", "passage", "status"],
            )?,
            decision: histogram("annex_decision_seconds", "Latency that Annex itself added before the upstream leg")?,
            upstream: histogram("annex_upstream_seconds", "From the start of the upstream leg to its response head")?,
            exchange: histogram("annex_exchange_seconds", "A whole exchange, first stage to last byte")?,
            memberships: counter(
                "annex_membership_lookups_total",
                "Membership answers by the tier that gave them",
                &["tier"],
            )?,
            identify_failures: counter(
                "annex_identify_failures_total",
                "Credentials that became no principal",
                &["reason"],
            )?,
            flag_age: gauge("annex_flag_age_seconds", "Since PostgreSQL last confirmed the flags; -1: never")?,
            revision: gauge("annex_snapshot_revision", "Changes that this node has heard of")?,
            in_flight: gauge("annex_in_flight_exchanges", "Exchanges under way")?,
            source_up,
            orphaned: gauge("annex_orphaned_workspaces", "Workspaces that are on and have no Admin who can sign in")?,
            event_streams: gauge("annex_event_streams", "Open streams of events")?,
            denials: counter(
                "annex_denials_total",
                "Refused requests of members, by what became of the audit event",
                &["outcome"],
            )?,
            webhooks: counter(
                "annex_webhook_deliveries_total",
                "Attempts to deliver, by how they ended",
                &["outcome"],
            )?,
            shadow_decisions: counter(
                "annex_shadow_decisions_total",
                "Home traffic of tenants in shadow, by what enforce would have decided",
                &["effect"],
            )?,
            shadow_lost: counter(
                "annex_shadow_lost_total",
                "Exchanges and routes that shadow did not record",
                &["reason"],
            )?,
            pages: counter("annex_pages_total", "Pages of the CRM for people who have the feature", &["outcome"])?,
            registry,
            since: Instant::now(),
        })
    }

    /// Counts one exchange that is over.
    pub fn exchange(&self, facts: &ExchangeFacts) {
        let labels =
            [facts.outcome.effect, facts.outcome.reason, facts.mode, facts.passage, status_class(facts.status)];
        self.exchanges.with_label_values(&labels).inc();
        if let Some(decided) = facts.decided_after {
            self.decision.observe(decided.as_secs_f64());
        }
        if let Some(upstream) = facts.upstream_after {
            self.upstream.observe(upstream.as_secs_f64());
        }
        self.exchange.observe(facts.total.as_secs_f64());
    }

    /// Sums up the exchanges about which something was decided.
    pub fn decisions(&self) -> Decided {
        let mut decided = Decided { allowed: 0, denied: BTreeMap::new(), since_s: self.since.elapsed().as_secs() };
        for family in self.exchanges.collect() {
            for metric in family.get_metric() {
                let count = whole(metric.get_counter().get_value());
                match (label(metric, "effect"), label(metric, "mode")) {
                    ("allow", "enforce") => decided.allowed += count,
                    ("deny", _) => *decided.denied.entry(label(metric, "reason").to_owned()).or_default() += count,
                    _ => {}
                }
            }
        }
        decided
    }

    pub fn membership(&self, tier: Tier) {
        self.memberships.with_label_values(&[tier.label()]).inc();
    }

    /// Counts one answer that the isolation canary read, or could not read.
    pub fn canary(&self, outcome: &'static str, reason: &'static str, module: Module) {
        self.canary.with_label_values(&[outcome, reason, module.as_str()]).inc();
    }

    /// Counts one page of the CRM on its way to somebody with the feature.
    pub fn paged(&self, outcome: Paged) {
        self.pages.with_label_values(&[outcome.label()]).inc();
    }

    pub fn identify_failed(&self, reason: &'static str) {
        self.identify_failures.with_label_values(&[reason]).inc();
    }

    /// The gauge of open streams of events.
    pub fn event_streams(&self) -> &IntGauge {
        &self.event_streams
    }

    /// `recorded`, `suppressed` (beyond the limit), `dropped` (the queue was full), `failed`.
    pub fn denial(&self, outcome: &'static str) {
        self.denials.with_label_values(&[outcome]).inc();
    }

    /// `delivered`, `refused` (another status), `failed` (no answer), `blocked` (an address that is not allowed).
    pub fn webhook(&self, outcome: &'static str) {
        self.webhooks.with_label_values(&[outcome]).inc();
    }

    /// Counts attempts to send a mail.
    pub fn mail(&self, outcome: Mailed, attempts: u64) {
        self.mails.with_label_values(&[outcome.label()]).inc_by(attempts);
    }

    /// Tells what waits to be mailed.
    pub fn mail_waits(&self, waiting: i64, oldest_s: i64) {
        self.mail_waiting.set(waiting);
        self.mail_oldest.set(oldest_s);
    }

    pub fn source(&self, source: Source, up: bool) {
        self.source_up.with_label_values(&[source.label()]).set(i64::from(up));
    }

    /// Whether a source answers. Asking makes no sample of one that was never reached.
    pub fn is_up(&self, source: Source) -> bool {
        let families = self.source_up.collect();
        let mut samples = families.iter().flat_map(|family| family.get_metric());
        samples.any(|metric| label(metric, "source") == source.label() && metric.get_gauge().get_value() > 0.0)
    }

    /// Sets how many workspaces that are on have no Admin who can sign in.
    pub fn orphaned(&self, workspaces: usize) {
        self.orphaned.set(i64::try_from(workspaces).unwrap_or(i64::MAX));
    }

    pub fn shadow_decided(&self, effect: &'static str) {
        self.shadow_decisions.with_label_values(&[effect]).inc();
    }

    pub fn shadow_lost(&self, why: Lost) {
        self.shadow_lost.with_label_values(&[why.label()]).inc();
    }

    /// Sets what is read at the moment of the scrape, and writes everything in the text format 0.0.4.
    pub fn render(&self, flag_age_s: Option<u64>, revision: u64, in_flight: u64) -> Result<Vec<u8>, prometheus::Error> {
        self.flag_age.set(flag_age_s.map_or(-1, |age| i64::try_from(age).unwrap_or(i64::MAX)));
        self.revision.set(i64::try_from(revision).unwrap_or(i64::MAX));
        self.in_flight.set(i64::try_from(in_flight).unwrap_or(i64::MAX));
        let mut text = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut text)?;
        Ok(text)
    }
}

fn label<'m>(metric: &'m Metric, name: &str) -> &'m str {
    metric.get_label().iter().find(|label| label.name() == name).map_or("", |label| label.value())
}

/// A counter's value. It is a float in the library, and whole.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a counter of whole numbers never falls below 0"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

fn status_class(status: u16) -> &'static str {
    match status / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        5 => "5xx",
        _ => "none",
    }
}
