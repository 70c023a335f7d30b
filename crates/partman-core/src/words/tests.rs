//! Phrases say what they are told to, whatever stands in their places.

use super::*;

#[test]
fn places_are_filled_and_arguments_are_translated_with_the_sentence() {
    let parent = crate::name::RelationName::new("public", "events");
    let fate = phrase!("land in {default}", default = "public.rest");
    let said = phrase!("rows of {parent} {fate}", parent, fate);
    assert_eq!(said, "rows of public.events land in public.rest");
    let french = said.render(&|template| match template {
        "rows of {parent} {fate}" => Some("les lignes de {parent} {fate}"),
        "land in {default}" => Some("arrivent dans {default}"),
        _ => None,
    });
    assert_eq!(
        french,
        "les lignes de public.events arrivent dans public.rest"
    );
}

#[test]
fn braces_in_values_are_no_places() {
    let said = phrase!("{a} and {b}", a = "{b}", b = "{a");
    assert_eq!(said, "{b} and {a");
    assert_eq!(said.render(&|_| Some("{b}{c}{")), "{a{c}{");
}

#[test]
fn joined_phrases_are_translated_one_by_one() {
    let both = Phrase::joined([phrase!("one"), Phrase::verbatim("two")], "; ");
    assert_eq!(both, "one; two");
    let shout = both.render(&|template| (template == "one").then_some("un"));
    assert_eq!(shout, "un; two");
}

#[test]
fn as_json_it_is_its_english_text() {
    let said = phrase!("{n} steps", n = 3);
    let json = serde_json::to_string(&said).expect("a string");
    assert_eq!(json, "\"3 steps\"");
    let back: Phrase = serde_json::from_str(&json).expect("it reads back");
    assert!(back == said && back.is_verbatim());
}
