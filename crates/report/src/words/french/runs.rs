//! What is said of partman's own runs.

use super::Pair;

pub(super) const WORDS: &[Pair] = &[
    (
        "run {id} of {at} by {by} stopped part-way: what it was for is neither as it was nor finished",
        "l'exécution {id} du {at} par {by} s'est arrêtée en chemin : ce qu'elle traitait n'est ni comme avant ni achevé",
    ),
    ("somebody", "quelqu'un"),
    (
        "{who} of role {user} (backend {pid}) is at work here since {since}",
        "{who} du rôle {user} (processus {pid}) est à l'œuvre ici depuis {since}",
    ),
    (
        "wait for it; `partman status` tells how it ended",
        "attendre ; `partman status` dira comment elle s'est terminée",
    ),
    (
        "run {id} of {at} by {by} stopped part-way, and until it is ended its constraint partman_fence has rows refused that {fenced} took before",
        "l'exécution {id} du {at} par {by} s'est arrêtée en route, et tant qu'elle n'est pas terminée sa contrainte partman_fence fait refuser des lignes que {fenced} acceptait",
    ),
    (
        "{table} still has the constraint partman_fence, and no run is open that would take it away: rows that it rules out are refused",
        "{table} a encore la contrainte partman_fence, et aucune exécution en cours ne l'enlèvera : les lignes qu'elle exclut sont refusées",
    ),
    ("drop it: {sql}", "la supprimer : {sql}"),
    (
        "{table} was a DEFAULT partition, and is kept with all its rows since others took its place",
        "{table} était une partition DEFAULT ; elle est gardée avec toutes ses lignes depuis que d'autres ont pris sa place",
    ),
    (
        "when the way back is no longer wanted: {sql}",
        "quand le retour en arrière n'est plus voulu : {sql}",
    ),
    (
        "{table} was created by a run that was taken back since, and is a partition of nothing",
        "{table} a été créée par une exécution annulée depuis, et n'est la partition de rien",
    ),
    (
        "see what it holds; if nothing: {sql}",
        "voir ce qu'elle contient ; si rien : {sql}",
    ),
    (
        "the database did not answer: {why}",
        "la base de données n'a pas répondu : {why}",
    ),
    (
        "`partman status -v` shows which settings were used, and where each was found",
        "`partman status -v` montre quels réglages ont servi, et d'où vient chacun",
    ),
    ("at work now", "à l'œuvre en ce moment"),
    (
        "the journal of partman's runs",
        "le journal des exécutions de partman",
    ),
];
