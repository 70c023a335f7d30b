//! Cuts a stream of bytes into lines, wherever the pieces of the stream begin and end.

/// Keeps what was begun until its end arrives.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    begun: Vec<u8>,
}

impl Lines {
    /// Hands over every line that is complete with this piece, without its newline. It stops at the first error.
    pub(crate) fn feed<E>(
        &mut self,
        mut piece: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while let Some(end) = piece.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&piece[..end], &piece[end + 1..]);
            if self.begun.is_empty() {
                take(line)?;
            } else {
                self.begun.extend_from_slice(line);
                let outcome = take(&self.begun);
                self.begun.clear();
                outcome?;
            }
            piece = rest;
        }
        self.begun.extend_from_slice(piece);
        Ok(())
    }

    /// Whether nothing is left that was begun and not ended.
    pub(crate) fn is_complete(&self) -> bool {
        self.begun.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_do_not_depend_on_the_pieces() {
        let text = b"one\n\ntwo\nthree\n";
        for size in 1..=text.len() {
            let (mut lines, mut seen) = (Lines::default(), Vec::new());
            for piece in text.chunks(size) {
                let outcome: Result<(), ()> = lines.feed(piece, |line| {
                    seen.push(line.to_vec());
                    Ok(())
                });
                assert_eq!(outcome, Ok(()));
            }
            assert!(lines.is_complete());
            assert_eq!(
                seen,
                [&b"one"[..], b"", b"two", b"three"],
                "in pieces of {size}"
            );
        }
    }

    #[test]
    fn an_unfinished_line_is_known() {
        let mut lines = Lines::default();
        assert_eq!(lines.feed(b"half", |_| Err("never")), Ok(()));
        assert!(!lines.is_complete());
    }
}
