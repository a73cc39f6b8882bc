using System.Data;
using System.Globalization;
using Dapper;
using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Core.Sizes;
using Lnvps.Core.Time;
using Lnvps.Database.Encryption;

namespace Lnvps.Database.Sessions;

/// <summary>Teaches Dapper the value types of Core. Rows are records with init properties; columns map by name, underscores ignored.
/// Currencies are text columns: pass <c>Currency.Code()</c>, because Dapper writes every enum as its number.</summary>
static class TypeHandlers
{
    internal static void Register()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.ConnectionStringComparer = new KindOfDatabase();
        Add(id => new UserId(id), id => id.Value);
        Add(id => new SshKeyId(id), id => id.Value);
        Add(id => new NostrDomainId(id), id => id.Value);
        Add(id => new NostrHandleId(id), id => id.Value);
        Add(id => new CompanyId(id), id => id.Value);
        Add(id => new RegionId(id), id => id.Value);
        Add(id => new HostId(id), id => id.Value);
        Add(id => new DiskId(id), id => id.Value);
        Add(id => new ImageId(id), id => id.Value);
        Add(id => new RangeId(id), id => id.Value);
        Add(id => new AssignmentId(id), id => id.Value);
        Add(id => new AccessPolicyId(id), id => id.Value);
        Add(id => new RouterId(id), id => id.Value);
        Add(id => new CostPlanId(id), id => id.Value);
        Add(id => new TemplateId(id), id => id.Value);
        Add(id => new CustomPricingId(id), id => id.Value);
        Add(id => new CustomTemplateId(id), id => id.Value);
        Add(id => new VmId(id), id => id.Value);
        Add(id => new WorkflowId(id), id => id.Value);
        Add(id => new SubscriptionId(id), id => id.Value);
        Add(id => new LineItemId(id), id => id.Value);
        Add(id => new SpaceId(id), id => id.Value);
        Add(id => new SpacePriceId(id), id => id.Value);
        Add(id => new AllocationId(id), id => id.Value);
        SqlMapper.AddTypeHandler(new BytesColumn());
        SqlMapper.AddTypeHandler(new InstantColumn());
        SqlMapper.AddTypeHandler(new MomentColumn());
        SqlMapper.AddTypeHandler(new PaymentIdColumn());
        SqlMapper.AddTypeHandler(new PublicKeyColumn());
        SqlMapper.AddTypeHandler(new Bytes32Column());
        SqlMapper.AddTypeHandler(new MacColumn());
        SqlMapper.AddTypeHandler(new SealedTextColumn());
    }

    static void Add<T>(Func<uint, T> read, Func<T, uint> write) where T : struct => SqlMapper.AddTypeHandler(new IdColumn<T>(read, write));

    sealed class IdColumn<T>(Func<uint, T> read, Func<T, uint> write) : SqlMapper.TypeHandler<T> where T : struct
    {
        public override T Parse(object value) => read(Convert.ToUInt32(value, CultureInfo.InvariantCulture));

        public override void SetValue(IDbDataParameter parameter, T value) => parameter.Value = (long)write(value);
    }

    sealed class BytesColumn : SqlMapper.TypeHandler<Bytes>
    {
        public override Bytes Parse(object value) => new(Convert.ToUInt64(value, CultureInfo.InvariantCulture));

        public override void SetValue(IDbDataParameter parameter, Bytes value) => parameter.Value = value.Value;
    }

    /// <summary>SQLite keeps <c>yyyy-MM-dd HH:mm:ss</c> text, which sorts as time; MariaDB has TIMESTAMP.</summary>
    sealed class InstantColumn : SqlMapper.TypeHandler<Instant>
    {
        public override Instant Parse(object value) => value switch
        {
            DateTime time => Instant.FromUtc(time),
            string text => Instant.FromUtc(DateTime.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal)),
            _ => throw new DataException($"Cannot read a timestamp from {value.GetType().Name}"),
        };

        public override void SetValue(IDbDataParameter parameter, Instant value) => parameter.Value = value.ToDateTimeUtc();
    }

    sealed class MomentColumn : SqlMapper.TypeHandler<Moment>
    {
        public override Moment Parse(object value) => new(Convert.ToInt64(value, CultureInfo.InvariantCulture));

        public override void SetValue(IDbDataParameter parameter, Moment value) => parameter.Value = value.UnixMilliseconds;
    }

    sealed class PaymentIdColumn : SqlMapper.TypeHandler<PaymentId>
    {
        public override PaymentId Parse(object value) => new(new Bytes32((byte[])value));

        public override void SetValue(IDbDataParameter parameter, PaymentId value) => parameter.Value = value.Bytes.ToArray();
    }

    sealed class PublicKeyColumn : SqlMapper.TypeHandler<PublicKey>
    {
        public override PublicKey Parse(object value) => new(new Bytes32((byte[])value));

        public override void SetValue(IDbDataParameter parameter, PublicKey value) => parameter.Value = value.Bytes.ToArray();
    }

    sealed class Bytes32Column : SqlMapper.TypeHandler<Bytes32>
    {
        public override Bytes32 Parse(object value) => new((byte[])value);

        public override void SetValue(IDbDataParameter parameter, Bytes32 value) => parameter.Value = value.ToArray();
    }

    sealed class MacColumn : SqlMapper.TypeHandler<MacAddress>
    {
        public override MacAddress Parse(object value) => MacAddress.Parse((string)value);

        public override void SetValue(IDbDataParameter parameter, MacAddress value) => parameter.Value = value.ToString();
    }

    sealed class SealedTextColumn : SqlMapper.TypeHandler<SealedText>
    {
        public override SealedText Parse(object value) => SealedText.FromStored((string)value);

        public override void SetValue(IDbDataParameter parameter, SealedText value) => parameter.Value = value.Stored;
    }

    /// <summary>
    /// Dapper compiles readers and writers of rows once for each connection string. Databases of one kind have one schema, so what was compiled for one file or
    /// server serves all: a process that opens many, as tests do, would otherwise spend most of its time compiling.
    /// </summary>
    sealed class KindOfDatabase : IEqualityComparer<string>
    {
        public bool Equals(string? x, string? y) => IsMariaDb(x) == IsMariaDb(y);

        public int GetHashCode(string obj) => IsMariaDb(obj) ? 1 : 0;

        static bool IsMariaDb(string? connection) => connection?.StartsWith("mysql:", StringComparison.Ordinal) ?? false;
    }
}
