using System.Collections;
using System.Data.Common;

namespace Lnvps.Database.MariaDb;

/// <summary>The values of a command; names are compared without case and without <c>@</c>.</summary>
#pragma warning disable CA1010 // The base class of ADO.NET is not generic
public sealed class MariaDbParameterCollection : DbParameterCollection
{
    readonly List<MariaDbParameter> _all = [];

    public override int Count => _all.Count;

    public override object SyncRoot => _all;

    /// <summary>Adds a value under a name.</summary>
    public MariaDbParameter Add(string name, object? value)
    {
        var parameter = new MariaDbParameter(name, value);
        _all.Add(parameter);
        return parameter;
    }

    public override int Add(object value)
    {
        _all.Add((MariaDbParameter)value);
        return _all.Count - 1;
    }

    public override void AddRange(Array values)
    {
        foreach (var value in values)
            Add(value!);
    }

    public override void Clear() => _all.Clear();

    public override bool Contains(object value) => IndexOf(value) >= 0;

    public override bool Contains(string value) => IndexOf(value) >= 0;

    public override void CopyTo(Array array, int index) => ((ICollection)_all).CopyTo(array, index);

    public override IEnumerator GetEnumerator() => _all.GetEnumerator();

    public override int IndexOf(object value) => value is MariaDbParameter parameter ? _all.IndexOf(parameter) : -1;

    public override int IndexOf(string parameterName)
    {
        var bare = parameterName.AsSpan().TrimStart('@');
        for (var i = 0; i < _all.Count; i++)
        {
            if (_all[i].BareName.Equals(bare, StringComparison.OrdinalIgnoreCase))
                return i;
        }
        return -1;
    }

    public override void Insert(int index, object value) => _all.Insert(index, (MariaDbParameter)value);

    public override void Remove(object value) => _all.Remove((MariaDbParameter)value);

    public override void RemoveAt(int index) => _all.RemoveAt(index);

    public override void RemoveAt(string parameterName) => _all.RemoveAt(Known(parameterName));

    protected override DbParameter GetParameter(int index) => _all[index];

    protected override DbParameter GetParameter(string parameterName) => _all[Known(parameterName)];

    protected override void SetParameter(int index, DbParameter value) => _all[index] = (MariaDbParameter)value;

    protected override void SetParameter(string parameterName, DbParameter value) => _all[Known(parameterName)] = (MariaDbParameter)value;

    /// <summary>The values in the order in which the statement wants them.</summary>
    internal object?[] ValuesFor(SqlStatement statement)
    {
        var values = new object?[statement.Parameters.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var index = IndexOf(statement.Parameters[i]);
            values[i] = index >= 0
                ? _all[index].Value
                : throw new InvalidOperationException($"The statement wants a value for @{statement.Parameters[i]}, and none is given");
        }
        return values;
    }

    int Known(string name) => IndexOf(name) is >= 0 and var index ? index : throw new ArgumentException($"There is no parameter {name}", nameof(name));
}
