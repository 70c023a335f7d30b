//! The whole picture, and a list of findings.

use super::Pair;

pub(super) const WORDS: &[Pair] = &[
    ("declined: {mend}", "refusé : {mend}"),
    ("Overall", "État global"),
    ("Database", "Base de données"),
    ("Container", "Conteneur"),
    ("Files", "Fichiers"),
    ("Backup", "Sauvegarde"),
    ("Last run", "Dernière exécution"),
    ("Findings", "Constats"),
    ("What to do next", "Que faire ensuite"),
    (
        "absent: the server has no pg_partman",
        "absent : le serveur n'a pas pg_partman",
    ),
    (
        "ready: pg_partman is available, not every set is under it",
        "prêt : pg_partman est disponible, tous les ensembles ne lui sont pas confiés",
    ),
    (
        "deployed: every set is under pg_partman, and nothing is wrong",
        "déployé : tous les ensembles sont sous pg_partman, et tout va bien",
    ),
    (
        "degraded: under pg_partman, with errors",
        "dégradé : sous pg_partman, avec des erreurs",
    ),
    (
        "{name} on PostgreSQL {version}, seen by {user} at {at}",
        "{name} sur PostgreSQL {version}, vue par {user} le {at}",
    ),
    (
        "{version} in schema {schema}",
        "{version} dans le schéma {schema}",
    ),
    (
        "not installed; the server offers {version}",
        "non installé ; le serveur propose {version}",
    ),
    (
        "not installed, and the server has no files of it",
        "non installé, et le serveur n'en a pas les fichiers",
    ),
    ("running", "en cours d'exécution"),
    ("stopped", "arrêté"),
    ("healthy", "en bonne santé"),
    ("unhealthy", "en mauvaise santé"),
    ("starting", "en cours de démarrage"),
    ("image {image}", "image {image}"),
    (
        "image {image}, which should be {expected} (built)",
        "image {image}, qui devrait être {expected} (construite)",
    ),
    (
        "image {image}, which should be {expected} (not built)",
        "image {image}, qui devrait être {expected} (non construite)",
    ),
    ("since {at}", "depuis le {at}"),
    (
        "{present} present, {missing} missing",
        "{present} présents, {missing} manquants",
    ),
    ("{id} of {at}", "{id} du {at}"),
    ("proven to restore at {at}", "restauration prouvée le {at}"),
    (
        "proven to restore at {at}, longer ago than is allowed",
        "restauration prouvée le {at}, depuis plus longtemps que permis",
    ),
    ("not proven to restore", "restauration non prouvée"),
    (
        "{id} of {at} by {user}: {outcome}",
        "{id} du {at} par {user} : {outcome}",
    ),
    ("completed", "terminée"),
    ("rolled back", "annulée"),
    ("stopped part-way", "arrêtée en chemin"),
    ("without backup: {why}", "sans sauvegarde : {why}"),
    (
        "on another database that this one is a copy of",
        "sur une autre base de données, dont celle-ci est une copie",
    ),
    (
        "no partitioned table is in this database",
        "il n'y a pas de table partitionnée dans cette base de données",
    ),
    ("could not be seen", "n'a pas pu être vu"),
    ("managed by pg_partman", "gérée par pg_partman"),
    (
        "managed by hand, can be adopted",
        "gérée à la main, peut être adoptée",
    ),
    (
        "managed by hand, somebody has to decide before it can be adopted",
        "gérée à la main, quelqu'un doit décider avant qu'elle puisse être adoptée",
    ),
    ("{strategy} by {control}", "{strategy} par {control}"),
    (
        "several columns or an expression",
        "plusieurs colonnes ou une expression",
    ),
    ("every {interval}", "intervalle {interval}"),
    ("up to {horizon}", "jusqu'à {horizon}"),
    ("partition", "partition"),
    ("from", "de"),
    ("to", "à"),
    ("rows (estimate)", "lignes (estimation)"),
    ("size", "taille"),
    ("… {n} more …", "… {n} de plus …"),
    (
        "run {id} stopped part-way",
        "l'exécution {id} s'est arrêtée en chemin",
    ),
    (
        "or: run {id} stopped part-way",
        "ou bien : l'exécution {id} s'est arrêtée en chemin",
    ),
    (
        "the server has no pg_partman to install",
        "le serveur n'a pas de pg_partman à installer",
    ),
    (
        "{parent} is partitioned by hand",
        "{parent} est partitionnée à la main",
    ),
    (
        "there are findings of severity error",
        "il y a des constats de gravité « erreur »",
    ),
    ("database {name}", "base de données {name}"),
    ("sizes on disk", "tailles sur disque"),
    (
        "what the DEFAULT partitions hold",
        "contenu des partitions DEFAULT",
    ),
    ("pg_partman's configuration", "configuration de pg_partman"),
    ("pg_cron's jobs", "tâches de pg_cron"),
    ("backups", "sauvegardes"),
    ("error", "erreur"),
    ("warning", "avertissement"),
    ("info", "info"),
    ("no findings", "aucun constat"),
    ("1 error", "1 erreur"),
    ("{n} errors", "{n} erreurs"),
    ("1 warning", "1 avertissement"),
    ("{n} warnings", "{n} avertissements"),
    ("1 hint", "1 indication"),
    ("{n} hints", "{n} indications"),
    (
        "partman explain ID says more about each",
        "partman explain ID en dit plus sur chacun",
    ),
];
