#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "a test fails by panicking")]

use std::io::Write as _;

use bytes::Bytes;
use proptest::prelude::*;

use super::{Admission, Injector, LOOKED_AT_MAX, Outcome};
use crate::coding::Coding;

const OURS: &str = "<script>ours</script>";

fn injector(coding: Coding) -> Injector {
    let ours = |admission: &Admission| match admission.nonce() {
        Some(nonce) => format!("<script nonce={nonce}>ours</script>"),
        None => OURS.to_owned(),
    };
    Injector::new(Box::new(ours), Admission::default(), coding)
}

fn through(pieces: &[&[u8]], coding: Coding) -> std::io::Result<(Vec<u8>, Option<Outcome>)> {
    let mut injector = injector(coding);
    let mut out = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        out.extend_from_slice(&injector.piece(Bytes::copy_from_slice(piece), at + 1 == pieces.len())?);
    }
    Ok((out, injector.outcome()))
}

fn whole(page: &str) -> String {
    String::from_utf8(through(&[page.as_bytes()], Coding::Identity).unwrap().0).unwrap()
}

#[test]
fn it_stands_before_the_first_script_and_behind_what_the_page_says_of_itself() {
    for page in [
        "<!doctype html><html lang=en><head><meta charset=utf-8><title><link></title>|<link href=x>",
        "<!doctype html><html lang=en><head><title>x</title>|<base href=//y><script>",
        "<HTML><HEAD data-x=\"a>b\">|<script>",
        "<html><head>|<noscript><meta charset=utf-8></noscript>",
        "<!-- <head> -->|<script src=a></script>",
        "<!doctype html><title>x</title>|<p>y",
        "<html>|<body>text",
        "\u{feff}<meta charset=utf-8><head>|text",
        "<head><meta charset=utf-8>|<title>nothing comes",
        "|<header>no head</header>",
    ] {
        assert_eq!(whole(&page.replace('|', "")), page.replace('|', OURS), "{page}");
    }
}

#[test]
fn a_policy_of_the_page_is_kept_and_lends_its_nonce() {
    let sealed =
        |policy: &str| format!("<head><META HTTP-EQUIV='content-security-policy ' content=\"{policy}\"><script>");
    let page = sealed("script-src 'nonce-n'");
    assert_eq!(whole(&page), page.replace("<script>", "<script nonce=n>ours</script><script>"));
    let page = sealed("script-src 'none'");
    let wanted = (page.clone().into_bytes(), Some(Outcome::Policy("script-src")));
    for size in [1, 1000] {
        let pieces: Vec<&[u8]> = page.as_bytes().chunks(size).collect();
        assert_eq!(through(&pieces, Coding::Identity).unwrap(), wanted);
    }
    // The one that only reports counts for nothing in `<meta>`, and one behind the place comes too late.
    for page in [
        "<meta http-equiv=content-security-policy-report-only content=\"script-src 'none'\"><p>",
        "<p><meta http-equiv=content-security-policy content=\"script-src 'none'\">",
    ] {
        assert_eq!(whole(page), page.replace("<p>", &format!("{OURS}<p>")));
    }
}

#[test]
fn what_has_no_element_passes() {
    for page in ["", "text", "<!doctype html>", "{\"a\": \"b\"}", "<html>", "<hea", "<!-- <head>"] {
        assert_eq!(through(&[page.as_bytes()], Coding::Identity).unwrap(), (page.into(), Some(Outcome::NoPlace)));
    }
}

#[test]
fn what_is_held_has_a_limit() {
    let long = format!("{}<head>", " ".repeat(LOOKED_AT_MAX + 1));
    let (first, rest) = long.as_bytes().split_at(LOOKED_AT_MAX + 1);
    let mut injector = injector(Coding::Identity);
    assert_eq!(injector.piece(Bytes::copy_from_slice(first), false).unwrap().len(), first.len());
    assert_eq!(injector.outcome(), Some(Outcome::NoPlace));
    assert_eq!(injector.piece(Bytes::copy_from_slice(rest), true).unwrap(), rest);
}

#[test]
fn a_tag_that_never_ends_passes_as_it_is() {
    let page = format!("<head {}", "a=b ".repeat(100_000));
    let pieces: Vec<&[u8]> = page.as_bytes().chunks(1000).collect();
    assert_eq!(through(&pieces, Coding::Identity).unwrap(), (page.clone().into_bytes(), Some(Outcome::NoPlace)));
}

fn gzip(page: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(page).unwrap();
    encoder.finish().unwrap()
}

fn brotli(page: &[u8]) -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 20);
    encoder.write_all(page).unwrap();
    encoder.into_inner()
}

const PAGE: &str = "<!doctype html><html><head><title>é</title></head><body>\u{1f600}</body></html>";

#[test]
fn a_compressed_page_leaves_in_plain() {
    for (coding, packed) in [(Coding::Gzip, gzip(PAGE.as_bytes())), (Coding::Brotli, brotli(PAGE.as_bytes()))] {
        for size in [1, 7, 1000] {
            let pieces: Vec<&[u8]> = packed.chunks(size).collect();
            let (out, outcome) = through(&pieces, coding).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), whole(PAGE), "{coding:?} in pieces of {size}");
            assert_eq!(outcome, Some(Outcome::Inserted));
        }
    }
}

#[test]
fn what_is_cut_short_or_no_such_coding_is_an_error() {
    for (coding, packed) in [(Coding::Gzip, gzip(PAGE.as_bytes())), (Coding::Brotli, brotli(PAGE.as_bytes()))] {
        assert!(through(&[&packed[..packed.len() - 9]], coding).is_err(), "{coding:?} cut short");
        assert!(through(&[PAGE.as_bytes()], coding).is_err(), "{coding:?} that is none");
    }
}

#[test]
fn behind_the_end_of_a_packed_page_is_nothing() {
    let packed = [gzip(PAGE.as_bytes()), b"more".to_vec()].concat();
    for size in [1, 7, 1000] {
        let pieces: Vec<&[u8]> = packed.chunks(size).collect();
        assert_eq!(String::from_utf8(through(&pieces, Coding::Gzip).unwrap().0).unwrap(), whole(PAGE), "{size}");
    }
}

#[test]
fn a_piece_that_becomes_too_much_is_an_error_before_it_does() {
    let spaces = |count: usize| ["<html><head><p>".as_bytes(), &vec![b' '; count]].concat();
    for (coding, pack) in [(Coding::Gzip, gzip as fn(&[u8]) -> Vec<u8>), (Coding::Brotli, brotli)] {
        assert!(through(&[&pack(&spaces(100 << 20))], coding).is_err(), "{coding:?}");
        assert!(through(&[&pack(&spaces(7 << 20))], coding).is_ok(), "{coding:?}");
    }
}

#[test]
fn a_page_that_begins_with_a_wide_byte_order_mark_passes() {
    for mark in [[0xfe, 0xff], [0xff, 0xfe]] {
        let page = [&mark[..], b"<head><p>"].concat();
        assert_eq!(through(&[&page], Coding::Identity).unwrap(), (page.clone(), Some(Outcome::NoPlace)));
    }
}

#[test]
fn codings_are_known_by_name() {
    for (name, wanted) in [
        ("gzip", Some(Coding::Gzip)),
        ("GZIP ", Some(Coding::Gzip)),
        ("br", Some(Coding::Brotli)),
        ("identity", Some(Coding::Identity)),
        ("", Some(Coding::Identity)),
        ("deflate", None),
        ("zstd", None),
        ("gzip, br", None),
    ] {
        assert_eq!(Coding::named(name), wanted, "{name}");
    }
}

proptest! {
    /// Whatever the page and wherever its pieces end: taking the insertion out gives the page back.
    #[test]
    fn every_byte_of_the_page_goes_on(page in "(<[a-z]{0,6}|</?head>|<script>|</script>|[ -~]|\n|é|<!--|-->|<html>|\"|'|=){0,60}", size in 1usize..9) {
        let pieces: Vec<&[u8]> = page.as_bytes().chunks(size).collect();
        if !pieces.is_empty() {
            let (out, outcome) = through(&pieces, Coding::Identity).unwrap();
            let out = String::from_utf8(out).unwrap();
            match outcome {
                Some(Outcome::Inserted) => {
                    prop_assert_eq!(out.replacen(OURS, "", 1), page.clone());
                    prop_assert_eq!(out.clone(), whole(&page), "where pieces end does not matter");
                }
                _ => prop_assert_eq!(out, page),
            }
        }
    }
}
