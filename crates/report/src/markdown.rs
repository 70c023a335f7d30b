//! `partman status --format markdown`: a page that can be put into a repository, a ticket or a mail.
//!
//! GitHub's dialect, with tables that can be read as they are. What stands where is in `status.md.j2`; the words are in
//! [`crate::words`], and nothing is decided here that [`Status`] doesn't say. Whatever names a database holds, the page
//! stays in one piece: see `escape`.

mod checklist;
mod configured;
mod detail;
mod escape;
mod table;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Value, context};
use partman_core::words::Phrase;
use partman_rollout::status::{Next, Status};

pub use configured::{Configured, ConfiguredSet, PartConfig};

use crate::facts;
use crate::words::Language;
use checklist::Checklist;

const TEMPLATE: &str = include_str!("markdown/status.md.j2");

/// The page of a status, and of what is configured beside it.
///
/// # Panics
/// If the template, which is part of the program, is broken.
pub fn status(status: &Status, configured: &Configured, language: Language) -> String {
    let status = &language.status(status);
    let checklist = Checklist::new(status, configured, language);
    let page = context! {
        database => escape::code(&status.database.name),
        mark => checklist::mark_of(status.overall),
        overall => say(language, &facts::overall(status.overall)),
        at => facts::moment(status.database.looked_at),
        server => &status.database.server_version,
        user => escape::code(&status.database.user),
        summary => checklist.summary(language),
        container => status.container.as_ref().map(|c| detail::container(c, language)),
        extension => detail::extension(&status.extension, language),
        sets => status.sets.iter().map(|s| detail::set(s, language)).collect::<Vec<_>>(),
        files => detail::files(&status.files, language),
        file => configured.file.as_deref().map(escape::code),
        schema => escape::code(&configured.schema),
        configured => configured::sets(configured, language),
        part_config => configured::rows(configured),
        backup => status.backup.as_ref().map(|backup| {
            let proof = say(language, &facts::proof(backup));
            format!("{} ({}), {proof}", escape::code(&backup.id), facts::moment(backup.at))
        }),
        last_run => status.last_run.as_ref().map(|run| {
            let parts = facts::run(run);
            let parts: Vec<String> = parts.iter().map(|part| say(language, part)).collect();
            parts.join(", ")
        }),
        findings => status.findings.iter().map(|f| detail::finding(f, language)).collect::<Vec<_>>(),
        unseen => status.gaps_in_view.iter().map(|gap| escape::text(&gap.message)).collect::<Vec<_>>(),
        done => checklist.done(),
        remaining => checklist.remaining(),
        commands => commands(&status.next),
        warnings => checklist.warnings(),
    };
    render(&page, language).expect("the template is part of the program")
}

fn render(page: &Value, language: Language) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    let whole_lines = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()?;
    environment.set_syntax(whole_lines);
    environment.add_function("say", move |sentence: &str| {
        language.word(sentence).to_owned()
    });
    environment.add_global("colon", language.colon());
    let page = environment.render_str(TEMPLATE, page)?;
    Ok(page.trim_end().to_owned() + "\n")
}

/// A sentence of ours with the names of others in it.
fn say(language: Language, phrase: &Phrase) -> String {
    escape::text(&language.say(phrase))
}

/// The commands in the order in which they are to be given, each under its reason.
fn commands(next: &[Next]) -> Option<String> {
    let steps = next.iter().map(|step| {
        let why = escape::one_line(&step.why);
        format!("# {why}\n{}", escape::without_control(&step.command))
    });
    let all: Vec<String> = steps.collect();
    (!all.is_empty()).then(|| escape::fence("bash", &all.join("\n\n")))
}

#[cfg(test)]
mod tests;
