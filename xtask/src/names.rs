//! Short names between loader and module. wasm-bindgen calls what one takes from the other by long names that end in
//! hashes; they are written in both files and hardly compress. Here both files are given names of one or two letters. Knows
//! the two sections of a module that hold names, and nothing else of it.

use crate::Result;
use crate::workspace::{read, read_bytes, write};
use std::collections::BTreeMap;
use std::path::Path;

const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
/// What the loader's text says without meaning an import or export.
const KEPT: [&str; 2] = ["memory", "main"];

/// Rewrites both files, or neither.
pub(crate) fn shorten(module: &Path, loader: &Path) -> Result<()> {
    let (bytes, script) = (read_bytes(module)?, read(loader)?);
    let unread = || format!("cannot read the names in {}", module.display());
    let names = names(&bytes).ok_or_else(unread)?;
    let short = short_names(&names, &script);
    let smaller = renamed(&bytes, &short).ok_or_else(unread)?;
    write(loader, in_script(&script, &short).as_bytes())?;
    write(module, &smaller)
}

/// Reads forward through bytes.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|byte| byte[0])
    }

    /// A number of 32 bits, seven to a byte (LEB128).
    fn number(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for shift in (0..35).step_by(7) {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    /// The bytes that `read` goes over.
    fn over(&mut self, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<&'a [u8]> {
        let before = self.0;
        read(self)?;
        before.get(..before.len() - self.0.len())
    }

    /// What an import is.
    fn kind(&mut self) -> Option<&'a [u8]> {
        self.over(|it| {
            match it.byte()? {
                0 => drop(it.number()?),
                1 => {
                    it.byte()?;
                    it.limits()?;
                }
                2 => it.limits()?,
                3 => drop(it.take(2)?),
                4 => {
                    it.byte()?;
                    it.number()?;
                }
                _ => return None,
            }
            Some(())
        })
    }

    fn limits(&mut self) -> Option<()> {
        let bounded = self.byte()? & 1 == 1;
        self.number()?;
        if bounded {
            self.number()?;
        }
        Some(())
    }
}

fn put_number(into: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or_default();
        number >>= 7;
        if number == 0 {
            return into.push(low);
        }
        into.push(low | 0x80);
    }
}

fn put_text(into: &mut Vec<u8>, text: &str) {
    put_number(into, text.len());
    into.extend(text.as_bytes());
}

/// Goes through the sections; `each` is given a section's id and content and may give it another content.
fn sections(module: &[u8], mut each: impl FnMut(u8, &[u8]) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut rest = Reader(module);
    let mut all = rest.take(8)?.to_vec();
    while !rest.0.is_empty() {
        let id = rest.byte()?;
        let length = rest.number()?;
        let content = each(id, rest.take(length)?)?;
        all.push(id);
        put_number(&mut all, content.len());
        all.extend(content);
    }
    Some(all)
}

/// The content of a section with other names: of imports, or of exports.
fn rename_in(id: u8, content: &[u8], mut name: impl FnMut(&str) -> String) -> Option<Vec<u8>> {
    let mut rest = Reader(content);
    let mut all = Vec::with_capacity(content.len());
    let count = rest.number()?;
    put_number(&mut all, count);
    for _ in 0..count {
        if id == IMPORTS {
            put_text(&mut all, rest.text()?);
        }
        put_text(&mut all, &name(rest.text()?));
        let what = if id == IMPORTS {
            rest.kind()?
        } else {
            rest.over(|it| {
                it.byte()?;
                it.number().map(drop)
            })?
        };
        all.extend(what);
    }
    rest.0.is_empty().then_some(all)
}

/// All names in the module, in its order.
fn names(module: &[u8]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    sections(module, |id, content| {
        if id == IMPORTS || id == EXPORTS {
            rename_in(id, content, |name| {
                names.push(name.to_owned());
                String::new()
            })?;
        }
        Some(Vec::new())
    })?;
    Some(names)
}

fn renamed(module: &[u8], short: &BTreeMap<String, String>) -> Option<Vec<u8>> {
    sections(module, |id, content| match id {
        IMPORTS | EXPORTS => rename_in(id, content, |name| {
            short.get(name).map_or(name, String::as_str).to_owned()
        }),
        _ => Some(content.to_vec()),
    })
}

/// A short name for each that can have one: a long name that the loader says as a word of its own. What is short already
/// may mean something else in the loader as well.
fn short_names(names: &[String], script: &str) -> BTreeMap<String, String> {
    let long = |name: &&String| {
        name.starts_with("__")
            || name.starts_with("wasm_bindgen")
            || name.starts_with("intounderlying")
    };
    let wanted = names
        .iter()
        .filter(long)
        .filter(|name| !KEPT.contains(&name.as_str()) && name.bytes().all(is_of_word));
    let mut free = (0..).map(nth_name).filter(|short| {
        // Dollars keep them apart from every name that a minifier or a person gives.
        !script.contains(short.as_str()) && !names.contains(short)
    });
    wanted
        .filter_map(|name| Some((name.clone(), free.next()?)))
        .collect()
}

/// `$a`, `$b`, … `$aa`.
fn nth_name(mut number: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(
            b'a' + u8::try_from(number % 26).unwrap_or_default(),
        ));
        if number < 26 {
            break;
        }
        number = number / 26 - 1;
    }
    letters.push('$');
    letters.iter().rev().collect()
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$'
}

/// The script with every word that has a short name under it.
fn in_script(script: &str, short: &BTreeMap<String, String>) -> String {
    let mut all = String::with_capacity(script.len());
    for piece in script.split_inclusive(|sign: char| !sign.is_ascii() || !is_of_word(sign as u8)) {
        let end = piece.trim_end_matches(|sign: char| !sign.is_ascii() || !is_of_word(sign as u8));
        all.push_str(short.get(end).map_or(end, String::as_str));
        all.push_str(&piece[end.len()..]);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{in_script, names, nth_name, renamed, short_names};

    /// An import `./x_bg.js` `__wbg_get_12ab` of a function, a global import, and an export `__wbindgen_malloc`.
    fn module() -> Vec<u8> {
        let mut module = b"\0asm\x01\0\0\0".to_vec();
        module.extend(b"\x01\x04\x01\x60\0\0");
        let mut imports = b"\x02".to_vec();
        imports.extend(b"\x09./x_bg.js\x0e__wbg_get_12ab\0\0");
        imports.extend(b"\x03env\x06memory\x02\x01\x01\x81\x02");
        module.extend([2, u8::try_from(imports.len()).unwrap_or_default()]);
        module.extend(imports);
        let exports = b"\x01\x11__wbindgen_malloc\0\x00";
        module.extend([7, u8::try_from(exports.len()).unwrap_or_default()]);
        module.extend(exports);
        module
    }

    #[test]
    fn names_are_found_and_only_long_ones_shortened_in_both_files() {
        let found = names(&module()).unwrap_or_default();
        assert_eq!(found, ["__wbg_get_12ab", "memory", "__wbindgen_malloc"]);
        let script = "x={__wbg_get_12ab:(a)=>a.get,'$a':1}; w.__wbindgen_malloc(w.memory, \"é__wbg_get_12abc\")";
        let short = short_names(&found, script);
        assert_eq!(
            in_script(script, &short),
            "x={$b:(a)=>a.get,'$a':1}; w.$c(w.memory, \"é__wbg_get_12abc\")"
        );
        let renamed = renamed(&module(), &short).unwrap_or_default();
        assert_eq!(names(&renamed).unwrap_or_default(), ["$b", "memory", "$c"]);
        assert_eq!(renamed.len(), module().len() - 12 - 15);
    }

    #[test]
    fn what_is_no_module_is_left_alone() {
        assert_eq!(names(b"\0asm"), None);
        let cut = module();
        assert_eq!(names(&cut[..cut.len() - 3]), None);
    }

    #[test]
    fn names_count_on_after_the_alphabet() {
        assert_eq!(
            [nth_name(0), nth_name(25), nth_name(26), nth_name(702)],
            ["$a", "$z", "$aa", "$aaa"]
        );
    }
}
