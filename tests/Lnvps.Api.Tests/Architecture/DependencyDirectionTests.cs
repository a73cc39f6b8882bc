using System.Reflection;

namespace Lnvps.Api.Tests.Architecture;

public class DependencyDirectionTests
{
    static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Lnvps.Core"] = [],
        ["Lnvps.Database"] = ["Lnvps.Core"],
        ["Lnvps.Nostr"] = ["Lnvps.Core"],
        ["Lnvps.Lightning"] = ["Lnvps.Core", "Lnvps.Nostr"],
        ["Lnvps.Hosting"] = ["Lnvps.Core"],
        ["Lnvps.Platform"] = ["Lnvps.Core", "Lnvps.Database", "Lnvps.Nostr", "Lnvps.Lightning", "Lnvps.Hosting"],
        ["lnvps_api"] = ["Lnvps.Core", "Lnvps.Database", "Lnvps.Nostr", "Lnvps.Lightning", "Lnvps.Hosting", "Lnvps.Platform"],
    };

    static readonly string[] ForbiddenFolders = ["Services", "Helpers", "Models", "Utils", "Managers", "Common"];

    public static TheoryData<string> Rooms => [.. Allowed.Keys];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Arrows_point_down(string room)
    {
        var used = Assembly.Load(room).GetReferencedAssemblies().Select(name => name.Name!).Where(name => Allowed.ContainsKey(name));

        Assert.Empty(used.Except(Allowed[room]));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void Folders_are_things_of_the_business(string room)
    {
        var spaces = Assembly.Load(room).GetTypes().Select(type => type.Namespace ?? "").Distinct();

        Assert.DoesNotContain(spaces, space => space.Split('.').Intersect(ForbiddenFolders).Any());
    }

    [Fact]
    public void Core_uses_nothing_but_the_framework()
    {
        var outside = Assembly.Load("Lnvps.Core").GetReferencedAssemblies().Select(name => name.Name!)
            .Where(name => !name.StartsWith("System", StringComparison.Ordinal) && name != "netstandard");

        Assert.Empty(outside);
    }
}
