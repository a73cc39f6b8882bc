using System.Data.Common;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Database.MariaDb;

namespace Lnvps.Database.Tests.MariaDb;

/// <summary>Each type of the schema there and back, with its extremes and NULL.</summary>
public sealed class TypeTests(Scratch scratch) : IClassFixture<Scratch>
{
    const string Cat = "\U0001F408";

    public static TheoryData<string, object, object> Values => new()
    {
        { "bit(1)", true, true },
        { "bit(1)", false, false },
        { "bit(64)", ulong.MaxValue, ulong.MaxValue },
        { "bit(12)", 0xabcUL, 0xabcUL },
        { "bit(12)", 1, 1UL },
        { "tinyint(1)", true, true },
        { "tinyint(1)", 0, false },
        { "tinyint(4)", sbyte.MinValue, sbyte.MinValue },
        { "tinyint(4)", sbyte.MaxValue, sbyte.MaxValue },
        { "tinyint unsigned", byte.MaxValue, byte.MaxValue },
        { "tinyint(1) unsigned", (byte)200, (byte)200 },
        { "smallint", short.MinValue, short.MinValue },
        { "smallint", short.MaxValue, short.MaxValue },
        { "smallint unsigned", ushort.MaxValue, ushort.MaxValue },
        { "smallint unsigned", (ushort)0, (ushort)0 },
        { "mediumint", -8388608, -8388608 },
        { "mediumint unsigned", 16777215u, 16777215u },
        { "int", int.MinValue, int.MinValue },
        { "int", int.MaxValue, int.MaxValue },
        { "int unsigned", uint.MaxValue, uint.MaxValue },
        { "int unsigned", (long)uint.MaxValue, uint.MaxValue },
        { "bigint", long.MinValue, long.MinValue },
        { "bigint", long.MaxValue, long.MaxValue },
        { "bigint unsigned", ulong.MaxValue, ulong.MaxValue },
        { "bigint unsigned", 0UL, 0UL },
        { "year", (ushort)2026, (ushort)2026 },
        { "float", float.MaxValue, float.MaxValue },
        { "float", float.MinValue, float.MinValue },
        { "float", float.Epsilon, float.Epsilon },
        { "float", 92345.671875f, 92345.671875f },
        { "float", 0.1f, 0.1f },
        { "double", double.MaxValue, double.MaxValue },
        { "double", 2.2250738585072014e-308, 2.2250738585072014e-308 },
        { "double", 0.1, 0.1 },
        { "decimal(20,4)", 1234567890123456.7891m, 1234567890123456.7891m },
        { "decimal(28,0)", decimal.Parse("9999999999999999999999999999", CultureInfo.InvariantCulture), decimal.Parse("9999999999999999999999999999", CultureInfo.InvariantCulture) },
        { "decimal(10,2)", -0.01m, -0.01m },
        { "decimal(60,30)", 1.5m, 1.5m },
        { "varchar(100)", "", "" },
        { "varchar(100)", $"Zoë {Cat} \\ ' \" ` ? @x \n\t\r", $"Zoë {Cat} \\ ' \" ` ? @x \n\t\r" },
        { "char(3)", "EUR", "EUR" },
        { "text", "ß", "ß" },
        { "longtext", Cat, Cat },
        { "json", """{"type":"lnd","n":1}""", """{"type":"lnd","n":1}""" },
        { "enum('a','b')", "b", "b" },
        { "set('a','b')", "a,b", "a,b" },
        { "varbinary(10)", Array.Empty<byte>(), Array.Empty<byte>() },
        { "varbinary(300)", Enumerable.Range(0, 256).Select(i => (byte)i).ToArray(), Enumerable.Range(0, 256).Select(i => (byte)i).ToArray() },
        { "binary(32)", Enumerable.Repeat((byte)255, 32).ToArray(), Enumerable.Repeat((byte)255, 32).ToArray() },
        { "binary(32)", new byte[32], new byte[32] },
        { "blob", new byte[] { 0, 1, 2 }, new byte[] { 0, 1, 2 } },
        { "timestamp", Utc(1970, 1, 1, 0, 0, 1), Utc(1970, 1, 1, 0, 0, 1) },
        { "timestamp", Utc(2038, 1, 19, 3, 14, 7), Utc(2038, 1, 19, 3, 14, 7) },
        { "timestamp", Utc(2026, 2, 19, 10, 0, 0).AddMilliseconds(999), Utc(2026, 2, 19, 10, 0, 0) },
        { "timestamp", new DateTimeOffset(2026, 2, 19, 12, 0, 0, TimeSpan.FromHours(2)), Utc(2026, 2, 19, 10, 0, 0) },
        { "datetime(6)", Utc(9999, 12, 31, 23, 59, 59).AddMicroseconds(999_999), Utc(9999, 12, 31, 23, 59, 59).AddMicroseconds(999_999) },
        { "datetime", Utc(1000, 1, 1, 0, 0, 0), Utc(1000, 1, 1, 0, 0, 0) },
        { "date", new DateOnly(2024, 2, 29), Utc(2024, 2, 29, 0, 0, 0) },
        { "time(6)", TimeSpan.FromHours(-838) - TimeSpan.FromMicroseconds(5), TimeSpan.FromHours(-838) - TimeSpan.FromMicroseconds(5) },
        { "time", new TimeOnly(23, 59, 59), new TimeSpan(23, 59, 59) },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task A_value_comes_back_as_it_went(string type, object written, object read)
    {
        await using var connection = await scratch.Open();
        await connection.Execute($"CREATE OR REPLACE TABLE there_and_back (id int PRIMARY KEY, v {type} NULL)");
        Assert.Equal(1, await connection.Execute("INSERT INTO there_and_back (id, v) VALUES (1, @v)", ("v", written)));
        Assert.Equal(1, await connection.Execute("INSERT INTO there_and_back (id, v) VALUES (2, @v)", ("v", null)));
        Assert.Equal(1, await connection.Execute("INSERT INTO there_and_back (id, v) VALUES (3, @v)", ("v", DBNull.Value)));

        await using var command = connection.Command("SELECT v, v IS NULL FROM there_and_back ORDER BY id");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.False(reader.IsDBNull(0));
        Assert.Equal(read, reader.GetValue(0));
        Assert.Equal(read.GetType(), reader.GetValue(0).GetType());
        Assert.Equal(read.GetType(), reader.GetFieldType(0));
        if (read is DateTime)
            Assert.Equal(DateTimeKind.Utc, reader.GetDateTime(0).Kind);
        for (var i = 0; i < 2; i++)
        {
            Assert.True(await reader.ReadAsync());
            Assert.True(reader.IsDBNull(0));
            Assert.Equal(DBNull.Value, reader.GetValue(0));
            Assert.Equal(1, reader.GetInt32(1));
        }
        Assert.False(await reader.ReadAsync());
    }

    [Fact]
    public async Task Every_float_survives()
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE TABLE floats (v float NOT NULL)");
        var random = new Random(42);
        for (var i = 0; i < 500; i++)
        {
            var value = BitConverter.Int32BitsToSingle((int)random.NextInt64(int.MinValue, int.MaxValue));
            if (!float.IsFinite(value) || (float.IsSubnormal(value) && value < 0))
                continue;
            await connection.Execute("DELETE FROM floats");
            await connection.Execute("INSERT INTO floats (v) VALUES (@v)", ("v", value));
            Assert.Equal(BitConverter.SingleToInt32Bits(value), BitConverter.SingleToInt32Bits((float)(await connection.Scalar("SELECT v FROM floats"))!));
        }
    }

    [Fact]
    public async Task Any_text_and_any_bytes_survive()
    {
        await using var connection = await scratch.Open();
        Prop.ForAll<NonNull<string>, byte[]>((text, bytes) =>
        {
            // A lone surrogate is no text; .NET replaces it before it leaves.
            if (text.Get.Any(char.IsSurrogate) || bytes is null)
                return true;
            using var command = connection.Command("SELECT @text, @bytes", ("text", text.Get), ("bytes", bytes));
            using var reader = command.ExecuteReader();
            return reader.Read() && reader.GetString(0) == text.Get && reader.GetFieldValue<byte[]>(1).AsSpan().SequenceEqual(bytes);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("'0000-00-00 00:00:00'")]
    [InlineData("'2024-00-10 00:00:00'")]
    [InlineData("'2024-05-00 00:00:00'")]
    public async Task A_zero_date_is_an_error_and_no_date(string literal)
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE OR REPLACE TABLE zero (expires datetime NOT NULL)");
        await connection.Execute($"INSERT INTO zero (expires) VALUES ({literal})");
        await using var command = connection.Command("SELECT expires FROM zero");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.False(reader.IsDBNull(0));
        Assert.Contains("expires", Assert.Throws<MariaDbException>(() => reader.GetDateTime(0)).Message);
    }

    [Fact]
    public async Task A_decimal_with_too_many_digits_is_an_error_and_not_rounded()
    {
        await using var connection = await scratch.Open();
        await using var command = connection.Command("SELECT CAST('1.23456789012345678901234567890123' AS DECIMAL(60,32)), CAST('99999999999999999999999999999999' AS DECIMAL(60,0))");
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        Assert.Throws<MariaDbException>(() => reader.GetDecimal(0));
        Assert.Throws<MariaDbException>(() => reader.GetDecimal(1));
    }

    [Theory]
    [InlineData("varchar(20)", "123456789012345678901")]
    [InlineData("tinyint unsigned", -1)]
    [InlineData("smallint unsigned", 65536)]
    [InlineData("bigint unsigned", -1L)]
    [InlineData("json", "no json")]
    public async Task What_does_not_fit_fails_and_is_not_cut(string type, object value)
    {
        await using var connection = await scratch.Open();
        await connection.Execute($"CREATE OR REPLACE TABLE fits (v {type})");
        await Assert.ThrowsAsync<MariaDbException>(() => connection.Execute("INSERT INTO fits (v) VALUES (@v)", ("v", value)));
    }

    [Fact]
    public async Task A_timestamp_beyond_2038_fails()
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE OR REPLACE TABLE late (v timestamp NULL)");
        var error = await Assert.ThrowsAsync<MariaDbException>(() =>
            connection.Execute("INSERT INTO late (v) VALUES (@v)", ("v", Utc(2038, 1, 19, 3, 14, 8))));
        Assert.Equal("22007", error.SqlState);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public async Task What_is_no_number_is_refused(object value)
    {
        await using var connection = await scratch.Open();
        await Assert.ThrowsAsync<ArgumentException>(() => connection.Scalar("SELECT @v", ("v", value)));
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task A_parameter_of_a_strange_type_is_refused()
    {
        await using var connection = await scratch.Open();
        await Assert.ThrowsAsync<NotSupportedException>(() => connection.Scalar("SELECT @v", ("v", new object())));
        Assert.Equal(1, await connection.Scalar("SELECT 1"));
    }

    [Fact]
    public async Task Long_cells_arrive_whole()
    {
        await using var connection = await scratch.Open();
        await connection.Execute("CREATE TABLE long_cells (id int, a longtext, b longblob, c text)");
        var random = new Random(7);
        int[] sizes = [0, 1, 255, 256, 257, 65_535, 65_536, 1_048_576, 3_000_000];
        var texts = sizes.Select(size => new string('x', size)).ToList();
        var blobs = sizes.Select(size =>
        {
            var bytes = new byte[size];
            random.NextBytes(bytes);
            return bytes;
        }).ToList();
        for (var i = 0; i < sizes.Length; i++)
            await connection.Execute("INSERT INTO long_cells VALUES (@i, @a, @b, @c)", ("i", i), ("a", texts[i]), ("b", blobs[i]), ("c", Cat));
        await using var command = connection.Command("SELECT a, b, c, id FROM long_cells ORDER BY id");
        await using var reader = await command.ExecuteReaderAsync();
        for (var i = 0; i < sizes.Length; i++)
        {
            Assert.True(await reader.ReadAsync());
            Assert.Equal(texts[i], reader.GetString(0));
            Assert.Equal(blobs[i], reader.GetFieldValue<byte[]>(1));
            Assert.Equal(Cat, reader.GetString(2));
            Assert.Equal(i, reader.GetInt32(3));
        }
    }

    [Fact]
    public async Task Typed_getters_convert_within_range()
    {
        await using var connection = await scratch.Open();
        await using var command = connection.Command("SELECT CAST(300 AS UNSIGNED) AS n, CAST(1 AS DECIMAL(10,0)) AS d, NULL AS z, 'abc' AS t");
        await using DbDataReader reader = await command.ExecuteReaderAsync();
        Assert.True(reader.HasRows);
        Assert.True(await reader.ReadAsync());
        Assert.Equal(300, reader.GetInt32(0));
        Assert.Equal(300L, reader.GetInt64(reader.GetOrdinal("N")));
        Assert.Equal(300u, reader.GetFieldValue<uint>(0));
        Assert.Throws<OverflowException>(() => reader.GetByte(0));
        Assert.Equal(1L, reader.GetInt64(1));
        Assert.True(reader.GetBoolean(1));
        Assert.True(reader.IsDBNull(2));
        Assert.Null(reader.GetFieldValue<int?>(2));
        Assert.Throws<InvalidCastException>(() => reader.GetString(2));
        Assert.Equal("abc", reader["t"]);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetOrdinal("none"));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.GetValue(4));
        Assert.False(await reader.ReadAsync());
        Assert.Throws<InvalidOperationException>(() => reader.GetValue(0));
    }

    static DateTime Utc(int year, int month, int day, int hour, int minute, int second) => new(year, month, day, hour, minute, second, DateTimeKind.Utc);
}
