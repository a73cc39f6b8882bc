using Lnvps.Core.Catalogue;
using Lnvps.Core.Outcomes;

namespace Lnvps.Api.Http;

/// <summary>Reads what strangers wrote into bodies.</summary>
static class WireInput
{
    /// <summary>An id of a body as a column's; one beyond the column's range names nothing: 404.</summary>
    public static uint Id(ulong id, string what) => id <= uint.MaxValue ? (uint)id : throw new RequestFault(ErrorCode.NotFound, $"{what} not found");

    /// <summary>422 for a word that is none of ours; letter case counts.</summary>
    public static DiskKind DiskKindOf(string text) =>
        WireNames.TryParse(text, out DiskKind kind) ? kind : throw new RequestFault(ErrorCode.DoesNotFit, "disk_type must be hdd or ssd");

    /// <inheritdoc cref="DiskKindOf"/>
    public static DiskInterface DiskInterfaceOf(string text) =>
        WireNames.TryParse(text, out DiskInterface port) ? port : throw new RequestFault(ErrorCode.DoesNotFit, "disk_interface must be sata, scsi or pcie");
}
