//! The page from plain statuses, in both languages, and with names that would like to break it.

use pulldown_cmark::{Event, Parser, Tag};

mod sample;

use super::*;
use sample::{by_hand, configured, deployed, hostile};

#[test]
fn a_set_by_hand_in_a_container_in_french() {
    let page = status(&by_hand(), &configured(&by_hand()), Language::French);
    insta::assert_snapshot!(page);
}

#[test]
fn a_set_by_hand_in_a_container_in_english() {
    let page = status(&by_hand(), &configured(&by_hand()), Language::English);
    insta::assert_snapshot!(page);
}

#[test]
fn everything_in_place() {
    let page = status(&deployed(), &configured(&deployed()), Language::English);
    insta::assert_snapshot!(page);
}

#[test]
fn hostile_names_stay_where_they_are() {
    let page = status(&hostile(), &configured(&hostile()), Language::English);
    insta::assert_snapshot!(page);
    let usual = status(&by_hand(), &configured(&by_hand()), Language::English);
    assert_eq!(headings(&page), headings(&usual));
    for line in page.lines().filter(|line| line.starts_with('|')) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert!([3, 4, 6, 7].contains(&bars), "{line}");
    }
}

/// How many headings a reader of Markdown sees: a comment in a block of commands is none.
fn headings(page: &str) -> usize {
    Parser::new(page)
        .filter(|event| matches!(event, Event::Start(Tag::Heading { .. })))
        .count()
}

#[test]
fn no_line_is_followed_by_two_empty_ones() {
    for seen in [by_hand(), deployed(), hostile()] {
        for language in [Language::English, Language::French] {
            let page = status(&seen, &configured(&seen), language);
            assert!(!page.contains("\n\n\n"), "{page}");
        }
    }
}
