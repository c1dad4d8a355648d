//! Loading: what is right is taken, what is wrong is told at once, with place and remedy, and no secret is ever printed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failing test should stop where it fails"
)]

use std::path::{Path, PathBuf};

use annex_config::{
    Algorithm, Config, ForwardedMode, JwksSource, KEYS, LogFormat, Mistakes, SigningKey, Sources, VerifyKey, load,
};

const EXAMPLE: &str = include_str!("../annex.example.toml");
const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("load-{name}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path
}

/// What every installation must say, as environment.
const NEEDED: [(&str, &str); 4] = [
    ("ANNEX_UPSTREAM", "http://127.0.0.1:5000"),
    ("ANNEX_DATABASE_URL", "postgres://annex:pass-of-postgres@127.0.0.1/crm"),
    ("ANNEX_SECRET", SECRET),
    ("ANNEX_CRM_JWT_SECRET", "secret-of-the-crm"),
];

/// The needed variables with `changes`; an empty value takes one away.
fn env(changes: &[(&str, &str)]) -> Sources {
    let kept = NEEDED.iter().filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    let env = kept.chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sources { file: None, env, profile_dirs: Vec::new() }
}

fn with(changes: &[(&str, &str)]) -> Config {
    load(env(changes)).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

fn mistakes(sources: Sources) -> Vec<String> {
    let Mistakes(mistakes) = load(sources).expect_err("mistakes were expected");
    mistakes.iter().map(ToString::to_string).collect()
}

#[test]
fn the_least_that_must_be_said_is_enough_and_the_rest_has_defaults() {
    let config = with(&[]);
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:8080");
    assert_eq!(config.admin.address.to_string(), "127.0.0.1:9090");
    assert_eq!((config.upstream.host.as_str(), config.upstream.port, config.upstream.tls), ("127.0.0.1", 5000, false));
    assert_eq!((config.upstream.idle_timeout_ms, config.upstream.read_timeout_ms), (4000, None));
    assert_eq!(config.profile.name, "nexus");
    assert_eq!(config.database.migrate_url.expose(), config.database.url.expose());
    assert!(
        config.redis.is_none()
            && config.admin.token.is_none()
            && config.secret.previous.is_none()
            && config.listen.tls.is_none()
    );
    assert!(!config.flags.environment && config.flags.redis_on && config.flags.membership_lease_ms == 2000);
    assert_eq!((config.forwarded, config.telemetry.format), (ForwardedMode::Preserve, LogFormat::Json));
    assert_eq!(config.listen.upgrade_socket, Path::new("/run/annex/upgrade.sock"));
    assert_eq!(config.admin.allowed_hosts, ["localhost", "127.0.0.1", "[::1]"]);
    assert_eq!(config.limits.workspaces_per_person, 10);
}

#[test]
fn the_hmac_secret_signs_and_it_and_the_previous_ones_verify() {
    let config = with(&[("ANNEX_CRM_JWT_SECRETS_PREVIOUS", " old-one\told-two\n")]);
    let said = |secret: &annex_config::Secret| secret.expose_str().to_owned();
    let verify: Vec<String> = config
        .credential
        .verify
        .iter()
        .map(|key| match key {
            VerifyKey::Hmac(secret) => said(secret),
            VerifyKey::Pem(_) => panic!("a public key"),
        })
        .collect();
    assert_eq!(config.credential.algorithm, Algorithm::HS256);
    assert_eq!(verify, ["secret-of-the-crm", "old-one", "old-two"]);
    assert!(matches!(&config.credential.sign, Some(SigningKey::Hmac(secret)) if said(secret) == "secret-of-the-crm"));
}

#[test]
fn booleans_are_spelt_as_people_spell_them() {
    for (text, wanted) in [
        ("true", true),
        ("on", true),
        ("1", true),
        ("yes", true),
        ("TRUE", true),
        ("false", false),
        ("off", false),
        ("0", false),
        ("no", false),
    ] {
        assert_eq!(with(&[("MULTI_WORKSPACE_ENABLED", text)]).flags.environment, wanted, "{text}");
    }
    assert!(mistakes(env(&[("MULTI_WORKSPACE_ENABLED", "enabled")]))[0].starts_with("MULTI_WORKSPACE_ENABLED: "));
}

#[test]
fn the_environment_wins_over_the_file() {
    let folder = folder("wins");
    let path = file(
        &folder,
        "annex.toml",
        "listen = '127.0.0.1:1111'\nredis_url = 'redis://127.0.0.1'\n[log]\nlevel = 'debug'\n[trusted]\naddresses = ['10.0.0.0/8', '192.0.2.1']\n",
    );
    let sources = |changes: &[(&str, &str)]| Sources { file: Some(path.clone()), ..env(changes) };
    let config = load(sources(&[])).unwrap();
    assert_eq!(
        (config.listen.address.port(), config.telemetry.level.as_str(), config.redis.is_some()),
        (1111, "debug", true)
    );
    assert!(config.forwarded_trusted[0].contains("10.1.2.3".parse().unwrap()) && config.forwarded_trusted.len() == 2);
    let config = load(sources(&[("ANNEX_LISTEN", "127.0.0.1:2222"), ("ANNEX_REDIS_URL", "")])).unwrap();
    assert_eq!((config.listen.address.port(), config.redis.is_some()), (2222, false), "an empty variable says none");
}

#[test]
fn a_value_may_come_from_a_file_and_one_newline_at_its_end_is_not_part_of_it() {
    let folder = folder("file-forms");
    for (text, wanted) in [
        ("0123456789abcdef0123456789abcdef\n", SECRET),
        ("0123456789abcdef0123456789abcdef\r\n", SECRET),
        ("0123456789abcdef0123456789abcdef\n\n", "0123456789abcdef0123456789abcdef\n"),
    ] {
        let path = file(&folder, "secret", text);
        let config = with(&[("ANNEX_SECRET", ""), ("ANNEX_SECRET_FILE", path.to_str().unwrap())]);
        assert_eq!(config.secret.current.expose_str(), wanted);
    }
    let path = file(
        &folder,
        "annex.toml",
        &format!("listen_file = '{}'\n", file(&folder, "listen", "127.0.0.1:3333\n").display()),
    );
    assert_eq!(load(Sources { file: Some(path), ..env(&[]) }).unwrap().listen.address.port(), 3333);
}

#[test]
fn a_value_and_its_file_together_are_a_mistake_and_so_is_a_file_that_is_not_there() {
    let folder = folder("both");
    let path = file(&folder, "secret", SECRET);
    let said = mistakes(env(&[("ANNEX_SECRET_FILE", path.to_str().unwrap())]));
    assert!(said[0].starts_with("ANNEX_SECRET_FILE: `secret` is given both"), "{said:?}");
    let said = mistakes(env(&[("ANNEX_SECRET", ""), ("ANNEX_SECRET_FILE", "/no/such/file")]));
    assert!(said[0].contains("cannot read `/no/such/file`"), "{said:?}");
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let folder = folder("all-at-once");
    let source = "lisen = '127.0.0.1:1'\nadmin_listen = 8\n[pool]\nsize = 0\nsise = 1\n[log]\nformat = 'xml'\n[nonsense]\nx = 1\n[limits]\ninvitation_days = 31\nrestore_days = 366\n";
    let path = file(&folder, "annex.toml", source);
    let said = mistakes(Sources {
        file: Some(path.clone()),
        env: [
            ("ANNEX_LISTEN", "nowhere"),
            ("ANNEX_SECRET", "short"),
            ("ANNEX_UPSTREM", "x"),
            ("ANNEX_FLAGS_REDIS_ON", "perhaps"),
            ("ANNEX_TRUSTED_ADDRESSES", "10.0.0.1/8"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        profile_dirs: Vec::new(),
    });
    let at = |line: u32| format!("{}:{line}: ", path.display());
    let wanted = [
        (at(1), "did you mean `listen`?"),
        (at(2), "`admin_listen` is wrong: `8`"),
        (at(4), "`pool.size` is wrong: `0`"),
        (at(5), "did you mean `pool.size`?"),
        (at(7), "write one of json, pretty"),
        (at(8), "`nonsense` is not a key"),
        (at(11), "30 days at most"),
        (at(12), "365 days at most"),
        ("ANNEX_LISTEN: ".into(), "`listen` is wrong: `nowhere`"),
        ("ANNEX_SECRET: ".into(), "shorter than 32 bytes"),
        ("ANNEX_UPSTREM: ".into(), "did you mean `ANNEX_UPSTREAM`?"),
        ("ANNEX_FLAGS_REDIS_ON: ".into(), "write true or false"),
        ("ANNEX_TRUSTED_ADDRESSES: ".into(), "bits set after its prefix"),
        ("ANNEX_UPSTREAM: ".into(), "`upstream` is missing"),
        ("ANNEX_DATABASE_URL: ".into(), "`database_url` is missing"),
        ("ANNEX_CRM_JWT_SECRET: ".into(), "`crm_jwt_secret` is missing"),
    ];
    for (place, what) in &wanted {
        assert!(
            said.iter().any(|one| one.starts_with(place) && one.contains(what)),
            "{place}{what} is missing in {said:#?}"
        );
    }
    assert_eq!(said.len(), wanted.len(), "{said:#?}");
}

#[test]
fn attack_an_admin_listener_open_to_the_network_needs_a_token() {
    for address in ["0.0.0.0:9090", "192.0.2.1:9090", "[::]:9090"] {
        let said = mistakes(env(&[("ANNEX_ADMIN_LISTEN", address)]));
        assert!(said[0].contains("has no token"), "{address}: {said:?}");
        let said = mistakes(env(&[("ANNEX_ADMIN_LISTEN", address), ("ANNEX_ADMIN_TOKEN", "short")]));
        assert!(said[0].contains("shorter than 16 bytes"), "{said:?}");
        with(&[("ANNEX_ADMIN_LISTEN", address), ("ANNEX_ADMIN_TOKEN", "0123456789abcdef")]);
    }
    for address in ["127.0.0.1:9090", "127.9.9.9:9090", "[::1]:9090", "[::ffff:127.0.0.1]:9090"] {
        with(&[("ANNEX_ADMIN_LISTEN", address)]);
    }
}

#[test]
fn two_listeners_do_not_share_an_address() {
    for (public, admin) in [("127.0.0.1:8080", "127.0.0.1:8080"), ("0.0.0.0:8080", "127.0.0.1:8080")] {
        let said = mistakes(env(&[("ANNEX_LISTEN", public), ("ANNEX_ADMIN_LISTEN", admin)]));
        assert!(said[0].contains("share one address"), "{said:?}");
    }
    with(&[("ANNEX_LISTEN", "127.0.0.1:0"), ("ANNEX_ADMIN_LISTEN", "127.0.0.1:0")]);
}

#[test]
fn attack_annex_is_not_its_own_upstream() {
    for (listen, upstream) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("0.0.0.0:8080", "http://localhost:8080"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
    ] {
        let said = mistakes(env(&[("ANNEX_LISTEN", listen), ("ANNEX_UPSTREAM", upstream)]));
        assert!(said[0].contains("Annex's own listener"), "{said:?}");
    }
}

#[test]
fn secrets_are_long_enough_and_not_each_other() {
    let rows = [
        (vec![("ANNEX_SECRET_PREVIOUS", "short")], "shorter than 32 bytes"),
        (vec![("ANNEX_SECRET_PREVIOUS", SECRET)], "the previous secret is the current one"),
        (vec![("ANNEX_CRM_JWT_SECRET", SECRET)], "Annex's secret is the CRM's"),
        (vec![("ANNEX_CRM_JWT_SECRETS_PREVIOUS", "old secret-of-the-crm")], "among the previous ones"),
    ];
    for (changes, what) in rows {
        let said = mistakes(env(&changes));
        assert!(said.len() == 1 && said[0].contains(what), "{what}: {said:?}");
    }
}

#[test]
fn an_idle_connection_is_not_kept_longer_than_the_crm_keeps_it() {
    let said = mistakes(env(&[("ANNEX_POOL_IDLE_TIMEOUT_MS", "4001")]));
    assert!(said[0].contains("longer than the 4000 ms"), "{said:?}");
    assert_eq!(with(&[("ANNEX_POOL_IDLE_TIMEOUT_MS", "100")]).upstream.idle_timeout_ms, 100);
}

#[test]
fn a_certificate_and_its_key_come_together_and_mail_has_a_sender() {
    assert!(mistakes(env(&[("ANNEX_TLS_CERTIFICATE_PATH", "/c.pem")]))[0].contains("without its key"));
    assert!(mistakes(env(&[("ANNEX_TLS_KEY_PATH", "/k.pem")]))[0].contains("without its certificate"));
    let mail = |changes: &[(&str, &str)]| mistakes(env(changes)).join("\n");
    let said = mail(&[("ANNEX_MAIL_SMTP_URL", "smtp://mail")]);
    assert!(said.contains("no sender") && said.contains("its links would lead nowhere"), "{said}");
    assert!(mail(&[("ANNEX_MAIL_TRANSPORT", "file")]).contains("`mail.folder`"));
    assert!(mail(&[("ANNEX_MAIL_TRANSPORT", "smtp")]).contains("`mail.smtp_url`"));
    assert!(mail(&[("ANNEX_MAIL_TRANSPORT", "pigeon")]).contains("smtp, file or off"));
    let config = with(&[
        ("ANNEX_TLS_CERTIFICATE_PATH", "/c.pem"),
        ("ANNEX_TLS_KEY_PATH", "/k.pem"),
        ("ANNEX_PUBLIC_URL", "https://crm.example.com/"),
    ]);
    assert_eq!(
        (config.listen.tls.unwrap().key, config.public_url.as_deref()),
        ("/k.pem".into(), Some("https://crm.example.com"))
    );
}

const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n";
const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n";
const RS256: (&str, &str) = ("ANNEX_CRM_PROFILE", "example");
const NO_HMAC: (&str, &str) = ("ANNEX_CRM_JWT_SECRET", "");

#[test]
fn an_asymmetric_algorithm_without_a_private_key_is_refused_with_the_reason_and_the_other_strategies() {
    let said = mistakes(env(&[RS256, NO_HMAC, ("ANNEX_CRM_JWT_PUBLIC_KEY", PUBLIC)]));
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said[0].contains("signs again") && said[0].contains("member_row"), "{said:#?}");
}

#[test]
fn keys_fit_their_algorithm() {
    let two = format!("{PUBLIC}{PUBLIC}");
    let config = with(&[RS256, NO_HMAC, ("ANNEX_CRM_JWT_PUBLIC_KEY", &two), ("ANNEX_CRM_JWT_PRIVATE_KEY", PRIVATE)]);
    assert_eq!((config.credential.algorithm, config.credential.verify.len()), (Algorithm::RS256, 2));
    let config =
        with(&[RS256, NO_HMAC, ("ANNEX_CRM_JWKS_URL", "https://crm/jwks"), ("ANNEX_CRM_JWT_PRIVATE_KEY", PRIVATE)]);
    assert_eq!(config.credential.jwks, Some(JwksSource::Url("https://crm/jwks".into())));
    let private = ("ANNEX_CRM_JWT_PRIVATE_KEY", PRIVATE);
    let public = ("ANNEX_CRM_JWT_PUBLIC_KEY", PUBLIC);
    let rows: Vec<(Vec<(&str, &str)>, &str)> = vec![
        (vec![public], "means nothing to HS256"),
        (vec![private], "means nothing to HS256"),
        (vec![RS256, public, private], "`crm_jwt_secret` means nothing to RS256"),
        (vec![RS256, NO_HMAC, private], "nothing verifies"),
        (vec![RS256, NO_HMAC, private, ("ANNEX_CRM_JWT_PUBLIC_KEY", PRIVATE)], "`crm_jwt_public_key` is wrong"),
        (vec![RS256, NO_HMAC, public, ("ANNEX_CRM_JWT_PRIVATE_KEY", "MIGH")], "`crm_jwt_private_key` is wrong"),
        (
            vec![RS256, NO_HMAC, private, ("ANNEX_CRM_JWKS_URL", "https://a/b"), ("ANNEX_CRM_JWKS_PATH", "/jwks")],
            "two sets",
        ),
    ];
    for (changes, what) in rows {
        let said = mistakes(env(&changes));
        assert!(said.iter().any(|one| one.contains(what)), "{what}: {said:#?}");
    }
}

#[test]
fn attack_no_mistake_and_no_print_shows_a_secret() {
    let secrets = [
        ("ANNEX_SECRET", "Zecret-1"),
        ("ANNEX_SECRET_PREVIOUS", "Zecret-2"),
        ("ANNEX_ADMIN_TOKEN", "Zecret-3"),
        ("ANNEX_DATABASE_URL", "mysql://annex:Zecret-4@host/crm"),
        ("ANNEX_MIGRATE_DATABASE_URL", "Zecret-5"),
        ("ANNEX_REDIS_URL", "http://:Zecret-6@host"),
        ("ANNEX_MAIL_SMTP_URL", "Zecret-7"),
        ("ANNEX_CRM_JWT_PRIVATE_KEY", "Zecret-8"),
        ("ANNEX_CRM_JWT_SECRET", "Zecret-9"),
    ];
    for profile in ["nexus", "example"] {
        let changes: Vec<_> = secrets.into_iter().chain([("ANNEX_CRM_PROFILE", profile)]).collect();
        let said = mistakes(env(&changes)).join("\n");
        assert!(said.contains("ANNEX_DATABASE_URL") && !said.contains("Zecret"), "{said}");
    }
    let long = |number: u8| format!("Zecret-{number}-0123456789abcdef0123456789abcdef");
    let config = with(&[
        ("ANNEX_SECRET", &long(1)),
        ("ANNEX_SECRET_PREVIOUS", &long(2)),
        ("ANNEX_ADMIN_TOKEN", &long(3)),
        ("ANNEX_DATABASE_URL", "postgres://annex:Zecret-4@host/crm"),
        ("ANNEX_REDIS_URL", "redis://:Zecret-6@host"),
        ("ANNEX_MAIL_SMTP_URL", "smtp://u:Zecret-7@host"),
        ("ANNEX_MAIL_FROM", "crm@example.com"),
        ("ANNEX_PUBLIC_URL", "https://crm.example.com"),
        ("ANNEX_CRM_JWT_SECRET", "Zecret-9"),
        ("ANNEX_CRM_JWT_SECRETS_PREVIOUS", "Zecret-8"),
    ]);
    let printed = config.redacted();
    assert!(!printed.contains("Zecret") && !format!("{config:?}").contains("Zecret"), "{printed}");
    assert_eq!(printed.matches("\"(set)\"").count(), 9, "{printed}");
}

#[test]
fn what_is_printed_can_be_read_again_and_says_every_value_in_force() {
    let changes = [
        ("ANNEX_LOG_LEVEL", "annex=debug,info"),
        ("ANNEX_POOL_SIZE", "7"),
        ("ANNEX_LISTEN", "[::1]:8081"),
        ("ANNEX_TRUSTED_ADDRESSES", "10.0.0.0/8,192.0.2.1"),
        ("ANNEX_REDIS_URL", "redis://r"),
        ("ANNEX_FORWARDED", "set"),
    ];
    let printed = with(&changes).redacted();
    for key in KEYS {
        let name = key.toml.rsplit('.').next().unwrap();
        assert!(printed.lines().any(|line| line.starts_with(&format!("{name} = "))), "{} is not printed", key.toml);
    }
    let folder = folder("printed");
    let path = file(
        &folder,
        "annex.toml",
        &printed.lines().filter(|line| !line.contains("(set)")).collect::<Vec<_>>().join("\n"),
    );
    let again = load(Sources { file: Some(path), ..env(&[("ANNEX_REDIS_URL", "redis://r")]) })
        .unwrap_or_else(|mistakes| panic!("{mistakes}\n{printed}"));
    assert_eq!(again.redacted(), printed);
}

#[test]
fn the_example_says_every_key_and_parses() {
    let uncommented = uncommented(EXAMPLE);
    let folder = folder("example");
    let whole = file(&folder, "annex.toml", EXAMPLE);
    let config = load(Sources { file: Some(whole), env: Vec::new(), profile_dirs: Vec::new() })
        .unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(config.profile.name, "nexus");
    for key in KEYS {
        let (section, name) = key.toml.split_once('.').unwrap_or(("", key.toml));
        assert!(uncommented.contains(&(section.to_owned(), name.to_owned())), "{} is not in the example", key.toml);
    }
    for (section, name) in &uncommented {
        let toml = if section.is_empty() { name.clone() } else { format!("{section}.{name}") };
        assert!(KEYS.iter().any(|key| key.toml == toml), "`{toml}` of the example is not a key");
    }
}

#[test]
fn the_defaults_of_the_example_are_the_defaults() {
    let plain = with(&[]).redacted();
    let folder = folder("example-defaults");
    // Every key taken out of its comment, but for those that a second value would contradict.
    let all: Vec<String> = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix("# ").filter(|rest| is_key(rest)) {
            Some(rest) => rest.to_owned(),
            None => line.to_owned(),
        })
        .collect();
    let path = file(&folder, "annex.toml", &all.join("\n"));
    let config = load(Sources { file: Some(path), ..env(&[]) }).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    assert_eq!(config.redacted(), plain);
}

fn is_key(line: &str) -> bool {
    line.split_once(" = ").is_some_and(|(name, _)| {
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    })
}

/// The keys of the example with their sections, commented out or not.
fn uncommented(source: &str) -> Vec<(String, String)> {
    let mut section = String::new();
    let mut keys = Vec::new();
    for line in source.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
        }
        let line = line.strip_prefix("# ").unwrap_or(line);
        if is_key(line) {
            keys.push((section.clone(), line.split_once(" = ").unwrap().0.to_owned()));
        }
    }
    keys
}

#[test]
fn a_profile_is_a_name_in_a_folder_or_built_in_or_a_path() {
    let folder = folder("profiles");
    let nexus = include_str!("../crm/nexus.toml");
    let other = file(&folder, "other.toml", &nexus.replacen("name = \"nexus\"", "name = \"other\"", 1));
    file(&folder, "nexus.toml", &nexus.replacen("name = \"nexus\"", "name = \"ours\"", 1));
    let named = |name: &str| {
        load(Sources { profile_dirs: vec!["/no/such".into(), folder.clone()], ..env(&[("ANNEX_CRM_PROFILE", name)]) })
            .unwrap()
            .profile
            .name
            .clone()
    };
    assert_eq!(named("other"), "other");
    assert_eq!(named("nexus"), "ours", "a folder's profile wins over the built-in one");
    assert_eq!(named(other.to_str().unwrap()), "other");
    assert_eq!(with(&[("ANNEX_CRM_PROFILE", "nexus")]).profile.name, "nexus");
    let said = mistakes(env(&[("ANNEX_CRM_PROFILE", "nonesuch")]));
    assert!(said[0].starts_with("ANNEX_CRM_PROFILE: there is no CRM profile `nonesuch`"), "{said:?}");
    let said = mistakes(env(&[("ANNEX_CRM_PROFILE", "other.toml")]));
    assert!(said[0].contains("cannot read the CRM profile"), "{said:?}");
}

#[test]
fn a_name_cannot_leave_the_folders() {
    for name in ["../other", "..", "/etc/passwd"] {
        assert!(!mistakes(env(&[("ANNEX_CRM_PROFILE", name)])).is_empty(), "{name}");
    }
}
