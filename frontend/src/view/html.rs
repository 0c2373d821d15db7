//! The types of elements by their tags, for `NodeRef`.

pub(crate) use web_sys::{
    HtmlButtonElement as Button, HtmlDialogElement as Dialog, HtmlDivElement as Div,
    HtmlInputElement as Input, HtmlOListElement as Ol, HtmlTextAreaElement as Textarea,
    HtmlUListElement as Ul,
};
