use proptest::prelude::*;

use super::arbitrary;
use super::{parse, render};

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_document_reads_back_from_its_text(document in arbitrary::document()) {
        let text = render(&document);
        prop_assert_eq!(parse(&text), Ok(document), "{}", text);
    }

    #[test]
    fn no_line_of_a_document_hides_anything(document in arbitrary::document()) {
        for line in render(&document).split('\n') {
            prop_assert_eq!(line.trim_end(), line);
            prop_assert!(!line.contains(char::is_control));
        }
    }

    #[test]
    fn any_text_is_read_or_refused_without_a_panic(text in "([a-z\"<>\\[\\]{}:=. ]{0,12}\n){0,6}") {
        let _ = parse(&text);
    }
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(parse(text).map_or_else(|error| error.to_string(), |_| String::new()), expected);
}

const SPAN: &str = "\
step ask
  span \"chat\"
    kind = client
    status = unset
    parent = none
    trace = <trace 1>
    scope = s
";

#[test]
fn a_mistake_has_its_line_and_its_reason() {
    check(SPAN, "");
    check("stop ask\n", "line 1: `stop ask` is not known here");
    check("step ask\n   span \"x\"\n", "line 2: the indentation fits no line above");
    check("step ask\n    span \"x\"\n", "line 2: the indentation fits no line above");
    check("step ask\n  span \"x\"\n", "line 2: the field `kind` is missing");
    check("step ask\n  span \"x\n", "line 2: a quoted text has no closing quote");
    check(&SPAN.replace("client", "clint"), "line 3: `kind` cannot be `clint`");
    check(&SPAN.replace("<trace 1>", "<span 1>"), "line 6: `trace` cannot be `<span 1>`");
    check(&SPAN.replace("<trace 1>", "<trace 01>"), "line 6: `trace` cannot be `<trace 01>`");
    for (line, expected) in [
        ("a = 1\n    a = 2", "line 9: `a` is there twice"),
        ("kind = client", "line 8: `kind` is there twice"),
        (
            "a = 1x",
            "line 8: `1x` is no value: expected a quoted text, a number, true, false, null, hex\"…\", a placeholder, […] or {}",
        ),
        (
            "a = 99999999999999999999",
            "line 8: `99999999999999999999` is no value: expected a quoted text, a number, true, false, null, hex\"…\", a placeholder, […] or {}",
        ),
        ("a = \"x\" y", "line 8: there is ` y` after the value"),
        ("a = \"\\q\"", "line 8: an escape in a quoted text is none of \\\" \\\\ \\n \\r \\t \\uXXXX"),
        (
            "a = <time 1>",
            "line 8: `<time 1>` is no value: expected a quoted text, a number, true, false, null, hex\"…\", a placeholder, […] or {}",
        ),
        ("body = 1", "line 8: `body = 1` is not known here"),
        ("event \"x\"\n      body = 1", "line 9: `body = 1` is not known here"),
        ("a : jsn\n      x = 1", "line 8: `a : jsn` is not known here"),
        ("a : json", "line 8: `a : json` is not known here"),
        (
            "a : json\n      [1] = 1",
            "line 9: the path `[1] = 1` does not fit the lines before: said twice, an index left out, or a value that holds others",
        ),
        (
            "a : json\n      x = 1\n      x.y = 1",
            "line 10: the path `x.y = 1` does not fit the lines before: said twice, an index left out, or a value that holds others",
        ),
        ("a : json\n      x..y = 1", "line 9: `x..y = 1` is no path such as `[0].parts[1].\"a key\"`"),
    ] {
        check(&format!("{SPAN}    {line}\n"), expected);
    }
}
