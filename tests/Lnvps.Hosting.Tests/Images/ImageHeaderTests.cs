using System.Buffers.Binary;
using FsCheck;
using FsCheck.Fluent;
using Lnvps.Core.Outcomes;
using Lnvps.Core.Sizes;
using Lnvps.Hosting.Images;

namespace Lnvps.Hosting.Tests.Images;

public sealed class ImageHeaderTests
{
    static byte[] Qcow2(uint version = 3, ulong backing = 0, ulong size = 1 << 20, ulong incompatible = 0)
    {
        var head = new byte[ImageHeader.Bytes];
        BinaryPrimitives.WriteUInt32BigEndian(head, 0x514649FB);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(4), version);
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(8), backing);
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(24), size);
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(72), incompatible);
        return head;
    }

    [Fact]
    public void What_qemu_made_is_recognised()
    {
        var path = Path.GetTempFileName();
        try
        {
            Programs.Output("qemu-img", "create", "-f", "qcow2", path, "5G");
            var bytes = File.ReadAllBytes(path);
            Assert.Equal(new ImageHeader(ImageFormat.Qcow2, Bytes.FromGib(5)), ImageHeader.Read(bytes.AsSpan(0, ImageHeader.Bytes), (ulong)bytes.Length));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Anything_else_is_a_raw_disk_of_its_own_length() =>
        Assert.Equal(new ImageHeader(ImageFormat.Raw, new Bytes(12288)), ImageHeader.Read(new byte[ImageHeader.Bytes], 12288));

    [Theory]
    [InlineData("FD377A585A00")]
    [InlineData("1F8B08")]
    [InlineData("28B52FFD")]
    [InlineData("425A6839")]
    public void Compressed_images_are_refused(string beginning) =>
        Assert.Contains("compressed", Assert.Throws<OutsideFault>(() => ImageHeader.Read(Convert.FromHexString(beginning), 4096)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_page_is_no_disk() => Assert.Throws<OutsideFault>(() => ImageHeader.Read("<!DOCTYPE html>"u8, 1234));

    [Fact]
    public void Images_that_name_other_files_are_refused()
    {
        Assert.Throws<OutsideFault>(() => ImageHeader.Read(Qcow2(backing: 200), 1 << 20));
        Assert.Throws<OutsideFault>(() => ImageHeader.Read(Qcow2(incompatible: 4), 1 << 20));
        ImageHeader.Read(Qcow2(incompatible: 1), 1 << 20);
    }

    [Fact]
    public void Broken_headers_are_refused()
    {
        Assert.Throws<OutsideFault>(() => ImageHeader.Read([], 0));
        Assert.Throws<OutsideFault>(() => ImageHeader.Read(Qcow2().AsSpan(0, 20), 20));
        Assert.Throws<OutsideFault>(() => ImageHeader.Read(Qcow2(version: 1), 1 << 20));
        Assert.Throws<OutsideFault>(() => ImageHeader.Read(Qcow2(version: 4), 1 << 20));
        Assert.Throws<OutsideFault>(() => ImageHeader.Read(Qcow2(size: 0), 1 << 20));
        Assert.Throws<OutsideFault>(() => ImageHeader.Read(Qcow2(size: ulong.MaxValue), 1 << 20));
    }

    [Fact]
    public void No_bytes_bring_anything_but_an_answer_or_a_fault()
    {
        Prop.ForAll<byte[]>(bytes => Survives(bytes)).QuickCheckThrowOnFailure();
        var random = new Random(20260101);
        for (var i = 0; i < 10_000; i++)
        {
            var head = Qcow2();
            for (var flips = random.Next(1, 8); flips > 0; flips--)
                head[random.Next(head.Length)] = (byte)random.Next(256);
            Survives(head[..random.Next(head.Length + 1)]);
        }

        static void Survives(byte[] head)
        {
            try
            {
                var read = ImageHeader.Read(head, (ulong)head.Length);
                Assert.True(read.VirtualSize.Value > 0);
            }
            catch (OutsideFault fault)
            {
                Assert.False(fault.IsTransient);
            }
        }
    }
}
