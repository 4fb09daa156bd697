//! Did you mean, and other wording that messages share.

/// The known word closest to `word`, if it is close enough to be a slip: at most one
/// character in three differs, and at most three.
pub(crate) fn closest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    known
        .into_iter()
        .filter_map(|candidate| {
            let distance = strsim::osa_distance(&word, &candidate.to_lowercase());
            let length = word.chars().count().max(candidate.chars().count());
            (distance <= (length / 3).clamp(1, 3) && distance < length).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `` `a`, `b` or `c` ``, for a help line; `word` is `or` or `and`.
pub(crate) fn quoted_list<'a>(words: impl IntoIterator<Item = &'a str>, word: &str) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match quoted.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} {word} {last}", first.join(", ")),
    }
}

/// `1 mistake`, `3,950 mistakes`: a number for people, and what is counted.
pub fn counted(count: usize, what: &str) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if count == 1 { format!("{grouped} {what}") } else { format!("{grouped} {what}s") }
}

/// A text of a file in one line: comments and reasons break lines where their source does.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{closest, counted, quoted_list};

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["deployment", "temperature", "user", "top_p"];
        for (word, expected) in [
            ("deploymnet", Some("deployment")),
            ("Deployment", Some("deployment")),
            ("top-p", Some("top_p")),
            ("usr", Some("user")),
            ("seed", None),
            ("model", None),
        ] {
            assert_eq!(closest(word, known), expected, "{word}");
        }
    }

    #[test]
    fn numbers_are_grouped_and_agree_with_their_noun() {
        for (count, expected) in [(0, "0 cells"), (1, "1 cell"), (999, "999 cells"), (1_234_567, "1,234,567 cells")] {
            assert_eq!(counted(count, "cell"), expected);
        }
    }

    #[test]
    fn lists_read_as_a_sentence() {
        assert_eq!(quoted_list([], "or"), "none");
        assert_eq!(quoted_list(["a"], "or"), "`a`");
        assert_eq!(quoted_list(["a", "b", "c"], "and"), "`a`, `b` and `c`");
    }
}
