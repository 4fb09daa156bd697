use proptest::prelude::*;

use super::difference;
use crate::telemetry::canonical::{arbitrary, render};

const OLD: &str = "\
step ask
  span \"openai.chat\"
    kind = client
    gen_ai.system = \"openai\"
    gen_ai.usage.input_tokens = 57
    gen_ai.input.messages : json
      [0].role = \"user\"
      [0].content = \"hi\"
    event \"choice\"
      index = 0
  span \"openai.chat\"
    kind = client
    parent = <span 1>
step answer
  span \"openai.chat\"
    kind = internal
";

#[track_caller]
fn check(edit: &[(&str, &str)], expected: &str) {
    let new = edit.iter().fold(OLD.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "`{from}` is not in the text");
        text.replacen(from, to, 1)
    });
    let difference = difference(OLD, &new).expect("the texts differ");
    assert_eq!(difference.facts_text(), expected);
    assert!(difference.unified.starts_with("--- reviewed\n+++ this run\n@@"), "{}", difference.unified);
}

#[test]
fn equal_texts_have_no_difference() {
    assert_eq!(difference(OLD, OLD), None);
}

#[test]
fn a_changed_value_is_one_fact() {
    check(
        &[("tokens = 57", "tokens = 58")],
        "step ask / span \"openai.chat\"\n  gen_ai.usage.input_tokens: was 57, is 58\n",
    );
    check(
        &[("\"hi\"", "\"ho\""), ("kind = internal", "kind = client")],
        "\
step ask / span \"openai.chat\"
  gen_ai.input.messages [0].content: was \"hi\", is \"ho\"
step answer / span \"openai.chat\"
  kind: was internal, is client
",
    );
    check(
        &[(" : json\n      [0].role = \"user\"\n      [0].content = \"hi\"", " : broken-json = \"[\"")],
        "step ask / span \"openai.chat\"\n  gen_ai.input.messages: was : json, is : broken-json = \"[\"\n",
    );
}

#[test]
fn names_come_go_and_change() {
    check(
        &[("gen_ai.system", "gen_ai.provider.name")],
        "step ask / span \"openai.chat\"\n  gen_ai.system: renamed to gen_ai.provider.name\n",
    );
    check(
        &[("    gen_ai.system = \"openai\"\n", "    new = 1.0\n")],
        "step ask / span \"openai.chat\"\n  removed gen_ai.system = \"openai\"\n  added new = 1.0\n",
    );
    check(
        &[("span \"openai.chat\"\n    kind = internal", "span \"chat gpt\"\n    kind = internal")],
        "step answer\n  span: was span \"openai.chat\", is span \"chat gpt\"\n",
    );
}

#[test]
fn a_block_that_comes_or_goes_is_one_fact() {
    check(
        &[("    event \"choice\"\n      index = 0\n", "")],
        "step ask / span \"openai.chat\"\n  removed event \"choice\" (1 fact)\n",
    );
    check(
        &[("step answer\n", "  span \"extra\"\n    kind = client\n    id = <span 2>\nstep answer\n")],
        "step ask\n  added span \"extra\" (2 facts)\n",
    );
    check(&[("step answer\n  span \"openai.chat\"\n    kind = internal\n", "")], "  removed step answer (1 fact)\n");
}

#[test]
fn the_second_of_two_equal_blocks_is_told_apart() {
    check(
        &[("kind = client\n    parent", "kind = server\n    parent")],
        "step ask / span \"openai.chat\" #2\n  kind: was client, is server\n",
    );
}

#[test]
fn numbers_that_only_moved_are_left_out() {
    check(
        &[("<span 1>", "<span 2>"), ("= 57", "= 58")],
        "step ask / span \"openai.chat\"\n  gen_ai.usage.input_tokens: was 57, is 58\n",
    );
    check(&[("<span 1>", "<span 2>")], "step ask / span \"openai.chat\" #2\n  parent: was <span 1>, is <span 2>\n");
}

#[test]
fn texts_that_are_no_snapshots_still_differ() {
    let difference = difference("a\n b\n", "a\n c\n").expect("the texts differ");
    assert_eq!(difference.facts_text(), "a\n  removed b\n  added c\n");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_differ_in_at_least_one_fact(old in arbitrary::document(), new in arbitrary::document()) {
        let (old, new) = (render(&old), render(&new));
        match difference(&old, &new) {
            None => prop_assert_eq!(old, new),
            Some(difference) => prop_assert!(!difference.facts.is_empty(), "{}", difference.unified),
        }
    }
}
