namespace Lnvps.Platform.Configuration;

/// <summary>Sections that configuration files of this shop may have although this version does nothing with them. What is not known at all is ignored silently.</summary>
static class UnusedSections
{
    public static IReadOnlyList<string> Of(SettingsNode root)
    {
        var found = new List<string>();
        if (root.Section("provisioner")?.Has("proxmox") == true)
            found.Add("provisioner.proxmox");
        if (root.Has("dns"))
            found.Add("dns");
        return found;
    }
}
