//! The page that a status is in Markdown.

use super::Pair;

pub(super) const WORDS: &[Pair] = &[
    ("State of pg_partman", "État de pg_partman"),
    ("Looked at", "Date de vérification"),
    ("Server", "Serveur"),
    ("Role", "Rôle"),
    ("Summary", "Résumé"),
    ("In detail", "Détails"),
    ("Container and image", "Conteneur et image"),
    ("Extension pg_partman", "Extension pg_partman"),
    ("Tables and partitions", "Tables et partitions"),
    ("Implementation files", "Fichiers d'implémentation"),
    ("Configuration", "Configuration"),
    ("Configuration file", "Fichier de configuration"),
    ("Configuration of pg_partman", "Configuration de pg_partman"),
    (
        "There is no partman.toml here; partman init writes one.",
        "Il n'y a pas de partman.toml ici ; partman init en écrit un.",
    ),
    ("Backup and last run", "Sauvegarde et dernière exécution"),
    ("Newest backup", "Dernière sauvegarde"),
    ("Where it stands", "Conclusion"),
    ("What is done", "Ce qui a été fait"),
    ("What remains to be done", "Ce qui reste à faire"),
    ("Recommended commands", "Commandes recommandées"),
    ("Before deploying", "Avant de déployer"),
    ("The way back", "Retour en arrière"),
    ("nothing yet", "rien pour l'instant"),
    ("nothing", "rien"),
    ("in the plan", "dans le plan"),
    ("Part", "Composant"),
    ("State", "État"),
    ("Description", "Description"),
    ("Health", "Santé"),
    ("Running image", "Image actuelle"),
    ("Expected image", "Image attendue"),
    ("Expected image built", "Image attendue construite"),
    ("C library", "Bibliothèque C"),
    ("Container {name}", "Conteneur {name}"),
    ("Image {expected}", "Image {expected}"),
    ("Table {parent}", "Table {parent}"),
    ("parent table", "table parente"),
    ("available on the server", "disponible sur le serveur"),
    (
        "installed in the database",
        "installée dans la base de données",
    ),
    ("schema", "schéma"),
    ("file", "fichier"),
    ("state", "état"),
    ("present", "présent"),
    ("missing", "manquant"),
    ("changed by hand", "modifié à la main"),
    ("yes", "oui"),
    ("no", "non"),
    ("{n} bytes", "{n} octets"),
    ("{state}, {health}", "{state}, {health}"),
    ("{state} since {at}", "{state} depuis le {at}"),
    ("{state} (partitions: {n})", "{state} (partitions : {n})"),
    (
        "the implementation files are in place",
        "les fichiers d'implémentation sont en place",
    ),
    (
        "complete the implementation files",
        "compléter les fichiers d'implémentation",
    ),
    ("the container runs", "le conteneur fonctionne"),
    (
        "see why the container isn't healthy",
        "chercher pourquoi le conteneur n'est pas en bonne santé",
    ),
    ("start the container", "démarrer le conteneur"),
    (
        "the container runs the expected image",
        "le conteneur utilise l'image attendue",
    ),
    ("the expected image runs", "l'image attendue est utilisée"),
    (
        "built; the container runs {image}",
        "construite ; le conteneur utilise {image}",
    ),
    (
        "not built; the container runs {image}",
        "non construite ; le conteneur utilise {image}",
    ),
    (
        "create the container anew from {expected}",
        "recréer le conteneur à partir de {expected}",
    ),
    (
        "build the image {expected}",
        "construire l'image {expected}",
    ),
    (
        "pg_partman is installed in the database",
        "pg_partman est installé dans la base de données",
    ),
    (
        "install pg_partman in the database (partman migrate does it)",
        "installer pg_partman dans la base de données (partman migrate le fait)",
    ),
    (
        "give the server the files of pg_partman",
        "donner au serveur les fichiers de pg_partman",
    ),
    (
        "{parent} is under pg_partman",
        "{parent} est sous pg_partman",
    ),
    (
        "put {parent} under pg_partman",
        "mettre {parent} sous pg_partman",
    ),
    (
        "decide what is open about {parent}",
        "décider de ce qui est en suspens pour {parent}",
    ),
    (
        "pg_partman has no table configured",
        "aucune table n'est configurée dans pg_partman",
    ),
    (
        "tables configured in pg_partman: {n}",
        "tables configurées dans pg_partman : {n}",
    ),
    ("pg_partman is configured", "pg_partman est configuré"),
    ("none that partman knows of", "aucune que partman connaisse"),
    (
        "make a backup and prove that it restores",
        "faire une sauvegarde et prouver qu'elle se restaure",
    ),
    (
        "there is a backup that is proven to restore",
        "il y a une sauvegarde dont la restauration est prouvée",
    ),
    (
        "prove that the newest backup restores",
        "prouver que la dernière sauvegarde se restaure",
    ),
    (
        "see to the findings of severity error",
        "traiter les constats de gravité « erreur »",
    ),
    (
        "no backup is proven to restore: make sure of one before anything is changed",
        "aucune sauvegarde n'a de restauration prouvée : assurez-vous d'en avoir une avant toute modification",
    ),
    (
        "the partitions of {parent} get other names: SQL that names them has to change with them",
        "les partitions de {parent} changent de nom : le SQL qui les nomme doit changer avec elles",
    ),
    (
        "{parent} stays as it is until somebody has decided",
        "{parent} reste telle quelle tant que personne n'a décidé",
    ),
    (
        "what is installed in a container is gone when it is created anew from an image without it",
        "ce qui est installé dans un conteneur disparaît quand il est recréé à partir d'une image qui ne l'a pas",
    ),
    (
        "Read the plan: partman plan shows every step with its SQL, its locks and how it is undone, and changes nothing.",
        "Lisez le plan : partman plan montre chaque étape avec son SQL, ses verrous et son annulation, et ne modifie rien.",
    ),
    (
        "Try it on a copy of the database first, where there is one.",
        "Essayez d'abord sur une copie de la base de données, s'il y en a une.",
    ),
    (
        "No maintenance window is needed: locks are held for milliseconds, no row is moved, and where a lock isn't to be had \
         partman gives up with nothing changed.",
        "Aucune fenêtre de maintenance n'est nécessaire : les verrous durent quelques millisecondes, aucune ligne n'est \
         déplacée, et si un verrou ne peut être obtenu, partman renonce sans avoir rien modifié.",
    ),
    (
        "Retention stays off: migrating detaches and drops no partition.",
        "La rétention reste désactivée : la migration ne détache et ne supprime aucune partition.",
    ),
    (
        "takes the last run back: names and configuration are as before",
        "annule la dernière exécution : noms et configuration redeviennent ce qu'ils étaient",
    ),
    (
        "or goes on with a run that stopped part-way",
        "ou reprend une exécution arrêtée en chemin",
    ),
    (
        "Taking back moves no row. Partitions that the run created are dropped only if they are empty; the others stay, and \
         that is told.",
        "L'annulation ne déplace aucune ligne. Les partitions créées par l'exécution ne sont supprimées que si elles sont \
         vides ; les autres restent, et c'est signalé.",
    ),
    (
        "The extension is dropped again if that run installed it and nothing else uses it.",
        "L'extension est supprimée à son tour si cette exécution l'a installée et que rien d'autre ne l'utilise.",
    ),
];
