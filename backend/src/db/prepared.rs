//! Statements whose text never changes: each connection parses them once. diesel parses its own statements that
//! change data, and everything that goes through `sql_query`, anew each time.

use super::{Conn, Dialect, dialect};
use diesel::{
    Connection, QueryResult, RunQueryDsl,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::BigInt,
};
use std::marker::PhantomData;

/// What statements are built for.
pub type Backend = <Conn as Connection>::Backend;

/// A value for a place in a statement: `5_i64.into_sql::<BigInt>()`.
pub type Bind<'a> = &'a dyn QueryFragment<Backend>;

/// A statement with its values; `Row` are the SQL types of what it gives back.
pub struct Prepared<'a, Row = ()> {
    sql: &'static str,
    binds: &'a [Bind<'a>],
    end: &'static str,
    row: PhantomData<Row>,
}

/// This SQL, with a value for each `?` in it.
pub fn prepared<'a, Row>(sql: &'static str, binds: &'a [Bind<'a>]) -> Prepared<'a, Row> {
    Prepared {
        sql,
        binds,
        end: "",
        row: PhantomData,
    }
}

/// Runs an `INSERT` into a table that counts its `id`s, and gives the new one.
///
/// # Errors
/// The database's.
pub fn insert(conn: &mut Conn, sql: &'static str, binds: &[Bind<'_>]) -> QueryResult<i64> {
    match dialect(conn) {
        // To answer an INSERT itself, SQLite makes and drops a table for the answer.
        Dialect::Sqlite => {
            prepared::<()>(sql, binds).execute(conn)?;
            prepared::<BigInt>("SELECT last_insert_rowid()", &[]).get_result(conn)
        }
        #[cfg(feature = "postgres")]
        Dialect::Postgres => Prepared::<BigInt> {
            end: " RETURNING id",
            ..prepared(sql, binds)
        }
        .get_result(conn),
    }
}

/// Runs a statement without values or rows.
pub(super) fn run(conn: &mut Conn, sql: &'static str) -> QueryResult<()> {
    prepared::<()>(sql, &[]).execute(conn).map(drop)
}

impl<Row> QueryFragment<Backend> for Prepared<'_, Row> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        let mut binds = self.binds.iter();
        for (place, text) in self.sql.split('?').enumerate() {
            if place > 0
                && let Some(bind) = binds.next()
            {
                bind.walk_ast(out.reborrow())?;
            }
            out.push_sql(text);
        }
        out.push_sql(self.end);
        Ok(())
    }
}

impl<Row> QueryId for Prepared<'_, Row> {
    type QueryId = ();

    // Known by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Row> Query for Prepared<'_, Row> {
    type SqlType = Row;
}

impl<Row> RunQueryDsl<Conn> for Prepared<'_, Row> {}
