namespace Lnvps.Core.Vms;

/// <summary>Work on a VM that has begun and must be brought to an end, whatever happens in between; stored as ordinal.</summary>
public enum UnfinishedWork : ushort
{
    None = 0,
    /// <summary>Something of it may be on its host already.</summary>
    Creating = 1,
    /// <summary>Its disk is being replaced: it may have none.</summary>
    Reinstalling = 2,
    /// <summary>It is to go; it must not be made again although it may look active.</summary>
    Deleting = 3,
}
