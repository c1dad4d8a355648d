//! What a workspace shows of itself, from outside: looks and drafts, logos and their pictures, what the CRM shows of it, and who
//! may change any of it.

mod crm;
mod documented;
mod hostile;
mod logos;
mod looks;
mod people;
mod through;

use std::io::Cursor;

use annex_tests::http::raw::{self, Response};
use annex_tests::scene::Scene;
use annex_tests::sidecar::Options;
use annex_tests::story::Person;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use serde_json::Value;

/// A scene with one agency whose home is on, and the path of its branding.
async fn scene(label: &str) -> (Scene, Person, String) {
    scene_with(label, |options| options).await
}

async fn scene_with(label: &str, change: impl FnOnce(Options) -> Options) -> (Scene, Person, String) {
    let scene = Scene::start(label, change).await;
    let owner = scene.agency("owner").await;
    scene.flag(&owner.tenant, true).await;
    scene.settle().await;
    let path = format!("/api/workspaces/{}/branding", owner.tenant);
    (scene, owner, path)
}

/// Sends a picture as the logo of the person's home.
async fn send_logo(scene: &Scene, person: &Person, content_type: &str, body: &[u8]) -> Response {
    let head = format!(
        "PUT /api/workspaces/{}/logo HTTP/1.1\r\nHost: annex\r\nAuthorization: Bearer {}\r\nContent-Type: {content_type}\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        person.tenant,
        person.access,
        body.len()
    );
    raw::exchange(scene.annex.port, &[head.as_bytes(), body].concat()).await
}

/// A stranger's GET.
async fn get(scene: &Scene, path: &str, more: &str) -> Response {
    let request = format!("GET {path} HTTP/1.1\r\nHost: annex\r\n{more}Connection: close\r\n\r\n");
    raw::exchange(scene.annex.port, request.as_bytes()).await
}

/// A picture of many colours, `shade` of them.
pub(crate) fn picture(width: u32, height: u32, shade: u8) -> DynamicImage {
    let pixel = |x: u32, y: u32| Rgb([x.to_le_bytes()[0], y.to_le_bytes()[0], shade]);
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel))
}

pub(crate) fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).expect("a picture can be encoded");
    bytes
}

/// The paths and codes of the mistakes in a refusal.
fn mistakes(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let errors = answer["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| (text(&error["path"]), text(&error["code"]))).collect()
}

/// The audit events of a workspace with that action: their details.
async fn events(scene: &Scene, workspace: &str, action: &str) -> Vec<Value> {
    let sql = "SELECT details FROM annex.audit_events WHERE tenant_id = $1 AND action = $2 ORDER BY seq";
    let rows = scene.database.connect().await.query(sql, &[&workspace, &action]).await.expect("the audit events");
    rows.iter().map(|row| row.get(0)).collect()
}
