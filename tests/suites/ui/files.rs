//! `/_annex/ui/…`: the files that the sources make, for ever, and nothing else.

use std::collections::BTreeSet;
use std::io::Read;

use annex_tests::folder::Folder;
use annex_tests::http::json::{Client, install_crypto};
use annex_tests::scene::Scene;
use annex_tests::sidecar::{Annex, Options, Wait};
use annex_tests::{http::raw, tree};
use reqwest::{Method, StatusCode, header::HeaderMap};
use serde_json::Value;

/// An answer whose body nobody unpacks.
struct Packed {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Packed {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// What was packed.
    fn plain(&self) -> Vec<u8> {
        let mut plain = Vec::new();
        let read = match self.header("content-encoding") {
            Some("br") => brotli::Decompressor::new(&*self.bytes, 4096).read_to_end(&mut plain),
            Some("gzip") => flate2::read::GzDecoder::new(&*self.bytes).read_to_end(&mut plain),
            None => (&*self.bytes).read_to_end(&mut plain),
            Some(other) => panic!("coding {other}"),
        };
        read.expect("the coding that it says");
        plain
    }
}

async fn ask(url: &str, method: Method, name: &str, headers: &[(&str, &str)]) -> Packed {
    install_crypto();
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut request = http.request(method, format!("{url}/_annex/ui/{name}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.expect("an answer");
    let (status, headers) = (answer.status(), answer.headers().clone());
    Packed { status, headers, bytes: answer.bytes().await.expect("a body").to_vec() }
}

/// The pages as their sources make them, in a folder of the test, and the manifest.
fn built(folder: &Folder) -> (std::path::PathBuf, Value) {
    let ui = tree::root().join("proxy/ui");
    let into = folder.join("dist");
    let run = std::process::Command::new("node").arg("build/build.mjs").arg(&into).current_dir(&ui).output();
    let run = run.expect("node");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let manifest = std::fs::read(into.join("manifest.json")).expect("a manifest");
    (into, serde_json::from_slice(&manifest).expect("JSON"))
}

fn names(manifest: &Value) -> BTreeSet<&str> {
    super::keys(&manifest["files"]).into_iter().collect()
}

#[tokio::test]
async fn every_file_of_the_manifest_is_served_as_its_sources_make_it_in_every_coding() {
    let folder = Folder::new("pages");
    let (dist, manifest) = built(&folder);
    let scene = Scene::start("uifiles", |options| options).await;
    let url = &scene.annex.url;
    assert!(names(&manifest).len() > 20, "the manifest lists files");
    for name in names(&manifest) {
        let made = std::fs::read(dist.join(name)).expect("the file");
        let mut tags = BTreeSet::new();
        let mut sizes = Vec::new();
        for (accept, wanted) in
            [("gzip, deflate, br, zstd", Some("br")), ("gzip;q=1.0, br;q=0.2", Some("gzip")), ("identity", None)]
        {
            let said = ask(url, Method::GET, name, &[("accept-encoding", accept)]).await;
            assert_eq!((said.status.as_u16(), said.header("content-encoding")), (200, wanted), "{name}");
            assert_eq!(said.plain(), made, "{name} as {wanted:?} is not what its sources make");
            assert_eq!(said.header("content-type"), Some("text/javascript; charset=utf-8"));
            assert_eq!(said.header("cache-control"), Some("public, max-age=31536000, immutable"));
            assert_eq!(said.header("vary"), Some("accept-encoding"));
            assert_eq!(said.header("x-content-type-options"), Some("nosniff"));
            assert_eq!(said.header("cross-origin-resource-policy"), Some("same-origin"));
            assert_eq!(said.header("content-length"), Some(said.bytes.len().to_string().as_str()));
            let tag = said.header("etag").expect("a tag").to_owned();
            assert!(tag.starts_with('"') && tag.ends_with('"'), "{tag} is strong");
            let again = ask(url, Method::GET, name, &[("accept-encoding", accept), ("if-none-match", &tag)]).await;
            assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0), "{name}");
            assert_eq!((again.header("etag"), again.header("vary")), (Some(tag.as_str()), Some("accept-encoding")));
            let head = ask(url, Method::HEAD, name, &[("accept-encoding", accept)]).await;
            assert_eq!((head.status.as_u16(), head.bytes.len(), head.header("etag")), (200, 0, Some(tag.as_str())));
            assert_eq!(head.header("content-length"), said.header("content-length"), "{name}: HEAD tells the length");
            sizes.push(said.bytes.len());
            assert!(tags.insert(tag), "{name}: two codings share a tag");
        }
        assert!(made.len() < 500 || sizes[0] < sizes[2] && sizes[1] < sizes[2], "{name} is packed: {sizes:?}");
    }
}

#[tokio::test]
async fn a_name_that_the_manifest_does_not_list_is_nothing() {
    let scene = Scene::start("uinames", |options| options).await;
    let document = Client::new(&scene.annex.url).get("/_annex/admin").await.expect(200).text;
    let (_, rest) = document.split_once("/_annex/ui/").expect("the loader");
    let loader = rest.split('"').next().expect("a name");
    ask(&scene.annex.url, Method::GET, loader, &[]).await.plain();
    for name in [
        "manifest.json",
        "loader.js",
        "loader.00000000.js",
        &format!("{loader}.br"),
        &format!("{loader}%00"),
        &loader.to_uppercase(),
        "..%2fmanifest.json",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "x%2f..%2floader.js",
        "",
    ] {
        let said = ask(&scene.annex.url, Method::GET, name, &[]).await;
        let body: Value = serde_json::from_slice(&said.bytes).unwrap_or_default();
        assert!(said.status.is_client_error(), "{name}: {}", said.status);
        assert!(body["code"].is_string() && body["requestId"].is_string(), "{name}: our own refusal, not {body}");
        assert_eq!(said.header("cache-control"), Some("no-store"), "{name}");
    }
    // As no client of a library would send it.
    let text = format!(
        "GET /_annex/ui/../../../etc/passwd HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        scene.annex.port
    );
    let said = raw::exchange(scene.annex.port, text.as_bytes()).await;
    assert!((400..500).contains(&said.status), "{}", said.text());
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let said = Client::new(&scene.annex.url).send(method.clone(), &format!("/_annex/ui/{loader}"), None).await;
        assert_eq!((said.status, said.code().as_str()), (405, "METHOD_NOT_ALLOWED"), "{method}");
    }
}

#[tokio::test]
async fn files_are_there_before_the_database_was_ever_reached_and_whatever_is_on() {
    let scene = Scene::start("uiunseen", |options| options.enabled()).await;
    let document = Client::new(&scene.annex.url).get("/_annex/admin").await.expect(200).text;
    let (_, rest) = document.split_once("/_annex/ui/").expect("the loader");
    let loader = rest.split('"').next().expect("a name");
    let on = ask(&scene.annex.url, Method::GET, loader, &[]).await;
    let nowhere = format!("postgres://annex@127.0.0.1:{}/crm", annex_tests::ports::free_port());
    let options = Options::new(&scene.crm, &scene.database, None).with("ANNEX_DATABASE_URL", nowhere);
    let blind = Annex::start(options.wait(Wait::Listening)).await;
    let unseen = ask(&blind.url, Method::GET, loader, &[]).await;
    assert_eq!((on.status.as_u16(), unseen.status.as_u16()), (200, 200));
    assert_eq!(on.bytes, unseen.bytes);
    assert_eq!(on.header("etag"), unseen.header("etag"), "one file, one tag, on every node");
}
