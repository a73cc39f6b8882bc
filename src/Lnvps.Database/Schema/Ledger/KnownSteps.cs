using System.Collections.Frozen;

namespace Lnvps.Database.Schema.Ledger;

/// <summary>A schema step of existing programs: its number (YYYYMMDDHHMMSS), name, and the SHA-384 of its script in hex.</summary>
public sealed record KnownStep(long Version, string Name, string Checksum);

/// <summary>The 43 steps that make the schema of data-model.md section 1.5.</summary>
public static class KnownSteps
{
    public static readonly IReadOnlyList<KnownStep> All =
    [
        new(20241103155733, "init", "f4c71c3e220691f341e451bff48d17859a66be3ff1616f08d34466b16c8db18fb7713ac0cac30bf3381444d7ea05ddd2"),
        new(20241126205723, "rates", "11e81ec497e0193bb01c779510e43e7a75bf87b3ad3f801e39ac0fe4dfcf51b21b124d6093c244d40bb2ee45f63daa84"),
        new(20241127163556, "networking", "aa44c04a6f4514895ef00271d1f3c8a04908289f17e971ff5a9331c1f9c1f4c37f40d336f5623b96396d8be2b8b703a2"),
        new(20241204142919, "delete-vm", "6d4b591d4b7a9ee525161093646d47c4a780ab40ee731a7df940535ece46857191ce3328a94aad99abe1647817b29525"),
        new(20250217153119, "drop vm resources", "a852ab373a7a080c46f13dccc6fed369af1707883cfa8519431c1e4f50d40d7579b5cd52be7f86cbda4915ff8c0771a2"),
        new(20250303152800, "ip refs", "0bbce27895db8da1a9a52fbd95e19200f38f4be6cce5ad7e50fd7c55a92570881a29745eff7b95f990f99fbabb1447dc"),
        new(20250305104739, "referrals", "41ff2270d7da2ee6d307ac213bd50793439f4412b6ed161368ad744b80e25a85e1dafe0c07b25da692e44ece89d84a69"),
        new(20250305132119, "load factor", "826329bf3978a3c327a7ea792b9b02e940a6c2079e3baba614c5721bd7fe7b42aab1f848e9a067178f8c56ba01b7b4ee"),
        new(20250305215123, "amount-float", "ebee23d927c805ae3860323c47b575f787a58de9d7ec90b9a858181481a0121af99040a7a844579cad13df100d87443f"),
        new(20250306113236, "custom pricing", "26c711f460f82e06f6a2430dd74343eaed223bb7ce28fab0bf15c6a745a29c88ffabc5f8aef7ab5699ff994b132d205e"),
        new(20250310153305, "fiat payment", "d3ff2750deb0459b7e2b4f87fc2bd9e798c10d6d542011a29f94f7613b32fc6b9ea6d177f0694dacf19aac5602b5283b"),
        new(20250311135933, "taxes", "fc7b8731ec3f1223cb65cd65b19ddf8b45dabf63a519315f9f2977fc71e42b071efdcebbbee628db203099b6d47a4080"),
        new(20250313140640, "empty country", "6fdc0cd6a75d5fb834aa0481d029190177ca955be9e416dace8fe1f4f8a617e569a8b4b85b0ade032c3927e51ad0221a"),
        new(20250324143556, "load factors", "b40a1b1c91d3afb45fe90044bf6d7f13d3ceedfc4656b4065585ec456f62b396785ae2b2fe49ff3472dc4488266aaf27"),
        new(20250325113115, "extend ip range", "9551c619c514eada2ee8903088d5eb91f00ff385dbfd042dee1be0028166c8307421944305bbd1195688a5ad40d855ef"),
        new(20250325151434, "vlan to range config", "4526a9a664d0c8ea78336095c611d196618b1acbebff6cf014b639d5aa1489ddf40a8d64d9911b4bad306ee6e329a4a8"),
        new(20250327124211, "ip allocation mode", "898a252ff2b04ad16d890cf7a15418c9ae2dc08a2bd05fe7be07ed54d72083e507f9c0854b7d8631aa5d519cc3a00227"),
        new(20250328220956, "fixes", "2f6c3fd800b1712c2fddf00c17cb6e0f32fc126770c1222ccbb288a1767ee1012a9662632a7418ff92b764ba2e9e6bd0"),
        new(20250402115943, "nostr address", "07625474091db9185695a33d9739a37843ce2fe6696f8ef96e4bc8ec212fad4c232c18b3e101bb6838c6a68fa1c01f1d"),
        new(20250501132143, "billing info", "19acf576d03dc0052e8622434493af226d12eec6a57ddb03a63d06e8a79bbe2c49f02b5b32d71522b226480b409a9d86"),
        new(20250501162308, "company info", "7f7e73993435bb9c7e0c845c09247a38cdc5365cf9de0c2e736ef54c6c5d2bb97f6c7015658e0693ea1ff719feead5d1"),
        new(20250618123130, "payment type", "bd9120605a5d2d9121d8055e126d90c784f1c2810fdc43441c172ae33435be0e8edacef4b22777917e8ea2ba9457db27"),
        new(20250729000000, "vm history", "5f9a174b7f3461aac022d682c501293f8cb1ec1f4ca4ac992b974f6d199def34f7023a9dd320068fb6ba693cf7e86ed3"),
        new(20250731000001, "change vm history action type to int", "d41da524263a992d3f4aa9794a34fc3e7e8ab8f0d3eef8b30dad8243108480edea94ed90c21a7cca6162c9ca20b2b6e8"),
        new(20250801000000, "rbac system", "c17a79b445aab79bd2146187062179f287122b8d212d6648400c94ccf1517112da113b0034f195cd2d78abab403c7af0"),
        new(20250807000000, "company base currency", "1bb9eccf9210a22eafc80c39b876e71831480b9112f8c38b7b507b22cb1b829366ef20e7c267ec44981b13d5ab9e811e"),
        new(20250808000000, "fix same currency payment rates", "fbe380eed13ae67ba9b4254b8a4c48e08974572694a096c9cb405f511b2f769ab387f0e8a67e84cb90a39c6346289cf7"),
        new(20250808144512, "add nostr domain last status change", "e77adbbb7c8ddff80d888fe6f4525e88253134ea63e765607eb932faf08635e481498f151531eb30d7b7b11366489650"),
        new(20250809000000, "remove is active from role assignments", "97b28af2b2cf1644a8b7b8e519b6c1c271fbfbfabd85f2e44a3fcdb57c78ece6bfcb77fcf57b581e9f52fee99df2fdd2"),
        new(20250811000000, "add upgrade params column", "0d86053ece558c0834849657f3fef7b0fdeb900aad38d8b79af0e7f7b170e326a8b1afc79af9d051491ee68715c7596b"),
        new(20250813000000, "add nwc connection string", "f78d81ba9a36a3c520b1c1e6836c472e039ae8f9c2349a3dec0f91836649050c235c29b8da9d95bb2a7ce5dd3ebfd461"),
        new(20250813142400, "expand token columns", "3c788d9d5e8501e53be4cf41dbf4ef3c46691948157efcc18946fa043e613397bea23f261aa31ad84cffaab18edde663"),
        new(20250814000000, "custom template limits", "1c1d6c35844cdb5f3affa8a70697100134194724787ae02fdec41fd649012e404e05efc8bfd13dbd148da4e06c37572c"),
        new(20260127000000, "subscription billing system", "390957df7dee646041b0417176d1f1e50ffabceebde702ea4210799ef564adb7daff2f62c359d9d851320aa0c59f476d"),
        new(20260127000001, "subscription rbac permissions", "5e7e562482e49a984f704f440a7189b67d167831aee31c94765c5f7a4490dadac6582c200141dd94193528612c677661"),
        new(20260130000000, "ip range subscription", "bdd0aa9afcac370b9892de48f86d94ecf24d907cbb602727003173f11aacbf3e3fe5ee6c49169a602f649881a4dd3ae1"),
        new(20260130000001, "subscription line item type", "7505ff89fe9f64803c28d784a4330f2285f2563e45cfe494182ad6d8de43c62e0f84655323a4911c09658f04a38bcb59"),
        new(20260130000002, "ip space rbac permissions", "fc27d7f3e54bcfcbfb20e40026e648269eb8bbb3f16715043a615455193d01fbfae7b5d94ccadd4cb9846d0500476b58"),
        new(20260130000003, "remove interval columns", "e367496c4145728ca6dc33edb254ca6e0834d19ecc785d129e90e978b9cfac6396f3c0efcdbf567cd199457091869266"),
        new(20260215000000, "add processing fee", "8a9ac6feb841b73ed1c002f937351f3464f0b32dae77ef56730cf0c8e636a9d055fd22d66f606cf05a70f45b0b33a3bc"),
        new(20260216000000, "payment method config", "b0ad6ca676297d6c21c34d1aa91eccf310ec41cf48ddaa62393c08b00c0ec34e9db811d60137c3167402f38b933fc693"),
        new(20260217000000, "require company id", "947db6a5b2e6153db583fc1ee696654be0814c473feaa676aca42f14d8055df101943f8d59bf733c50d58823678a2b00"),
        new(20260217100000, "amount to cents", "e862caf03504bab96eb2cb883e59f7cc6751662c91fbe4dfdc0d1df4223bc0e274b49030ce31b2b97ccb284a8073c6ca"),
    ];

    public static readonly FrozenDictionary<long, KnownStep> ByVersion = All.ToFrozenDictionary(step => step.Version);
}
