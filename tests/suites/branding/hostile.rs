//! Pictures that somebody made to harm: what is hidden in them, what they grow into, how long they take.

use std::time::{Duration, Instant};

use annex_tests::scene::Scene;
use annex_tests::story::Person;
use image::{DynamicImage, GrayImage, ImageFormat};

use super::logos::{crc, peak_kb};
use super::{encoded, get, mistakes, picture, scene, send_logo};

const SECRET: &[u8] = b"N 59 19.8 E 18 4.1 taken at home";

#[tokio::test]
async fn of_what_is_hidden_in_a_picture_nothing_is_served() {
    let (scene, owner, _) = scene("hidden").await;
    let png = encoded(&picture(120, 80, 3), ImageFormat::Png);
    let jpeg = encoded(&picture(120, 80, 3), ImageFormat::Jpeg);
    let webp = encoded(&picture(120, 80, 3), ImageFormat::WebP);
    let exif = [b"Exif\0\0MM\0\x2a\0\0\0\x08\0\0\0\0\0\0".as_slice(), SECRET].concat();
    let text = [b"Comment\0".as_slice(), SECRET].concat();
    let long = [b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), SECRET].concat();
    // A second frame (APNG): the same picture again, in a chunk of its own.
    let second = [b"\0\0\0\x01".as_slice(), SECRET].concat();
    let table: [(&str, &str, Vec<u8>, &[u8]); 7] = [
        ("tEXt", "image/png", with_chunk(&png, b"tEXt", &text), &png),
        ("iTXt", "image/png", with_chunk(&png, b"iTXt", &long), &png),
        ("eXIf", "image/png", with_chunk(&png, b"eXIf", &exif[6..]), &png),
        ("fdAT", "image/png", with_chunk(&png, b"fdAT", &second), &png),
        ("APP1", "image/jpeg", with_segment(&jpeg, 0xe1, &exif), &jpeg),
        ("COM", "image/jpeg", with_segment(&jpeg, 0xfe, SECRET), &jpeg),
        ("EXIF", "image/webp", extended(&webp, b"EXIF", SECRET), &webp),
    ];
    for (what, content_type, sent, clean) in table {
        assert!(sent.windows(SECRET.len()).any(|part| part == SECRET), "{what}: the attack is none");
        let wanted = send_logo(&scene, &owner, content_type, clean).await.json();
        let answer = send_logo(&scene, &owner, content_type, &sent).await;
        assert_eq!((answer.status, &answer.json()["logo"]), (200, &wanted["logo"]), "{what}: {}", answer.text());
        for size in answer.json()["logo"]["sizes"].as_array().expect("sizes") {
            let shown = get(&scene, size["url"].as_str().expect("a path"), "").await;
            assert_eq!(kinds(&shown.body), ["IHDR", "IDAT", "IEND"], "{what}: {size}");
        }
    }
}

#[tokio::test]
async fn what_grows_when_it_is_read_is_not_let_grow() {
    let (scene, owner, _) = scene("grows").await;
    let warm = encoded(&picture(4_096, 2_048, 1), ImageFormat::Png);
    assert_eq!(send_logo(&scene, &owner, "image/png", &warm).await.status, 200);
    let (pid, png) = (scene.annex.program().pid(), encoded(&picture(64, 64, 1), ImageFormat::Png));
    let before = peak_kb(pid);
    // 100 MB of nothing, in less than one.
    let nothing = idat(&encoded(&DynamicImage::ImageLuma8(GrayImage::new(10_000, 10_000)), ImageFormat::Png));
    assert!(nothing.len() < 900 * 1024, "{}", nothing.len());
    let profile = [b"icc\0\0".as_slice(), &nothing].concat();
    let comment = [b"Comment\0\0".as_slice(), &nothing].concat();
    let itxt = [b"XML:com.adobe.xmp\0\x01\0\0\0".as_slice(), &nothing].concat();
    for (what, sent) in [
        ("iCCP", with_chunk(&png, b"iCCP", &profile)),
        ("zTXt", with_chunk(&png, b"zTXt", &comment)),
        ("iTXt", with_chunk(&png, b"iTXt", &itxt)),
        ("IDAT", [&png[..33], &chunk(b"IDAT", &nothing), &chunk(b"IEND", b"")].concat()),
    ] {
        let answer = send_logo(&scene, &owner, "image/png", &sent).await;
        assert!([200, 400].contains(&answer.status), "{what}: {}", answer.text());
        let grown = peak_kb(pid).saturating_sub(before);
        assert!(grown < 130 * 1024, "{what}: the process grew by {grown} kB");
    }
    // Headers that promise more than there is.
    let jpeg = encoded(&picture(64, 64, 1), ImageFormat::Jpeg);
    let webp = encoded(&picture(64, 64, 1), ImageFormat::WebP);
    for (what, content_type, sent) in
        [("JPEG", "image/jpeg", wide_jpeg(&jpeg)), ("WebP", "image/webp", extended_to(&webp, 16_383))]
    {
        let answer = send_logo(&scene, &owner, content_type, &sent).await;
        let told = mistakes(&answer.json());
        assert_eq!((answer.status, told[0].1.as_str()), (400, "too_many_pixels"), "{what}: {}", answer.text());
    }
    assert!(peak_kb(pid).saturating_sub(before) < 130 * 1024);
}

/// Each scan of a progressive JPEG walks through the whole picture again; a megabyte holds tens of thousands of them.
#[tokio::test]
async fn a_picture_in_endless_scans_does_not_hold_a_core() {
    let (scene, owner, path) = scene("scans").await;
    let sent = scans(4_096, 2_048, 20_000);
    assert!(sent.len() < 1024 * 1024, "{}", sent.len());
    assert_eq!(send_logo(&scene, &owner, "image/jpeg", &scans(256, 256, 10)).await.status, 200, "a few are a picture");
    let (started, refused) = (Instant::now(), hostile(&scene, &owner, &sent).await);
    assert_eq!(refused, "unreadable");
    assert!(started.elapsed() < Duration::from_secs(30), "it took {:?}", started.elapsed());
    scene.client(&owner).get(&path).await.expect(200);
}

async fn hostile(scene: &Scene, owner: &Person, sent: &[u8]) -> String {
    let answer = send_logo(scene, owner, "image/jpeg", sent).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    mistakes(&answer.json())[0].1.clone()
}

/// A chunk of PNG.
fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a short chunk").to_be_bytes();
    let named = [kind.as_slice(), content].concat();
    [length.as_slice(), &named, &crc(&named).to_be_bytes()].concat()
}

/// The chunk right behind the header.
fn with_chunk(png: &[u8], kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    [&png[..33], &chunk(kind, content), &png[33..]].concat()
}

/// The kinds of the chunks, those in a row once.
fn kinds(png: &[u8]) -> Vec<String> {
    let mut kinds: Vec<String> = chunks(png).map(|(kind, _)| String::from_utf8_lossy(&kind).into_owned()).collect();
    kinds.dedup();
    kinds
}

/// The compressed rows.
fn idat(png: &[u8]) -> Vec<u8> {
    chunks(png).filter(|(kind, _)| kind == b"IDAT").flat_map(|(_, content)| content).collect()
}

fn chunks(png: &[u8]) -> impl Iterator<Item = ([u8; 4], Vec<u8>)> {
    let mut rest = &png[8..];
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let one = (*rest[4..].first_chunk()?, rest[8..8 + length].to_vec());
        rest = &rest[12 + length..];
        Some(one)
    })
}

/// The segment right behind the start of a JPEG.
fn with_segment(jpeg: &[u8], marker: u8, content: &[u8]) -> Vec<u8> {
    [&jpeg[..2], &segment(marker, content), &jpeg[2..]].concat()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("a short segment").to_be_bytes();
    [&[0xff, marker], length.as_slice(), content].concat()
}

/// 65,535 pixels in each direction, says its frame.
fn wide_jpeg(jpeg: &[u8]) -> Vec<u8> {
    let mut bytes = jpeg.to_vec();
    let frame = bytes.windows(4).position(|four| four == [0xff, 0xc0, 0, 17]).expect("a baseline frame");
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    bytes
}

/// A simple WebP as an extended one with one chunk more.
fn extended(webp: &[u8], kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let more = [kind.as_slice(), &u32::try_from(content.len()).expect("short").to_le_bytes(), content].concat();
    riff(&[&vp8x(0x08, 119, 79), &webp[12..], &more].concat())
}

/// Whose canvas is as large as it can be said.
fn extended_to(webp: &[u8], side: u32) -> Vec<u8> {
    riff(&[&vp8x(0, side, side), &webp[12..]].concat())
}

fn vp8x(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let [width, height] = [width, height].map(u32::to_le_bytes);
    [b"VP8X\x0a\0\0\0".as_slice(), &[flags, 0, 0, 0], &width[..3], &height[..3]].concat()
}

fn riff(chunks: &[u8]) -> Vec<u8> {
    let length = u32::try_from(chunks.len() + 4).expect("short").to_le_bytes();
    [b"RIFF".as_slice(), &length, b"WEBP", chunks].concat()
}

/// A grey progressive JPEG (ITU-T T.81, annex G): one scan of constants, then `count` that say nothing.
fn scans(width: u16, height: u16, count: usize) -> Vec<u8> {
    let quantization = [&[0_u8][..], &[1; 64]].concat();
    let frame = [&[8][..], &height.to_be_bytes(), &width.to_be_bytes(), &[1, 1, 0x11, 0]].concat();
    // One code of one bit for one symbol: category 0 for constants, a run of 2^14 and more empty blocks for the rest.
    let codes = |class: u8, symbol: u8| [&[class, 1][..], &[0; 15], &[symbol]].concat();
    let blocks = usize::from(width / 8) * usize::from(height / 8);
    let constants = vec![0_u8; blocks.div_ceil(8)];
    let empty = runs(blocks);
    let mut jpeg = [
        &[0xff, 0xd8][..],
        &segment(0xdb, &quantization),
        &segment(0xc2, &frame),
        &segment(0xc4, &codes(0x00, 0x00)),
        &segment(0xc4, &codes(0x10, 0xe0)),
        &segment(0xda, &[1, 1, 0x00, 0, 0, 0]),
        &constants,
    ]
    .concat();
    for _ in 0..count {
        jpeg.extend([segment(0xda, &[1, 1, 0x00, 1, 63, 0]), empty.clone()].concat());
    }
    jpeg.extend([0xff, 0xd9]);
    jpeg
}

/// Runs of empty blocks: the code `0`, then fourteen bits that are added to 2^14.
fn runs(blocks: usize) -> Vec<u8> {
    let (mut bits, mut left) = (Vec::new(), blocks);
    while left > 0 {
        let run = left.clamp(1 << 14, (1 << 15) - 2);
        bits.push(false);
        bits.extend((0..14).rev().map(|bit| (run - (1 << 14)) >> bit & 1 == 1));
        left = left.saturating_sub(run);
    }
    bits.resize(bits.len().div_ceil(8) * 8, true);
    let byte = |eight: &[bool]| eight.iter().fold(0_u8, |byte, bit| byte << 1 | u8::from(*bit));
    // A byte of ones is followed by a zero.
    bits.chunks(8).map(byte).flat_map(|byte| if byte == 0xff { vec![0xff, 0] } else { vec![byte] }).collect()
}
