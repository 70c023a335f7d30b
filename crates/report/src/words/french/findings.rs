//! What the rules find.

use super::Pair;

pub(super) const WORDS: &[Pair] = &[
    (
        "partition_data_async() of {parent} hasn't come to its end: maintenance passes it by, and it gets no partitions",
        "partition_data_async() de {parent} n'est pas arrivé à son terme : la maintenance l'ignore, et elle ne reçoit pas de \
         partitions",
    ),
    (
        "automatic_maintenance of {parent} is off and no job names it: it gets no partitions",
        "automatic_maintenance de {parent} est désactivé et aucune tâche ne la nomme : elle ne reçoit pas de partitions",
    ),
    (
        "maintenance warns of it at every run",
        "la maintenance avertit à chaque exécution",
    ),
    (
        "maintenance fails on it, and takes that of other sets down with it",
        "la maintenance échoue dessus et entraîne celle des autres ensembles",
    ),
    (
        "pg_partman is to maintain {parent}, and there is no partitioned table of that name: {consequence}",
        "pg_partman doit entretenir {parent}, et il n'y a pas de table partitionnée de ce nom : {consequence}",
    ),
    (
        "{column} of {parent} may be NULL: rows without it {fate}",
        "{column} de {parent} peut être NULL : les lignes sans valeur {fate}",
    ),
    ("{correct}; then {call}", "{correct} ; puis {call}"),
    ("{message}; {stops}", "{message} ; {stops}"),
    (
        "those from {key} on are in the way of its maintenance {when}",
        "celles à partir de {key} gêneront sa maintenance {when}",
    ),
    ("lie", "se trouvent"),
    ("may lie", "se trouvent peut-être"),
    (
        "rows of {default} (from {min} to {max}) {lie} between {from} and {to}, for which {parent} has no partition yet: \
         making it fails as long as they are there",
        "des lignes de {default} (de {min} à {max}) {lie} entre {from} et {to}, pour lesquels {parent} n'a pas encore de \
         partition : sa création échoue tant qu'elles y sont",
    ),
    (
        "{default} holds rows (from {min} to {max}) that no partition of {parent} takes: retention never reaches them, and \
         each new partition has to scan them first",
        "{default} contient des lignes (de {min} à {max}) qu'aucune partition de {parent} ne prend : la rétention ne les \
         atteint jamais, et chaque nouvelle partition doit d'abord les parcourir",
    ),
    (
        "{default} holds rows that no partition of {parent} takes: retention never reaches them, and each new partition has \
         to scan them first",
        "{default} contient des lignes qu'aucune partition de {parent} ne prend : la rétention ne les atteint jamais, et \
         chaque nouvelle partition doit d'abord les parcourir",
    ),
    (
        "{partitions} is half detached from {parent}: its rows can't be seen there, and new ones of its range are refused",
        "détachement inachevé de {partitions} ({parent}) : ses lignes n'y sont plus visibles, et les nouvelles de cet \
         intervalle sont refusées",
    ),
    (
        "pg_partman {version} is installed and the server has no files of it: a dump of this database can't be restored \
         whole on this server",
        "pg_partman {version} est installé et le serveur n'en a pas les fichiers : une sauvegarde de cette base de données ne \
         peut pas être restaurée en entier sur ce serveur",
    ),
    (
        "the server (PostgreSQL {version}) has no files of pg_partman, so no set can be put under it",
        "le serveur (PostgreSQL {version}) n'a pas les fichiers de pg_partman : aucun ensemble ne peut lui être confié",
    ),
    (
        "pg_partman {version} can be installed and isn't",
        "pg_partman {version} peut être installé et ne l'est pas",
    ),
    (
        "the last partition of {parent} ends at {horizon} and ids have reached {present}: in {away} rows {fate}",
        "la dernière partition de {parent} se termine à {horizon} et les identifiants ont atteint {present} : dans {away}, \
         les lignes {fate}",
    ),
    (
        "the last partition of {parent} ended at {horizon}, {away} ago: rows of the present {fate}",
        "la dernière partition de {parent} s'est terminée le {horizon}, il y a {away} : les lignes d'aujourd'hui {fate}",
    ),
    (
        "the last partition of {parent} ends at {horizon}, in {away}: from then on rows {fate}",
        "la dernière partition de {parent} se termine le {horizon}, dans {away} : ensuite, les lignes {fate}",
    ),
    ("land in {default}", "arrivent dans {default}"),
    ("are refused", "sont refusées"),
    ("{n} ids", "{n} identifiants"),
    ("1 minute", "1 minute"),
    ("{n} minutes", "{n} minutes"),
    ("{n} hours", "{n} heures"),
    ("{n} days", "{n} jours"),
    (
        "infinite_time_partitions of {parent} is off: no partitions are made while no new rows come",
        "infinite_time_partitions de {parent} est désactivé : aucune partition n'est créée tant qu'aucune ligne n'arrive",
    ),
    (
        "{indexes} of {parent} isn't valid: some partition lacks its part of it",
        "index non valide sur {parent} : {indexes} ; il manque à au moins une partition",
    ),
    (
        "last came to its end {time} ago ({last})",
        "est arrivée à son terme pour la dernière fois il y a {time} ({last})",
    ),
    (
        "has never come to its end, or failed when it was last tried",
        "n'est jamais arrivée à son terme, ou a échoué au dernier essai",
    ),
    (
        "has never come to its end",
        "n'est jamais arrivée à son terme",
    ),
    ("although {caller} calls it", "bien que {caller} l'appelle"),
    (
        "while other sets are maintained and partitions are missing here",
        "alors que d'autres ensembles sont entretenus et que des partitions manquent ici",
    ),
    (
        "maintenance of {parent} {ended}, {although}",
        "la maintenance de {parent} {ended}, {although}",
    ),
    (
        "nobody is seen who maintains {names} (the last run was {time} ago): without maintenance pg_partman makes no \
         partitions",
        "personne ne semble entretenir {names} (dernière exécution il y a {time}) : sans maintenance, pg_partman ne crée pas \
         de partitions",
    ),
    (
        "nobody is seen who maintains {names}: without maintenance pg_partman makes no partitions",
        "personne ne semble entretenir {names} : sans maintenance, pg_partman ne crée pas de partitions",
    ),
    (
        "pg_partman takes every partition of {parent} to be {interval} wide, which is wrong for {names}: retention would \
         misjudge it",
        "pg_partman donne à chaque partition de {parent} la largeur {interval}, ce qui est faux pour {names} : la rétention \
         la jugerait mal",
    ),
    (
        "pg_partman makes none before that end, and all rows to come lie in one partition",
        "pg_partman n'en crée aucune avant cette fin, et toutes les lignes à venir vont dans une seule partition",
    ),
    (
        "pg_partman fails on bounds that are no values",
        "pg_partman échoue sur des bornes qui ne sont pas des valeurs",
    ),
    (
        "pg_partman can't have the set as long as it is so",
        "pg_partman ne peut pas prendre l'ensemble tant qu'il en est ainsi",
    ),
    (
        "{parent} has a partition with an open end: {partitions}: {consequence}",
        "{parent} a une partition à borne ouverte : {partitions} : {consequence}",
    ),
    (
        "{parent} belongs to {owner}, and {partitions} to {other}: changes of the parent fail there",
        "{parent} appartient à {owner}, et {partitions} à {other} : les modifications de la table parente y échouent",
    ),
    ("{from} to {to}", "{from} à {to}"),
    (
        "no partition of {parent} takes {ranges}: rows there {fate}",
        "aucune partition de {parent} ne prend {ranges} : ces lignes {fate}",
    ),
    (
        "pg_partman will take it for that partition and leave a hole",
        "pg_partman la prendra pour cette partition et laissera un trou",
    ),
    (
        "partman migrate renames it out of the way",
        "partman migrate la renomme pour faire place",
    ),
    (
        "the set can't be migrated as long as it is there",
        "l'ensemble ne peut pas être migré tant qu'elle est là",
    ),
    (
        "{name} has the name that the partition of {parent} from {from} to {to} needs: {consequence}",
        "{name} porte le nom qu'il faut à la partition de {parent} de {from} à {to} : {consequence}",
    ),
    (
        "maintenance can't go on from there",
        "la maintenance ne peut pas continuer à partir de là",
    ),
    ("filling gaps fails", "le comblement des trous échoue"),
    (
        "pg_partman 4 goes by names and can't read these of {parent}: {names}: {consequence}",
        "pg_partman 4 se fie aux noms et ne sait pas lire ceux-ci, de {parent} : {names} : {consequence}",
    ),
    (
        "{parent} has {ahead} partitions ahead of {present} and pg_partman is to keep {premake}: the last one ends at \
         {horizon}",
        "{parent} a {ahead} partitions d'avance sur {present} et pg_partman doit en garder {premake} : la dernière se termine \
         à {horizon}",
    ),
    (
        "{parent} has no partition from which pg_partman could go on, so it makes none",
        "{parent} n'a pas de partition à partir de laquelle pg_partman pourrait continuer : il n'en crée donc pas",
    ),
    ("detach", "détacher"),
    ("drop", "supprimer"),
    (
        "with the next maintenance",
        "lors de la prochaine maintenance",
    ),
    ("at {moment}", "le {moment}"),
    (
        "retention of {parent} ({retention}) will {act} {partition} {when}, {time} too early: pg_partman takes its end to be \
         {thought}, but it holds rows up to {end}",
        "la rétention de {parent} ({retention}) va {act} {partition} {when}, {time} trop tôt : pg_partman croit qu'elle se \
         termine à {thought}, mais elle contient des lignes jusqu'à {end}",
    ),
    (
        "the next partition of {parent} has to begin at {right}, and with retention on pg_partman 5 lets it begin at {wrong}: \
         it overlaps, and maintenance fails",
        "la prochaine partition de {parent} doit commencer à {right}, et avec la rétention pg_partman 5 la fait commencer à \
         {wrong} : elle en chevauche une autre, et la maintenance échoue",
    ),
    (
        "the configuration names {parent}, and database {database} has no partitioned table of that name",
        "la configuration nomme {parent}, et la base de données {database} n'a pas de table partitionnée de ce nom",
    ),
    (
        "pg_partman could maintain {parent}, and doesn't: its next partitions have to be made by hand",
        "pg_partman pourrait entretenir {parent}, et ne le fait pas : ses prochaines partitions sont à créer à la main",
    ),
    (
        "pg_partman could maintain {parent}, after one mend that is part of the plan, and doesn't: its next partitions have \
         to be made by hand",
        "pg_partman pourrait entretenir {parent}, après une réparation qui fait partie du plan, et ne le fait pas : ses \
         prochaines partitions sont à créer à la main",
    ),
    (
        "pg_partman could maintain {parent}, after {n} mends that are part of the plan, and doesn't: its next partitions have \
         to be made by hand",
        "pg_partman pourrait entretenir {parent}, après {n} réparations qui font partie du plan, et ne le fait pas : ses \
         prochaines partitions sont à créer à la main",
    ),
    (
        "the bounds of {parent} are midnights in {zone}, and {caller} maintains it in {other}: the partition that has to \
         begin at {right} will begin at {wrong}",
        "les bornes de {parent} sont des minuits dans {zone}, et {caller} l'entretient dans {other} : la partition qui doit \
         commencer à {right} commencera à {wrong}",
    ),
    (
        "the bounds of {parent} are midnights in {zone}, and sessions here are in {other}: the partition that has to begin at \
         {right} would begin at {wrong}",
        "les bornes de {parent} sont des minuits dans {zone}, et les sessions sont ici dans {other} : la partition qui doit \
         commencer à {right} commencerait à {wrong}",
    ),
    (
        "the bounds of {parent} are midnights in {zone}, and {caller} maintains it in {other}: there the partition that \
         begins at {right} is called {name}, which is another one's name, so it will never be made",
        "les bornes de {parent} sont des minuits dans {zone}, et {caller} l'entretient dans {other} : là, la partition qui \
         commence à {right} s'appelle {name}, le nom d'une autre, et elle ne sera donc jamais créée",
    ),
    (
        "the bounds of {parent} are midnights in {zone}, and sessions here are in {other}: there the partition that begins at \
         {right} is called {name}, which is another one's name, so it would never be made",
        "les bornes de {parent} sont des minuits dans {zone}, et les sessions sont ici dans {other} : là, la partition qui \
         commence à {right} s'appelle {name}, le nom d'une autre, et elle ne serait donc jamais créée",
    ),
    (
        "{partition} has indexes or keys that {parent} lacks, so the partitions after it won't have them: {names}",
        "{partition} a des index ou des clés qui manquent à {parent} ; les partitions suivantes ne les auront donc pas : {names}",
    ),
    (
        "make them on {parent} where its key allows it, else on a table that part_config.template_table names; partman explain \
         {id} tells how without a long lock",
        "créez-les sur {parent} si sa clé le permet, sinon sur une table que nomme part_config.template_table ; partman explain \
         {id} dit comment, sans verrou long",
    ),
    (
        "undo_partition() of {parent} was begun and not finished: maintenance passes it by, and it gets no partitions",
        "undo_partition() de {parent} a été commencé et n'est pas terminé : la maintenance l'ignore, et elle ne reçoit pas de \
         partitions",
    ),
    (
        "pg_partman {installed} is installed, the server's files are of {offered}",
        "pg_partman {installed} est installé, les fichiers du serveur sont de la version {offered}",
    ),
    (
        "deployment {run} of {at} into container {container} stopped part-way",
        "le déploiement {run} du {at} dans le conteneur {container} s'est arrêté en chemin",
    ),
    (
        "container {container} has pg_partman's files, and its image {image} has not: they go when the container is made anew",
        "le conteneur {container} a les fichiers de pg_partman, et son image {image} ne les a pas : ils disparaîtront quand le \
         conteneur sera recréé",
    ),
];
