#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use super::*;

fn picture(width: u32, height: u32) -> DynamicImage {
    DynamicImage::ImageRgb8(image::RgbImage::from_fn(width, height, |x, y| {
        image::Rgb([u8::try_from(x % 256).unwrap(), u8::try_from(y % 256).unwrap(), 90])
    }))
}

fn sent(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

fn made(bytes: &[u8], kind: Kind) -> Result<Logo, BadImage> {
    Logo::of(bytes, kind)
}

const FORMATS: [(Kind, ImageFormat); 3] =
    [(Kind::Png, ImageFormat::Png), (Kind::Jpeg, ImageFormat::Jpeg), (Kind::WebP, ImageFormat::WebP)];

#[test]
fn every_kind_becomes_four_square_pictures() {
    for (kind, format) in FORMATS {
        let Logo(pictures) = made(&sent(&picture(300, 100), format), kind).unwrap();
        assert_eq!(pictures.iter().map(|one| one.px).collect::<Vec<_>>(), SIZES);
        for Picture { px, png } in pictures {
            let drawn = image::load_from_memory_with_format(&png, ImageFormat::Png).unwrap().into_rgba8();
            assert_eq!(drawn.dimensions(), (px.into(), px.into()));
            assert_eq!(drawn.get_pixel(0, 0)[3], 0, "above the picture nothing is drawn");
            assert_eq!(drawn.get_pixel(u32::from(px) / 2, u32::from(px) / 2)[3], 255);
        }
    }
}

#[test]
fn odd_shapes_are_drawn_too() {
    for (width, height) in [(1, 1), (1, 4096), (4096, 1), (4096, 2048)] {
        assert!(made(&sent(&picture(width, height), ImageFormat::Png), Kind::Png).is_ok(), "{width}×{height}");
    }
    for (width, height) in [(4097, 1), (1, 4097), (4096, 2049)] {
        let refused = made(&sent(&picture(width, height), ImageFormat::Png), Kind::Png);
        assert_eq!(refused, Err(BadImage::TooManyPixels), "{width}×{height}");
    }
}

#[test]
fn only_the_declared_kind_is_read_and_only_whole() {
    for (kind, format) in FORMATS {
        let bytes = sent(&picture(200, 200), format);
        for (other, _) in FORMATS.into_iter().filter(|(other, _)| *other != kind) {
            assert_eq!(made(&bytes, other), Err(BadImage::OtherKind), "{kind:?} as {other:?}");
        }
        for part in [bytes.len() / 4, bytes.len() / 2, bytes.len() * 3 / 4, bytes.len() - 20] {
            assert_eq!(made(&bytes[..part], kind), Err(BadImage::Unreadable), "{kind:?} up to {part}");
        }
        assert_eq!(made(&[], kind), Err(BadImage::Empty));
        assert_eq!(made(&vec![0; MOST_BYTES + 1], kind), Err(BadImage::TooLarge));
    }
    for bytes in [&b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..], b"GIF89a\x01\x00\x01\x00", b"BM", b"%PDF-1.7"] {
        for (kind, _) in FORMATS {
            assert_eq!(made(bytes, kind), Err(BadImage::OtherKind));
        }
    }
}

#[test]
fn what_stands_behind_or_inside_a_picture_is_not_drawn() {
    for (kind, format) in FORMATS {
        let clean = sent(&picture(200, 200), format);
        let html = [clean.as_slice(), b"<html><script>alert(1)</script></html>"].concat();
        let drawn = made(&html, kind).unwrap();
        assert_eq!(drawn, made(&clean, kind).unwrap(), "{kind:?}");
        assert!(drawn.0.iter().all(|one| !one.png.windows(6).any(|six| six == b"script")));
    }
}

#[test]
fn a_picture_stands_as_its_camera_held_it() {
    // One segment APP1 with one entry of EXIF: orientation 6, to be turned by 90 degrees.
    let exif = b"\xff\xe1\x00\x22Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let plain = sent(&picture(200, 100), ImageFormat::Jpeg);
    let turned = [&plain[..2], exif.as_slice(), &plain[2..]].concat();
    let corner = |bytes: &[u8]| {
        let Logo(pictures) = made(bytes, Kind::Jpeg).unwrap();
        let drawn = image::load_from_memory(&pictures[1].png).unwrap().into_rgba8();
        (drawn.get_pixel(0, 32)[3], drawn.get_pixel(32, 0)[3])
    };
    assert_eq!((corner(&plain), corner(&turned)), ((255, 0), (0, 255)));
}
