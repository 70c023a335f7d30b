//! Why a set can't be adopted as it is, and what would help.

use super::Pair;

pub(super) const WORDS: &[Pair] = &[
    (
        "pg_partman 4 looks for {partition} in the schema of {parent}, and maintenance of a set by numbers fails where it isn't",
        "pg_partman 4 cherche {partition} dans le schéma de {parent}, et la maintenance d'un ensemble par nombres échoue si elle n'y est pas",
    ),
    (
        "partitions of {parent} have a period in their name or schema, at which pg_partman cuts it off: {cut}",
        "des partitions de {parent} ont un point dans leur nom ou leur schéma, auquel pg_partman le coupe : {cut}",
    ),
    (
        "let partitions be renamed (--rename); a schema has to be renamed by hand",
        "laissez renommer les partitions (--rename) ; un schéma est à renommer à la main",
    ),
    (
        "use pg_partman 5, or move it: {sql}",
        "utilisez pg_partman 5, ou déplacez-la : {sql}",
    ),
    (
        "{parent} is old-style inheritance, which the server doesn't route rows by",
        "{parent} repose sur l'ancien héritage, d'après lequel le serveur ne répartit pas les lignes",
    ),
    (
        "convert it to a table PARTITION BY RANGE and attach the children with their bounds first",
        "convertissez-la d'abord en table PARTITION BY RANGE, puis attachez les tables filles avec leurs bornes",
    ),
    (
        "{parent} is partitioned by HASH, where nothing ever has to be created ahead",
        "{parent} est partitionnée par HASH, où il n'y a jamais rien à créer d'avance",
    ),
    (
        "leave it as it is: pg_partman has nothing to do for it",
        "laissez-la telle quelle : pg_partman n'a rien à faire pour elle",
    ),
    (
        "{parent} is partitioned by LIST, which has no next value that could be created ahead",
        "{parent} est partitionnée par LIST, qui n'a pas de valeur suivante à créer d'avance",
    ),
    (
        "the bounds of {parent} read as dates in digits ({format}), which pg_partman would take for numbers and count on beyond \
         the end of a month or a year",
        "les bornes de {parent} se lisent comme des dates en chiffres ({format}), que pg_partman prendrait pour des nombres et \
         continuerait au-delà de la fin d'un mois ou d'une année",
    ),
    (
        "if they are mere numbers, set {setting} in its [[set]]; dates have to be a date or timestamp column before pg_partman \
         can maintain them",
        "si ce sont de simples nombres, mettez {setting} dans son [[set]] ; des dates doivent être une colonne date ou \
         timestamp avant que pg_partman puisse les entretenir",
    ),
    (
        "{parent} is partitioned by {column}, of the domain {domain}, and pg_partman knows a key by the name of its type",
        "{parent} est partitionnée par {column}, du domaine {domain}, et pg_partman reconnaît une clé au nom de son type",
    ),
    (
        "a column of the type {type_name} itself is needed, which takes making the table anew; or go on managing it by hand",
        "il faut une colonne du type {type_name} lui-même, donc refaire la table ; ou continuez à la gérer à la main",
    ),
    (
        "convert it to RANGE (one range for each value) where the values are dates or numbers that grow",
        "convertissez-la en RANGE (un intervalle par valeur) si les valeurs sont des dates ou des nombres croissants",
    ),
    (
        "{parent} is partitioned by an expression: {key}",
        "{parent} est partitionnée par une expression : {key}",
    ),
    (
        "pg_partman needs a plain column as its control: partition by the column that the expression uses",
        "pg_partman a besoin d'une simple colonne de contrôle : partitionnez par la colonne que l'expression utilise",
    ),
    (
        "use pg_partman 5.1 or newer, which counts in whole numbers of it",
        "utilisez pg_partman 5.1 ou plus récent, qui en compte les nombres entiers",
    ),
    (
        "pg_partman counts in whole numbers that fit into a bigint, and some of its bounds are others: use a bigint or a timestamp column",
        "pg_partman compte en nombres entiers qui tiennent dans un bigint, et certaines de ses bornes sont autres : utilisez une colonne bigint ou timestamp",
    ),
    (
        "pg_partman reads the time in a uuid of version 7, and only where bounds begin a millisecond: partition by a timestamp column, or keep managing it by hand",
        "pg_partman lit la date dans un uuid de version 7, et seulement si les bornes ouvrent une milliseconde : partitionnez par une colonne timestamp, ou continuez à la gérer à la main",
    ),
    (
        "{parent} is partitioned by a uuid of version 7, which pg_partman {version} can't read",
        "{parent} est partitionnée par un uuid de version 7, que pg_partman {version} ne sait pas lire",
    ),
    (
        "use pg_partman 5.2 or newer, which reads the time in it",
        "utilisez pg_partman 5.2 ou plus récent, qui y lit la date",
    ),
    (
        "{parent} is partitioned by {unit} since 1970, which pg_partman {version} can't read",
        "{parent} est partitionnée par un nombre de {unit} depuis 1970, que pg_partman {version} ne sait pas lire",
    ),
    (
        "use pg_partman 5.1 or newer, which can",
        "utilisez pg_partman 5.1 ou plus récent, qui le sait",
    ),
    (
        "use pg_partman 5.2 or newer, which can",
        "utilisez pg_partman 5.2 ou plus récent, qui le sait",
    ),
    (
        "the bounds of {parent} may be {unit} since 1970 or mere numbers: all are full hours, but no clock or calendar has their widths",
        "les bornes de {parent} peuvent être un nombre de {unit} depuis 1970 ou de simples nombres : toutes sont des heures pleines, mais aucune horloge ni aucun calendrier n'a leurs largeurs",
    ),
    (
        "if they are numbers, set interval in its [[set]] to the number that partitions are wide; times have to be re-bound to hours, days, weeks, months or years first",
        "si ce sont des nombres, donnez à interval dans son [[set]] le nombre que couvre une partition ; des dates doivent d'abord être rebornées en heures, jours, semaines, mois ou années",
    ),
    (
        "pg_partman counts in times and integers: partition by such a column",
        "pg_partman compte en dates et en entiers : partitionnez par une telle colonne",
    ),
    (
        "{parent} is partitioned by {column}, a {type_name}",
        "{parent} est partitionnée par {column}, de type {type_name}",
    ),
    (
        "{parent} is partitioned by {column}, not by {other} as the configuration says",
        "{parent} est partitionnée par {column}, et non par {other} comme le dit la configuration",
    ),
    (
        "set {setting} or leave it out",
        "écrivez {setting}, ou ne l'indiquez pas",
    ),
    (
        "{parent} is partitioned by {n} columns: {key}",
        "{parent} est partitionnée par {n} colonnes : {key}",
    ),
    (
        "pg_partman knows one control column: partition by the one that grows",
        "pg_partman ne connaît qu'une colonne de contrôle : partitionnez par celle qui croît",
    ),
    (
        "{parent} is itself a partition of {above}, and no row beyond its bounds there gets to it",
        "{parent} est elle-même une partition de {above}, et aucune ligne au-delà de ses bornes là-bas ne lui parvient",
    ),
    (
        "keep this level by hand, or flatten {above} to one level",
        "gérez ce niveau à la main, ou ramenez {above} à un seul niveau",
    ),
    (
        "{parent} only divides its rows among others, each of which is a set of its own",
        "{parent} ne fait que répartir ses lignes entre d'autres, dont chacune est un ensemble à part",
    ),
    (
        "adopt each of these: {sets}",
        "faites adopter chacune de celles-ci : {sets}",
    ),
    (
        "partitions of {parent} are partitioned themselves: {partitioned}",
        "des partitions de {parent} sont elles-mêmes partitionnées : {partitioned}",
    ),
    (
        "new partitions would be plain tables, unlike these: flatten the set to one level first",
        "les nouvelles partitions seraient de simples tables, contrairement à celles-ci : ramenez d'abord l'ensemble à un \
         seul niveau",
    ),
    (
        "{parent} has a period in its name, which pg_partman takes for the end of the schema",
        "{parent} a un point dans son nom, que pg_partman prend pour la fin du schéma",
    ),
    ("rename it without the period", "renommez-la sans le point"),
    (
        "{parent} has a single quote in its name, which pg_partman puts into its SQL as it is",
        "{parent} a une apostrophe dans son nom, que pg_partman met telle quelle dans son SQL",
    ),
    (
        "rename it without the quote",
        "renommez-la sans l'apostrophe",
    ),
    (
        "the names of {parent}'s partitions can't be kept: pg_partman 4 finds its way by names",
        "les noms des partitions de {parent} ne peuvent pas être gardés : pg_partman 4 se repère par les noms",
    ),
    (
        "let them be renamed (--rename), or use pg_partman 5, which reads bounds",
        "laissez-les renommer (--rename), ou utilisez pg_partman 5, qui lit les bornes",
    ),
    (
        "{parent} belongs to {owner}, and this role may not act for it",
        "{parent} appartient à {owner}, et ce rôle ne peut pas agir en son nom",
    ),
    (
        "connect as {owner} or a superuser, or grant the role membership in {owner}",
        "connectez-vous en tant que {owner} ou superutilisateur, ou rendez le rôle membre de {owner}",
    ),
    (
        "partitions of {parent} belong to others than the parent, and this role may not act for them: {others}",
        "des partitions de {parent} n'appartiennent pas au propriétaire de la table parente, et ce rôle ne peut pas agir pour \
         elles : {others}",
    ),
    (
        "connect as a superuser, or give them to the parent's owner: {give}",
        "connectez-vous en superutilisateur, ou donnez-les au propriétaire de la table parente : {give}",
    ),
    (
        "a DETACH CONCURRENTLY was begun and not finished: {pending}",
        "un DETACH CONCURRENTLY a été commencé et n'est pas terminé : {pending}",
    ),
    ("finish it: {finish}", "terminez-le : {finish}"),
    (
        "{parent} has no partitions, so there is no interval to find and no bound to continue from",
        "{parent} n'a aucune partition : il n'y a ni intervalle à trouver ni borne à partir de laquelle continuer",
    ),
    (
        "{parent} has only a DEFAULT partition, so there is no interval to find and no bound to continue from",
        "{parent} n'a qu'une partition DEFAULT : il n'y a ni intervalle à trouver ni borne à partir de laquelle continuer",
    ),
    (
        "partitions of {parent} can't be {interval} wide, as the configuration says: it is partitioned by a {type_name}",
        "les partitions de {parent} ne peuvent pas avoir {interval} de largeur, comme le dit la configuration : elle est \
         partitionnée par une colonne de type {type_name}",
    ),
    (
        "say how wide its partitions shall be, such as {example} in its [[set]]: the first is the one that the present is in",
        "dites quelle largeur ses partitions doivent avoir, par exemple {example} dans son [[set]] : la première est celle où \
         se trouve le présent",
    ),
    (
        "{parent} has only a DEFAULT partition, and how far its rows reach can't be told without reading all of them",
        "{parent} n'a qu'une partition DEFAULT, et jusqu'où vont ses lignes ne se sait pas sans les lire toutes",
    ),
    (
        "create its first partition by hand, then run this again",
        "créez sa première partition à la main, puis recommencez",
    ),
    (
        "between {from} and {to}, {parent} has room that whole partitions don't fill",
        "entre {from} et {to}, {parent} a un espace que des partitions entières ne remplissent pas",
    ),
    (
        "re-bound the partitions beside it so that all begin on the same grid (upper bounds are exclusive), or keep the gap: \
         decline {kind}",
        "donnez aux partitions voisines des bornes sur une même grille (la borne supérieure est exclue), ou gardez le trou : \
         refusez {kind}",
    ),
    (
        "{parent} would need more than {most} new partitions to reach the present",
        "il faudrait à {parent} plus de {most} nouvelles partitions pour atteindre le présent",
    ),
    (
        "create one near the present by hand, and keep the gap before it: decline {kind}",
        "créez-en une près du présent à la main, et gardez le trou avant elle : refusez {kind}",
    ),
    (
        "a wider type for the key is needed before more partitions can be made",
        "il faut un type plus large pour la clé avant de pouvoir créer d'autres partitions",
    ),
    (
        "no name of a new partition of {parent} fits into 63 bytes",
        "aucun nom de nouvelle partition de {parent} ne tient dans 63 octets",
    ),
    (
        "rename the parent to something shorter",
        "donnez un nom plus court à la table parente",
    ),
    (
        "create the missing partition from {from} to {to}",
        "créer la partition manquante de {from} à {to}",
    ),
    ("a table with partitions", "une table partitionnée"),
    ("a foreign table", "une table distante"),
    ("a view", "une vue"),
    ("a materialized view", "une vue matérialisée"),
    ("an index", "un index"),
    ("a sequence", "une séquence"),
    ("a type", "un type"),
    (
        "pg_partman is undoing {parent} (undo_in_progress)",
        "pg_partman est en train de défaire {parent} (undo_in_progress)",
    ),
    (
        "let undo_partition() come to its end, or take it back: {sql}",
        "laissez undo_partition() finir, ou revenez en arrière : {sql}",
    ),
    (
        "{default} holds rows beyond all of these partitions, from {key} on: pg_partman's maintenance stops at them {when}, unless they are corrected or moved out of it before",
        "{default} contient des lignes au-delà de toutes ces partitions, à partir de {key} : la maintenance de pg_partman s'y arrêtera {when}, à moins qu'elles n'aient été corrigées ou sorties de là avant",
    ),
    (
        "{default} holds rows beyond all of these partitions, as far as {key}: pg_partman's maintenance stops at them {when}, unless they are corrected or moved out of it before",
        "{default} contient des lignes au-delà de toutes ces partitions, jusqu'à {key} : la maintenance de pg_partman s'y arrêtera {when}, à moins qu'elles n'aient été corrigées ou sorties de là avant",
    ),
    (
        "when ids reach {stop}, at the latest",
        "quand les identifiants atteindront {stop}, au plus tard",
    ),
    ("by {stop} at the latest", "au plus tard le {stop}"),
    (
        "it names the column {said}, and the partition key is {right}",
        "elle nomme la colonne {said}, et la clé de partitionnement est {right}",
    ),
    (
        "its partition_type is {said}, and that of such a set is {right}",
        "son partition_type est {said}, et celui d'un tel ensemble est {right}",
    ),
    (
        "its partition_interval is {said}, and the newest partitions are {right} wide",
        "son partition_interval est {said}, et les partitions les plus récentes ont une largeur de {right}",
    ),
    (
        "its epoch is {said}, and the bounds are {right} since 1970",
        "son epoch est {said}, et les bornes sont des {right} depuis 1970",
    ),
    (
        "pg_partman's configuration of {parent} isn't what the set is: {differences}; maintenance fails on it, or makes partitions that don't fit",
        "la configuration de pg_partman pour {parent} n'est pas ce qu'est l'ensemble : {differences} ; la maintenance échoue, ou crée des partitions qui ne conviennent pas",
    ),
    ("correct it: {sql}", "corrigez-la : {sql}"),
    (
        "pg_partman {version} stops at {table}, which its configuration has and the database has not, and would not get to {parent}",
        "pg_partman {version} s'arrête à {table}, que sa configuration a et que la base de données n'a pas, et n'arriverait pas à {parent}",
    ),
    (
        "take it out of the configuration: {sql}",
        "retirez-la de la configuration : {sql}",
    ),
    (
        "pg_partman 4 needs the partitions of {parent} renamed, and these know them by their names: {known}",
        "pg_partman 4 exige de renommer les partitions de {parent}, et ceux-ci les connaissent par leurs noms : {known}",
    ),
    (
        "say --rename and change these right after, or use pg_partman 5, which keeps names; subscribers need the new names too unless the publication has publish_via_partition_root",
        "indiquez --rename et adaptez-les juste après, ou utilisez pg_partman 5, qui garde les noms ; les abonnés ont besoin des nouveaux noms aussi, sauf si la publication a publish_via_partition_root",
    ),
    (
        "{parent} is partitioned by LIST, which pg_partman {version} can't maintain",
        "{parent} est partitionnée par LIST, que pg_partman {version} ne sait pas entretenir",
    ),
    (
        "{parent} is partitioned by LIST of single numbers, which may grow or stand for kinds of something",
        "{parent} est partitionnée par LIST de nombres seuls, qui peuvent croître ou désigner des sortes de choses",
    ),
    (
        "if they grow by one, set {setting} in its [[set]]; else leave it as it is",
        "s'ils croissent de un en un, écrivez {setting} dans son [[set]] ; sinon, laissez-la telle quelle",
    ),
    (
        "several partitions of {parent} would have to be called {name}",
        "plusieurs partitions de {parent} devraient s'appeler {name}",
    ),
    (
        "let them keep their names (--keep-names)",
        "laissez-leur leurs noms (--keep-names)",
    ),
    (
        "{partition} begins at {from}, far beyond the present, and {parent} has no partitions before it that lead there",
        "{partition} commence à {from}, bien au-delà du présent, et {parent} n'a pas avant elle de partitions qui y mènent",
    ),
    (
        "if that is a slip, detach it and attach it with the right bounds: {detach}; if it is meant, keep the gap: decline {kind}, and make the partitions before it by hand, for pg_partman only goes on after it",
        "si c'est une erreur de frappe, détachez-la et attachez-la avec les bonnes bornes : {detach} ; si c'est voulu, gardez le trou : refusez {kind}, et créez à la main les partitions qui la précèdent, car pg_partman ne continue qu'après elle",
    ),
    (
        "{default} is a foreign table: the server can't see to it that no row of a DEFAULT partition over there belongs into a new partition",
        "{default} est une table externe : le serveur ne peut pas veiller à ce qu'aucune ligne d'une partition DEFAULT située ailleurs n'ait sa place dans une nouvelle partition",
    ),
    (
        "detach it, and use a table of this server in its place, or none: {detach}",
        "détachez-la, et mettez à sa place une table de ce serveur, ou rien : {detach}",
    ),
    ("{what}; {way_out}", "{what} ; {way_out}"),
    ("{kind}: {what}", "{kind} : {what}"),
    ("{first}; {second}", "{first} ; {second}"),
    ("{names} and {more} more", "{names} et {more} de plus"),
    ("{said} (and {more} more)", "{said} (et {more} de plus)"),
    ("its {column} is empty", "sa colonne {column} est vide"),
];
