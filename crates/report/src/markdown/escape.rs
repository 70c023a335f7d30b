//! Foreign text on a page: what could end a cell, begin a tag or a heading, or call somebody's name, is disarmed.
//!
//! Names go into code spans, where nothing has a meaning but backticks and, in tables, the bar; sentences are escaped sign
//! by sign, and only where a sign would mean something, so that the raw page stays readable.

/// A name in a code span.
pub(super) fn code(text: &str) -> String {
    let text = one_line(text).replace('|', "\\|");
    let ticks = "`".repeat(longest_run(&text) + 1);
    let needs_room = text.starts_with('`') || text.ends_with('`') || text.is_empty();
    let room = if needs_room { " " } else { "" };
    format!("{ticks}{room}{text}{room}{ticks}")
}

/// A sentence, in one line.
pub(super) fn text(text: &str) -> String {
    let line = one_line(text);
    let mut escaped = String::with_capacity(line.len());
    let mut before = ' ';
    let mut signs = line.chars().peekable();
    while let Some(sign) = signs.next() {
        let after = signs.peek().copied().unwrap_or(' ');
        match sign {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '@' => escaped += "&#64;",
            '\\' | '`' | '*' | '[' | ']' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(sign);
            }
            '_' if !(before.is_alphanumeric() && after.is_alphanumeric()) => escaped += "\\_",
            '#' if before == ' ' => escaped += "\\#",
            // No address becomes a link that nobody put there.
            '/' if before == '/' => escaped += "&#47;",
            _ => escaped.push(sign),
        }
        before = sign;
    }
    escaped
}

/// A block of code that nothing in it can end.
pub(super) fn fence(language: &str, text: &str) -> String {
    let ticks = "`".repeat(longest_run(text).max(2) + 1);
    format!("{ticks}{language}\n{text}\n{ticks}")
}

/// The text without line breaks and other control characters.
pub(super) fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if is_break(c) { ' ' } else { c })
        .collect()
}

/// The text without control characters but with its lines.
pub(super) fn without_control(text: &str) -> String {
    text.chars()
        .map(|c| if c != '\n' && is_break(c) { ' ' } else { c })
        .collect()
}

/// Also the separators of lines and the marks that turn the direction of reading, which can hide what a name is.
fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_their_span_and_cell() {
        assert_eq!(code("public.events"), "`public.events`");
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("`x` ``y"), "``` `x` ``y ```");
        assert_eq!(code("two\nlines"), "`two lines`");
        assert_eq!(code(""), "`  `");
    }

    #[test]
    fn sentences_mean_nothing_but_what_they_say() {
        assert_eq!(
            text("webhook_events_2025_09: 5 * 3"),
            "webhook_events_2025_09: 5 \\* 3"
        );
        assert_eq!(
            text("<img src=x> & _a_ [b](c) `d`"),
            "&lt;img src=x&gt; &amp; \\_a\\_ \\[b\\](c) \\`d\\`"
        );
        assert_eq!(
            text("a | b\n# c @all https://x"),
            "a \\| b \\# c &#64;all https:/&#47;x"
        );
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fence("sql", "SELECT 1"), "```sql\nSELECT 1\n```");
        assert_eq!(fence("", "````"), "`````\n````\n`````");
    }
}
