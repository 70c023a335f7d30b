//! What a plan says beside its steps, and why it is refused.

use super::Pair;

pub(super) const WORDS: &[Pair] = &[
    ("did you mean {near}?", "vouliez-vous dire {near} ?"),
    (
        "there is no partitioned table in this database at all: is it the right one?",
        "il n'y a aucune table partitionnée dans cette base de données : est-ce la bonne ?",
    ),
    (
        "partitioned tables here: {names}",
        "tables partitionnées ici : {names}",
    ),
    (
        "{name} is a partition of {above}, not a set of partitions",
        "{name} est une partition de {above}, pas un ensemble de partitions",
    ),
    ("name that one: {above}", "nommez celle-là : {above}"),
    (
        "{name} is {kind}, not a table with partitions",
        "{name} est {kind}, pas une table avec des partitions",
    ),
    (
        "pg_partman only maintains what is partitioned already: make a table PARTITION BY RANGE of the column that grows, attach this one to it as its first partition, and name that one",
        "pg_partman n'entretient que ce qui est déjà partitionné : créez une table PARTITION BY RANGE sur la colonne qui croît, attachez-y celle-ci comme première partition, et nommez celle-là",
    ),
    (
        "name the table that it shows; {meant}",
        "nommez la table qu'elle montre ; {meant}",
    ),
    (
        "run this on the server where the table is that it stands for",
        "lancez ceci sur le serveur où se trouve la table qu'elle représente",
    ),
    (
        "there is no partitioned table {parent} in database {database}",
        "il n'y a pas de table partitionnée {parent} dans la base de données {database}",
    ),
    (
        "have the files of {source} put into the container, and the sets adopted, by {command}; no restart is needed",
        "faites mettre les fichiers de {source} dans le conteneur, et adopter les ensembles, par {command} ; sans redémarrage",
    ),
    (
        "the server (PostgreSQL {version}) has no pg_partman that could be installed",
        "le serveur (PostgreSQL {version}) n'a pas de pg_partman à installer",
    ),
    (
        "install the package on the server, for Debian: {install}; no restart is needed",
        "installez le paquet sur le serveur, pour Debian : {install} ; aucun redémarrage n'est nécessaire",
    ),
    ("none", "aucune"),
    (
        "the server does not offer pg_partman {version} (it has {has})",
        "le serveur ne propose pas pg_partman {version} (versions présentes : {has})",
    ),
    (
        "install that version's files on the server, or change version in [pg_partman]",
        "installez les fichiers de cette version sur le serveur, ou changez version dans [pg_partman]",
    ),
    (
        "only a superuser can install pg_partman {version}, and {user} is none",
        "seul un superutilisateur peut installer pg_partman {version}, et {user} n'en est pas un",
    ),
    (
        "connect as a superuser, or have one run {create} first",
        "connectez-vous en superutilisateur, ou faites d'abord exécuter par l'un d'eux {create}",
    ),
    (
        "{user} has no rights on pg_partman: {lacks}",
        "{user} n'a pas de droits sur pg_partman : {lacks}",
    ),
    (
        "{user} may not create schemas in database {database}",
        "{user} n'a pas le droit de créer des schémas dans la base de données {database}",
    ),
    (
        "pg_partman does not work in a schema called {schema}",
        "pg_partman ne fonctionne pas dans un schéma nommé {schema}",
    ),
    (
        "use lower-case letters, digits and underscores, such as partman",
        "employez des minuscules, des chiffres et des soulignés, par exemple partman",
    ),
    (
        "{target} is in the way: a partition of {parent} has to have this name",
        "{target} gêne : une partition de {parent} doit porter ce nom",
    ),
    (
        "rename what has it; where two long names of parents begin alike, rename one parent to something shorter",
        "renommez ce qui le porte ; si deux longs noms de tables parentes commencent de la même façon, donnez à l'une un nom \
         plus court",
    ),
    (
        "this can't be done as it is:",
        "ce n'est pas faisable tel quel :",
    ),
    ("help", "aide"),
    ("nothing to do", "rien à faire"),
    ("1 step", "1 étape"),
    ("{n} steps", "{n} étapes"),
    (
        "{steps} with pg_partman {version}; existing rows, files and bounds are not touched; digest {digest}",
        "{steps} avec pg_partman {version} ; lignes, fichiers et bornes existants restent intacts ; empreinte {digest}",
    ),
    (
        "{steps} with pg_partman {version}; digest {digest}",
        "{steps} avec pg_partman {version} ; empreinte {digest}",
    ),
    ("under pg_partman already", "déjà sous pg_partman"),
    ("can be adopted", "peut être adoptée"),
    (
        "can be adopted after mending",
        "peut être adoptée après réparation",
    ),
    (
        "somebody has to decide first",
        "quelqu'un doit d'abord décider",
    ),
    ("can't be adopted", "ne peut pas être adoptée"),
    ("{mode} on {relation}", "{mode} sur {relation}"),
    (
        "mends can be declined ({ids}): {flag}, or {setting} in a [[set]]",
        "des réparations peuvent être refusées ({ids}) : {flag}, ou {setting} dans un [[set]]",
    ),
    ("locks", "verrous"),
    ("undo", "annulation"),
    (
        "new partitions have what {parent} has, and not what {partition} has of its own: {own}; give it to {parent} first, where that can have it",
        "les nouvelles partitions ont ce qu'a {parent}, et non ce que {partition} a en propre : {own} ; donnez-le d'abord à {parent}, là où elle peut l'avoir",
    ),
    (
        "a setting has transactions at repeatable read or serializable: one that comes to wait while rows of {default} are brought along may not see them; have those clients pause for that moment",
        "un réglage met les transactions en repeatable read ou serializable : celle qui vient attendre pendant que des lignes de {default} sont emmenées peut ne pas les voir ; faites faire une pause à ces clients pour ce moment",
    ),
];
