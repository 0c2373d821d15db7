//! The API's own description: a valid OpenAPI 3.1 document of everything that is there, and a page that shows it.

use crate::support::Place;
use serde_json::Value;
use std::collections::BTreeSet;

/// Every `$ref` in a document.
fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                match inner.as_str() {
                    Some(target) if name == "$ref" => drop(found.insert(target)),
                    _ => references(inner, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_openapi_document_lists_every_route_with_shapes_that_exist() {
    let place = Place::open();
    let document = place
        .anyone()
        .plain("GET", "/openapi.json")
        .send()
        .await
        .expect(200)
        .json();
    assert!(
        document["openapi"]
            .as_str()
            .is_some_and(|version| version.starts_with("3.1"))
    );
    assert!(document["info"]["title"].is_string() && document["info"]["version"].is_string());
    let mut operations = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            operations.insert((method.to_uppercase(), path.clone()));
            assert!(
                operation["summary"]
                    .as_str()
                    .is_some_and(|words| !words.is_empty()),
                "{method} {path}"
            );
            let responses = operation["responses"].as_object().expect("responses");
            assert!(
                responses.keys().any(|status| status.starts_with('2')),
                "{method} {path}"
            );
            assert!(
                responses.contains_key("default"),
                "{method} {path} tells of its refusals"
            );
            if let Some(id) = operation["operationId"].as_str() {
                assert!(ids.insert(id.to_owned()), "{id} stands twice");
            }
            // Each part of the path is described, and nothing that is not there.
            let described: BTreeSet<&str> = operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|parameter| parameter["in"] == "path")
                .filter_map(|parameter| parameter["name"].as_str())
                .collect();
            let parts: BTreeSet<&str> = path
                .split('/')
                .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
                .collect();
            assert_eq!(described, parts, "{method} {path}");
        }
    }
    assert_eq!(operations, confab::docs::listed().into_iter().collect());
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(!found.is_empty());
    for target in found {
        let pointer = target
            .strip_prefix('#')
            .expect("a reference within the document");
        assert!(
            document.pointer(pointer).is_some(),
            "{target} leads nowhere"
        );
    }
    let problem = &document["components"]["schemas"]["Problem"];
    assert!(problem["properties"]["code"].is_object());
    assert_eq!(
        document["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
}

#[tokio::test]
async fn the_page_shows_every_route_and_runs_no_script() {
    let place = Place::open();
    let page = place
        .anyone()
        .plain("GET", "/docs")
        .send()
        .await
        .expect(200);
    assert_eq!(
        page.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    let html = page.text();
    for (method, path) in confab::docs::listed() {
        assert!(
            html.contains(&format!("<b>{method}</b> <code>{path}</code>")),
            "{method} {path}"
        );
    }
    assert!(!html.contains("<script") && !html.contains(" style=") && !html.contains(" onclick="));
    let csp = page.header("content-security-policy").expect("a policy");
    assert!(
        csp.contains("default-src 'none'") && csp.contains("style-src 'self'"),
        "{csp}"
    );
    let style = place
        .anyone()
        .plain("GET", "/docs/style.css")
        .send()
        .await
        .expect(200);
    assert!(style.text().contains('{'));
}
