//! What is the matter with bounds: widths that differ, zones that don't fit, ends that were meant otherwise.

use super::Pair;

pub(super) const WORDS: &[Pair] = &[
    (
        "the partitions of {parent} are {found} wide, not {said} as the configuration says",
        "la largeur des partitions de {parent} est {found}, et non {said} comme le dit la configuration",
    ),
    (
        "there is no time zone {name}",
        "le fuseau horaire {name} n'existe pas",
    ),
    (
        "use an IANA name, such as {example}",
        "employez un nom de l'IANA, par exemple {example}",
    ),
    (
        "the bounds of {parent} are midnights in several time zones that will differ later: {names}",
        "les bornes de {parent} sont des minuits dans plusieurs fuseaux horaires qui différeront plus tard : {names}",
    ),
    (
        "say which one with time_zone in its [[set]]",
        "dites lequel avec time_zone dans son [[set]]",
    ),
    (
        "the bounds of {parent} aren't aligned in {zone}, which the configuration names",
        "les bornes de {parent} ne sont pas alignées dans {zone}, que nomme la configuration",
    ),
    (
        "correct time_zone in its [[set]], or leave it out and let it be found",
        "corrigez time_zone dans son [[set]], ou ne l'indiquez pas pour qu'il soit trouvé",
    ),
    (
        "most partitions of {parent} are {usual} wide, but not all: {odd}",
        "la largeur de la plupart des partitions de {parent} est {usual}, mais pas de toutes : {odd}",
    ),
    (
        "{way_out}, and {setting} there, or another zone in which that one begins and ends at midnight",
        "{way_out}, et {setting} au même endroit, ou un autre fuseau dans lequel celle-ci commence et finit à minuit",
    ),
    (
        "pg_partman goes on in the width of the newest partitions, of which three have to be alike, or two of a usual width: detach, split or re-bound the ones that differ there, or set interval in its [[set]] to the width of the last one",
        "pg_partman continue avec la largeur des partitions les plus récentes, dont trois doivent être égales, ou deux d'une largeur courante : détachez, divisez ou rebornez celles qui y diffèrent, ou mettez dans interval de son [[set]] la largeur de la dernière",
    ),
    (
        "{partition} ends at {to} as if that belonged to it, but the server leaves an upper bound out: rows from {to} to {end} have no partition, and pg_partman would go on from {to} in steps of {own}",
        "{partition} finit à {to} comme si cela en faisait partie, mais le serveur exclut une borne supérieure : les lignes de {to} à {end} n'ont pas de partition, et pg_partman continuerait à partir de {to} par pas de {own}",
    ),
    (
        "give it the end of {width}, and likewise every partition of {parent} that ends so: {sql}; if its bounds are meant, set {setting} in its [[set]]",
        "donnez-lui la fin de {width}, et de même à chaque partition de {parent} qui finit ainsi : {sql} ; si ses bornes sont voulues, mettez {setting} dans son [[set]]",
    ),
    (
        "partitions of {parent} begin on day {day} of the month, which not every month has: pg_partman goes on from {end} by {interval}, comes to {other}, and keeps to that day from there on",
        "des partitions de {parent} commencent le {day} du mois, que tous les mois n'ont pas : pg_partman continue à partir de {end} par {interval}, arrive à {other}, et s'en tient ensuite à ce jour",
    ),
    (
        "give {partition} an end that every month has, such as the first; or, if that may be so, set {setting} in its [[set]]",
        "donnez à {partition} une fin que tous les mois ont, comme le premier ; ou, si cela peut être ainsi, mettez {setting} dans son [[set]]",
    ),
    (
        "the partitions of {parent} have no common width in any time zone",
        "les partitions de {parent} n'ont de largeur commune dans aucun fuseau horaire",
    ),
    (
        "pg_partman goes on in one interval: re-create the newest with equal widths, or set interval in its [[set]] to the width of the last one",
        "pg_partman continue avec un seul intervalle : recréez les plus récentes avec des largeurs égales, ou mettez dans interval de son [[set]] la largeur de la dernière",
    ),
    (
        "partitions of an older width stay as they are: {older}; pg_partman's retention would take each for {interval} wide, and its partition_gap_fill() fails on such a set",
        "les partitions d'une largeur plus ancienne restent telles quelles : {older} ; la rétention de pg_partman prendrait chacune pour large de {interval}, et sa fonction partition_gap_fill() échoue sur un tel ensemble",
    ),
    (
        "between partitions of an older width there stays room from {from} to {to}, which whole new ones don't fill",
        "entre des partitions d'une largeur plus ancienne il reste de la place de {from} à {to}, que de nouvelles partitions entières ne remplissent pas",
    ),
];
