using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Database.MariaDb;

namespace Lnvps.Database.Tests.MariaDb;

/// <summary>Named parameters, and what only looks like one.</summary>
public sealed class SqlTextTests(Scratch scratch) : IClassFixture<Scratch>
{
    [Theory]
    [InlineData("SELECT @a", "SELECT ?", "a")]
    [InlineData("SELECT @a+@b,@a", "SELECT ?+?,?", "a b a")]
    [InlineData("a=@Name_1)", "a=?)", "Name_1")]
    [InlineData("SELECT '@a', \"@a\", `@a`, @a", "SELECT '@a', \"@a\", `@a`, ?", "a")]
    [InlineData(@"SELECT 'it''s @a \' @a', @b", @"SELECT 'it''s @a \' @a', ?", "b")]
    [InlineData(@"SELECT '\\', @b", @"SELECT '\\', ?", "b")]
    [InlineData(@"SELECT `a\`, @b, `c``@d`", @"SELECT `a\`, ?, `c``@d`", "b")]
    [InlineData("SELECT 1 -- @a; ?\n, @b", "SELECT 1 -- @a; ?\n, ?", "b")]
    [InlineData("SELECT 1 # it's @a; ?\n, @b", "SELECT 1 # it's @a; ?\n, ?", "b")]
    [InlineData("SELECT 1 /* it's @a; ? */, @b", "SELECT 1 /* it's @a; ? */, ?", "b")]
    [InlineData("SELECT 5--@a", "SELECT 5--?", "a")]
    [InlineData("SELECT 1/@a", "SELECT 1/?", "a")]
    [InlineData("SELECT /*! @a */ 1 /*M! , @b */", "SELECT /*! ? */ 1 /*M! , ? */", "a b")]
    [InlineData("SELECT @@version, @@session.time_zone, @`x`, @'y'", "SELECT @@version, @@session.time_zone, @`x`, @'y'", "")]
    [InlineData("GRANT ALL ON *.* TO 'lnvps'@'%', root@localhost, `a`@b", "GRANT ALL ON *.* TO 'lnvps'@'%', root@localhost, `a`@b", "")]
    [InlineData("SELECT 'unterminated @a", "SELECT 'unterminated @a", "")]
    [InlineData("SELECT /* unterminated @a", "SELECT /* unterminated @a", "")]
    [InlineData("SELECT @", "SELECT @", "")]
    [InlineData("SELECT 1 --", "SELECT 1 --", "")]
    [InlineData("SELECT @größe", "SELECT ?", "größe")]
    public void Rewrites(string sql, string text, string names)
    {
        var statement = Assert.Single(SqlText.Split(sql));
        Assert.Equal(text, statement.Text);
        Assert.Equal(names, string.Join(' ', statement.Parameters));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(" ;; -- nothing\n ; /* nothing */ # nothing", 0)]
    [InlineData("SELECT 1;", 1)]
    [InlineData("SELECT ';'; SELECT `;` -- ;\n; SELECT /* ; */ 3", 3)]
    public void Splits(string sql, int count) => Assert.Equal(count, SqlText.Split(sql).Count);

    [Theory]
    [InlineData("SELECT a FROM t WHERE id = @id", true)]
    [InlineData(" /* a */ select 'FOR UPDATE', `lock` -- FOR UPDATE\n FROM t", true)]
    [InlineData("SELECT a FROM t FOR UPDATE", false)]
    [InlineData("SELECT a FROM t WHERE id = @id LOCK IN SHARE MODE", false)]
    [InlineData("SELECT SLEEP(1)", false)]
    [InlineData("SELECT BENCHMARK(1000000, MD5('a'))", false)]
    [InlineData("SELECT GET_LOCK('a', 1)", false)]
    [InlineData("SELECT 1 INTO @`x`", false)]
    [InlineData("UPDATE t SET a = 1", false)]
    [InlineData("CALL p()", false)]
    [InlineData("INSERT INTO t SELECT 1", false)]
    public void Knows_what_only_reads(string sql, bool reads) => Assert.Equal(reads, Assert.Single(SqlText.Split(sql)).IsPlainRead);

    [Fact]
    public void The_memory_of_texts_gives_the_same_and_stays_bounded()
    {
        for (var i = 0; i < 5_000; i++)
            Assert.Equal($"SELECT {i}, ?", Assert.Single(SqlText.Known($"SELECT {i}, @a")).Text);
        Assert.Same(SqlText.Known("SELECT @a"), SqlText.Known("SELECT @a"));
    }

    [Theory]
    [InlineData("SET @x = 1", true)]
    [InlineData(" /* a */ set names utf8mb4", true)]
    [InlineData("SELECT get_lock('a', -1)", true)]
    [InlineData("SELECT @`x` := 1", true)]
    [InlineData("SELECT 1 INTO @`x`", true)]
    [InlineData("GRANT SELECT ON t TO 'u'@'h'", false)]
    [InlineData("CREATE TEMPORARY TABLE t (id int)", true)]
    [InlineData("CREATE OR REPLACE TEMPORARY TABLE t (id int)", true)]
    [InlineData("LOCK TABLES t WRITE", true)]
    [InlineData("USE other", true)]
    [InlineData("CREATE TABLE t (id int)", false)]
    [InlineData("UPDATE t SET a = 'GET_LOCK', `use` = 1", false)]
    [InlineData("SELECT a FROM t FOR UPDATE", false)]
    public void Knows_what_the_next_borrower_would_notice(string sql, bool changes) => Assert.Equal(changes, Assert.Single(SqlText.Split(sql)).ChangesSession);

    [Fact]
    public void A_bare_question_mark_is_refused() => Assert.Throws<FormatException>(() => SqlText.Split("SELECT ?"));

    /// <summary>Any sequence of pieces whose rewriting is known gives the sequence of their rewritings.</summary>
    [Fact]
    public void Pieces_are_rewritten_one_by_one()
    {
        (string Sql, string Text, string? Name)[] pieces =
        [
            ("@a", "?", "a"), ("@B1", "?", "B1"), ("'@x?;'", "'@x?;'", null), ("\"?;@\"", "\"?;@\"", null), ("`;?@y`", "`;?@y`", null),
            ("/* ? ; @z ' */", "/* ? ; @z ' */", null), ("-- ' ; ? @z\n", "-- ' ; ? @z\n", null), ("# ` ;\n", "# ` ;\n", null),
            ("'\\''", "'\\''", null), ("''", "''", null), ("'a''b'", "'a''b'", null), ("@@sql_mode", "@@sql_mode", null), ("SELECT", "SELECT", null),
            ("(", "(", null), ("- -", "- -", null), ("1/2", "1/2", null), ("'\U0001F408@'", "'\U0001F408@'", null), ("\n", "\n", null),
        ];
        var sequences = Gen.ListOf(Gen.Elements(pieces)).ToArbitrary();
        Prop.ForAll(sequences, sequence =>
        {
            var sql = "SELECT " + string.Join(' ', sequence.Select(piece => piece.Sql));
            var statement = SqlText.Split(sql).Single();
            return statement.Text == ("SELECT " + string.Join(' ', sequence.Select(piece => piece.Text))).Trim()
                && statement.Parameters.SequenceEqual(sequence.Select(piece => piece.Name).OfType<string>());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Noise_never_crashes_it_and_loses_nothing()
    {
        const string alphabet = "'\"`@?;-#/*!M\\ \n\tab1_$:=\U0001F408é\0";
        var random = new Random(20260219);
        var text = new StringBuilder();
        for (var round = 0; round < 20_000; round++)
        {
            text.Clear();
            for (var length = random.Next(40); length > 0; length--)
                text.Append(alphabet[random.Next(alphabet.Length)]);
            var sql = text.ToString();
            List<SqlStatement> statements;
            try
            {
                statements = SqlText.Split(sql);
            }
            catch (FormatException)
            {
                Assert.Contains('?', sql);
                continue;
            }
            foreach (var statement in statements)
            {
                // What was written stands, in its order, in what was read.
                var from = 0;
                foreach (var part in Originals(statement))
                {
                    var at = sql.IndexOf(part, from, StringComparison.Ordinal);
                    Assert.True(at >= from, $"round {round}: {sql}");
                    from = at + part.Length;
                }
            }
        }
    }

    /// <summary>The server's own lexer is the judge: a string literal arrives as written, and the parameter behind it as given.</summary>
    [Fact]
    public async Task The_server_agrees()
    {
        await using var connection = await scratch.Open();
        var random = new Random(99);
        const string alphabet = "'\"`@?;-#/*!\\ \nab";
        for (var round = 0; round < 300; round++)
        {
            var content = new string([.. Enumerable.Range(0, random.Next(12)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
            var quote = random.Next(2) == 0 ? '\'' : '"';
            var literal = quote + content.Replace("\\", "\\\\").Replace(quote.ToString(), random.Next(2) == 0 ? "\\" + quote : new string(quote, 2)) + quote;
            var comment = random.Next(3) switch
            {
                0 => "/* " + content.Replace("*/", "") + " */",
                1 => "-- " + content.Replace("\n", "") + "\n",
                _ => "#" + content.Replace("\n", "") + "\n",
            };
            if (comment.StartsWith("/* *", StringComparison.Ordinal) || comment.EndsWith("/ */", StringComparison.Ordinal))
                continue;
            var column = "`" + content.Replace("`", "``").Trim() + "x`";
            await using var command = connection.Command($"SELECT {comment} {literal} AS {column}, {comment} @v AS v", ("v", round));
            await using var reader = await command.ExecuteReaderAsync();
            Assert.True(await reader.ReadAsync());
            Assert.Equal(content, reader.GetString(0));
            Assert.Equal(content.Trim() + "x", reader.GetName(0));
            Assert.Equal(round, reader.GetInt32(1));
        }
    }

    static IEnumerable<string> Originals(SqlStatement statement)
    {
        // A parameter name stands behind its @; the rest is taken as it is between the question marks that replace names.
        var names = new Queue<string>(statement.Parameters);
        if (names.Count == 0)
        {
            yield return statement.Text;
            yield break;
        }
        foreach (var name in names)
            yield return "@" + name;
    }
}
