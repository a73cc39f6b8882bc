namespace Lnvps.Core.Tests.SshKeys;

/// <summary>Public keys that <c>ssh-keygen</c> (OpenSSH 9.2) wrote; the two security keys are put together from the same key material.</summary>
static class KeygenVectors
{
    public const string Ed25519 =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAUS63o021lH1qFMH5zFtPhyLE3Hn2XdJgpg5SwOaNs6 me@laptop";

    public const string Rsa2048 =
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCgRYsgOzxukvDcTgybLqbz3v/u6ailv5ztfaJEBFTUfJNoglDoS2RzR/uRbLQc6aItbNDKjX" +
        "oRF+10oCUYADsGqCKR+zbhg4/RB8X4+ZH16avkDVfC9mGJgSZOiklTE96uOPbkQPEqi65nTVuIPxPYGBDA1NmRMpM8xv7x5baLHJcPwoQZUmws" +
        "qm+U5b5ZsxpsnCshTEBsR0XQb3QlMZclnf3dLmABUv96ZxUZZO7XiPAx8cKVk4C3qzMwxd3BRFTSrqEyZRzr7Dd2ZYJJp7VKuUmtOc69Kc5D7T" +
        "7u/lnLPsmJktxT+W3t0kaXUvn0uh2XB9MemduymQ2cTFzSJzsv rsa key with spaces";

    public const string Rsa1024WithoutComment =
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDJNjIIGf0AJPqvPPT2JPURtBwfogJjUZ4AI2wUB4Vw3CxvXsDcOQG6vPnLMS379dsTwjjVKH" +
        "fhR45aqgtnNTmwhKMWLjKFoV40F2FCJfpDPLJHw+caoyCf+KXbzgTujgOKsL3fBRMOg9ehNMjj0DXJeDhltKRKhEIt+eiDjTHmrQ==";

    public const string P256 =
        "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMqOryxwqwW9owDyl76v+uBndneyaWHrFa1oqU" +
        "5sBkBQMy207zC31Wd+5HE29ax2nK6NkIXpOdMvCkK/WtEAX/s= p256";

    public const string P384 =
        "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBOpS/n/RfcAEzsXXkJDKSm7cFssssPjWcj56Kv" +
        "fAM9QUKMawd3WADPjXyTv/znAqwr/KLmJhAY8Ya0NVQMl0sJixhsLDmZYTTdGxHB+F2dgSTiYj4RIsNFZDzHonF7Aixw== p384";

    public const string P521 =
        "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAFprbUOt2cbdpX4A+niF2wRCaRk/7QTSXUDm/" +
        "2x9Bg7ioVCv9+Jj4IRAO2dfiErfeR+gfhV46Y7tHzJovKO8nM2CAHCgs5kMG/K2VzSjwZQVEtwqPiUIgzrbb9Lf0XOXX68XfwvZG9t7p5Sl8Bp" +
        "2Llde+sBtWqehSE6TYjgWQ8L2EUVqQ== p521";

    public const string SecurityKeyEd25519 =
        "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAUS63o021lH1qFMH5zFtPhyLE3Hn2XdJgpg5Sw" +
        "OaNs6AAAABHNzaDo= token";

    public const string SecurityKeyP256 =
        "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAyNTYAAABBBMq" +
        "OryxwqwW9owDyl76v+uBndneyaWHrFa1oqU5sBkBQMy207zC31Wd+5HE29ax2nK6NkIXpOdMvCkK/WtEAX/sAAAAEc3NoOg== token";

    public const string Dsa =
        "ssh-dss AAAAB3NzaC1kc3MAAACBAJsRjQIc0vxydOXUA9MKT5Xz7kw/y+72t6fUoEP1i1ebVfCRc0JXHa6NJFcppMc0WWAnTPw2n1i33ARltX" +
        "I7PpgapAqPGgAyj0tn3bpGB4mmYrM4M5A/0tACjWSs8FVVbGqfG/bVE2s5Cg4WdlMnE8j+gC7ZDNc6NQH9P6HgZvfjAAAAFQDDZjiPJKfG8soG" +
        "ZpzHIoM7nyfIaQAAAIAbJzVpUCSHBtDAiZCpdzBrb4rZTLU9Er2zbbKVmW8rN6KDgLqX/NMFLV+t1toFf6Y13jQOwTIMeFHhIsm5DtvyW9/io7" +
        "/LdkrRciVuJx90f3LHy00X85R4bjS1jz4VY/lntD+efcc4lV8gFFxThaIKuWACro72mqB18pgW8gKmDQAAAIEAkqV1s2EhQ/rUiiyV+l3BbHPy" +
        "frgQUc6RIhjmdAh57M24DMctHTExi15NAZ+XODCoO1340LYVv+2gsxTN6mrFVJgVCg0Dtkicd9cqLmrhiWd1DIpeUrZIjNtxFRr4mS4FQm22l2" +
        "PX7aOiG+bzeEQKAuuNVQMpIMPYyE8/f+unjwQ= dsa";

    public const string Certificate =
        "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIBaaCKsOZfePHYBWh+33eUDb+" +
        "M8Jwpa6ixPmvnwDiaF5AAAAIAUS63o021lH1qFMH5zFtPhyLE3Hn2XdJgpg5SwOaNs6AAAAAAAAAAAAAAABAAAAAXgAAAAAAAAAAAAAAAD////" +
        "//////wAAAAAAAACCAAAAFXBlcm1pdC1YMTEtZm9yd2FyZGluZwAAAAAAAAAXcGVybWl0LWFnZW50LWZvcndhcmRpbmcAAAAAAAAAFnBlcm1pd" +
        "C1wb3J0LWZvcndhcmRpbmcAAAAAAAAACnBlcm1pdC1wdHkAAAAAAAAADnBlcm1pdC11c2VyLXJjAAAAAAAAAAAAAAAzAAAAC3NzaC1lZDI1NTE" +
        "5AAAAIAUS63o021lH1qFMH5zFtPhyLE3Hn2XdJgpg5SwOaNs6AAAAUwAAAAtzc2gtZWQyNTUxOQAAAECFVfJmxtGRliwmokqzby6NiKvNh7ArV" +
        "HqWTBpS8LqJZ2ZYgy54sIYNS07dkLn0YQmtTE/EhZmEGd5nowgeRXYL me@laptop";

    public static readonly string[] Good = [Ed25519, Rsa2048, Rsa1024WithoutComment, P256, P384, P521, SecurityKeyEd25519, SecurityKeyP256];
}
