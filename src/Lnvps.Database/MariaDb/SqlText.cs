using System.Buffers;
using System.Collections.Concurrent;
using System.Text;

namespace Lnvps.Database.MariaDb;

/// <summary>One statement as the server prepares it.</summary>
/// <param name="Text">With <c>?</c> in place of each named parameter.</param>
/// <param name="Parameters">Names without <c>@</c>, in the order of the question marks; a name may occur more than once.</param>
/// <param name="ChangesSession">It may leave something behind in the session (a variable, a lock, a temporary table), so that the
/// connection must not be lent to anybody else afterwards.</param>
/// <param name="IsPlainRead">A SELECT that takes no locks of rows and does not wait on purpose.</param>
sealed record SqlStatement(string Text, IReadOnlyList<string> Parameters, bool ChangesSession, bool IsPlainRead);

/// <summary>
/// Splits a command into statements at <c>;</c> and rewrites named parameters, leaving alone what lies in strings, quoted identifiers and
/// comments. The rules are those of the server's own lexer in the SQL mode that every session has (data-model.md section 1.1): backslash
/// escapes in strings, <c>"</c> quotes strings, <c>#</c> and <c>-- </c> begin a comment, the inside of <c>/*! */</c> is code.
/// Bodies of stored programs, which hold semicolons, are beyond it.
/// </summary>
static class SqlText
{
    static readonly SearchValues<char> Special = SearchValues.Create("'\"`#-/@?;:_$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // Texts come from the program and are few; should somebody put values into them, the memory starts anew when it is full.
    const int MostKnown = 2_000;

    static readonly ConcurrentDictionary<string, List<SqlStatement>> s_known = new(StringComparer.Ordinal);

    /// <summary>As <see cref="Split"/>, from memory if it was asked before; not to be changed.</summary>
    internal static List<SqlStatement> Known(string sql)
    {
        if (s_known.TryGetValue(sql, out var known))
            return known;
        var statements = Split(sql);
        if (s_known.Count >= MostKnown)
            s_known.Clear();
        return s_known[sql] = statements;
    }

    /// <exception cref="FormatException">A bare question mark: values are named here.</exception>
    internal static List<SqlStatement> Split(string sql)
    {
        var statements = new List<SqlStatement>(1);
        var scan = new Scan(sql);
        while (scan.Next() is { } statement)
            statements.Add(statement);
        return statements;
    }

    ref struct Scan(string sql)
    {
        readonly string _sql = sql;
        readonly StringBuilder _text = new(sql.Length);
        List<string>? _parameters;
        int _at;
        int _copied;
        int _words;
        bool _createsSomething;
        bool _changesSession;
        bool _isSelect;
        bool _mayWait;

        /// <summary>The next statement that holds more than blanks and comments; null at the end.</summary>
        internal SqlStatement? Next()
        {
            while (_at < _sql.Length)
            {
                _text.Clear();
                (_parameters, _copied, _words, _createsSomething, _changesSession, _isSelect, _mayWait) = (null, _at, 0, false, false, false, false);
                var hasCode = ToSemicolon();
                Flush(_at);
                if (_at < _sql.Length)
                    _at++;
                if (hasCode)
                    return new(_text.ToString().Trim(), _parameters ?? [], _changesSession, _isSelect && !_mayWait && !_changesSession);
            }
            return null;
        }

        bool ToSemicolon()
        {
            var hasCode = false;
            while (_at < _sql.Length)
            {
                var rest = _sql.AsSpan(_at);
                var plain = rest.IndexOfAny(Special);
                hasCode |= !rest[..(plain < 0 ? rest.Length : plain)].IsWhiteSpace();
                if (plain < 0)
                {
                    _at = _sql.Length;
                    break;
                }
                _at += plain;
                if (_sql[_at] == ';')
                    break;
                hasCode |= Token();
            }
            return hasCode;
        }

        /// <summary>Passes one token that needs attention; false when it was a comment.</summary>
        bool Token()
        {
            switch (_sql[_at])
            {
                case '\'' or '"' or '`':
                    Quoted(_sql[_at]);
                    return true;
                case '#':
                    SkipLine();
                    return false;
                // Without a blank or the end behind it, "--" is two minus signs.
                case '-' when At(1) == '-' && At(2) is <= ' ' or '\x7f':
                    SkipLine();
                    return false;
                case '/' when At(1) == '*' && At(2) != '!' && !(At(2) == 'M' && At(3) == '!'):
                    var end = _sql.IndexOf("*/", _at + 2, StringComparison.Ordinal);
                    _at = end < 0 ? _sql.Length : end + 2;
                    return false;
                case '@':
                    Variable();
                    return true;
                case ':' when At(1) == '=':
                    _changesSession = true;
                    _at += 2;
                    return true;
                case '?':
                    throw new FormatException("The statement holds a question mark; parameters have names: @name");
                case var letter when IsWordStart(letter):
                    Word();
                    return true;
                default:
                    _at++;
                    return true;
            }
        }

        /// <summary>A quoted text ends at its quote; a doubled quote, and in strings any character after a backslash, belongs to it.</summary>
        void Quoted(char quote)
        {
            for (_at++; _at < _sql.Length; _at++)
            {
                if (_sql[_at] == '\\' && quote != '`')
                {
                    _at++;
                }
                else if (_sql[_at] == quote)
                {
                    _at++;
                    if (_at >= _sql.Length || _sql[_at] != quote)
                        return;
                }
            }
            _at = _sql.Length;
        }

        void SkipLine()
        {
            var end = _sql.IndexOf('\n', _at);
            _at = end < 0 ? _sql.Length : end + 1;
        }

        /// <summary><c>@@system</c> and <c>@`user`</c> variables stay, <c>@name</c> is a parameter, and <c>'user'@host</c> neither.</summary>
        void Variable()
        {
            if (At(1) == '@')
            {
                _at += 2;
                while (_at < _sql.Length && (IsWordPart(_sql[_at]) || _sql[_at] == '.'))
                    _at++;
                return;
            }
            var end = _at + 1;
            while (end < _sql.Length && IsWordPart(_sql[end]))
                end++;
            var belongsToAccount = _at > 0 && (IsWordPart(_sql[_at - 1]) || _sql[_at - 1] is '\'' or '"' or '`');
            if (!belongsToAccount && end == _at + 1 && At(1) is '\'' or '"' or '`')
            {
                _changesSession = true;
            }
            else if (!belongsToAccount && end > _at + 1)
            {
                Flush(_at);
                _text.Append('?');
                (_parameters ??= []).Add(_sql[(_at + 1)..end]);
                _copied = end;
            }
            _at = end;
        }

        void Word()
        {
            var start = _at;
            while (_at < _sql.Length && IsWordPart(_sql[_at]))
                _at++;
            var word = _sql.AsSpan(start, _at - start);
            _words++;
            if (_words == 1)
            {
                _createsSomething = Is(word, "CREATE");
                _isSelect = Is(word, "SELECT");
                _changesSession |= Is(word, "SET") || Is(word, "USE") || Is(word, "LOCK") || Is(word, "FLUSH") || Is(word, "PREPARE")
                    || Is(word, "HANDLER") || Is(word, "CALL");
            }
            // FOR UPDATE, LOCK IN SHARE MODE.
            _mayWait |= Is(word, "FOR") || Is(word, "LOCK") || Is(word, "SLEEP") || Is(word, "BENCHMARK");
            _changesSession |= (_createsSomething && Is(word, "TEMPORARY")) || Is(word, "GET_LOCK");
        }

        void Flush(int end)
        {
            _text.Append(_sql, _copied, end - _copied);
            _copied = end;
        }

        readonly char At(int distance) => _at + distance < _sql.Length ? _sql[_at + distance] : '\0';

        static bool IsWordStart(char letter) => char.IsLetter(letter) || letter is '_' or '$';

        static bool IsWordPart(char letter) => char.IsLetterOrDigit(letter) || letter is '_' or '$';

        static bool Is(ReadOnlySpan<char> word, string keyword) => word.Equals(keyword, StringComparison.OrdinalIgnoreCase);
    }
}
