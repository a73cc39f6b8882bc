namespace Lnvps.Core.Catalogue;

// Stored as ordinals (data-model.md section 3): the numbers are the contract with existing databases.

public enum HostKind : ushort { Proxmox = 0, LibVirt = 1, Simulated = 65535 }

public enum DiskKind : ushort { Hdd = 0, Ssd = 1 }

public enum DiskInterface : ushort { Sata = 0, Scsi = 1, Pcie = 2 }

public enum OsDistribution : ushort { Ubuntu = 0, Debian = 1, CentOs = 2, Fedora = 3, FreeBsd = 4, OpenSuse = 5, ArchLinux = 6, RedHatEnterprise = 7 }

public enum RouterKind : ushort { Mikrotik = 0, OvhAdditionalIp = 1 }

public enum AccessPolicyKind : ushort { StaticArp = 0 }

public enum IpAllocationMode : ushort { Random = 0, Sequential = 1, SlaacEui64 = 2 }

public enum IntervalKind : ushort { Day = 0, Month = 1, Year = 2 }
