//! Compose files as people write them.

use super::*;

const FILE: &str = r#"
# the stack
name: agents
x-common: &common
  restart: unless-stopped   # everywhere
services:
  postgres:
    <<: *common
    image: ai_agent_postgres:pg_partman
    container_name: ai_agent_postgres
    build: {context: ./docker/postgres, dockerfile: Dockerfile}
    environment:
      POSTGRES_USER: admin
      POSTGRES_PASSWORD: ${DB_PASSWORD:-s3cret}
    ports: ["127.0.0.1:5432:5432", 9187, {target: 80, published: "8080", host_ip: 127.0.0.1}]
    volumes:
      - pg:/var/lib/postgresql/data
      - {type: bind, source: ./init, target: /docker-entrypoint-initdb.d}
    healthcheck: {test: [CMD-SHELL, pg_isready -U admin]}
  api:
    build: .
    env_file: .env
    environment: [DATABASE_URL=postgres://x, DEBUG]
    depends_on: {postgres: {condition: service_healthy}}
  worker: {image: "${IMAGE}", depends_on: [api]}
volumes: {pg: {}}
"#;

fn read_text(text: &str) -> Result<ComposeFile> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("docker-compose.yml");
    std::fs::write(&path, text).expect("a file");
    read(&path)
}

#[test]
fn short_and_long_forms_are_understood() {
    let file = read_text(FILE).expect("a compose file");
    assert_eq!(file.project.as_deref(), Some("agents"));
    let service = file
        .service_of(None, "ai_agent_postgres", "")
        .expect("by its container name");
    assert_eq!(
        service.image.as_deref(),
        Some("ai_agent_postgres:pg_partman")
    );
    assert_eq!(
        service.build.as_ref().map(|build| build.context.as_str()),
        Some("./docker/postgres")
    );
    assert_eq!(
        service.ports,
        ["127.0.0.1:5432:5432", "9187", "127.0.0.1:8080:80"]
    );
    assert_eq!(
        service.volumes,
        [
            "pg:/var/lib/postgresql/data",
            "./init:/docker-entrypoint-initdb.d"
        ]
    );
    assert_eq!(service.environment, ["POSTGRES_PASSWORD", "POSTGRES_USER"]);
    assert!(service.healthcheck && service.is_plain());
    assert_eq!(file.dependants("postgres"), ["api", "worker"]);
    assert!(!format!("{file:?}").contains("s3cret"));
}

#[test]
fn a_service_is_found_by_label_name_or_only_image() {
    let file = read_text(FILE).expect("a compose file");
    let name = |service: Option<&ComposeService>| service.map(|service| service.name.clone());
    assert_eq!(
        name(file.service_of(Some("api"), "ai_agent_postgres", "")).as_deref(),
        Some("api")
    );
    assert_eq!(
        name(file.service_of(None, "x", "ai_agent_postgres:pg_partman")).as_deref(),
        Some("postgres")
    );
    assert_eq!(file.service_of(None, "x", "postgres:15"), None);
    assert!(!file.services[2].is_plain());
}

#[test]
fn what_is_no_compose_file_is_refused_with_the_place() {
    let error = read_text("services:\n  a:\n   image: x\n  image: [\n").expect_err("broken");
    assert_eq!(error.kind(), Kind::BadInput);
    assert!(format!("{error:?}").contains("line"), "{error:?}");
    let error = read(Path::new("/nonexistent/compose.yml")).expect_err("no such file");
    assert_eq!(error.kind(), Kind::NotFound);
}

#[test]
fn the_usual_names_come_first() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in [
        "docker-compose.rabbitmq.yml",
        "compose.yaml",
        "values.yml",
        "docker-compose.yml",
    ] {
        std::fs::write(folder.path().join(name), "").expect("a file");
    }
    let found = files_in(folder.path()).expect("files");
    let names: Vec<_> = found
        .iter()
        .filter_map(|path| path.file_name()?.to_str())
        .collect();
    assert_eq!(
        names,
        [
            "compose.yaml",
            "docker-compose.yml",
            "docker-compose.rabbitmq.yml"
        ]
    );
}
