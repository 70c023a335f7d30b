//! What helps against what the rules find.

use super::Pair;

pub(super) const WORDS: &[Pair] = &[
    (
        "it was left on purpose: {kind} is declined in its [[set]]; accept it with an [[ignore]] of this rule, or take that out",
        "il a été laissé exprès : {kind} est refusé dans son [[set]] ; acceptez-le par un [[ignore]] de cette règle, ou retirez \
         ce refus",
    ),
    (
        "let it end, or call it again; if nothing is left to move: {change}",
        "laissez-le finir ou rappelez-le ; s'il ne reste rien à déplacer : {change}",
    ),
    (
        "{delete}, or correct the name there",
        "{delete}, ou corrigez-y le nom",
    ),
    (
        "{change} (partman explain {id} tells how without a long lock)",
        "{change} (partman explain {id} dit comment éviter un long verrou)",
    ),
    (
        "adopting the set mends it: partman plan {parent} shows how",
        "l'adoption de l'ensemble y remédie : partman plan {parent} montre comment",
    ),
    (
        "move them into partitions of their own: partman explain {id} has the statements",
        "déplacez-les dans leurs propres partitions : partman explain {id} donne les instructions",
    ),
    (
        "correct those that are slips, for partitions are made up to each of them, then move them into partitions of their own: {calls}",
        "corrigez celles qui sont des erreurs, car des partitions sont créées jusqu'à chacune d'elles, puis déplacez-les dans leurs propres partitions : {calls}",
    ),
    (
        "give the image or host the files of {version} again, for Debian with the package {package}",
        "redonnez à l'image ou à l'hôte les fichiers de {version}, pour Debian avec le paquet {package}",
    ),
    (
        "install the package where the server runs, for Debian: apt-get install {package} (no restart is needed; a container \
         keeps it until it is created anew)",
        "installez le paquet là où tourne le serveur, pour Debian : apt-get install {package} (sans redémarrage ; un conteneur \
         le garde jusqu'à ce qu'il soit recréé)",
    ),
    (
        "partman migrate installs it; by hand: {sql}",
        "partman migrate l'installe ; à la main : {sql}",
    ),
    (
        "partman migrate {argument} makes what is missing and has pg_partman go on",
        "partman migrate {argument} crée ce qui manque et confie la suite à pg_partman",
    ),
    (
        "make the next partition by hand, partitioned as the others are",
        "créez la prochaine partition à la main, partitionnée comme les autres",
    ),
    (
        "make the next partition: {create}",
        "créez la prochaine partition : {create}",
    ),
    (
        "make the next partition by hand",
        "créez la prochaine partition à la main",
    ),
    (
        "create it on the partitions that lack it (in psql: {list} lists the parts that are attached), then ALTER INDEX … \
         ATTACH PARTITION",
        "créez-le sur les partitions qui ne l'ont pas (dans psql : {list} liste les parties attachées), puis ALTER INDEX … \
         ATTACH PARTITION",
    ),
    (
        "{call}, and read its warnings",
        "{call}, et lisez ses avertissements",
    ),
    (
        "have a job of pg_cron or of the host call run_maintenance_proc() every hour; one outside the database can't be seen",
        "faites appeler run_maintenance_proc() toutes les heures par une tâche de pg_cron ou de l'hôte ; une tâche hors de la \
         base de données ne peut pas être vue",
    ),
    (
        "leave pg_partman's retention off, and detach old partitions yourself, by their true bounds",
        "n'activez pas la rétention de pg_partman, et détachez vous-même les vieilles partitions d'après leurs vraies bornes",
    ),
    (
        "detach it, and attach it with the bounds of its rows: partman explain {id} has the statements",
        "détachez-la, puis attachez-la avec les bornes de ses lignes : partman explain {id} donne les instructions",
    ),
    (
        "partman migrate {argument} makes it on the way",
        "partman migrate {argument} la crée au passage",
    ),
    (
        "make the missing partition by hand",
        "créez la partition manquante à la main",
    ),
    (
        "drop or rename {name} if it is left over; attach it to {parent} if it holds the rows of that range",
        "supprimez ou renommez {name} si c'est un reste ; attachez-la à {parent} si elle contient les lignes de cet \
         intervalle",
    ),
    (
        "rename them to pg_partman's own names",
        "donnez-leur les noms de pg_partman",
    ),
    (
        "create its first partition by hand; maintenance goes on from there",
        "créez sa première partition à la main ; la maintenance continue à partir de là",
    ),
    (
        "{change}; then detach old partitions yourself, by their true bounds",
        "{change} ; puis détachez vous-même les vieilles partitions d'après leurs vraies bornes",
    ),
    (
        "did you mean {near}? correct parent in its [[set]]",
        "vouliez-vous dire {near} ? corrigez parent dans son [[set]]",
    ),
    (
        "partman migrate {argument} (partman plan {argument} shows the steps)",
        "partman migrate {argument} (partman plan {argument} montre les étapes)",
    ),
    (
        "have maintenance called as: {call}",
        "faites appeler la maintenance ainsi : {call}",
    ),
    (
        "finish it with undo_partition(), or bring the moved rows back and then: {change}",
        "terminez avec undo_partition(), ou ramenez les lignes déplacées, puis : {change}",
    ),
    (
        "read the upgrade notes, then ALTER EXTENSION pg_partman UPDATE TO '{offered}'",
        "lisez les notes de mise à jour, puis ALTER EXTENSION pg_partman UPDATE TO '{offered}'",
    ),
    (
        "the image or package is older than the database: give it pg_partman {installed}",
        "l'image ou le paquet est plus ancien que la base de données : donnez-lui pg_partman {installed}",
    ),
    (
        "`partman resume` goes on with it, `partman rollback` takes it back",
        "`partman resume` reprend là où cela s'est arrêté, `partman rollback` revient en arrière",
    ),
    (
        "put pg_partman into the image before the container is made anew",
        "mettre pg_partman dans l'image avant de recréer le conteneur",
    ),
];
