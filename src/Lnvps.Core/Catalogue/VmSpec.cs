using Lnvps.Core.Sizes;

namespace Lnvps.Core.Catalogue;

/// <summary>Size and disk kind of a machine, wanted or present: what is priced and what needs room.</summary>
/// <param name="Cpu">Whole cores.</param>
public readonly record struct VmSpec(ushort Cpu, Bytes Memory, Bytes Disk, DiskKind DiskKind, DiskInterface DiskInterface);
