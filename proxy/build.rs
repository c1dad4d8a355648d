//! Builds the browser part (`proxy/ui`) and embeds it.
//!
//! Promise: the binary carries the pages that its sources say, each file also in gzip and Brotli, or there is no
//! binary: a machine that cannot build the pages is told what it lacks and what to do. `ANNEX_UI_DIST=<folder>` takes
//! a folder that was built elsewhere.
//!
//! **Invariant:** nothing is written outside `OUT_DIR`.
#![allow(clippy::disallowed_methods, reason = "a build script is told everything by its environment")]

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::Command,
};

/// What the pages are made of, below `proxy/ui`; npm's own list of what it installed stands for `node_modules`.
const SOURCES: [&str; 6] =
    ["src", "build", "package.json", "package-lock.json", "tsconfig.json", "node_modules/.package-lock.json"];

/// What the server must know by name.
const ENTRIES: [&str; 4] = ["loader", "switcher", "pages", "operator"];

const NODE_MAJOR_MIN: u32 = 20;

/// Of what node says when it fails; the rest is its stack.
const WHY_CHARS_MAX: usize = 600;

/// Of Brotli, which is what pages are asked for most: the slowest and smallest.
const BROTLI_QUALITY: i32 = 11;
const BROTLI_WINDOW: i32 = 22;

fn main() {
    println!("cargo::rerun-if-env-changed=ANNEX_UI_DIST");
    println!("cargo::rerun-if-changed=build.rs");
    if let Err(what) = embed() {
        println!("cargo::error={}", what.replace('\n', " "));
    }
}

/// `OUT_DIR/ui/` with every file three times, and `OUT_DIR/ui.rs`, which includes them.
fn embed() -> Result<(), String> {
    let ui = PathBuf::from(told("CARGO_MANIFEST_DIR")?).join("ui");
    let out = PathBuf::from(told("OUT_DIR")?);
    let built = match env::var("ANNEX_UI_DIST").ok().filter(|folder| !folder.is_empty()) {
        Some(folder) => elsewhere(PathBuf::from(folder))?,
        None => here(&ui, out.join("ui"))?,
    };
    let packed = out.join("ui-packed");
    fs::create_dir_all(&packed).map_err(|error| format!("{}: {error}", packed.display()))?;
    let text = table(&built, &packed)?;
    fs::write(out.join("ui.rs"), text).map_err(|error| format!("OUT_DIR/ui.rs: {error}"))
}

fn told(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("cargo did not say {name}"))
}

fn elsewhere(folder: PathBuf) -> Result<PathBuf, String> {
    println!("cargo::rerun-if-changed={}", folder.display());
    if folder.join("manifest.json").is_file() {
        return Ok(folder);
    }
    Err(format!(
        "ANNEX_UI_DIST={} holds no manifest.json: build the pages into it with `npm run build --prefix proxy/ui`, or \
         unset it",
        folder.display()
    ))
}

fn here(ui: &Path, folder: PathBuf) -> Result<PathBuf, String> {
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", ui.join(source).display());
    }
    let or_elsewhere = "or set ANNEX_UI_DIST to a folder of pages built elsewhere";
    let said = Command::new("node").arg("--version").output().ok().filter(|output| output.status.success());
    let version = said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let major = version.as_deref().and_then(|text| text.trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
    match (version, major) {
        (_, Some(NODE_MAJOR_MIN..)) => {}
        (Some(version), _) => {
            return Err(format!(
                "the pages need Node {NODE_MAJOR_MIN} or newer to build and this is {version}: run `scripts/setup build`, {or_elsewhere}"
            ));
        }
        (None, _) => {
            return Err(format!(
                "the pages need Node {NODE_MAJOR_MIN} or newer to build and there is none: run `scripts/setup build`, {or_elsewhere}"
            ));
        }
    }
    if !ui.join("node_modules/vite").is_dir() {
        return Err(format!(
            "the packages that build the pages are missing: run `npm ci --prefix proxy/ui`, {or_elsewhere}"
        ));
    }
    let built = Command::new("node").arg(ui.join("build/build.mjs")).arg(&folder).current_dir(ui).output();
    let built = built.map_err(|error| format!("node could not be started: {error}"))?;
    if !built.status.success() {
        let why: String = String::from_utf8_lossy(&built.stderr).chars().take(WHY_CHARS_MAX).collect();
        return Err(format!("the pages could not be built (`npm run build --prefix proxy/ui` tells more): {why}"));
    }
    Ok(folder)
}

/// The Rust that names every file of the manifest.
fn table(built: &Path, packed: &Path) -> Result<String, String> {
    let read = |name: &str| {
        let path = built.join(name);
        fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let manifest: serde_json::Value =
        serde_json::from_slice(&read("manifest.json")?).map_err(|error| format!("manifest.json: {error}"))?;
    let files = manifest.get("files").and_then(|files| files.as_object()).filter(|files| !files.is_empty());
    let files = files.ok_or("manifest.json lists no files")?;
    let mut text = String::new();
    for entry in ENTRIES {
        let file = manifest.pointer(&format!("/entries/{entry}/file")).and_then(|file| file.as_str());
        let file = file.filter(|file| files.contains_key(*file));
        let file = file.ok_or_else(|| format!("manifest.json names no file for the entry `{entry}`"))?;
        let _ = writeln!(text, "pub const {}: &str = {file:?};", entry.to_ascii_uppercase());
    }
    let _ = writeln!(text, "pub static FILES: [Embedded; {}] = [", files.len());
    for name in files.keys() {
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte)) {
            return Err(format!("manifest.json lists `{name}`, which is no plain name of a file"));
        }
        let plain = read(name)?;
        let write = |end: &str, bytes: &[u8]| {
            let path = packed.join(format!("{name}{end}"));
            fs::write(&path, bytes).map(|()| path).map_err(|error| format!("{name}{end}: {error}"))
        };
        let paths = [
            write("", &plain)?,
            write(".gz", &gzip(&plain).map_err(|error| format!("{name} in gzip: {error}"))?)?,
            write(".br", &brotli(&plain).map_err(|error| format!("{name} in Brotli: {error}"))?)?,
        ];
        let [plain, gzip, brotli] = paths.map(|path| format!("include_bytes!({:?})", path.display().to_string()));
        let _ = writeln!(text, "    Embedded {{ name: {name:?}, plain: {plain}, gzip: {gzip}, brotli: {brotli} }},");
    }
    text.push_str("];\n");
    Ok(text)
}

fn gzip(plain: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(plain)?;
    packed.finish()
}

fn brotli(plain: &[u8]) -> io::Result<Vec<u8>> {
    let params = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW,
        size_hint: plain.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &*plain, &mut packed, &params)?;
    Ok(packed)
}
