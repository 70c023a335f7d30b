//! What stands in the way of a mend (rows of DEFAULT, open ends, names that are taken), and what would help.

use super::Pair;

pub(super) const WORDS: &[Pair] = &[
    ("no bound", "sans borne"),
    (
        "row security hides rows of {default} from this role",
        "la sécurité au niveau des lignes cache des lignes de {default} à ce rôle",
    ),
    (
        "adopt it as a superuser or a role with BYPASSRLS, or first: ALTER TABLE {default} NO FORCE ROW LEVEL SECURITY",
        "adoptez-la comme superutilisateur ou avec un rôle BYPASSRLS, ou d'abord : ALTER TABLE {default} NO FORCE ROW LEVEL SECURITY",
    ),
    (
        "{default} has rows, and from where to where they reach could not be read in time",
        "{default} a des lignes, et d'où à où elles vont n'a pas pu être lu à temps",
    ),
    (
        "CREATE INDEX CONCURRENTLY ON {default} ({key}), which nobody waits for, and run it again",
        "CREATE INDEX CONCURRENTLY ON {default} ({key}), que personne n'attend, puis recommencez",
    ),
    (
        "forbid NULL in {column} of {parent}: its partitions are read one after the other, while nobody waits",
        "interdire NULL dans {column} de {parent} : ses partitions sont lues l'une après l'autre, sans que personne attende",
    ),
    (
        "{partition} has an open end, which pg_partman takes for a value: {bound}",
        "{partition} a une borne ouverte, que pg_partman prend pour une valeur : {bound}",
    ),
    (
        "{partition} has a bound that is no point in time or number: {bound}",
        "{partition} a une borne qui n'est ni un instant ni un nombre : {bound}",
    ),
    (
        "detach it, and attach it again with the bounds of its rows: {detach}",
        "détachez-la, puis attachez-la de nouveau avec les bornes de ses lignes : {detach}",
    ),
    (
        "{first} is in the way: a new partition of {parent} has to have this name",
        "{first} gêne : une nouvelle partition de {parent} doit porter ce nom",
    ),
    ("a table", "une table"),
    (
        "another partition or parent",
        "une autre partition ou table parente",
    ),
    (
        "it has the columns of {parent}, and may hold the rows of that range",
        "elle a les colonnes de {parent}, et contient peut-être les lignes de cet intervalle",
    ),
    ("something else depends on it", "autre chose en dépend"),
    (
        "{function} knows it by its name",
        "{function} la connaît par son nom",
    ),
    (
        "it belongs to somebody else",
        "elle appartient à quelqu'un d'autre",
    ),
    ("{kind} is declined", "{kind} est refusé"),
    (
        "rename {table} aside to {to}, for a new partition has to have its name",
        "renommer {table} en {to}, car une nouvelle partition doit porter son nom",
    ),
    ("{name} ({why})", "{name} ({why})"),
    (
        "in the way of new partitions of {parent}, which have to have these names: {clashes}",
        "gênent de nouvelles partitions de {parent}, qui doivent porter ces noms : {clashes}",
    ),
    (
        "if it is left over, drop it or rename it: {rename}; if its rows belong into {parent}, attach it: {attach}",
        "si c'est un reste, supprimez-la ou renommez-la : {rename} ; si ses lignes vont dans {parent}, attachez-la : {attach}",
    ),
    (
        "it is in use: let all partitions of {parent} get the names that pg_partman would give them (--rename), or rename this one: {rename}",
        "elle est utilisée : laissez toutes les partitions de {parent} prendre les noms que pg_partman leur donnerait (--rename), ou renommez celle-ci : {rename}",
    ),
    (
        "it is in use, so rename it: {rename}",
        "elle est utilisée, donc renommez-la : {rename}",
    ),
    (
        "rename or drop it if it is left over; attach it if it holds this range",
        "renommez-la ou supprimez-la si c'est un reste ; attachez-la si elle contient cet intervalle",
    ),
    (
        "{default} may hold rows of partitions that are to be created (its rows lie between {min} and {max}, they between \
         {first} and {last})",
        "{default} contient peut-être des lignes de partitions à créer (ses lignes vont de {min} à {max}, elles vont de \
         {first} à {last})",
    ),
    (
        "bring the rows of {default} between {first} and {last} along into the partitions that are created",
        "emmener les lignes de {default} entre {first} et {last} dans les partitions qui sont créées",
    ),
    (
        "move those rows out of {default} first, or let the plan do it: don't decline {kind}",
        "sortez d'abord ces lignes de {default}, ou laissez le plan le faire : ne refusez pas {kind}",
    ),
    (
        "or let the plan make it a partition: don't decline {kind}",
        "ou laissez le plan en faire une partition : ne refusez pas {kind}",
    ),
    (
        "let the plan close it: don't decline {kind}",
        "laissez le plan la fermer : ne refusez pas {kind}",
    ),
    (
        "make {default} with all its rows the partition from {from} to {to}, as {named}, and an empty DEFAULT in its place",
        "faire de {default} avec toutes ses lignes la partition de {from} à {to}, nommée {named}, et mettre une DEFAULT vide à sa place",
    ),
    (
        "all of {default} could become a partition, and a new one would have its name, by which these know it: {known}; set {setting} in its [[set]] if that is right",
        "{default} pourrait devenir tout entière une partition, et une nouvelle aurait son nom, par lequel ceux-ci la connaissent : {known} ; écrivez {setting} dans son [[set]] si cela convient",
    ),
    (
        "all of {default} could become the partition from {from} to {to} once the rows beside that range are out of it: {sql}",
        "{default} pourrait devenir tout entière la partition de {from} à {to} une fois sorties les lignes hors de cet intervalle : {sql}",
    ),
    (
        "all of {default} could become the partition from {from} to {to}, but rows beyond it are about to be written, and would be refused while it is read",
        "{default} pourrait devenir tout entière la partition de {from} à {to}, mais des lignes au-delà vont être écrites, et seraient refusées pendant sa lecture",
    ),
    (
        "or set {setting} in its [[set]], and all of {default} becomes one wide partition from {from} to {to}, whose rows pg_partman's retention would take for as old as its beginning",
        "ou écrivez {setting} dans son [[set]], et {default} devient tout entière une partition large de {from} à {to}, dont la rétention de pg_partman prendrait les lignes pour aussi anciennes que son début",
    ),
    (
        "what is made in the place of {default} is like {parent}, and doesn't have what only {default} has: {own}",
        "ce qui est créé à la place de {default} est comme {parent}, et n'a pas ce que seule {default} a : {own}",
    ),
    (
        "close the open end of {partition}: from {from} to {to}",
        "fermer la borne ouverte de {partition} : de {from} à {to}",
    ),
    (
        "foreign keys refer to {parent}, so that none of its partitions can be detached for a moment: {way_out}",
        "des clés étrangères se réfèrent à {parent}, aucune de ses partitions ne peut donc être détachée un instant : {way_out}",
    ),
    (
        "{default} is too large to be looked through when it is attached again: move its rows out of it first",
        "{default} est trop grande pour être parcourue au moment de l'attacher de nouveau : sortez-en d'abord les lignes",
    ),
    (
        "its rows lie between {min} and {max}, not all between {from} and {to} as in a partition of this set: give its range to partitions in one transaction, such as {sql}",
        "ses lignes se situent entre {min} et {max}, et non toutes entre {from} et {to} comme dans une partition de cet ensemble : donnez son intervalle à des partitions en une transaction, par exemple {sql}",
    ),
    (
        "its rows lie between {min} and {max}, and one of these is nothing that a partition could begin or end at: correct it, or move such rows out of it",
        "ses lignes se situent entre {min} et {max}, et l'une de ces valeurs ne peut être ni le début ni la fin d'une partition : corrigez-la, ou sortez-en ces lignes",
    ),
    (
        "its first and last rows can't be told without reading all of it: give it an index that begins with the key, {index}; or give it the bounds of its rows by hand, which reads all of it under a lock unless a validated CHECK has them: {rebound}",
        "ses premières et dernières lignes ne peuvent être connues sans la lire tout entière : donnez-lui un index qui commence par la clé, {index} ; ou donnez-lui à la main les bornes de ses lignes, ce qui la lit tout entière sous un verrou à moins qu'une contrainte CHECK validée ne les contienne : {rebound}",
    ),
    (
        "{partition} stays whole, with all its rows from {oldest} on; pg_partman's retention would take it for {interval} wide, and its partition_gap_fill() fails on such a set",
        "{partition} reste entière, avec toutes ses lignes depuis {oldest} ; la rétention de pg_partman la prendrait pour large de {interval}, et sa fonction partition_gap_fill() échoue sur un tel ensemble",
    ),
    (
        "rows before {from} are refused while {partition} is read, and go into {default} afterwards",
        "les lignes antérieures à {from} sont refusées pendant la lecture de {partition}, et vont dans {default} ensuite",
    ),
    (
        "rows before {from} are refused from the moment on at which {partition} begins to be read: no partition takes them any more",
        "les lignes antérieures à {from} sont refusées dès que commence la lecture de {partition} : plus aucune partition ne les prend",
    ),
    (
        "rows from {to} on are refused while {partition} is read; afterwards those for which no partition has been made go into {default}",
        "les lignes à partir de {to} sont refusées pendant la lecture de {partition} ; ensuite, celles pour lesquelles aucune partition n'a été créée vont dans {default}",
    ),
    (
        "rows from {to} on are refused while {partition} is read, and afterwards those for which maintenance has made no partition yet: none takes all that is to come any more",
        "les lignes à partir de {to} sont refusées pendant la lecture de {partition}, et ensuite celles pour lesquelles la maintenance n'a pas encore créé de partition : aucune ne prend plus tout ce qui est à venir",
    ),
    (
        "{publications} publish every table: subscribers stop at the first row of {journal} and of part_config unless they have these tables too; make them there first, and REFRESH PUBLICATION",
        "{publications} publient toutes les tables : les abonnés s'arrêtent à la première ligne de {journal} et de part_config à moins d'avoir aussi ces tables ; créez-les-y d'abord, et faites REFRESH PUBLICATION",
    ),
    (
        "{publications} publish partitions under their own names: subscribers need a table for each new one before its first row, and REFRESH PUBLICATION; publish_via_partition_root spares them that",
        "{publications} publient les partitions sous leurs propres noms : les abonnés ont besoin d'une table pour chaque nouvelle avant sa première ligne, et de REFRESH PUBLICATION ; publish_via_partition_root le leur épargne",
    ),
    (
        "this version of pg_partman makes partitions with the default replica identity: those that maintenance makes need ALTER TABLE … REPLICA IDENTITY as the others have it, or UPDATE and DELETE fail on them",
        "cette version de pg_partman crée les partitions avec l'identité de réplica par défaut : celles que crée la maintenance ont besoin d'ALTER TABLE … REPLICA IDENTITY comme les autres, sinon UPDATE et DELETE y échouent",
    ),
    (
        "pg_partman gives new partitions the replica identity of {parent}, which isn't that of its partitions: ALTER TABLE {parent} REPLICA IDENTITY as they have it, or UPDATE and DELETE may fail on new ones",
        "pg_partman donne aux nouvelles partitions l'identité de réplica de {parent}, qui n'est pas celle de ses partitions : ALTER TABLE {parent} REPLICA IDENTITY comme elles l'ont, sinon UPDATE et DELETE peuvent échouer sur les nouvelles",
    ),
    (
        "rows beyond {from} to {to} are about to be written, and would have no place for a moment: give its range to partitions in one transaction, such as {sql}",
        "des lignes hors de {from} à {to} vont être écrites, et n'auraient pas de place pendant un instant : donnez son intervalle à des partitions en une transaction, par exemple {sql}",
    ),
    (
        "foreign keys refer to the rows of {default}, so they can't be brought along: {way_out}",
        "des clés étrangères se réfèrent aux lignes de {default}, elles ne peuvent donc pas être emmenées : {way_out}",
    ),
    (
        "drop the foreign keys that refer to {parent}, for moving rows would delete what refers to them or fail: {drop}; then {what}; then add the keys again as NOT VALID, and VALIDATE them (before PostgreSQL 18 a table that is partitioned itself takes them only whole)",
        "supprimez les clés étrangères qui se réfèrent à {parent}, car déplacer des lignes supprimerait ce qui s'y réfère, ou échouerait : {drop} ; ensuite {what} ; puis remettez ces clés avec NOT VALID, et validez-les (VALIDATE) (avant PostgreSQL 18, une table elle-même partitionnée ne les prend qu'entières)",
    ),
    ("run this again", "relancez ceci"),
    (
        "these of {default} fire whoever moves rows: {fires}; move those rows out of it first, or have them fire for the application only until it is adopted, as with ALTER TABLE {default} ENABLE TRIGGER",
        "ceux-ci se déclenchent dans {default} quel que soit celui qui déplace des lignes : {fires} ; sortez-en d'abord ces lignes, ou ne les laissez se déclencher que pour l'application jusqu'à l'adoption, comme par ALTER TABLE {default} ENABLE TRIGGER",
    ),
    (
        "let a superuser adopt it, who can keep its triggers quiet, or move those rows out of {default} first",
        "faites-la adopter par un superutilisateur, qui peut faire taire ses triggers, ou sortez d'abord ces lignes de {default}",
    ),
    (
        "copy the rows of {default} between {first} and {last} into {n} partitions while everybody works, and exchange them in one moment; it stays beside the set as {before}",
        "copier les lignes de {default} entre {first} et {last} dans {n} partitions pendant que tout le monde travaille, puis les échanger en un instant ; elle reste à côté de l'ensemble sous le nom {before}",
    ),
    (
        "or let the plan copy them into partitions: don't decline {kind}",
        "ou laissez le plan les copier dans des partitions : ne déclinez pas {kind}",
    ),
    (
        "the rows of {default} reach up to {max}, into more partitions than can be made at once: move those that are slips out of it first",
        "les lignes de {default} vont jusqu'à {max}, dans plus de partitions qu'il n'est possible d'en créer à la fois : sortez-en d'abord celles qui sont des erreurs",
    ),
    (
        "{name} is in the way: partman needs this name for DEFAULT partitions of {parent}",
        "{name} est dans le chemin : partman a besoin de ce nom pour des partitions DEFAULT de {parent}",
    ),
    (
        "drop it if it is left over from an earlier run, or rename it",
        "supprimez-la si c'est le reste d'une exécution précédente, ou renommez-la",
    ),
    (
        "the rows of {default} reach up to {max}, into more partitions than can be exchanged in a moment: move those that are slips out of it, or set {setting} in its [[set]]",
        "les lignes de {default} vont jusqu'à {max}, dans plus de partitions qu'il n'est possible d'échanger en un instant : sortez-en celles qui sont des erreurs, ou mettez {setting} dans son [[set]]",
    ),
    (
        "or set {setting} in its [[set]] to have them copied into partitions, which don't have what only {default} has: {own}",
        "ou mettez {setting} dans son [[set]] pour les faire copier dans des partitions, qui n'auront pas ce que seule {default} a : {own}",
    ),
    (
        "or set {setting} in its [[set]] to have them copied into {n} partitions; everybody waits for about a millisecond for each when they are exchanged",
        "ou mettez {setting} dans son [[set]] pour les faire copier dans {n} partitions ; tout le monde attend environ une milliseconde pour chacune au moment de l'échange",
    ),
    (
        "or set {setting} in its [[set]] to have them copied into partitions, if these mean rows without a place when they name {default}: {known}",
        "ou mettez {setting} dans son [[set]] pour les faire copier dans des partitions, si ceux-ci désignent par {default} les lignes sans place : {known}",
    ),
    (
        "give {parent} a primary key of built-in types, by which rows are found again that are copied while others write",
        "donnez à {parent} une clé primaire de types intégrés, qui permette de retrouver les lignes copiées pendant que d'autres écrivent",
    ),
    ("or {way_out}", "ou {way_out}"),
    (
        "{reach}; copying them takes more: {hindrance}",
        "{reach} ; les copier demande davantage : {hindrance}",
    ),
    (
        "a publication publishes every table that is made, so rows can't be copied unseen",
        "une publication publie chaque table créée, les lignes ne peuvent donc pas être copiées sans être vues",
    ),
    (
        "these use {default} itself, and would go on using it when other tables have its rows: {used_by}",
        "ceux-ci utilisent {default} elle-même, et continueraient à l'utiliser quand d'autres tables auront ses lignes : {used_by}",
    ),
    (
        "there are too many to bring along in a moment: move those rows out of {default} first",
        "il y en a trop pour les emmener en un instant : sortez d'abord ces lignes de {default}",
    ),
];
