//! `view!`: markup in Rust, turned into calls that build the page's nodes once (`frontend/src/view`). Knows the notation
//! and nothing of signals.
//!
//! The notation is that of Leptos: `class:name=condition`, `style:name=value`, `prop:name=value`, `on:event=handler`,
//! `node_ref=signal`, components by a capital letter with their props, `attr:name=value` for the element of a component,
//! `<For each key let:item>` and `<Show when>`. Leptos's own macro makes a type of every piece of markup and code for every
//! type; these calls share their code.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use rstml::{
    Infallible,
    node::{KeyedAttribute, KeyedAttributeValue, Node, NodeAttribute, NodeBlock, NodeElement},
};
use syn::{Expr, Lit, spanned::Spanned};

/// Elements that live in the namespace of SVG.
const SVG: [&str; 4] = ["svg", "use", "circle", "path"];

/// Markup that becomes a `View`.
#[proc_macro]
pub fn view(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    match rstml::parse2(TokenStream::from(input)) {
        Ok(nodes) => all(&nodes).into(),
        Err(problem) => problem.to_compile_error().into(),
    }
}

/// The nodes as one view.
fn all(nodes: &[Node]) -> TokenStream {
    let parts = flat(nodes);
    match parts.as_slice() {
        [] => quote!(crate::view::View::nothing()),
        [one] => view_of(one),
        _ => {
            let children = parts.iter().map(|part| child(part));
            quote!(crate::view::fragment()#(#children)*.view())
        }
    }
}

/// The nodes without fragments and comments.
fn flat(nodes: &[Node]) -> Vec<&Node> {
    let mut parts = Vec::new();
    for node in nodes {
        match node {
            Node::Fragment(fragment) => parts.extend(flat(&fragment.children)),
            Node::Comment(_) | Node::Doctype(_) => {}
            _ => parts.push(node),
        }
    }
    parts
}

/// A node as an expression of type `View`.
fn view_of(node: &Node) -> TokenStream {
    match node {
        Node::Element(element) if is_component(element) => component(element),
        Node::Element(element) => {
            let element = html(element);
            quote!(#element.view())
        }
        Node::Block(block) => {
            let block = block_of(block);
            quote!(crate::view::IntoView::into_view(#block))
        }
        Node::Text(text) => {
            let text = &text.value;
            quote!(crate::view::text(#text))
        }
        Node::RawText(text) => {
            let text = text.to_string_best();
            quote!(crate::view::text(#text))
        }
        Node::Fragment(fragment) => all(&fragment.children),
        Node::Comment(_) | Node::Doctype(_) => quote!(crate::view::View::nothing()),
        other => error(other, "this kind of node has no meaning here"),
    }
}

/// A node as a call that adds it to its parent.
fn child(node: &Node) -> TokenStream {
    match node {
        Node::Block(block) => {
            let block = block_of(block);
            quote!(.child(#block))
        }
        Node::Text(text) => {
            let text = &text.value;
            quote!(.text(#text))
        }
        _ => {
            let view = view_of(node);
            quote!(.child(#view))
        }
    }
}

/// A block of one expression is that expression.
fn block_of(block: &NodeBlock) -> TokenStream {
    match block.try_block().map(|block| block.stmts.as_slice()) {
        Some([syn::Stmt::Expr(only, None)]) => only.to_token_stream(),
        _ => block.to_token_stream(),
    }
}

fn html(element: &NodeElement<Infallible>) -> TokenStream {
    let name = element.name().to_string();
    let name = name.trim_end_matches('_');
    let mut fixed = Vec::new();
    let mut calls = Vec::new();
    let mut last = Vec::new();
    for attribute in keyed(element) {
        let attribute = match attribute {
            Ok(attribute) => attribute,
            Err(problem) => {
                calls.push(quote!(.child(#problem)));
                continue;
            }
        };
        let key = attribute.key.to_string();
        let value = value_of(attribute);
        if let Some(name) = key.strip_prefix("prop:") {
            // What a choice has chosen can be set once its options are there.
            last.push(quote!(.prop(#name, #value)));
        } else if let (false, Some(text)) = (key.contains(':'), literal(attribute)) {
            fixed.push(quote!((#key, #text)));
        } else {
            calls.push(call(&key, &value, attribute));
        }
    }
    let children = flat(&element.children).into_iter().map(child);
    let make = if SVG.contains(&name) {
        quote!(crate::view::svg)
    } else {
        quote!(crate::view::element)
    };
    quote!(#make(#name, &[#(#fixed),*])#(#calls)*#(#children)*#(#last)*)
}

/// One attribute of an element as a call.
fn call(key: &str, value: &TokenStream, attribute: &KeyedAttribute) -> TokenStream {
    match key.split_once(':') {
        Some(("on", event)) => {
            let event = Ident::new(event, attribute.key.span());
            quote!(.on(crate::view::ev::#event, #value))
        }
        Some(("class", name)) => quote!(.class(#name, #value)),
        Some(("style", name)) => quote!(.style(#name, #value)),
        Some(("attr", name)) => quote!(.attr(#name, #value)),
        Some(_) => {
            let problem = error(&attribute.key, "this kind of attribute has no meaning here");
            quote!(.child(#problem))
        }
        None if key == "node_ref" => quote!(.keep(#value)),
        None => quote!(.attr(#key, #value)),
    }
}

fn component(element: &NodeElement<Infallible>) -> TokenStream {
    let name = element.name();
    let (mut props, mut calls, mut binding) = (Vec::new(), Vec::new(), None);
    for attribute in keyed(element) {
        let attribute = match attribute {
            Ok(attribute) => attribute,
            Err(problem) => return problem,
        };
        let key = attribute.key.to_string();
        if let KeyedAttributeValue::Binding(bound) = &attribute.possible_value {
            let inputs = &bound.inputs;
            binding = Some(quote!(#inputs));
        } else if let Some(item) = key.strip_prefix("let:") {
            binding = Some(Ident::new(item, attribute.key.span()).to_token_stream());
        } else if key.contains(':') {
            calls.push(call(&key, &value_of(attribute), attribute));
        } else {
            let ident = Ident::new(&key, attribute.key.span());
            // A prop without a value has its own name's: `<Icon glyph />`, or is a flag that holds.
            let value = match attribute.value() {
                Some(value) => value.to_token_stream(),
                None => ident.to_token_stream(),
            };
            props.push((ident, value));
        }
    }
    let children = &element.children;
    let inner = all(children);
    match name.to_string().as_str() {
        "For" => {
            let (each, key) = (prop(&props, "each"), prop(&props, "key"));
            let draw = match (prop(&props, "children"), binding) {
                (Some(draw), _) => draw,
                (None, Some(item)) => quote!(move |#item| #inner),
                (None, None) => return error(name, "For needs `let:item` or `children`"),
            };
            return quote!(crate::view::each(#each, #key, #draw));
        }
        "Show" => {
            let when = prop(&props, "when");
            return quote!(crate::view::IntoView::into_view(crate::view::show(#when, move || #inner)));
        }
        _ => {}
    }
    let setters = props.iter().map(|(ident, value)| quote!(.#ident(#value)));
    let children =
        (!flat(children).is_empty()).then(|| quote!(.children(Box::new(move || #inner))));
    let made = quote! {
        crate::view::IntoView::into_view(crate::view::component_view(
            #name,
            crate::view::component_props_builder(&#name)#(#setters)*#children.build(),
        ))
    };
    if calls.is_empty() {
        made
    } else {
        quote!(crate::view::Made::root_of(#made)#(#calls)*.view())
    }
}

fn prop(props: &[(Ident, TokenStream)], name: &str) -> Option<TokenStream> {
    props
        .iter()
        .find(|(ident, _)| ident == name)
        .map(|(_, value)| value.clone())
}

/// The attributes of an element; for what has no name, an error.
fn keyed(
    element: &NodeElement<Infallible>,
) -> impl Iterator<Item = Result<&KeyedAttribute, TokenStream>> {
    element
        .attributes()
        .iter()
        .map(|attribute| match attribute {
            NodeAttribute::Attribute(attribute) => Ok(attribute),
            NodeAttribute::Block(block) => Err(error(block, "an attribute needs a name")),
        })
}

/// The value of an attribute; without one, the flag that holds.
fn value_of(attribute: &KeyedAttribute) -> TokenStream {
    attribute
        .value()
        .map_or_else(|| quote!(true), ToTokens::to_token_stream)
}

/// The text of an attribute that is written out in the markup.
fn literal(attribute: &KeyedAttribute) -> Option<String> {
    match attribute.value() {
        None => Some(String::new()),
        Some(Expr::Lit(value)) => match &value.lit {
            Lit::Str(text) => Some(text.value()),
            Lit::Int(number) => Some(number.base10_digits().to_owned()),
            Lit::Bool(flag) if flag.value => Some(String::new()),
            _ => None,
        },
        Some(_) => None,
    }
}

/// Whether the last part of the name has a capital letter.
fn is_component(element: &NodeElement<Infallible>) -> bool {
    let name = element.name().to_string();
    let last = name.rsplit(':').next().unwrap_or(&name).trim();
    last.starts_with(char::is_uppercase)
}

fn error(at: impl Spanned, says: &str) -> TokenStream {
    syn::Error::new(at.span(), says).to_compile_error()
}
