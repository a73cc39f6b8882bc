using Lnvps.Core.Identity;
using Lnvps.Core.Network;
using Lnvps.Hosting.Hosts;
using Lnvps.Hosting.Images;
using Lnvps.Hosting.LibVirt;

namespace Lnvps.Hosting.Tests.LibVirt;

public sealed class NamesTests
{
    [Fact]
    public void Names_follow_from_the_id()
    {
        var vm = new VmId(7);
        Assert.Equal(("vm-7-disk0", "vm-7-seed.iso", "lnvps-vm-7"), (Names.Disk(vm), Names.Seed(vm), Names.Filter(vm)));
        Assert.Equal(("os-image-3.qcow2", "os-image-3.raw"), (Names.Image(new ImageId(3), ImageFormat.Qcow2), Names.Image(new ImageId(3), ImageFormat.Raw)));
    }

    [Fact]
    public void The_uuid_never_changes() =>
        // Computed with Python: uuid.uuid5(uuid.UUID("6b0e4d9a-1c74-4d2e-9f3b-2d518a4c7710"), "VM7").
        Assert.Equal("0ea50aa4-7ca8-5072-be21-212c8d570e16", MachineIdentity.UuidOf(new VmId(7)).ToString());

    [Fact]
    public void A_strangers_uuid_makes_a_stranger()
    {
        Assert.True(Names.IsOurs("VM7", MachineIdentity.UuidOf(new VmId(7)), out var vm));
        Assert.Equal(new VmId(7), vm);
        Assert.False(Names.IsOurs("VM7", MachineIdentity.UuidOf(new VmId(8)), out _));
        Assert.False(Names.IsOurs("web", MachineIdentity.UuidOf(new VmId(7)), out _));
    }
}
